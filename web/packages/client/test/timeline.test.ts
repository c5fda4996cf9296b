import { expect, test } from 'vitest';
import type { MessageView } from '@waggle/protocol';
import type { Pending } from '../src/outbox.ts';
import { buildRows, seenBy, type Row } from '../src/timeline.ts';
import { CHLOE, message, NORA, TOMAS } from './fixtures.ts';

const options = {
  me: NORA.id,
  newAfter: null,
  dayNumber: (at: string) => Math.floor(Date.parse(at) / 86_400_000),
};
const window = (messages: MessageView[], has_before = true, has_after = false) => ({
  messages,
  has_before,
  has_after,
  ahead: [],
  stale: false,
});
const pending = (client_id: string, minute: number): Pending => ({
  client_id,
  conversation_id: 'conv_group',
  body: 'x',
  quote: null,
  files: [],
  created_at: Date.parse('2026-11-20T09:00:00Z') + minute * 60_000,
  failed: null,
});
const short = (rows: Row[]) =>
  rows.map((row) =>
    row.type === 'message' || row.type === 'pending'
      ? `${row.head ? 'H' : '-'}${row.type === 'message' ? row.message.position : 'p'}`
      : row.type,
  );

test('days, and messages of one author within five minutes together', () => {
  const later = message(4, { created_at: '2026-11-20T09:20:00Z' });
  const tomorrow = message(5, { created_at: '2026-11-21T09:00:00Z' });
  const rows = buildRows(
    window([message(1), message(2), message(3, { author: CHLOE }), later, tomorrow]),
    [],
    options,
  );
  expect(short(rows)).toEqual(['day', 'H1', '-2', 'H3', 'H4', 'day', 'H5']);
});

test('the beginning is shown when it is known', () => {
  expect(short(buildRows(window([message(1)], false), [], options))[0]).toBe('start');
});

test('the new line stands before the first message of others beyond what was read', () => {
  const rows = buildRows(window([message(1), message(2, { author: NORA }), message(3)]), [], {
    ...options,
    newAfter: 1,
  });
  expect(short(rows)).toEqual(['day', 'H1', 'H2', 'new', 'H3']);
  expect(short(buildRows(window([message(1)]), [], { ...options, newAfter: 0 }))).not.toContain('new');
});

test('system messages break a group', () => {
  const rows = buildRows(
    window([message(1), message(2, { kind: 'system', system: { type: 'left' } }), message(3)]),
    [],
    options,
  );
  expect(short(rows)).toEqual(['day', 'H1', 'system', 'H3']);
});

test('a pending send keeps its key when it becomes a message, and is not shown twice', () => {
  const before = buildRows(window([message(1)]), [pending('mine', 2)], options);
  const arrived = message(2, { author: NORA, client_id: 'mine' });
  const after = buildRows(window([message(1), arrived]), [pending('mine', 2)], options);
  expect(before.at(-1)?.key).toBe(after.at(-1)?.key);
  expect(short(before)).toEqual(['day', 'H1', 'Hp']);
  expect(short(after)).toEqual(['day', 'H1', 'H2']);
});

test('keys are never double', () => {
  const twice = [message(1, { author: NORA, client_id: 'x' }), message(2, { author: NORA, client_id: 'x' })];
  const keys = buildRows(window(twice), [], options).map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
});

test('in the past nothing pending is shown', () => {
  expect(short(buildRows(window([message(1)], true, true), [pending('a', 2)], options))).toEqual([
    'day',
    'H1',
  ]);
});

test('who has seen it', () => {
  const reads = new Map([
    [TOMAS.id, 5],
    [CHLOE.id, 3],
    [NORA.id, 9],
  ]);
  expect(seenBy(reads, message(4, { author: NORA }))).toEqual([TOMAS.id]);
});
