/** A small world: Nora talks with Tomás and in a group. */
import type {
  ConversationView,
  Me,
  MessageView,
  PersonBrief,
  PersonView,
  SeatView,
  Snapshot,
} from '@waggle/protocol';

export const NORA: PersonBrief = { id: 'acct_nora', name: 'Nora Lindqvist', picture: null };
export const TOMAS: PersonBrief = { id: 'acct_tomas', name: 'Tomás Herrera', picture: null };
export const CHLOE: PersonBrief = { id: 'acct_chloe', name: 'Chloé Dubois', picture: null };

export const me: Me = {
  account: {
    id: NORA.id,
    email: 'nora@acme.example',
    name: NORA.name,
    title: null,
    department: null,
    picture: null,
    language: null,
    theme: 'system',
    time_zone: null,
  },
  organization: { id: 'org_acme', name: 'Acme Robotics', domain: 'acme.example' },
  role: 'member',
  plan: 'premium',
  permissions: [],
  capabilities: [],
  status: { show: 'available', message: null, clears_at: null },
};

export function person(brief: PersonBrief, changes: Partial<PersonView> = {}): PersonView {
  return {
    ...brief,
    email: `${brief.id}@acme.example`,
    title: null,
    department: null,
    extension: null,
    presence: 'available',
    status_message: null,
    ...changes,
  };
}

export const seat: SeatView = {
  read_position: 0,
  unread: 0,
  mentioned: false,
  hidden: false,
  muted: false,
  pinned_at: null,
  draft: null,
};

const start = Date.parse('2026-11-20T09:00:00Z');

export function message(position: number, changes: Partial<MessageView> = {}): MessageView {
  return {
    id: `msg_${position}`,
    client_id: `client-${position}`,
    conversation_id: 'conv_group',
    position,
    author: TOMAS,
    kind: 'regular',
    body: `message ${position}`,
    system: null,
    quote: null,
    forwarded_from: null,
    files: [],
    mentions: [],
    reactions: [],
    preview: null,
    pinned: false,
    created_at: new Date(start + position * 60_000).toISOString(),
    edited_at: null,
    deleted_at: null,
    ...changes,
  };
}

export function conversation(changes: Partial<ConversationView> = {}): ConversationView {
  return {
    id: 'conv_group',
    organization_id: 'org_acme',
    kind: 'group',
    title: 'PC-400 launch',
    description: null,
    picture: null,
    people: [TOMAS],
    participant_count: 2,
    position: 3,
    last_message: message(3),
    active_at: message(3).created_at,
    seat: { ...seat, read_position: 3 },
    created_at: '2026-11-01T09:00:00Z',
    ...changes,
  };
}

export function snapshot(changes: Partial<Snapshot> = {}): Snapshot {
  return {
    me,
    conversations: [conversation()],
    more_conversations: false,
    people: [person(NORA), person(TOMAS), person(CHLOE, { presence: 'offline' })],
    ...changes,
  };
}
