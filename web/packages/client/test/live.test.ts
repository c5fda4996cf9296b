import { PROTOCOL, type ServerFrame, type Signal, type Snapshot, type Event } from '@waggle/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  ANSWER_WITHIN_MS,
  backoff,
  Live,
  PING_EVERY_MS,
  PONG_WITHIN_MS,
  type Connection,
  type SocketLike,
} from '../src/live.ts';
import { message, snapshot } from './fixtures.ts';

class FakeSocket implements SocketLike {
  readonly sent: Record<string, unknown>[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  close(): void {
    this.closed = true;
  }
  say(frame: ServerFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  event(position: number, prev: number, cursor: string): void {
    this.say({
      type: 'event',
      position,
      prev,
      cursor,
      event: { type: 'message.posted', message: message(position) },
    });
  }
}

function setUp(cursor: string | null = null, stillSignedIn?: () => Promise<boolean>) {
  const sockets: FakeSocket[] = [];
  const states: Connection['state'][] = [];
  const batches: { events: Event[]; cursor: string }[] = [];
  const starts: Snapshot[] = [];
  const signals: Signal[] = [];
  let frames: (() => void)[] = [];
  const live = new Live({
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    cursor,
    onStart: (start) => starts.push(start),
    onEvents: (events, at) => batches.push({ events, cursor: at }),
    onSignal: (signal) => signals.push(signal),
    onConnection: (connection) => states.push(connection.state),
    frame: (run) => frames.push(run),
    random: () => 0.5,
    ...(stillSignedIn ? { stillSignedIn } : {}),
  });
  const draw = () => {
    const due = frames;
    frames = [];
    for (const run of due) run();
  };
  const socket = () => sockets.at(-1) as FakeSocket;
  const begin = () => {
    live.start();
    socket().onopen?.();
    socket().say({ type: 'start', cursor: 'c0', snapshot: snapshot() });
  };
  return { live, sockets, socket, states, batches, starts, signals, draw, begin };
}

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

describe('starting', () => {
  test('puts a snapshot together from its pieces, and forgets those of a broken connection', () => {
    const { live, socket, starts } = setUp();
    const { conversations, people, ...rest } = snapshot();
    const piece = () => socket().say({ type: 'part', conversations, people: people.slice(0, 1) });
    live.start();
    socket().onopen?.();
    piece();
    socket().onclose?.();
    vi.runOnlyPendingTimers();
    socket().onopen?.();
    piece();
    expect(starts).toEqual([]);
    const last = { ...rest, conversations: [], people: people.slice(1) };
    socket().say({ type: 'start', cursor: 'c0', snapshot: last });
    expect(starts).toEqual([{ ...rest, conversations, people }]);
  });

  test('says hello first, takes the snapshot, is connected', () => {
    const { begin, socket, starts, states, live } = setUp();
    begin();
    expect(socket().sent[0]).toEqual({ type: 'hello', protocol: PROTOCOL, cursor: null });
    expect(starts).toHaveLength(1);
    expect(states).toEqual(['connecting', 'connected']);
    expect(live.cursor).toBe('c0');
  });

  test('resumes from a cursor', () => {
    const { live, socket, batches, draw, starts } = setUp('c7');
    live.start();
    socket().onopen?.();
    expect(socket().sent[0]).toMatchObject({ cursor: 'c7' });
    socket().say({ type: 'resumed', missed: 1 });
    socket().event(1, 0, 'c8');
    draw();
    expect(starts).toHaveLength(0);
    expect(batches).toHaveLength(1);
    expect(live.cursor).toBe('c8');
  });

  test('a server that does not answer the hello is given up', () => {
    const { live, socket, states } = setUp();
    live.start();
    socket().onopen?.();
    vi.advanceTimersByTime(ANSWER_WITHIN_MS);
    expect(socket().closed).toBe(true);
    expect(states.at(-1)).toBe('waiting');
  });
});

describe('events', () => {
  test('are applied once per frame, and the cursor goes with them', () => {
    const { begin, socket, batches, draw, live } = setUp();
    begin();
    socket().event(1, 0, 'c1');
    socket().event(2, 1, 'c2');
    expect(batches).toHaveLength(0);
    expect(live.cursor).toBe('c0');
    draw();
    expect(batches).toHaveLength(1);
    expect(batches[0]?.events).toHaveLength(2);
    expect(live.cursor).toBe('c2');
  });

  test('a gap closes and comes back with the last cursor', () => {
    const { begin, socket, sockets, batches, live } = setUp();
    begin();
    socket().event(1, 0, 'c1');
    socket().event(3, 2, 'c3');
    expect(sockets[0]?.closed).toBe(true);
    expect(batches.flatMap(({ events }) => events)).toHaveLength(1);
    vi.advanceTimersByTime(1_000);
    socket().onopen?.();
    expect(socket().sent[0]).toMatchObject({ type: 'hello', cursor: 'c1' });
    socket().say({ type: 'resumed', missed: 2 });
    socket().event(1, 0, 'c2');
    socket().event(2, 1, 'c3');
    expect(live.connection.state).toBe('connected');
  });

  test('a signal does not overtake the events before it', () => {
    const { begin, socket, batches, signals } = setUp();
    begin();
    socket().event(1, 0, 'c1');
    socket().say({ type: 'signal', signal: { type: 'typing', conversation_id: 'c', person_id: 'p' } });
    expect(batches).toHaveLength(1);
    expect(signals).toHaveLength(1);
  });

  test('start again throws away what waited', () => {
    const { begin, socket, batches, draw, starts } = setUp();
    begin();
    socket().event(1, 0, 'c1');
    socket().say({ type: 'start', cursor: 'd0', snapshot: snapshot() });
    draw();
    expect(starts).toHaveLength(2);
    expect(batches).toHaveLength(0);
  });
});

describe('coming back', () => {
  test('waits longer each time, with jitter, at most 30 s', () => {
    expect([0, 1, 2, 3, 10].map((attempt) => backoff(attempt, 0.999999))).toEqual([
      1000, 2000, 4000, 8000, 30000,
    ]);
    expect(backoff(3, 0)).toBe(0);
  });

  test('the wait starts anew after a connection', () => {
    const { begin, socket, sockets, live } = setUp();
    begin();
    socket().onclose?.();
    expect(live.connection).toMatchObject({ state: 'waiting', until: 1_000_500, since: 1_000_000 });
    vi.advanceTimersByTime(500);
    expect(sockets).toHaveLength(2);
    socket().onclose?.();
    vi.advanceTimersByTime(999);
    expect(sockets).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(sockets).toHaveLength(3);
    socket().onopen?.();
    socket().say({ type: 'resumed', missed: 0 });
    socket().onclose?.();
    expect(live.connection).toMatchObject({ state: 'waiting', until: Date.now() + 500 });
  });

  test('tries at once when asked', () => {
    const { begin, socket, sockets, live } = setUp();
    begin();
    socket().onclose?.();
    live.tryNow();
    expect(sockets).toHaveLength(2);
    vi.advanceTimersByTime(5_000);
    expect(sockets).toHaveLength(2);
  });

  test('pings, and gives up without an answer', () => {
    const { begin, socket, live } = setUp();
    begin();
    vi.advanceTimersByTime(PING_EVERY_MS);
    expect(socket().sent.at(-1)).toEqual({ type: 'ping' });
    socket().say({ type: 'pong' });
    vi.advanceTimersByTime(PONG_WITHIN_MS);
    expect(live.connection.state).toBe('connected');
    vi.advanceTimersByTime(PING_EVERY_MS);
    expect(live.connection.state).toBe('waiting');
  });

  test('a frame nobody can read counts as a broken connection', () => {
    const { begin, socket, live } = setUp();
    begin();
    socket().onmessage?.({ data: '{' });
    expect(live.connection.state).toBe('waiting');
  });
});

describe('goodbye', () => {
  test('session_ended ends it for good', () => {
    const { begin, socket, sockets, live, batches } = setUp();
    begin();
    socket().event(1, 0, 'c1');
    socket().say({ type: 'goodbye', reason: 'session_ended' });
    vi.advanceTimersByTime(60_000);
    expect(batches).toHaveLength(1);
    expect(live.connection.state).toBe('signed_out');
    expect(sockets).toHaveLength(1);
  });

  test('outdated asks for a reload', () => {
    const { begin, socket, sockets, live } = setUp();
    begin();
    socket().say({ type: 'goodbye', reason: 'outdated' });
    vi.advanceTimersByTime(60_000);
    expect(live.connection.state).toBe('outdated');
    expect(sockets).toHaveLength(1);
  });

  test.each(['slow', 'restarting', 'bad_frame'] as const)('%s comes back with the cursor', (reason) => {
    const { begin, socket, sockets } = setUp();
    begin();
    socket().say({ type: 'goodbye', reason });
    vi.advanceTimersByTime(1_000);
    expect(sockets.length).toBeGreaterThan(1);
    sockets[1]?.onopen?.();
    expect(sockets[1]?.sent[0]).toMatchObject({ cursor: 'c0' });
  });

  test('a socket that cannot be opened because the session is gone', async () => {
    const { live, socket } = setUp(null, () => Promise.resolve(false));
    live.start();
    socket().onclose?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(live.connection.state).toBe('signed_out');
  });
});

describe('what the client says', () => {
  test('typing every three seconds per conversation', () => {
    const { begin, socket, live } = setUp();
    begin();
    const said = () => socket().sent.filter(({ type }) => type === 'typing').length;
    live.typing('a');
    live.typing('a');
    live.typing('b');
    expect(said()).toBe(2);
    vi.advanceTimersByTime(3_000);
    live.typing('a');
    expect(said()).toBe(3);
    live.typed('a');
    live.typing('a');
    expect(said()).toBe(4);
  });

  test('who is on screen, when it changes and after coming back', () => {
    const { begin, socket, live } = setUp();
    live.watch(['b', 'a', 'a']);
    begin();
    expect(socket().sent.at(-1)).toEqual({ type: 'watch', people: ['a', 'b'] });
    live.watch(['a', 'b']);
    expect(socket().sent.filter(({ type }) => type === 'watch')).toHaveLength(1);
    live.watch(Array.from({ length: 600 }, (_, i) => `p${i}`));
    expect(socket().sent.at(-1)?.['people']).toHaveLength(500);
    socket().onclose?.();
    live.tryNow();
    socket().onopen?.();
    expect(socket().sent).toHaveLength(1);
    socket().say({ type: 'resumed', missed: 0 });
    expect(socket().sent.at(-1)).toMatchObject({ type: 'watch' });
  });
});
