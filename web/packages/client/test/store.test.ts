import type { ConversationView, Event, MessageView } from '@waggle/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  applyEvent,
  byListOrder,
  excerptOf,
  fromSnapshot,
  mergePage,
  Store,
  toSnapshot,
  TYPING_MS,
  type State,
} from '../src/store.ts';
import { CHLOE, conversation, me, message, NORA, person, seat, snapshot, TOMAS } from './fixtures.ts';

const ID = 'conv_group';

/** The group with its first three messages on screen. */
function opened(): State {
  const state = fromSnapshot(snapshot());
  return {
    ...state,
    windows: new Map([
      [
        ID,
        {
          messages: [message(1), message(2), message(3)],
          has_before: false,
          has_after: false,
          ahead: [],
          stale: false,
        },
      ],
    ]),
  };
}
const group = (state: State): ConversationView => state.conversations.get(ID) as ConversationView;
const shown = (state: State): readonly MessageView[] => state.windows.get(ID)?.messages ?? [];
const posted = (position: number, changes: Partial<MessageView> = {}): Event => ({
  type: 'message.posted',
  message: message(position, changes),
});

describe('every event', () => {
  test('conversation.joined adds it', () => {
    const joined = conversation({ id: 'conv_new', title: 'Fair' });
    const state = applyEvent(opened(), { type: 'conversation.joined', conversation: joined });
    expect(state.conversations.get('conv_new')).toEqual(joined);
  });

  test('conversation.joined after an absence: the window knows that something is missing', () => {
    const state = applyEvent(opened(), {
      type: 'conversation.joined',
      conversation: conversation({ position: 9 }),
    });
    expect(state.windows.get(ID)).toMatchObject({ has_after: true, stale: true });
  });

  test('conversation.left forgets it, its messages too', () => {
    const state = applyEvent(opened(), { type: 'conversation.left', conversation_id: ID });
    expect(state.conversations.size).toBe(0);
    expect(state.windows.size).toBe(0);
  });

  test('conversation.changed', () => {
    const state = applyEvent(opened(), {
      type: 'conversation.changed',
      conversation_id: ID,
      title: 'New',
      description: 'Words',
      picture: '/p',
    });
    expect(group(state)).toMatchObject({ title: 'New', description: 'Words', picture: '/p' });
  });

  test('conversation.seat_changed', () => {
    const next = { ...seat, muted: true, draft: 'text' };
    const state = applyEvent(opened(), {
      type: 'conversation.seat_changed',
      conversation_id: ID,
      seat: next,
    });
    expect(group(state).seat).toEqual(next);
  });

  test('participant.joined and participant.left', () => {
    const joined = applyEvent(opened(), {
      type: 'participant.joined',
      conversation_id: ID,
      people: [CHLOE, NORA],
      participant_count: 3,
    });
    expect(group(joined).people.map(({ id }) => id)).toEqual([TOMAS.id, CHLOE.id]);
    expect(group(joined).participant_count).toBe(3);
    const left = applyEvent(joined, {
      type: 'participant.left',
      conversation_id: ID,
      person_id: TOMAS.id,
      participant_count: 2,
    });
    expect(group(left).people).toEqual([CHLOE]);
    expect(group(left).participant_count).toBe(2);
  });

  test('a view names eight people', () => {
    const people = Array.from({ length: 12 }, (_, i) => ({ id: `acct_${i}`, name: `P${i}`, picture: null }));
    const state = applyEvent(opened(), {
      type: 'participant.joined',
      conversation_id: ID,
      people,
      participant_count: 14,
    });
    expect(group(state).people).toHaveLength(8);
  });

  test('message.posted by somebody else: newest, unread, mentioned, shown again', () => {
    const hidden = applyEvent(opened(), {
      type: 'conversation.seat_changed',
      conversation_id: ID,
      seat: { ...seat, read_position: 3, hidden: true },
    });
    const state = applyEvent(hidden, posted(4, { mentions: [NORA.id] }));
    expect(group(state)).toMatchObject({
      position: 4,
      last_message: { id: 'msg_4' },
      active_at: message(4).created_at,
      seat: { unread: 1, mentioned: true, hidden: false, read_position: 3 },
    });
    expect(shown(state).map(({ position }) => position)).toEqual([1, 2, 3, 4]);
  });

  test('message.posted by oneself is read', () => {
    const unread = applyEvent(opened(), posted(4));
    const state = applyEvent(unread, posted(5, { author: NORA }));
    expect(group(state).seat).toMatchObject({ unread: 0, mentioned: false, read_position: 5 });
  });

  test('a deleted message is not unread any more, a restored one is again', () => {
    const gone: Event = {
      type: 'message.deleted',
      conversation_id: ID,
      message_id: 'msg_4',
      deleted_at: '2026-11-20T10:00:00Z',
    };
    let state = applyEvent(applyEvent(opened(), posted(4)), posted(5));
    expect(group(state).seat.unread).toBe(2);
    state = applyEvent(applyEvent(state, gone), gone);
    expect(group(state).seat.unread).toBe(1);
    const back: Event = { type: 'message.restored', message: message(4) };
    state = applyEvent(applyEvent(state, back), back);
    expect(group(state).seat.unread).toBe(2);
  });

  test('system messages are not unread', () => {
    const state = applyEvent(opened(), posted(4, { kind: 'system', system: { type: 'left' } }));
    expect(group(state)).toMatchObject({ position: 4, seat: { unread: 0 } });
  });

  test('an own message takes the draft with it', () => {
    const draft = applyEvent(opened(), {
      type: 'conversation.seat_changed',
      conversation_id: ID,
      seat: { ...seat, draft: 'text' },
    });
    expect(group(applyEvent(draft, posted(4, { author: NORA }))).seat.draft).toBeNull();
  });

  test('excerpts are as the server makes them', () => {
    expect(excerptOf('one  two\nthree')).toBe('one two three');
    expect(excerptOf('ü'.repeat(160))).toBe('ü'.repeat(160));
    expect(excerptOf('👍'.repeat(161))).toBe(`${'👍'.repeat(160)}…`);
  });

  test('unread is counted to 100', () => {
    let state = opened();
    for (let i = 4; i < 130; i += 1) state = applyEvent(state, posted(i));
    expect(group(state).seat.unread).toBe(100);
  });

  test('message.edited and message.restored, with the quotes of it', () => {
    const quote = { message_id: 'msg_2', position: 2, author: TOMAS, excerpt: 'message 2' };
    const before = applyEvent(opened(), posted(4, { quote }));
    const edited = applyEvent(before, {
      type: 'message.edited',
      message: message(2, { body: 'better', edited_at: '2026-11-20T10:00:00Z' }),
    });
    expect(shown(edited)[1]).toMatchObject({ body: 'better', edited_at: '2026-11-20T10:00:00Z' });
    expect(shown(edited)[3]?.quote?.excerpt).toBe('better');
    expect(group(edited).last_message?.quote?.excerpt).toBe('better');
    const restored = applyEvent(edited, { type: 'message.restored', message: message(2, { body: 'again' }) });
    expect(shown(restored)[1]?.body).toBe('again');
  });

  test('message.deleted empties it, also as the last one and in quotes', () => {
    const quote = { message_id: 'msg_3', position: 3, author: TOMAS, excerpt: 'message 3' };
    const before = applyEvent(opened(), posted(4, { quote }));
    const state = applyEvent(before, {
      type: 'message.deleted',
      conversation_id: ID,
      message_id: 'msg_3',
      deleted_at: '2026-11-20T10:00:00Z',
    });
    expect(shown(state)[2]).toMatchObject({
      body: '',
      files: [],
      reactions: [],
      deleted_at: '2026-11-20T10:00:00Z',
    });
    expect(shown(state)[3]?.quote?.excerpt).toBe('');
    const last = applyEvent(opened(), {
      type: 'message.deleted',
      conversation_id: ID,
      message_id: 'msg_3',
      deleted_at: '2026-11-20T10:00:00Z',
    });
    expect(group(last).last_message?.body).toBe('');
  });

  test('reaction.added and reaction.removed', () => {
    const add = (person_id: string, emoji: string): Event => ({
      type: 'reaction.added',
      conversation_id: ID,
      message_id: 'msg_3',
      person_id,
      emoji,
    });
    let state = applyEvent(opened(), add(TOMAS.id, '👍'));
    state = applyEvent(state, add(NORA.id, '👍'));
    state = applyEvent(state, add(NORA.id, '🎉'));
    expect(shown(state)[2]?.reactions).toEqual([
      { emoji: '👍', people: [TOMAS.id, NORA.id] },
      { emoji: '🎉', people: [NORA.id] },
    ]);
    state = applyEvent(state, { ...add(TOMAS.id, '👍'), type: 'reaction.removed' } as Event);
    state = applyEvent(state, { ...add(NORA.id, '👍'), type: 'reaction.removed' } as Event);
    expect(shown(state)[2]?.reactions).toEqual([{ emoji: '🎉', people: [NORA.id] }]);
    expect(group(state).last_message?.reactions).toEqual([{ emoji: '🎉', people: [NORA.id] }]);
  });

  test('message.previewed, and gone with the message', () => {
    const preview = {
      url: 'https://example.com/',
      host: 'example.com',
      site: null,
      title: 'Example',
      description: null,
      image: null,
      width: null,
      height: null,
    };
    const previewed: Event = { type: 'message.previewed', conversation_id: ID, message_id: 'msg_2', preview };
    const state = applyEvent(opened(), previewed);
    expect(shown(state).find((one) => one.id === 'msg_2')?.preview).toEqual(preview);
    const removed = applyEvent(state, { ...previewed, preview: null });
    expect(shown(removed).find((one) => one.id === 'msg_2')?.preview).toBeNull();
    const deleted = applyEvent(state, {
      type: 'message.deleted',
      conversation_id: ID,
      message_id: 'msg_2',
      deleted_at: '2026-11-20T10:00:00Z',
    });
    expect(shown(deleted).find((one) => one.id === 'msg_2')?.preview).toBeNull();
  });

  test('message.pinned and message.unpinned', () => {
    const pinned = applyEvent(opened(), {
      type: 'message.pinned',
      conversation_id: ID,
      message_id: 'msg_1',
      person_id: TOMAS.id,
    });
    expect(shown(pinned)[0]?.pinned).toBe(true);
    const unpinned = applyEvent(pinned, {
      type: 'message.unpinned',
      conversation_id: ID,
      message_id: 'msg_1',
    });
    expect(shown(unpinned)[0]?.pinned).toBe(false);
  });

  test('person.changed: the name everywhere, the connection as it was', () => {
    const renamed = person({ ...TOMAS, name: 'Tomás H.' }, { presence: 'dnd' });
    const state = applyEvent(opened(), { type: 'person.changed', person: renamed });
    expect(state.people.get(TOMAS.id)).toEqual(renamed);
    expect(group(state).people[0]?.name).toBe('Tomás H.');
    expect(shown(state)[0]?.author.name).toBe('Tomás H.');
    const away = applyEvent(opened(), {
      type: 'person.changed',
      person: person(CHLOE, { presence: 'away' }),
    });
    expect(away.people.get(CHLOE.id)?.presence).toBe('offline');
  });

  test('person.left: gone from the colleagues, not from what was said', () => {
    const state = applyEvent(opened(), { type: 'person.left', person_id: TOMAS.id });
    expect(state.people.has(TOMAS.id)).toBe(false);
    expect(shown(state)[0]?.author.name).toBe(TOMAS.name);
  });

  test('account.changed', () => {
    const state = applyEvent(opened(), { type: 'account.changed', me: { ...me, role: 'admin' } });
    expect(state.me?.role).toBe('admin');
  });

  test('an event of a newer server changes nothing', () => {
    const before = opened();
    expect(applyEvent(before, { type: 'future.thing' } as unknown as Event)).toBe(before);
  });
});

