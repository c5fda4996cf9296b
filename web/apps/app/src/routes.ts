/** Every address of the app. Code outside says `router.href('inboxConversation', { conversation })`. */
import { createRouter } from '@waggle/ui/router';

export const router = createRouter({
  home: '/',
  signIn: '/sign-in',
  setup: '/setup/:token',
  join: '/join/:token',
  ask: '/join',
  inbox: '/inbox',
  inboxConversation: '/inbox/:conversation',
  contacts: '/contacts',
  contact: '/contacts/:person',
  phonebook: '/contacts/books/:book',
  phonebookContact: '/contacts/books/:book/:contact',
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
    case 'phonebook':
    case 'phonebookContact':
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

/** Pages that stand before the frame, for people who are not signed in. */
export function isDoor(name: string | undefined): boolean {
  return name === 'signIn' || name === 'setup' || name === 'join' || name === 'ask';
}

/** On phones one pane at a time: whether this route shows the second one (no bars around it). */
export function isInnerPane(name: string | undefined): boolean {
  return (
    name === 'inboxConversation' ||
    name === 'contact' ||
    name === 'phonebookContact' ||
    name === 'settingsPage' ||
    name === 'adminPage'
  );
}

/** Where to go after sign-in: only a path of ours, never another site. */
export function safeNext(next: string | null): string {
  if (!next || !next.startsWith('/') || next.startsWith('//') || next.includes('\\')) return '/inbox';
  if (next === '/' || next.startsWith('/sign-in') || next.startsWith('/setup/')) return '/inbox';
  return next;
}
