/**
 * What the client knows, and the only way it changes: `applyEvent(state, event)`.
 *
 * The state is plain data with structural sharing: a reducer returns a new state and leaves the old one as it was, so
 * that a screen can compare by identity and a test can replay a recorded journey. `Store` holds the current state and
 * tells listeners by *topic* which slice moved, so that one reaction does not redraw a list of a thousand rows.
 *
 * Pending sends are not here. They live in the outbox, keyed by client id, and are shown beside (architecture.md 1.3).
 */
import type {
  ConversationView,
  Event,
  Me,
  MessageView,
  PersonBrief,
  PersonView,
  SeatView,
  Signal,
  Snapshot,
} from '@waggle/protocol';

/** Messages of one conversation that stand side by side: positions without holes. */
export interface MessageWindow {
  /** Ascending by position, contiguous. */
  readonly messages: readonly MessageView[];
  /** Older ones can be asked for. */
  readonly has_before: boolean;
  /** Newer ones can be asked for: the window is not at the end. */
  readonly has_after: boolean;
  /**
   * Newer than the window but not adjacent yet: the answer to an own send may overtake the events before it. They are
   * shown after the window and join it as soon as the hole is filled.
   */
  readonly ahead: readonly MessageView[];
  /** From before a fresh start; shown until the server has been asked again. */
  readonly stale: boolean;
}

export interface State {
  readonly me: Me | null;
  readonly people: ReadonlyMap<string, PersonView>;
  readonly conversations: ReadonlyMap<string, ConversationView>;
  /** Whether the server has conversations we do not. */
  readonly more_conversations: boolean;
  readonly windows: ReadonlyMap<string, MessageWindow>;
  /** Typing: conversation → person → shown until (ms). */
  readonly typing: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** How far others have read: conversation → person → position. */
  readonly reads: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

export const EMPTY: State = {
  me: null,
  people: new Map(),
  conversations: new Map(),
  more_conversations: false,
  windows: new Map(),
  typing: new Map(),
  reads: new Map(),
};

/** How long "is typing" is shown after the last signal. */
export const TYPING_MS = 6_000;
/** A view names at most so many people of a conversation. */
const PEOPLE_SHOWN = 8;
/** Unread messages are counted up to here, by the server too. */
const UNREAD_MAX = 100;
/** Characters of a quoted message that are repeated; as in crates/model. */
const EXCERPT_MAX = 160;

/** A slice of the state that a listener can name. */
export type Topic =
  | 'me'
  | 'list'
  | 'people'
  | 'phonebooks'
  | `person:${string}`
  | `conversation:${string}`
  | `messages:${string}`
  | `pins:${string}`
  | `participants:${string}`
  | `typing:${string}`
  | `reads:${string}`;

/** A state under change: each map is copied at most once, however many events a frame brings. */
class Draft {
  readonly touched = new Set<Topic>();
  readonly #base: State;
  #changes: { -readonly [K in keyof State]?: State[K] } = {};

  constructor(base: State) {
    this.#base = base;
  }

