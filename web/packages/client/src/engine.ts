/**
 * One signed-in account on one page: the store, the socket, the outbox, the drafts and the cache, wired together.
 *
 *   socket ──events──▶ store ──topics──▶ screens
 *   screens ──▶ chat.ts (requests), outbox (sends), drafts
 *   answers that carry a message go through the same reducer as its event
 *
 * Nothing here knows a framework; `apps/app` wraps it for Svelte.
 */
import type { Event, MessageView, QuoteView } from '@waggle/protocol';
import { Cache, memoryOutbox, rememberAccount, wipe } from './cache.ts';
import * as chat from './chat.ts';
import { Drafts, localDrafts, wipeLocalDrafts } from './drafts.ts';
import { ApiError, request } from './http.ts';
import { Live, type Connection, type SocketLike } from './live.ts';
import { Outbox, type PendingFile, type UploadProgress } from './outbox.ts';
import { EMPTY, Store, type MessagePage } from './store.ts';
import { uploadFile } from './upload.ts';

export interface EngineOptions {
  accountId: string;
  /** The session is gone, here or as the server says; everything stored is already wiped. */
  onSignedOut: () => void;
  onConnection: (connection: Connection) => void;
  onOutbox: (conversationId: string) => void;
  onDraft: (conversationId: string) => void;
  /** Messages by others that just came, for sounds and notifications; not what was missed while away. */
  onMessages?: (messages: MessageView[]) => void;
}

/** Newest messages asked for at once, and the unread ones beyond which a conversation opens where reading stopped. */
const PAGE = 50;
const NEAR_END = 40;
const CACHE_AFTER_MS = 1_000;
const HOLE_AFTER_MS = 1_500;
const READ_EVERY_MS = 400;

type TabMessage = { type: 'outbox' } | { type: 'signed_out' };

