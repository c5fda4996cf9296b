/**
 * The live socket: hello, snapshot or resume, then events in order; comes back by itself when it breaks.
 *
 * What arrives is not applied frame by frame but once per animation frame (`frame`), because a busy hour brings fifty
 * events at once and the screen can show them only once. The cursor moves with what was applied, never ahead of it.
 *
 * A machine without a framework: the socket, randomness and the clock's frame are arguments, timers are the global ones
 * (tests use fake timers).
 */
import {
  PROTOCOL,
  type ClientFrame,
  type Event,
  type ServerFrame,
  type Signal,
  type Snapshot,
} from '@waggle/protocol';

export type Connection =
  | { readonly state: 'stopped' }
  | { readonly state: 'connecting'; readonly since: number }
  | { readonly state: 'connected' }
  /** No connection; the next try is at this time (ms). `since`: without a connection since. */
  | { readonly state: 'waiting'; readonly until: number; readonly since: number }
  /** The session is gone: forget everything and sign in again. */
  | { readonly state: 'signed_out' }
  /** The server speaks another version: the page must be loaded anew. */
  | { readonly state: 'outdated' };

/** What we use of a WebSocket. */
export interface SocketLike {
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  onerror: (() => void) | null;
}

export interface LiveOptions {
  open: () => SocketLike;
  /** The cursor to resume from; null to start anew. */
  cursor: string | null;
  onStart: (snapshot: Snapshot, cursor: string) => void;
  /** Applied together; the cursor is the last one's. */
  onEvents: (events: Event[], cursor: string) => void;
  onSignal: (signal: Signal) => void;
  onConnection: (connection: Connection) => void;
  /**
   * Asked when a socket could not even be opened, since a browser does not say why: resolves false when the session is
   * gone.
   */
  stillSignedIn?: () => Promise<boolean>;
  /** Runs the function before the next drawing; `requestAnimationFrame`, or soon when the page is hidden. */
  frame?: (run: () => void) => void;
  /** 0 ≤ x < 1 */
  random?: () => number;
}

export const PING_EVERY_MS = 25_000;
export const PONG_WITHIN_MS = 10_000;
/** How long a new socket may take until the server has answered the hello. */
export const ANSWER_WITHIN_MS = 15_000;
export const BACKOFF_FIRST_MS = 1_000;
export const BACKOFF_MOST_MS = 30_000;
export const TYPING_EVERY_MS = 3_000;
export const WATCH_MOST = 500;

/** Full jitter: anything up to the doubled limit, so that a thousand clients do not come back in step. */
export function backoff(attempt: number, random: number): number {
  const limit = Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(random * limit);
}

type Timer = ReturnType<typeof setTimeout>;

const nextFrame = (run: () => void): void => {
  if (typeof requestAnimationFrame === 'function' && document.visibilityState === 'visible')
    requestAnimationFrame(run);
  else setTimeout(run, 50);
};