  get<K extends keyof State>(slice: K): State[K] {
    return (this.#changes[slice] ?? this.#base[slice]) as State[K];
  }

  set<K extends 'me' | 'more_conversations'>(slice: K, value: State[K]): void {
    this.#changes[slice] = value;
  }

  put<V>(slice: 'people' | 'conversations' | 'windows' | 'typing' | 'reads', id: string, value: V): void {
    this.#copy(slice).set(id, value);
  }

  remove(slice: 'people' | 'conversations' | 'windows' | 'typing' | 'reads', id: string): void {
    if (this.get(slice).has(id)) this.#copy(slice).delete(id);
  }

  touch(...topics: Topic[]): void {
    for (const topic of topics) this.touched.add(topic);
  }

  finish(): State {
    return Object.keys(this.#changes).length === 0 ? this.#base : { ...this.#base, ...this.#changes };
  }

  #copy(slice: 'people' | 'conversations' | 'windows' | 'typing' | 'reads'): Map<string, unknown> {
    const known = this.#changes[slice] as Map<string, unknown> | undefined;
    if (known) return known;
    const made = new Map<string, unknown>(this.#base[slice]);
    (this.#changes as Record<string, unknown>)[slice] = made;
    return made;
  }
}

/** The state after one event. */
export function applyEvent(state: State, event: Event): State {
  const draft = new Draft(state);
  reduce(draft, event);
  return draft.finish();
}

/** The state a snapshot describes. Windows and reads of the past survive as stale: shown until asked for again. */
export function fromSnapshot(snapshot: Snapshot, before: State = EMPTY): State {
  const sameOwner = before.me?.account.id === snapshot.me.account.id;
  const conversations = new Map(
    snapshot.conversations.map((conversation) => [conversation.id, conversation]),
  );
  const windows = new Map<string, MessageWindow>();
  if (sameOwner) {
    for (const [id, window] of before.windows) {
      if (conversations.has(id)) windows.set(id, window.stale ? window : { ...window, stale: true });
    }
  }
  return {
    me: snapshot.me,
    people: new Map(snapshot.people.map((person) => [person.id, person])),
    conversations,
    more_conversations: snapshot.more_conversations,
    windows,
    typing: new Map(),
    reads: sameOwner ? before.reads : new Map(),
  };
}

/** The other way round, for the cache and for comparing with recorded journeys. */
export function toSnapshot(state: State): Snapshot | null {
  if (!state.me) return null;
  return {
    me: state.me,
    conversations: [...state.conversations.values()].sort(byActivity),
    more_conversations: state.more_conversations,
    people: [...state.people.values()],
  };
}

function reduce(draft: Draft, event: Event): void {
  switch (event.type) {
    case 'conversation.joined':
      putConversation(draft, event.conversation);
      draft.touch(`participants:${event.conversation.id}`);
      return;
    case 'conversation.left':
      forget(draft, event.conversation_id);
      return;
    case 'conversation.changed':
      changeConversation(draft, event.conversation_id, (conversation) => ({
        ...conversation,
        title: event.title,
        description: event.description,
        picture: event.picture,
      }));
      return;
    case 'conversation.seat_changed':
      changeConversation(draft, event.conversation_id, (conversation) => ({
        ...conversation,
        seat: event.seat,
      }));
      return;
    case 'participant.joined':
      changeConversation(draft, event.conversation_id, (conversation) => ({
        ...conversation,
        people: withPeople(draft, conversation.people, event.people),
        participant_count: event.participant_count,
      }));
      draft.touch(`participants:${event.conversation_id}`);
      return;
    case 'participant.left':
      changeConversation(draft, event.conversation_id, (conversation) => ({
        ...conversation,
        people: conversation.people.filter((person) => person.id !== event.person_id),
        participant_count: event.participant_count,
      }));
      draft.touch(`participants:${event.conversation_id}`);
      return;
    case 'message.posted':
      posted(draft, event.message);
      return;
    case 'message.edited':
    case 'message.restored':
      if (event.type === 'message.restored')
        recount(draft, event.message.conversation_id, event.message.id, 1);
      changeMessage(draft, event.message.conversation_id, event.message.id, () => event.message);
      requote(draft, event.message.conversation_id, event.message.id, excerptOf(event.message.body));
      draft.touch(`pins:${event.message.conversation_id}`);
      return;
    case 'message.deleted':
      recount(draft, event.conversation_id, event.message_id, -1);
      changeMessage(draft, event.conversation_id, event.message_id, (message) => ({
        ...message,
        body: '',
        quote: null,
        files: [],
        preview: null,
        mentions: [],
        reactions: [],
        pinned: false,
        deleted_at: event.deleted_at,
      }));
      requote(draft, event.conversation_id, event.message_id, '');
      draft.touch(`pins:${event.conversation_id}`);
      return;
    case 'reaction.added':
      changeMessage(draft, event.conversation_id, event.message_id, (message) =>
        withReaction(message, event.emoji, event.person_id),
      );
      return;
    case 'reaction.removed':
      changeMessage(draft, event.conversation_id, event.message_id, (message) =>
        withoutReaction(message, event.emoji, event.person_id),
      );
      return;
    case 'message.previewed':
      changeMessage(draft, event.conversation_id, event.message_id, (message) => ({
        ...message,
        preview: event.preview,
      }));
      return;
    case 'message.pinned':
    case 'message.unpinned': {
      const pinned = event.type === 'message.pinned';
      changeMessage(draft, event.conversation_id, event.message_id, (message) =>
        message.pinned === pinned ? message : { ...message, pinned },
      );
      draft.touch(`pins:${event.conversation_id}`);
      return;
    }
    case 'person.changed':
      changePerson(draft, event.person);
      return;
    case 'person.left':
      draft.remove('people', event.person_id);
      draft.touch('people', `person:${event.person_id}`);
      return;
    case 'account.changed':
      draft.set('me', event.me);
      draft.touch('me');
      return;
    case 'phonebook.changed':
    case 'phonebook.removed':
    case 'contact.changed':
    case 'contact.removed':
      // Phonebooks are paged and not kept here: open lists ask again.
      draft.touch('phonebooks');
      return;
    default:
      // An event of a newer server: what we do not know we do not show.
      event satisfies never;
  }
}

function putConversation(draft: Draft, conversation: ConversationView): void {
  draft.put('conversations', conversation.id, conversation);
  const window = draft.get('windows').get(conversation.id);
  // Being back after an absence: what was said meanwhile is not in the window.
  if (window && !window.has_after && lastOf(window) < conversation.position) {
    draft.put('windows', conversation.id, { ...window, has_after: true, stale: true });
    draft.touch(`messages:${conversation.id}`);
  }
  draft.touch('list', `conversation:${conversation.id}`);
}

function forget(draft: Draft, id: string): void {
  for (const slice of ['conversations', 'windows', 'typing', 'reads'] as const) draft.remove(slice, id);
  draft.touch('list', `conversation:${id}`, `messages:${id}`, `typing:${id}`, `reads:${id}`);
}

function changeConversation(
  draft: Draft,
  id: string,
  change: (conversation: ConversationView) => ConversationView,
): void {
  const conversation = draft.get('conversations').get(id);
  if (!conversation) return;
  const changed = change(conversation);
  if (changed === conversation) return;
  draft.put('conversations', id, changed);
  draft.touch('list', `conversation:${id}`);
}

function withPeople(draft: Draft, known: PersonBrief[], coming: PersonBrief[]): PersonBrief[] {
  const me = draft.get('me')?.account.id;
  const people = [...known];
  for (const person of coming) {
    if (people.length >= PEOPLE_SHOWN) break;
    if (person.id !== me && !people.some((other) => other.id === person.id)) people.push(person);
  }
  return people;
}

/** Whether a message adds to the unread count of the person: somebody else said something new. */
function countsAsUnread(message: MessageView, seat: SeatView, me: string | undefined): boolean {
  return message.kind === 'regular' && message.author.id !== me && message.position > seat.read_position;
}

/** A deleted message is not unread any more, a restored one may be. Only for messages we know: the others stay counted. */
function recount(draft: Draft, conversationId: string, messageId: string, by: 1 | -1): void {
  const me = draft.get('me')?.account.id;
  const window = draft.get('windows').get(conversationId);
  changeConversation(draft, conversationId, (conversation) => {
    const { seat, last_message } = conversation;
    const known =
      last_message?.id === messageId
        ? last_message
        : window?.messages.find((message) => message.id === messageId);
    // Repeated events change nothing, and what is counted to its limit cannot be counted down.
    if (!known || (known.deleted_at === null) === by > 0) return conversation;
    if (!countsAsUnread(known, seat, me) || seat.unread >= UNREAD_MAX) return conversation;
    const unread = Math.max(0, seat.unread + by);
    return { ...conversation, seat: { ...seat, unread } };
  });
}

function posted(draft: Draft, message: MessageView): void {
  const id = message.conversation_id;
  const conversation = draft.get('conversations').get(id);
  if (!conversation) return;
  const me = draft.get('me')?.account.id;

  if (message.position > conversation.position) {
    const own = message.author.id === me;
    const unread = countsAsUnread(message, conversation.seat, me);
    draft.put('conversations', id, {
      ...conversation,
      position: message.position,
      last_message: message,
      active_at: message.created_at,
      seat: {
        ...conversation.seat,
        hidden: false,
        // Who answers has read, and sent what was a draft; as the server does with the message.
        ...(own ? { read_position: message.position, unread: 0, mentioned: false, draft: null } : {}),
        ...(unread
          ? {
              unread: Math.min(UNREAD_MAX, conversation.seat.unread + 1),
              mentioned: conversation.seat.mentioned || (me !== undefined && message.mentions.includes(me)),
            }
          : {}),
      },
    });
    draft.touch('list', `conversation:${id}`);
  } else if (message.id === conversation.last_message?.id && message !== conversation.last_message) {
    draft.put('conversations', id, { ...conversation, last_message: message });
    draft.touch('list', `conversation:${id}`);
  }

  const window = draft.get('windows').get(id);
  if (window) {
    const next = withMessage(window, message);
    if (next !== window) {
      draft.put('windows', id, next);
      draft.touch(`messages:${id}`);
    }
  }

  // Who has said it types no more.
  const typing = draft.get('typing').get(id);
  if (typing?.has(message.author.id)) {
    const rest = new Map(typing);
    rest.delete(message.author.id);
    draft.put('typing', id, rest);
    draft.touch(`typing:${id}`);
  }
}

function firstOf(window: MessageWindow): number {
  return window.messages[0]?.position ?? 1;
}

function lastOf(window: MessageWindow): number {
  return window.messages.at(-1)?.position ?? 0;
}

/** The window with a message that was just said, or said again. */
function withMessage(window: MessageWindow, message: MessageView): MessageWindow {
  const last = lastOf(window);
  if (message.position <= last) {
    const index = message.position - firstOf(window);
    if (index < 0 || window.messages[index]?.id !== message.id) return window;
    // Repeated: what we have may be newer (a reaction since), and is what the stream made of it.
    return window;
  }
  if (window.has_after) return window;
  if (message.position === last + 1) return drained({ ...window, messages: [...window.messages, message] });
  if (window.ahead.some((other) => other.id === message.id)) return window;
  return { ...window, ahead: [...window.ahead, message].sort((a, b) => a.position - b.position) };
}

/** Moves into the window what stands next to its end by now. */
function drained(window: MessageWindow): MessageWindow {
  if (window.ahead.length === 0) return window;
  const messages = [...window.messages];
  const ahead: MessageView[] = [];
  for (const message of window.ahead) {
    const last = messages.at(-1)?.position ?? 0;
    if (message.position === last + 1) messages.push(message);
    else if (message.position > last) ahead.push(message);
  }
  return { ...window, messages, ahead };
}

function changeMessage(
  draft: Draft,
  conversationId: string,
  messageId: string,
  change: (message: MessageView) => MessageView,
): void {
  changeConversation(draft, conversationId, (conversation) => {
    const last = conversation.last_message;
    if (last?.id !== messageId) return conversation;
    const changed = change(last);
    return changed === last ? conversation : { ...conversation, last_message: changed };
  });
  mapWindow(draft, conversationId, (message) => (message.id === messageId ? change(message) : message));
}

/** Quotes repeat the beginning of a message; they follow it. */
function requote(draft: Draft, conversationId: string, messageId: string, excerpt: string): void {
  const follow = (message: MessageView): MessageView =>
    message.quote?.message_id === messageId && message.quote.excerpt !== excerpt
      ? { ...message, quote: { ...message.quote, excerpt } }
      : message;
  changeConversation(draft, conversationId, (conversation) => {
    const last = conversation.last_message;
    const changed = last && follow(last);
    return changed === last ? conversation : { ...conversation, last_message: changed };
  });
  mapWindow(draft, conversationId, follow);
}

function mapWindow(
  draft: Draft,
  conversationId: string,
  change: (message: MessageView) => MessageView,
): void {
  const window = draft.get('windows').get(conversationId);
  if (!window) return;
  const messages = mapped(window.messages, change);
  const ahead = mapped(window.ahead, change);
  if (messages === window.messages && ahead === window.ahead) return;
  draft.put('windows', conversationId, { ...window, messages, ahead });
  draft.touch(`messages:${conversationId}`);
}

/** As `map`, but the same array when nothing changed. */
function mapped<T>(list: readonly T[], change: (item: T) => T): readonly T[] {
  let changed: T[] | undefined;
  list.forEach((item, index) => {
    const next = change(item);
    if (next !== item) (changed ??= [...list])[index] = next;
  });
  return changed ?? list;
}

/** The beginning of a text as a quote repeats it; the same as `excerpt` in crates/model. */
export function excerptOf(body: string): string {
  const flat = body.split(/\s+/).filter(Boolean).join(' ');
  const characters = [...flat.slice(0, EXCERPT_MAX * 2 + 2)];
  return characters.length <= EXCERPT_MAX ? flat : `${characters.slice(0, EXCERPT_MAX).join('').trimEnd()}…`;
}

function withReaction(message: MessageView, emoji: string, person: string): MessageView {
  const known = message.reactions.find((reaction) => reaction.emoji === emoji);
  if (known?.people.includes(person)) return message;
  const reactions = known
    ? message.reactions.map((reaction) =>
        reaction === known ? { ...reaction, people: [...reaction.people, person] } : reaction,
      )
    : [...message.reactions, { emoji, people: [person] }];
  return { ...message, reactions };
}

function withoutReaction(message: MessageView, emoji: string, person: string): MessageView {
  const known = message.reactions.find((reaction) => reaction.emoji === emoji);
  if (!known?.people.includes(person)) return message;
  const people = known.people.filter((other) => other !== person);
  const reactions =
    people.length === 0
      ? message.reactions.filter((reaction) => reaction !== known)
      : message.reactions.map((reaction) => (reaction === known ? { ...reaction, people } : reaction));
  return { ...message, reactions };
}

function changePerson(draft: Draft, person: PersonView): void {
  const known = draft.get('people').get(person.id);
  // The event carries the choice; whether the person is connected only signals and snapshots know.
  const presence = known === undefined || known.presence === 'offline' ? 'offline' : person.presence;
  draft.put('people', person.id, { ...person, presence });
  draft.touch('people', `person:${person.id}`);
  if (known?.name === person.name && known.picture === person.picture) return;

  const renamed = (brief: PersonBrief): PersonBrief =>
    brief.id === person.id && (brief.name !== person.name || brief.picture !== person.picture)
      ? { id: person.id, name: person.name, picture: person.picture }
      : brief;
  const rewritten = (message: MessageView): MessageView => {
    const author = renamed(message.author);
    const quoted = message.quote && renamed(message.quote.author);
    if (author === message.author && quoted === (message.quote?.author ?? null)) return message;
    return {
      ...message,
      author,
      quote: message.quote && quoted ? { ...message.quote, author: quoted } : null,
    };
  };
  for (const id of draft.get('conversations').keys()) {
    changeConversation(draft, id, (conversation) => {
      const people = mapped(conversation.people, renamed) as PersonBrief[];
      const last = conversation.last_message && rewritten(conversation.last_message);
      if (people === conversation.people && last === conversation.last_message) return conversation;
      return { ...conversation, people, last_message: last };
    });
    mapWindow(draft, id, rewritten);
  }
}

/** How a list is sorted: pinned first in the order of pinning, then by the newest message. */
export function byListOrder(a: ConversationView, b: ConversationView): number {
  const pinnedA = a.seat.pinned_at;
  const pinnedB = b.seat.pinned_at;
  if (pinnedA !== null && pinnedB !== null) return compare(pinnedA, pinnedB) || compare(a.id, b.id);
  if (pinnedA !== null) return -1;
  if (pinnedB !== null) return 1;
  return byActivity(a, b);
}

function byActivity(a: ConversationView, b: ConversationView): number {
  return compare(b.active_at, a.active_at) || compare(b.id, a.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A page of messages as the server answers it. */
export interface MessagePage {
  messages: MessageView[];
  has_before: boolean;
  has_after: boolean;
}

/** Joins a page that touches the window, or replaces the window by it. */
export function mergePage(window: MessageWindow | undefined, page: MessagePage): MessageWindow {
  const fresh: MessageWindow = { ...page, ahead: [], stale: false };
  const first = page.messages[0];
  const last = page.messages.at(-1);
  if (!window || window.stale || window.messages.length === 0) {
    return drained({ ...fresh, ahead: page.has_after ? [] : (window?.ahead ?? []) });
  }
  if (!first || !last) {
    // An empty page says that there is nothing more on the side that was asked for.
    return {
      ...window,
      has_before: window.has_before && page.has_before,
      has_after: window.has_after && page.has_after,
    };
  }
  const start = firstOf(window);
  const end = lastOf(window);
  if (last.position < start - 1 || first.position > end + 1) {
    return { ...fresh, ahead: page.has_after ? [] : window.ahead };
  }
  const before = page.messages.filter((message) => message.position < start);
  const after = page.messages.filter((message) => message.position > end);
  return drained({
    messages: [...before, ...window.messages, ...after],
    has_before: first.position <= start ? page.has_before : window.has_before,
    has_after: last.position >= end ? page.has_after : window.has_after,
    ahead: window.ahead,
    stale: false,
  });
}

export type Unsubscribe = () => void;

/** The current state, and who wants to know of which slice. */
export class Store {
  #state: State = EMPTY;
  readonly #listeners = new Map<Topic | '*', Set<(topics: ReadonlySet<Topic>) => void>>();
  readonly #versions = new Map<Topic, number>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  get state(): State {
    return this.#state;
  }

  /** Counts the changes of a slice. */
  version(topic: Topic): number {
    return this.#versions.get(topic) ?? 0;
  }

  /** Calls back after each change of a slice; `*` for all. */
  subscribe(topic: Topic | '*', listener: (topics: ReadonlySet<Topic>) => void): Unsubscribe {
    let listeners = this.#listeners.get(topic);
    if (!listeners) this.#listeners.set(topic, (listeners = new Set()));
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(topic) === listeners) this.#listeners.delete(topic);
    };
  }

  /** Applies what happened; listeners hear once for the whole batch. */
  apply(...events: Event[]): void {
    this.#change((draft) => {
      for (const event of events) reduce(draft, event);
    });
  }

