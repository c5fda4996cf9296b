/**
 * What must hold for any input: of Markdown, of the reducer, and of the socket. fast-check draws the inputs, prints the
 * seed of one that fails, and makes it smaller.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Event, Snapshot } from '@waggle/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Live, type SocketLike } from '../src/live.ts';
import { isJumbo, parse, plain, safeHref, type Block, type Inline } from '../src/markdown.ts';
import { mentionAt, toTyped, toWire } from '../src/mentions.ts';
import { applyEvent, fromSnapshot, Store, type MessagePage, type State } from '../src/store.ts';
import { message, snapshot } from './fixtures.ts';

const SIGNS = [
  ...[
    '*',
    '**',
    '_',
    '~~',
    '`',
    '```',
    '[',
    ']',
    '(',
    ')',
    '](',
    '<',
    '>',
    '<@',
    '\\',
    '!',
    '#',
    '|',
    '&',
    '"',
    "'",
  ],
  ...[
    '\n',
    '\n\n',
    ' ',
    '  ',
    '\t',
    '\r',
    '> ',
    '- ',
    '1. ',
    '99999999999. ',
    '@',
    ':',
    '/',
    '.',
    ',',
    '\0',
    '\u202e',
  ],
  ...[
    'a',
    'word',
    'é',
    '👩‍👩‍👧',
    'www.',
    'http://',
    'https://example.com',
    'mailto:a@b.example',
    '?a=1&b=2',
    '#x',
  ],
  ...[
    'javascript:alert(1)',
    'JaVaScRiPt:',
    'data:text/html,x',
    'vbscript:',
    'file:///etc/passwd',
    'blob:',
    '//evil',
  ],
  ...[
    'java\nscript:',
    '<script>',
    '</p>',
    '<img src=x onerror=alert(1)>',
    '&lt;',
    '<@acct_aaaaaaaaaaaaaaaaaaaaaaaaaa>',
  ],
];
const sign = fc.constantFrom(...SIGNS);
const markdown = fc.oneof(
  fc.array(fc.oneof({ weight: 6, arbitrary: sign }, fc.string({ maxLength: 6, unit: 'binary' })), {
    maxLength: 60,
  }),
  fc.array(fc.array(sign, { maxLength: 4 }), { maxLength: 6 }).map((parts) => parts.flat()),
);
const source = markdown.map((parts) => parts.join(''));

/** Exactly the nodes there are, with exactly their fields; nothing of a screen's element comes from elsewhere. */
function checkInline(node: Inline, inLink: boolean): void {
  switch (node.type) {
    case 'text':
    case 'code':
      expect(Object.keys(node).sort()).toEqual(['text', 'type']);
      expect(typeof node.text).toBe('string');
      return;
    case 'break':
      expect(Object.keys(node)).toEqual(['type']);
      return;
    case 'mention':
      expect(Object.keys(node).sort()).toEqual(['id', 'type']);
      expect(node.id).toMatch(/^acct_[2-7a-z]{26}$/);
      return;
    case 'strong':
    case 'em':
    case 'strike':
      expect(Object.keys(node).sort()).toEqual(['children', 'type']);
      for (const child of node.children) checkInline(child, inLink);
      return;
    case 'link':
      expect(Object.keys(node).sort()).toEqual(['children', 'href', 'type']);
      expect(inLink, 'no link in a link').toBe(false);
      expect(['http:', 'https:', 'mailto:']).toContain(new URL(node.href).protocol);
      expect(node.href).not.toMatch(/[\s<>"]/);
      for (const child of node.children) checkInline(child, true);
      return;
    default:
      expect.unreachable(`a node ${JSON.stringify(node)}`);
  }
}

function checkBlock(block: Block): void {
  switch (block.type) {
    case 'paragraph':
      expect(Object.keys(block).sort()).toEqual(['children', 'type']);
      for (const child of block.children) checkInline(child, false);
      return;
    case 'code':
      expect(Object.keys(block).sort()).toEqual(['language', 'text', 'type']);
      return;
    case 'quote':
      expect(Object.keys(block).sort()).toEqual(['children', 'type']);
      block.children.forEach(checkBlock);
      return;
    case 'list':
      expect(Object.keys(block).sort()).toEqual(['items', 'start', 'type']);
      block.items.flat().forEach(checkBlock);
      return;
    default:
      expect.unreachable(`a block ${JSON.stringify(block)}`);
  }
}

describe('Markdown', () => {
  test('is a tree of known nodes with safe addresses, whatever is typed', () => {
    fc.assert(
      fc.property(source, (text) => {
        const tree = parse(text);
        tree.forEach(checkBlock);
        expect(plain(tree, (id) => id)).toBe(plain(text, (id) => id));
        isJumbo(text);
      }),
      { numRuns: 3_000 },
    );
  });

  test('an address is safe, or there is none', () => {
    fc.assert(
      fc.property(source, (text) => {
        const href = safeHref(text);
        if (href !== null) expect(['http:', 'https:', 'mailto:']).toContain(new URL(href).protocol);
      }),
      { numRuns: 3_000 },
    );
  });

  test('takes linear time: the longest message of anything repeated is read at once', () => {
    fc.assert(
      fc.property(fc.array(sign, { minLength: 1, maxLength: 4 }), (parts) => {
        const text = parts.join('').repeat(16_000).slice(0, 16_000);
        const began = performance.now();
        parse(text);
        // Some milliseconds; what is quadratic takes many seconds.
        expect(performance.now() - began).toBeLessThan(1_500);
      }),
      { numRuns: 250 },
    );
  }, 60_000);

  test('mentions survive being edited', () => {
    const people = new Map([['Nora', 'acct_aaaaaaaaaaaaaaaaaaaaaaaaaa']]);
    fc.assert(
      fc.property(source, fc.nat(200), (text, caret) => {
        toTyped(text, () => 'Nora');
        toWire(text, people);
        mentionAt(text, caret);
      }),
      { numRuns: 1_000 },
    );
  });
});

interface Look {
  snapshot: Snapshot;
  pages: Record<string, MessagePage>;
}
interface Journey {
  views: { before: Look; frames: ({ type: 'event'; event: Event } | { type: 'signal' | 'goodbye' })[] }[];
}

const FOLDER = join(import.meta.dirname, '../journeys');
const views = readdirSync(FOLDER).flatMap(
  (name) => (JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Journey).views,
);
/** Every event that a journey tells, of conversations the client has and of such as it does not. */
const events = views.flatMap(({ frames }) =>
  frames.flatMap((frame) => (frame.type === 'event' ? [frame.event] : [])),
);

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}
frozen(events);

function begun(look: Look): State {
  const store = new Store();
  store.start(frozen(look.snapshot));
  for (const [id, page] of Object.entries(look.pages)) store.addPage(id, frozen(page));
  return store.state;
}

function checkState(state: State): void {
  for (const [id, conversation] of state.conversations) {
    expect(conversation.id).toBe(id);
    expect(conversation.seat.unread).toBeGreaterThanOrEqual(0);
    expect(conversation.seat.unread).toBeLessThanOrEqual(100);
    expect(conversation.people.length).toBeLessThanOrEqual(8);
  }
  for (const window of state.windows.values()) {
    window.messages.forEach((one, at) => {
      const before = window.messages[at - 1];
      if (before) expect(one.position, 'positions without holes').toBe(before.position + 1);
    });
    const last = window.messages.at(-1)?.position ?? 0;
    for (const one of window.ahead) expect(one.position).toBeGreaterThan(last);
  }
}

describe('the reducer', () => {
  const looks = views.map(({ before }) => before);

  test('takes events in any order, repeated, of anything: it never throws and keeps its promises', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...looks),
        fc.array(fc.constantFrom(...events), { maxLength: 40 }),
        (look, told) => {
          let state = begun(look);
          for (const event of told) {
            state = applyEvent(state, event);
            checkState(state);
          }
        },
      ),
      { numRuns: 400 },
    );
  }, 60_000);

  test('tells nothing twice: an event that just came changes nothing when it comes again', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...looks),
        fc.array(fc.constantFrom(...events), { minLength: 1, maxLength: 12 }),
        (look, told) => {
          const state = told.reduce(applyEvent, begun(look));
          const again = applyEvent(state, told.at(-1) as Event);
          expect(again).toEqual(state);
        },
      ),
      { numRuns: 400 },
    );
  }, 60_000);

  test('does not fall over an event of a newer server', () => {
    fc.assert(
      fc.property(fc.string(), fc.object(), (type, fields) => {
        if (events.some((event) => event.type === type)) return;
        const state = fromSnapshot(snapshot());
        expect(applyEvent(state, { ...fields, type } as unknown as Event)).toEqual(state);
      }),
    );
  });
});