export class Live {
  #connection: Connection = { state: 'stopped' };
  #socket: SocketLike | null = null;
  /** Whether the server has answered this socket's hello. */
  #greeted = false;
  #cursor: string | null;
  #position = 0;
  #attempt = 0;
  #lostAt: number | null = null;
  #waiting: { event: Event; cursor: string }[] = [];
  /** The pieces of a snapshot that has not come whole. */
  #parts: Pick<Snapshot, 'conversations' | 'people'> = { conversations: [], people: [] };
  #framed = false;
  #retry: Timer | undefined;
  #ping: Timer | undefined;
  #limit: Timer | undefined;
  readonly #typed = new Map<string, number>();
  #watched: readonly string[] = [];
  readonly #options: LiveOptions;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#cursor = options.cursor;
  }

  get connection(): Connection {
    return this.#connection;
  }

  get cursor(): string | null {
    return this.#cursor;
  }

  start(): void {
    if (this.#connection.state === 'stopped') this.#connect();
  }

  stop(): void {
    this.#drop();
    clearTimeout(this.#retry);
    this.#waiting = [];
    this.#become({ state: 'stopped' });
  }

  /** The network is back, the page is visible again, or somebody asks: now rather than later. */
  tryNow(): void {
    if (this.#connection.state === 'waiting') this.#connect();
  }

  /** The page was asleep or the network changed: finds out whether the connection still stands. */
  check(): void {
    if (this.#connection.state === 'waiting') this.tryNow();
    else if (this.#connection.state === 'connected') this.#sendPing();
  }

  /** The person is typing; told at most every 3 s per conversation. */
  typing(conversationId: string): void {
    const now = Date.now();
    const last = this.#typed.get(conversationId);
    if (last !== undefined && now - last < TYPING_EVERY_MS) return;
    if (this.#send({ type: 'typing', conversation_id: conversationId })) this.#typed.set(conversationId, now);
  }

  /** Sent: the next typing is told at once. */
  typed(conversationId: string): void {
    this.#typed.delete(conversationId);
  }

  /** Whose presence is on screen. */
  watch(people: Iterable<string>): void {
    const list = [...new Set(people)].sort().slice(0, WATCH_MOST);
    if (list.length === this.#watched.length && list.every((id, i) => id === this.#watched[i])) return;
    this.#watched = list;
    this.#send({ type: 'watch', people: list });
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#drop();
    this.#lostAt ??= Date.now();
    this.#become({ state: 'connecting', since: this.#lostAt });
    let socket: SocketLike;
    try {
      socket = this.#options.open();
    } catch {
      this.#lost(false);
      return;
    }
    let opened = false;
    this.#socket = socket;
    this.#greeted = false;
    this.#position = 0;
    this.#parts = { conversations: [], people: [] };
    this.#limit = setTimeout(() => this.#lost(opened), ANSWER_WITHIN_MS);
    socket.onopen = () => {
      opened = true;
      // Not through #send: nothing else may go before the hello.
      socket.send(
        JSON.stringify({ type: 'hello', protocol: PROTOCOL, cursor: this.#cursor } satisfies ClientFrame),
      );
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket && typeof data === 'string') this.#receive(data);
    };
    socket.onclose = () => {
      if (socket === this.#socket) this.#lost(opened);
    };
    // A close follows.
    socket.onerror = () => undefined;
  }

  #receive(text: string): void {
    let frame: ServerFrame | null;
    try {
      frame = JSON.parse(text) as ServerFrame | null;
    } catch {
      frame = null;
    }
    if (frame === null) {
      this.#lost(true);
      return;
    }
    switch (frame.type) {
      case 'part':
        this.#parts.conversations.push(...frame.conversations);
        this.#parts.people.push(...frame.people);
        return;
      case 'start': {
        const { conversations, people } = this.#parts;
        this.#parts = { conversations: [], people: [] };
        conversations.push(...frame.snapshot.conversations);
        people.push(...frame.snapshot.people);
        // Whatever waited came before the snapshot.
        this.#waiting = [];
        this.#cursor = frame.cursor;
        this.#options.onStart({ ...frame.snapshot, conversations, people }, frame.cursor);
        this.#greet();
        return;
      }
      case 'resumed':
        this.#greet();
        return;
      case 'event':
        if (frame.prev !== this.#position) {
          // A hole: what is missing comes with the resume.
          this.#lost(true);
          return;
        }
        this.#position = frame.position;
        this.#waiting.push({ event: frame.event, cursor: frame.cursor });
        this.#flushSoon();
        return;
      case 'signal':
        // Keeps its order behind the events it may speak of.
        if (this.#waiting.length > 0) this.#flush();
        this.#options.onSignal(frame.signal);
        return;
      case 'pong':
        clearTimeout(this.#limit);
        return;
      case 'goodbye':
        this.#goodbye(frame.reason);
        return;
      default:
        // A frame of a newer server.
        frame satisfies never;
    }
  }

  #goodbye(reason: string): void {
    this.#flush();
    switch (reason) {
      case 'session_ended':
        this.#drop();
        this.#cursor = null;
        this.#become({ state: 'signed_out' });
        return;
      case 'outdated':
        this.#drop();
        this.#become({ state: 'outdated' });
        return;
      case 'slow':
        // Nothing is wrong with the line: come back soon.
        this.#attempt = 0;
    }
    this.#lost(true);
  }

  #greet(): void {
    clearTimeout(this.#limit);
    this.#greeted = true;
    this.#attempt = 0;
    this.#lostAt = null;
    this.#become({ state: 'connected' });
    this.#pingLater();
    if (this.#watched.length > 0) this.#send({ type: 'watch', people: [...this.#watched] });
  }

  #pingLater(): void {
    clearTimeout(this.#ping);
    this.#ping = setTimeout(() => this.#sendPing(), PING_EVERY_MS);
  }

  #sendPing(): void {
    if (!this.#send({ type: 'ping' })) return;
    clearTimeout(this.#limit);
    this.#limit = setTimeout(() => this.#lost(true), PONG_WITHIN_MS);
    this.#pingLater();
  }

  #send(frame: ClientFrame): boolean {
    if (!this.#socket || !this.#greeted) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #flushSoon(): void {
    if (this.#framed) return;
    this.#framed = true;
    (this.#options.frame ?? nextFrame)(() => {
      this.#framed = false;
      this.#flush();
    });
  }

  #flush(): void {
    const last = this.#waiting.at(-1);
    if (!last) return;
    const events = this.#waiting.map(({ event }) => event);
    this.#waiting = [];
    this.#cursor = last.cursor;
    this.#options.onEvents(events, last.cursor);
  }

  /** The socket is of no use any more: try again after a while. */
  #lost(opened: boolean): void {
    this.#flush();
    this.#drop();
    this.#lostAt ??= Date.now();
    const wait = backoff(this.#attempt, (this.#options.random ?? Math.random)());
    this.#attempt += 1;
    const until = Date.now() + wait;
    this.#become({ state: 'waiting', until, since: this.#lostAt });
    this.#retry = setTimeout(() => this.#connect(), wait);
    if (!opened) void this.#askWhy();
  }

  async #askWhy(): Promise<void> {
    const signedIn = await (this.#options.stillSignedIn?.() ?? Promise.resolve(true)).catch(() => true);
    if (signedIn || this.#connection.state === 'stopped') return;
    clearTimeout(this.#retry);
    this.#drop();
    this.#cursor = null;
    this.#become({ state: 'signed_out' });
  }

  #drop(): void {
    clearTimeout(this.#limit);
    clearTimeout(this.#ping);
    const socket = this.#socket;
    this.#socket = null;
    this.#greeted = false;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    try {
      socket.close();
    } catch {
      // Closed already.
    }
  }

  #become(connection: Connection): void {
    this.#connection = connection;
    this.#options.onConnection(connection);
  }
}
