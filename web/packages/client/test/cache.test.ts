import 'fake-indexeddb/auto';
import { expect, test } from 'vitest';
import { Cache, wipe } from '../src/cache.ts';
import { applyEvent, fromSnapshot, type State } from '../src/store.ts';
import { conversation, message, snapshot } from './fixtures.ts';

async function open(account: string): Promise<Cache> {
  const cache = await Cache.open(account);
  if (!cache) throw new Error('no storage');
  return cache;
}
const withWindow = (count: number): State => ({
  ...fromSnapshot(
    snapshot({ conversations: [conversation({ position: count, last_message: message(count) })] }),
  ),
  windows: new Map([
    [
      'conv_group',
      {
        messages: Array.from({ length: count }, (_, i) => message(i + 1)),
        has_before: false,
        has_after: false,
        ahead: [],
        stale: false,
      },
    ],
  ]),
});

test('what was written is there again, with its cursor; nobody is present', async () => {
  const cache = await open('one');
  expect(await cache.read()).toBeNull();
  await cache.takeOver();
  let state = withWindow(3);
  await cache.write(state, 'c1');
  state = applyEvent(state, { type: 'message.posted', message: message(4) });
  await cache.write(state, 'c2');
  cache.close();
  const again = await (await open('one')).read();
  expect(again?.cursor).toBe('c2');
  expect(again?.state.windows.get('conv_group')?.messages).toHaveLength(4);
  expect(again?.state.conversations.get('conv_group')?.seat.unread).toBe(1);
  expect([...(again?.state.people.values() ?? [])].every(({ presence }) => presence === 'offline')).toBe(
    true,
  );
});

test('a conversation that is left leaves the disk', async () => {
  const cache = await open('two');
  const state = withWindow(3);
  await cache.write(state, 'c1');
  await cache.write(applyEvent(state, { type: 'conversation.left', conversation_id: 'conv_group' }), 'c2');
  const again = await cache.read();
  expect(again?.state.conversations.size).toBe(0);
  expect(again?.state.windows.size).toBe(0);
});

test('only the newest messages are kept', async () => {
  const cache = await open('three');
  await cache.write(withWindow(200), 'c1');
  const window = (await cache.read())?.state.windows.get('conv_group');
  expect(window?.messages).toHaveLength(60);
  expect(window?.messages.at(-1)?.position).toBe(200);
  expect(window?.has_before).toBe(true);
});

test('signing out leaves nothing, also with a second tab open', async () => {
  const cache = await open('four');
  await cache.write(withWindow(3), 'c1');
  await cache.outbox.put({
    client_id: 'x',
    conversation_id: 'c',
    body: 'secret',
    quote: null,
    files: [],
    created_at: 1,
    failed: null,
  });
  await wipe('four');
  const again = await open('four');
  expect(await again.read()).toBeNull();
  expect(await again.outbox.all()).toEqual([]);
});