export class Engine {
  readonly store = new Store();
  readonly accountId: string;
  readonly #options: EngineOptions;
  #cache: Cache | null = null;
  #live: Live | null = null;
  #outbox: Outbox | null = null;
  #drafts: Drafts | null = null;
  #cursor: string | null = null;
  #tabs: BroadcastChannel | null = null;
  #stopped = false;
  #mayCache = false;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  #releaseCache: (() => void) | undefined;
  readonly #cleanups: (() => void)[] = [];
  /** Events that came while a page was being fetched; the page may be older than they are. */
  readonly #recorders = new Map<string, Set<Event[]>>();
  readonly #pages = new Map<string, Promise<void>>();
  readonly #reading = new Map<
    string,
    { wanted: number; sent: number; timer: ReturnType<typeof setTimeout> | undefined }
  >();
  readonly #listNext = new Map<chat.ConversationFilter, string | null>();
  #open: string | null = null;
  /** True from the first snapshot or the cache on. */
  ready = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.accountId = options.accountId;
  }

  get connection(): Connection {
    return this.#live?.connection ?? { state: 'stopped' };
  }

  get outbox(): Outbox {
    if (!this.#outbox) throw new Error('the engine has not started');
    return this.#outbox;
  }

  get drafts(): Drafts {
    if (!this.#drafts) throw new Error('the engine has not started');
    return this.#drafts;
  }

  async start(): Promise<void> {
    const { accountId } = this.#options;
    this.#cache = await Cache.open(accountId);
    const cached = (await this.#cache?.read()) ?? null;
    if (this.#stopped) return;
    rememberAccount(accountId);
    if (cached?.state.me?.account.id === accountId) {
      this.#cursor = cached.cursor;
      this.ready = true;
      this.store.reset(cached.state);
    }

    this.#tabs = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(`waggle-${accountId}`);
    if (this.#tabs) {
      this.#tabs.onmessage = ({ data }: MessageEvent<TabMessage>) => {
        if (data.type === 'outbox') void this.#outbox?.refresh();
        else void this.#end(true);
      };
    }

    this.#outbox = new Outbox({
      storage: this.#cache?.outbox ?? memoryOutbox(),
      post: (id, message) => chat.postMessage(id, message),
      onPosted: (message) => {
        this.take(message);
        // A send went through: so will the socket.
        this.#live?.tryNow();
      },
      onChange: this.#options.onOutbox,
      upload: uploadFile,
      broadcast: () => this.#tabs?.postMessage({ type: 'outbox' } satisfies TabMessage),
      ...(hasLocks()
        ? { exclusively: (name, run) => navigator.locks.request(`${accountId}:${name}`, run) }
        : {}),
    });
    this.#drafts = new Drafts({
      storage: localDrafts(accountId, storage()),
      save: (id, body, leaving) => chat.saveDraft(id, body, leaving ? { keepalive: true } : {}),
      onChange: this.#options.onDraft,
    });
    this.#live = new Live({
      open: openSocket,
      cursor: this.#cursor,
      onStart: (snapshot, cursor) => {
        this.#cursor = cursor;
        this.#listNext.clear();
        this.ready = true;
        this.store.start(snapshot);
        this.#options.onConnection(this.connection);
        if (this.#open) void this.openConversation(this.#open).catch(ignore);
      },
      onEvents: (events, cursor) => {
        this.#cursor = cursor;
        this.#receive(events);
      },
      onSignal: (signal) => this.store.signal(signal),
      onConnection: (connection) => {
        if (connection.state === 'signed_out') void this.#end(true);
        if (connection.state === 'connected') {
          this.outbox.kickAll();
          this.drafts.retry();
        }
        this.#options.onConnection(connection);
      },
      stillSignedIn: async () => {
        try {
          await request('GET', '/api/me');
          return true;
        } catch (error) {
          return !(error instanceof ApiError && error.code === 'not_signed_in');
        }
      },
    });
    this.#cleanups.push(this.store.subscribe('*', () => this.#saveSoon()));
    this.#listen();
    this.#becomeWriter();
    this.#live.start();
    await this.#outbox.load().catch(ignore);
  }

  /** Ends here; what is stored stays for the next start unless it is to be wiped. */
  async stop(forget = false): Promise<void> {
    if (forget) this.#tabs?.postMessage({ type: 'signed_out' } satisfies TabMessage);
    await this.#end(false, forget);
  }

  tryNow(): void {
    this.#live?.tryNow();
  }

  typing(conversationId: string): void {
    this.#live?.typing(conversationId);
  }

  watch(people: Iterable<string>): void {
    this.#live?.watch(people);
  }

  /** A message that an answer brought: the same path as its event. */
  take(
    message: MessageView,
    type: 'message.posted' | 'message.edited' | 'message.restored' = 'message.posted',
  ): void {
    this.store.apply({ type, message });
    if (type !== 'message.posted') return;
    const id = message.conversation_id;
    if ((this.store.state.windows.get(id)?.ahead.length ?? 0) > 0) {
      // The stream usually fills the hole within a moment.
      setTimeout(() => {
        if ((this.store.state.windows.get(id)?.ahead.length ?? 0) > 0) void this.loadAfter(id).catch(ignore);
      }, HOLE_AFTER_MS);
    }
  }

  send(
    conversationId: string,
    body: string,
    quote: QuoteView | null,
    files: readonly PendingFile[] = [],
  ): void {
    this.#live?.typed(conversationId);
    this.drafts.clear(conversationId);
    void this.outbox.send(conversationId, body, quote, files);
  }

  progress(fileClientId: string): UploadProgress | undefined {
    return this.#outbox?.progress(fileClientId);
  }

  /** Makes a conversation and its newest messages known. Throws `not_found` when there is none for this person. */
  async openConversation(id: string): Promise<void> {
    this.#open = id;
    let conversation = this.store.state.conversations.get(id);
    if (!conversation) {
      conversation = await chat.getConversation(id);
      this.store.addConversations([conversation]);
    }
    const window = this.store.state.windows.get(id);
    if (window && !window.stale && !window.has_after) return;
    if (window && !window.stale && conversation.position - lastPosition(window.messages) <= PAGE) {
      await this.loadAfter(id);
      return;
    }
    const { read_position, unread } = conversation.seat;
    // Who has read nothing yet, such as somebody who just joined, wants the end rather than the first day.
    const far = unread > 0 && read_position > 0 && conversation.position - read_position > NEAR_END;
    await this.#page(id, far ? { around: read_position, limit: PAGE } : { limit: PAGE }, true);
  }

  /** The conversation on screen. */
  get openedId(): string | null {
    return this.#open;
  }

  closeConversation(id: string): void {
    if (this.#open === id) this.#open = null;
  }

  async loadBefore(id: string): Promise<void> {
    const window = this.store.state.windows.get(id);
    const first = window?.messages[0];
    if (!window?.has_before || !first) return;
    await this.#page(id, { before: first.position, limit: PAGE });
  }

  async loadAfter(id: string): Promise<void> {
    const window = this.store.state.windows.get(id);
    const last = window?.messages.at(-1);
    if (!window || !last) return;
    await this.#page(id, { after: last.position, limit: 100 });
  }

  /** Brings a place of the conversation into the window. */
  async reach(id: string, position: number): Promise<void> {
    const window = this.store.state.windows.get(id);
    if (window?.messages.some((message) => message.position === position)) return;
    await this.#page(id, { around: position, limit: PAGE }, true);
  }

  /** The end of the conversation. */
  async reachEnd(id: string): Promise<void> {
    if (this.store.state.windows.get(id)?.has_after) await this.#page(id, { limit: PAGE }, true);
  }

  /** More of a list; resolves with whether there is still more. */
  async loadConversations(filter: chat.ConversationFilter): Promise<boolean> {
    const before = this.#listNext.get(filter);
    if (before === null) return false;
    let page: Awaited<ReturnType<typeof chat.listConversations>>;
    try {
      page = await chat.listConversations(filter, before);
    } catch (error) {
      // A server that does not know this filter: what we have is all there is.
      if (!(error instanceof ApiError && error.code === 'bad_request')) throw error;
      this.#listNext.set(filter, null);
      return false;
    }
    this.#listNext.set(filter, page.next);
    this.store.addConversations(page.conversations, filter === 'all' ? page.next !== null : undefined);
    return page.next !== null;
  }

  /** Whether a list may have more than we know. */
  hasMore(filter: chat.ConversationFilter): boolean {
    const next = this.#listNext.get(filter);
    if (next === null) return false;
    if (next !== undefined) return true;
    return filter === 'hidden' || this.store.state.more_conversations;
  }

  /** The person has seen all up to here; told at most every 400 ms, and once more when that failed. */
  markRead(id: string, position: number): void {
    const conversation = this.store.state.conversations.get(id);
    if (!conversation || position <= conversation.seat.read_position) return;
    let reading = this.#reading.get(id);
    if (!reading) this.#reading.set(id, (reading = { wanted: 0, sent: 0, timer: undefined }));
    if (position <= Math.max(reading.wanted, reading.sent)) return;
    reading.wanted = position;
    reading.timer ??= setTimeout(() => void this.#tellRead(id), READ_EVERY_MS);
  }

  async #tellRead(id: string): Promise<void> {
    const reading = this.#reading.get(id);
    if (!reading) return;
    const position = reading.wanted;
    reading.timer = undefined;
    reading.sent = position;
    try {
      await chat.markRead(id, position);
    } catch {
      // Asked again with the next look at the conversation.
      reading.sent = 0;
      reading.wanted = 0;
    }
  }

  /** One page at a time per conversation: two answers in the wrong order would tear the window. */
  async #page(id: string, wish: chat.PageWish, replace = false): Promise<void> {
    await this.#pages.get(id)?.catch(ignore);
    const run = this.#fetchPage(id, wish, replace);
    this.#pages.set(id, run);
    try {
      await run;
    } finally {
      if (this.#pages.get(id) === run) this.#pages.delete(id);
    }
  }

  async #fetchPage(id: string, wish: chat.PageWish, replace: boolean): Promise<void> {
    const record: Event[] = [];
    const recorders = this.#recorders.get(id) ?? new Set();
    this.#recorders.set(id, recorders.add(record));
    let page: MessagePage;
    try {
      page = await chat.listMessages(id, wish);
    } finally {
      recorders.delete(record);
      if (recorders.size === 0) this.#recorders.delete(id);
    }
    if (this.#stopped || !this.store.state.conversations.has(id)) return;
    this.store.addPage(id, page, replace);
    // What happened while the page travelled; the reducer takes repeated events without harm.
    if (record.length > 0) this.store.apply(...record);
  }

  #receive(events: Event[]): void {
    const me = this.accountId;
    const before = this.store.state.conversations;
    this.store.apply(...events);
    const news: MessageView[] = [];
    for (const event of events) {
      const id = conversationOf(event);
      if (id !== null) for (const record of this.#recorders.get(id) ?? []) record.push(event);
      if (event.type === 'message.posted') {
        const { message } = event;
        if (message.author.id === me) this.outbox.confirm(message.client_id);
        else if (message.position > (before.get(message.conversation_id)?.position ?? 0)) news.push(message);
      } else if (event.type === 'conversation.left') {
        this.drafts.forget(event.conversation_id);
      } else if (event.type === 'conversation.joined' && this.#open === event.conversation.id) {
        void this.openConversation(event.conversation.id).catch(ignore);
      }
    }
    if (news.length > 0) this.#options.onMessages?.(news);
  }

  #saveSoon(): void {
    if (!this.#mayCache) return;
    this.#saveTimer ??= setTimeout(() => {
      this.#saveTimer = undefined;
      void this.#save();
    }, CACHE_AFTER_MS);
  }

  async #save(): Promise<void> {
    if (this.#mayCache && this.#cursor !== null && !this.#stopped) {
      await this.#cache?.write(this.store.state, this.#cursor);
    }
  }

  /** One tab writes the cache; when it closes, the next one takes over. */
  #becomeWriter(): void {
    const take = async (): Promise<void> => {
      if (this.#stopped || !this.#cache) return;
      // What is on disk is what we started from, unless another tab has written since.
      await this.#cache.takeOver();
      this.#mayCache = true;
      this.#saveSoon();
      await new Promise<void>((resolve) => (this.#releaseCache = resolve));
    };
    if (hasLocks()) void navigator.locks.request(`${this.accountId}:cache`, take).catch(ignore);
    else void take();
  }

  #listen(): void {
    if (typeof window === 'undefined') return;
    const on = (target: EventTarget, name: string, run: () => void): void => {
      target.addEventListener(name, run);
      this.#cleanups.push(() => target.removeEventListener(name, run));
    };
    on(window, 'online', () => {
      this.#live?.check();
      this.#outbox?.kickAll();
    });
    on(window, 'offline', () => this.#live?.check());
    on(document, 'visibilitychange', () => {
      if (document.visibilityState === 'visible') this.#live?.check();
      else {
        this.#drafts?.flush();
        void this.#save();
      }
    });
    on(window, 'pagehide', () => this.#drafts?.flush());
  }

  async #end(tell: boolean, forget = tell): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    // Screens ask for nothing any more, before what they show is gone.
    this.ready = false;
    this.#options.onConnection(this.connection);
    clearTimeout(this.#saveTimer);
    for (const cleanup of this.#cleanups) cleanup();
    for (const { timer } of this.#reading.values()) clearTimeout(timer);
    this.#outbox?.stop();
    this.#drafts?.stop();
    this.#live?.stop();
    this.#releaseCache?.();
    this.#cache?.close();
    this.#tabs?.close();
    if (forget) {
      this.store.reset(EMPTY);
      wipeLocalDrafts(storage());
      rememberAccount(null);
      await wipe(this.accountId);
    }
    if (tell) this.#options.onSignedOut();
  }
}

/** The conversation an event is about. */
export function conversationOf(event: Event): string | null {
  if ('conversation_id' in event) return event.conversation_id;
  if ('message' in event) return event.message.conversation_id;
  if ('conversation' in event) return event.conversation.id;
  return null;
}

function lastPosition(messages: readonly MessageView[]): number {
  return messages.at(-1)?.position ?? 0;
}

function hasLocks(): boolean {
  // Only in a secure context; plain http on another host has none.
  return typeof navigator !== 'undefined' && 'locks' in navigator;
}

function storage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

function openSocket(): SocketLike {
  const url = new URL('/api/live', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(url) as unknown as SocketLike;
}

function ignore(): void {
  // The connection bar and the next try tell the person what matters.
}