describe('the socket', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
  afterEach(() => void vi.useRealTimers());

  class FakeSocket implements SocketLike {
    readonly sent: { type: string; cursor?: string | null }[] = [];
    closed = false;
    onopen: (() => void) | null = null;
    onmessage: ((event: { data: unknown }) => void) | null = null;
    onclose: (() => void) | null = null;
    onerror: (() => void) | null = null;
    send(text: string): void {
      this.sent.push(JSON.parse(text) as { type: string });
    }
    close(): void {
      this.closed = true;
    }
  }

  test('whatever is lost, repeated or out of order: what is applied has no hole, and a gap resumes from there', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 8 }), fc.nat(3), (extra, ordered) => {
        const sockets: FakeSocket[] = [];
        const applied: { events: Event[]; cursor: string }[] = [];
        let frames: (() => void)[] = [];
        const live = new Live({
          open: () => {
            const socket = new FakeSocket();
            sockets.push(socket);
            return socket;
          },
          cursor: null,
          onStart: () => {},
          onEvents: (told, cursor) => applied.push({ events: told, cursor }),
          onSignal: () => {},
          onConnection: () => {},
          frame: (run) => frames.push(run),
          random: () => 0.5,
        });
        const positions = [...Array.from({ length: ordered }, (_, at) => at + 1), ...extra];
        let whole = 0;
        while (positions[whole] === whole + 1) whole += 1;
        live.start();
        const first = sockets[0] as FakeSocket;
        first.onopen?.();
        first.onmessage?.({ data: JSON.stringify({ type: 'start', cursor: 'c0', snapshot: snapshot() }) });
        for (const position of positions) {
          const event: Event = { type: 'message.posted', message: message(position) };
          const frame = { type: 'event', position, prev: position - 1, cursor: `c${position}`, event };
          first.onmessage?.({ data: JSON.stringify(frame) });
        }
        for (const run of frames.splice(0)) run();
        frames = [];
        const told = applied.flatMap((batch) => batch.events);
        expect(told.map((event) => (event.type === 'message.posted' ? event.message.position : 0))).toEqual(
          Array.from({ length: whole }, (_, at) => at + 1),
        );
        expect(first.closed, 'a gap ends the connection').toBe(whole < positions.length);
        if (first.closed) {
          vi.advanceTimersByTime(2_000);
          const second = sockets[1] as FakeSocket;
          second.onopen?.();
          expect(second.sent[0]).toMatchObject({ type: 'hello', cursor: `c${whole}` });
        }
        live.stop();
      }),
      { numRuns: 300 },
    );
  });

  test('nothing that is not a frame throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.object().map((one) => JSON.stringify(one)),
        ),
        (data) => {
          const socket = new FakeSocket();
          const live = new Live({
            open: () => socket,
            cursor: null,
            onStart: () => {},
            onEvents: () => {},
            onSignal: () => {},
            onConnection: () => {},
            frame: (run) => run(),
            random: () => 0.5,
          });
          live.start();
          socket.onopen?.();
          socket.onmessage?.({ data });
          live.stop();
        },
      ),
      { numRuns: 500 },
    );
  });
});