  /** Something not kept: typing, reading, presence. */
  signal(signal: Signal, now = Date.now()): void {
    const me = this.#state.me?.account.id;
    switch (signal.type) {
      case 'typing': {
        const { conversation_id: id, person_id: person } = signal;
        if (person === me || !this.#state.conversations.has(id)) return;
        this.#change((draft) => {
          draft.put('typing', id, new Map(draft.get('typing').get(id)).set(person, now + TYPING_MS));
          draft.touch(`typing:${id}`);
        });
        this.#expireTyping(id, now);
        return;
      }
      case 'read':
        if (signal.person_id === me) return;
        this.seedReads(signal.conversation_id, [[signal.person_id, signal.position]]);
        return;
      case 'presence':
        this.#change((draft) => {
          const person = draft.get('people').get(signal.person_id);
          if (!person) return;
          if (person.presence === signal.presence && person.status_message === signal.status_message) return;
          draft.put('people', person.id, {
            ...person,
            presence: signal.presence,
            status_message: signal.status_message,
          });
          draft.touch('people', `person:${person.id}`);
        });
    }
  }

  /** How far people have read, as the participant list or a signal says; it never goes back. */
  seedReads(conversationId: string, positions: Iterable<readonly [person: string, position: number]>): void {
    if (!this.#state.conversations.has(conversationId)) return;
    this.#change((draft) => {
      const known = draft.get('reads').get(conversationId);
      let next: Map<string, number> | undefined;
      for (const [person, position] of positions) {
        if (((next ?? known)?.get(person) ?? -1) >= position) continue;
        (next ??= new Map(known)).set(person, position);
      }
      if (!next) return;
      draft.put('reads', conversationId, next);
      draft.touch(`reads:${conversationId}`);
    });
  }

  /** Everything anew. */
  start(snapshot: Snapshot): void {
    this.reset(fromSnapshot(snapshot, this.#state));
  }

  /** Takes a whole state: from the cache, or none after signing out. */
  reset(state: State): void {
    const topics = new Set<Topic>(['me', 'list', 'people']);
    for (const id of new Set([...this.#state.conversations.keys(), ...state.conversations.keys()])) {
      for (const slice of ['conversation', 'messages', 'pins', 'participants', 'typing', 'reads'] as const) {
        topics.add(`${slice}:${id}`);
      }
    }
    for (const id of new Set([...this.#state.people.keys(), ...state.people.keys()]))
      topics.add(`person:${id}`);
    this.#state = state;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#tell(topics);
  }

  /** Conversations a list or a page asked for. What we know from the stream is never older, so it stays. */
  addConversations(conversations: readonly ConversationView[], more?: boolean): void {
    this.#change((draft) => {
      for (const conversation of conversations) {
        const known = draft.get('conversations').get(conversation.id);
        if (!known || known.position < conversation.position) putConversation(draft, conversation);
      }
      if (more !== undefined && more !== draft.get('more_conversations')) {
        draft.set('more_conversations', more);
        draft.touch('list');
      }
    });
  }

  addPeople(people: readonly PersonView[]): void {
    this.#change((draft) => {
      for (const person of people) {
        draft.put('people', person.id, person);
        draft.touch('people', `person:${person.id}`);
      }
    });
  }

  /** Messages that were asked for. `replace` drops what the window had: a jump to elsewhere. */
  addPage(conversationId: string, page: MessagePage, replace = false): void {
    this.#change((draft) => {
      const window = replace ? undefined : draft.get('windows').get(conversationId);
      let merged = mergePage(window, page);
      const conversation = draft.get('conversations').get(conversationId);
      // Said between the answer and now: the stream already told, the page could not.
      if (conversation && !merged.has_after && lastOf(merged) < conversation.position) {
        const newest = conversation.last_message;
        if (newest?.position === lastOf(merged) + 1) merged = withMessage(merged, newest);
        else if (!merged.ahead.some((message) => message.position === conversation.position)) {
          merged = { ...merged, has_after: true };
        }
      }
      draft.put('windows', conversationId, merged);
      draft.touch(`messages:${conversationId}`);
    });
  }

  /** Lets a window go, to be asked for anew. */
  dropWindow(conversationId: string): void {
    this.#change((draft) => {
      draft.remove('windows', conversationId);
      draft.touch(`messages:${conversationId}`);
    });
  }

  #expireTyping(id: string, now: number): void {
    clearTimeout(this.#timers.get(id));
    const next = Math.min(...(this.#state.typing.get(id)?.values() ?? []));
    if (!Number.isFinite(next)) return;
    const timer = setTimeout(
      () => {
        this.#timers.delete(id);
        const at = Math.max(next, Date.now());
        this.#change((draft) => {
          const left = new Map([...(draft.get('typing').get(id) ?? [])].filter(([, until]) => until > at));
          if (left.size === 0) draft.remove('typing', id);
          else draft.put('typing', id, left);
          draft.touch(`typing:${id}`);
        });
        if (this.#state.typing.has(id)) this.#expireTyping(id, at);
      },
      Math.max(0, next - now),
    );
    this.#timers.set(id, timer);
  }

  #change(change: (draft: Draft) => void): void {
    const draft = new Draft(this.#state);
    change(draft);
    this.#state = draft.finish();
    this.#tell(draft.touched);
  }

  #tell(topics: ReadonlySet<Topic>): void {
    if (topics.size === 0) return;
    for (const topic of topics) this.#versions.set(topic, this.version(topic) + 1);
    // A listener is called once, however many of its topics moved.
    const called = new Set<(topics: ReadonlySet<Topic>) => void>();
    for (const topic of [...topics, '*' as const]) {
      for (const listener of this.#listeners.get(topic) ?? []) called.add(listener);
    }
    for (const listener of called) listener(topics);
  }
}