describe('rules for all events', () => {
  const events: Event[] = [
    { type: 'conversation.changed', conversation_id: ID, title: 'x', description: null, picture: null },
    { type: 'conversation.seat_changed', conversation_id: ID, seat },
    { type: 'participant.joined', conversation_id: ID, people: [CHLOE], participant_count: 3 },
    { type: 'participant.left', conversation_id: ID, person_id: TOMAS.id, participant_count: 2 },
    posted(4, { mentions: [NORA.id] }),
    { type: 'message.edited', message: message(2, { body: 'x' }) },
    { type: 'message.deleted', conversation_id: ID, message_id: 'msg_3', deleted_at: '2026-11-20T10:00:00Z' },
    { type: 'message.restored', message: message(3) },
    { type: 'reaction.added', conversation_id: ID, message_id: 'msg_3', person_id: NORA.id, emoji: '👍' },
    { type: 'reaction.removed', conversation_id: ID, message_id: 'msg_3', person_id: NORA.id, emoji: '👍' },
    { type: 'message.previewed', conversation_id: ID, message_id: 'msg_3', preview: null },
    { type: 'message.pinned', conversation_id: ID, message_id: 'msg_3', person_id: NORA.id },
    { type: 'message.unpinned', conversation_id: ID, message_id: 'msg_3' },
    { type: 'person.changed', person: person(TOMAS, { title: 'Engineer' }) },
    { type: 'account.changed', me },
    { type: 'conversation.left', conversation_id: ID },
    { type: 'conversation.joined', conversation: conversation() },
  ];

  test.each(events.map((event) => [event.type, event] as const))(
    '%s twice is the same as once',
    (_, event) => {
      const once = applyEvent(opened(), event);
      expect(applyEvent(once, event)).toEqual(once);
    },
  );

  test.each(
    events
      .filter((event) => 'conversation_id' in event || 'message' in event)
      .map((event) => [event.type, event] as const),
  )('%s of an unknown conversation changes nothing', (_, event) => {
    const empty = fromSnapshot(snapshot({ conversations: [] }));
    expect(applyEvent(empty, event)).toBe(empty);
  });

  test('the old state stays as it was', () => {
    const before = opened();
    const copy = structuredClone(before);
    events.reduce(applyEvent, before);
    expect(before).toEqual(copy);
  });
});

