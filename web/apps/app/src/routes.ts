/** Every address of the app. Code outside says `router.href('inboxConversation', { conversation })`. */
import { createRouter } from '@waggle/ui/router';

export const router = createRouter({
  home: '/',
  signIn: '/sign-in',
  setup: '/setup/:token',
  join: '/join/:token',
  inbox: '/inbox',
  inboxConversation: '/inbox/:conversation',
  contacts: '/contacts',
  contact: '/contacts/:person',
  settings: '/settings',
  settingsPage: '/settings/:page',
  admin: '/admin',
  adminPage: '/admin/:page',
});

export type Area = 'inbox' | 'contacts' | 'settings' | 'admin';

/** The area a route belongs to; null for the door (sign-in and the like) and unknown pages. */
export function areaOf(name: string | undefined): Area | null {
  switch (name) {
    case 'inbox':
    case 'inboxConversation':
      return 'inbox';
    case 'contacts':
    case 'contact':
      return 'contacts';
    case 'settings':
    case 'settingsPage':
      return 'settings';
    case 'admin':
    case 'adminPage':
      return 'admin';
    default:
      return null;
  }
}

/** On phones one pane at a time: whether this route shows the second one (no bars around it). */
export function isInnerPane(name: string | undefined): boolean {
  return (
    name === 'inboxConversation' || name === 'contact' || name === 'settingsPage' || name === 'adminPage'
  );
}

/** Where to go after sign-in: only a path of ours, never another site. */
export function safeNext(next: string | null): string {
  if (!next || !next.startsWith('/') || next.startsWith('//') || next.includes('\\')) return '/inbox';
  if (next === '/' || next.startsWith('/sign-in') || next.startsWith('/setup/')) return '/inbox';
  return next;
}
