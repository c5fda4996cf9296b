/** What the list under the search field offers, in the order of the arrow keys. */
import type { ConversationView, PersonView } from '@waggle/protocol';
import { finds, type ContactView, type MessageHit } from '@waggle/client/directory';
import { t } from '@waggle/i18n';
import type { IconNode } from '@waggle/ui';
import {
  Bell,
  CircleDot,
  Headphones,
  History,
  LifeBuoy,
  MonitorSmartphone,
  Palette,
  Settings,
  SquarePen,
  Trash2,
  UserRound,
  UserRoundPlus,
} from '@waggle/ui/icons';
import { may } from '../../lib/session.svelte.ts';
import { router } from '../../routes.ts';
import { openDirect } from '../chat/actions.ts';
import { otherOf } from '../chat/words.ts';
import { changeStatus, goToMessage, newConversation } from './go.ts';
import { search } from './search.svelte.ts';

interface Base {
  id: string;
  run: () => void;
  /** Something that was looked for: the words are worth remembering. */
  found?: boolean;
  /** The list stays open. */
  keep?: boolean;
  /** The recent search it stands for. */
  recent?: string;
}
export type Entry = Base &
  (
    | { kind: 'command'; label: string; icon: IconNode }
    | { kind: 'person'; person: PersonView }
    | { kind: 'contact'; contact: ContactView }
    | { kind: 'conversation'; conversation: ConversationView }
    | { kind: 'message'; hit: MessageHit }
  );
export interface Group {
  id: string;
  label: string;
  entries: Entry[];
  found?: boolean;
}

const command = (id: string, label: string, icon: IconNode, run: () => void): Entry => ({
  kind: 'command',
  id,
  label,
  icon,
  run,
});

function commands(): Entry[] {
  const page = (name: string) => () => void router.go('settingsPage', { page: name });
  const status = (show: 'available' | 'away' | 'dnd') =>
    command(
      `status-${show}`,
      t('search.set_status', { status: t(`presence.${show}`) }),
      CircleDot,
      () => void changeStatus(show),
    );
  return [
    command('new', t('chat.new'), SquarePen, () => void newConversation()),
    status('available'),
    status('away'),
    status('dnd'),
    command('profile', t('profile.title'), UserRound, page('profile')),
    command('status', t('status.title'), CircleDot, page('status')),
    command('notifications', t('notifications.title'), Bell, page('notifications')),
    command('appearance', t('appearance.title'), Palette, page('appearance')),
    command('av', t('av.title'), Headphones, page('audio-video')),
    command('sessions', t('sessions.title'), MonitorSmartphone, page('sessions')),
    command('help', t('help.title'), LifeBuoy, page('help')),
    command('settings', t('nav.settings'), Settings, () => void router.go('settings', {})),
  ];
}

export function entriesOf(): Group[] {
  const query = search.query.trim();
  if (query === '') return idle();
  const groups: Group[] = [];
  const { shown } = search;
  if (shown) {
    const put = (id: string, label: string, entries: Entry[]) => {
      if (entries.length > 0) groups.push({ id, label, entries, found: true });
    };
    put(
      'people',
      t('contacts.colleagues'),
      shown.people.map((person) => ({
        kind: 'person',
        id: person.id,
        person,
        found: true,
        run: () => void openDirect(person.id),
      })),
    );
    put(
      'contacts',
      t('nav.contacts'),
      shown.contacts.map((contact) => ({
        kind: 'contact',
        id: contact.id,
        contact,
        found: true,
        run: () => void router.go('phonebookContact', { book: contact.phonebook_id, contact: contact.id }),
      })),
    );
    put(
      'conversations',
      t('chat.conversations'),
      // A colleague who stands above leads to the same place.
      shown.conversations
        .filter((one) => !shown.people.some((person) => person.id === otherOf(one)?.id))
        .map((conversation) => ({
          kind: 'conversation',
          id: conversation.id,
          conversation,
          found: true,
          run: () => void router.go('inboxConversation', { conversation: conversation.id }),
        })),
    );
    put(
      'messages',
      t('search.messages'),
      shown.messages.map((hit) => ({
        kind: 'message',
        id: hit.message_id,
        hit,
        found: true,
        run: () => void goToMessage(hit),
      })),
    );
  }
  const fitting = commands().filter((one) => one.kind === 'command' && finds(query, one.label));
  if (
    search.settled &&
    may('directory_use') &&
    (shown?.people.length ?? 0) + (shown?.contacts.length ?? 0) === 0
  )
    fitting.push(
      command('create', t('search.create', { name: query }), UserRoundPlus, () => {
        void router.open(router.href('contacts', {}, { query: { create: query } }));
      }),
    );
  if (fitting.length > 0) groups.push({ id: 'commands', label: t('search.commands'), entries: fitting });
  return groups;
}

function idle(): Group[] {
  const recent: Entry[] = search.recent.map((query, index) => ({
    kind: 'command',
    id: `recent-${index}`,
    label: query,
    icon: History,
    recent: query,
    keep: true,
    run: () => {
      search.query = query;
      search.typed();
    },
  }));
  if (recent.length > 0)
    recent.push({
      ...command('forget-all', t('search.forget_all'), Trash2, () => search.forgetAll()),
      keep: true,
    });
  return [
    ...(recent.length > 0 ? [{ id: 'recent', label: t('search.recent'), entries: recent }] : []),
    { id: 'commands', label: t('search.commands'), entries: commands().slice(0, recent.length > 0 ? 4 : 6) },
  ];
}