describe('windows', () => {
  const page = (from: number, to: number, has_before: boolean, has_after: boolean) => ({
    messages: Array.from({ length: to - from + 1 }, (_, i) => message(from + i)),
    has_before,
    has_after,
  });
  const positions = (window: { messages: readonly MessageView[] } | undefined) =>
    window?.messages.map((m) => m.position);

  test('an own answer that overtakes the stream waits beside the window', () => {
    let state = applyEvent(opened(), posted(6, { author: NORA }));
    expect(positions(state.windows.get(ID))).toEqual([1, 2, 3]);
    expect(state.windows.get(ID)?.ahead.map((m) => m.position)).toEqual([6]);
    state = applyEvent(state, posted(4));
    state = applyEvent(state, posted(5));
    expect(positions(state.windows.get(ID))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(state.windows.get(ID)?.ahead).toEqual([]);
    expect(group(state).seat.unread).toBe(0);
  });

  test('pages join, overlap, or replace', () => {
    const window = mergePage(undefined, page(50, 99, true, false));
    expect(positions(mergePage(window, page(1, 49, false, true)))).toHaveLength(99);
    expect(mergePage(window, page(1, 49, false, true)).has_before).toBe(false);
    expect(mergePage(window, page(40, 60, true, true))).toMatchObject({ has_before: true, has_after: false });
    expect(positions(mergePage(window, page(1, 10, false, true)))).toHaveLength(10);
  });

  test('what the stream brought is not overwritten by an older page', () => {
    const store = new Store();
    store.reset(opened());
    store.apply({ type: 'message.edited', message: message(2, { body: 'newer' }) });
    store.addPage(ID, page(1, 3, false, false));
    expect(store.state.windows.get(ID)?.messages[1]?.body).toBe('newer');
  });

  test('a page that misses what was said since says so, or takes it', () => {
    const store = new Store();
    store.reset(fromSnapshot(snapshot()));
    store.apply(posted(4));
    store.addPage(ID, page(1, 3, false, false));
    expect(positions(store.state.windows.get(ID))).toEqual([1, 2, 3, 4]);
    store.dropWindow(ID);
    store.apply(posted(5), posted(6));
    store.addPage(ID, page(1, 3, false, false));
    expect(store.state.windows.get(ID)?.has_after).toBe(true);
  });

  test('after a fresh start windows are stale until asked for again', () => {
    const state = fromSnapshot(snapshot(), opened());
    expect(state.windows.get(ID)?.stale).toBe(true);
    expect(mergePage(state.windows.get(ID), page(2, 3, true, false))).toMatchObject({
      stale: false,
      has_before: true,
    });
  });
});

describe('store', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('listeners hear of their slice, once per batch', () => {
    const store = new Store();
    store.start(snapshot());
    const list = vi.fn();
    const other = vi.fn();
    store.subscribe('list', list);
    store.subscribe('messages:conv_other', other);
    store.apply(posted(4), posted(5));
    expect(list).toHaveBeenCalledTimes(1);
    expect(other).not.toHaveBeenCalled();
    expect(store.version('list')).toBe(2);
  });

  test('typing is shown for six seconds, until something is said', () => {
    const store = new Store();
    store.start(snapshot());
    const type = (person_id: string) => store.signal({ type: 'typing', conversation_id: ID, person_id });
    type(TOMAS.id);
    type(NORA.id);
    vi.advanceTimersByTime(4_000);
    type(CHLOE.id);
    expect([...(store.state.typing.get(ID)?.keys() ?? [])]).toEqual([TOMAS.id, CHLOE.id]);
    vi.advanceTimersByTime(TYPING_MS - 4_000);
    expect([...(store.state.typing.get(ID)?.keys() ?? [])]).toEqual([CHLOE.id]);
    store.apply(posted(4, { author: CHLOE }));
    expect(store.state.typing.get(ID)?.size ?? 0).toBe(0);
    vi.advanceTimersByTime(10_000);
    expect(store.state.typing.get(ID)?.size ?? 0).toBe(0);
  });

  test('reads never go back', () => {
    const store = new Store();
    store.start(snapshot());
    store.signal({ type: 'read', conversation_id: ID, person_id: TOMAS.id, position: 3 });
    store.signal({ type: 'read', conversation_id: ID, person_id: TOMAS.id, position: 2 });
    expect(store.state.reads.get(ID)?.get(TOMAS.id)).toBe(3);
  });

  test('presence', () => {
    const store = new Store();
    store.start(snapshot());
    store.signal({ type: 'presence', person_id: TOMAS.id, presence: 'dnd', status_message: 'busy' });
    expect(store.state.people.get(TOMAS.id)).toMatchObject({ presence: 'dnd', status_message: 'busy' });
  });

  test('a snapshot and back', () => {
    expect(toSnapshot(fromSnapshot(snapshot()))).toEqual(snapshot());
  });

  test('pinned ones stand first', () => {
    const pinned = conversation({
      id: 'a',
      active_at: '2026-01-01T00:00:00Z',
      seat: { ...seat, pinned_at: '2026-11-01T00:00:00Z' },
    });
    const newer = conversation({ id: 'b', active_at: '2026-11-20T00:00:00Z' });
    const newest = conversation({ id: 'c', active_at: '2026-11-21T00:00:00Z' });
    expect([newer, pinned, newest].sort(byListOrder).map(({ id }) => id)).toEqual(['a', 'c', 'b']);
  });
});
