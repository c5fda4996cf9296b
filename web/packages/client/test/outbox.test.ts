import type { MessageView } from '@waggle/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { memoryOutbox } from '../src/cache.ts';
import type { NewMessage } from '../src/chat.ts';
import { ApiError } from '../src/http.ts';
import { Outbox, type OutboxStorage, type PendingFile } from '../src/outbox.ts';
import { message, NORA } from './fixtures.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const offline = () => new ApiError('offline', 'no', { status: 0 });
const settle = () => vi.advanceTimersByTimeAsync(0);

/** A server that keeps a message once per client id, whatever becomes of its answers. */
function server() {
  const kept: NewMessage[] = [];
  const plan: ('answer' | 'lose' | ApiError)[] = [];
  let asked = 0;
  const post = (_id: string, wish: NewMessage): Promise<MessageView> => {
    asked += 1;
    const step = plan.shift() ?? 'answer';
    if (step instanceof ApiError) return Promise.reject(step);
    let position = kept.findIndex(({ client_id }) => client_id === wish.client_id) + 1;
    if (position === 0) position = kept.push(wish);
    if (step === 'lose') return Promise.reject(offline());
    return Promise.resolve(message(position, { client_id: wish.client_id, body: wish.body, author: NORA }));
  };
  return { kept, plan, post, asked: () => asked };
}

function setUp(options: { storage?: OutboxStorage; post?: ReturnType<typeof server>['post'] } = {}) {
  const backend = server();
  const posted: MessageView[] = [];
  const storage = options.storage ?? memoryOutbox();
  const outbox = new Outbox({
    storage,
    post: options.post ?? backend.post,
    onPosted: (arrived) => posted.push(arrived),
    onChange: () => undefined,
    random: () => 1,
    upload: (_id, file) =>
      Promise.resolve({
        id: `file_${file.client_id}`,
        name: file.name,
        size_bytes: file.size_bytes,
        media_type: file.media_type,
        url: '/f',
        thumbnail: null,
        width: null,
        height: null,
      }),
  });
  return { ...backend, outbox, posted, storage };
}

test('is on the list at once and leaves it with the answer', async () => {
  const { outbox, posted, kept, storage } = setUp();
  void outbox.send('c', 'hello');
  expect(outbox.of('c').map(({ body }) => body)).toEqual(['hello']);
  await settle();
  expect(kept).toHaveLength(1);
  expect(posted).toHaveLength(1);
  expect(outbox.size).toBe(0);
  expect(await storage.all()).toEqual([]);
});

test('goes out one after another, in order', async () => {
  const order: string[] = [];
  let release: (() => void) | undefined;
  const { outbox } = setUp({
    post: async (_id, wish) => {
      order.push(wish.body);
      await new Promise<void>((resolve) => (release = resolve));
      return message(order.length, { client_id: wish.client_id });
    },
  });
  void outbox.send('c', 'one');
  void outbox.send('c', 'two');
  await settle();
  expect(order).toEqual(['one']);
  release?.();
  await settle();
  expect(order).toEqual(['one', 'two']);
});

test('exactly once: a lost answer is asked for again with the same client id', async () => {
  const { outbox, kept, plan, asked } = setUp();
  plan.push('lose', 'lose', offline(), 'answer');
  void outbox.send('c', 'hello');
  await settle();
  expect(outbox.size).toBe(1);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(asked()).toBe(4);
  expect(kept).toHaveLength(1);
  expect(outbox.size).toBe(0);
});

test('the event may come before the answer, or instead of it', async () => {
  const { outbox, plan, kept, asked } = setUp();
  plan.push('lose');
  const pending = await outbox.send('c', 'hello');
  await settle();
  outbox.confirm(pending.client_id);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(outbox.size).toBe(0);
  expect(kept).toHaveLength(1);
  expect(asked()).toBe(1);
});

test('a refusal keeps the text and lets the next one through', async () => {
  const { outbox, plan, kept } = setUp();
  plan.push(new ApiError('message_too_long', 'no', { status: 422 }));
  const first = await outbox.send('c', 'too long');
  await outbox.send('c', 'next');
  await settle();
  expect(kept.map(({ body }) => body)).toEqual(['next']);
  expect(outbox.of('c')).toMatchObject([{ body: 'too long', failed: { code: 'message_too_long' } }]);
  outbox.retry(first.client_id);
  await settle();
  expect(outbox.size).toBe(0);
  expect(kept.map(({ body }) => body)).toEqual(['next', 'too long']);
});

test('discard takes it back', async () => {
  const { outbox, plan, asked } = setUp();
  plan.push(offline());
  const pending = await outbox.send('c', 'hello');
  await settle();
  expect((await outbox.discard(pending.client_id))?.body).toBe('hello');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked()).toBe(1);
  expect(outbox.size).toBe(0);
});

test('back-off doubles, the server may ask for more, a connection cuts it short', async () => {
  const { outbox, plan, asked } = setUp();
  plan.push(
    offline(),
    offline(),
    new ApiError('too_many_requests', 'slow', { status: 429, retryAfter: 20 }),
    offline(),
  );
  void outbox.send('c', 'hello');
  await settle();
  expect(asked()).toBe(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked()).toBe(2);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(asked()).toBe(3);
  await vi.advanceTimersByTimeAsync(19_000);
  expect(asked()).toBe(3);
  outbox.kickAll();
  await settle();
  expect(asked()).toBe(4);
});

test('survives a reload', async () => {
  const { outbox, plan, storage } = setUp();
  plan.push(offline());
  void outbox.send('c', 'hello');
  await settle();
  outbox.stop();
  const later = setUp({ storage });
  await later.outbox.load();
  await settle();
  expect(later.kept.map(({ body }) => body)).toEqual(['hello']);
  expect(await storage.all()).toEqual([]);
});

test('a storage that fails does not keep anybody from sending', async () => {
  const broken: OutboxStorage = {
    all: () => Promise.reject(new Error('disk')),
    put: () => Promise.reject(new Error('disk')),
    remove: () => Promise.reject(new Error('disk')),
  };
  const { outbox, kept } = setUp({ storage: broken });
  void outbox.send('c', 'hello');
  await settle();
  expect(kept).toHaveLength(1);
  expect(outbox.size).toBe(0);
});

test('two tabs on one storage send once', async () => {
  const storage = memoryOutbox();
  const backend = server();
  let last = Promise.resolve();
  const exclusively = (_name: string, run: () => Promise<void>): Promise<void> => (last = last.then(run));
  const tab = () =>
    new Outbox({
      storage,
      post: backend.post,
      onPosted: () => undefined,
      onChange: () => undefined,
      exclusively,
    });
  const one = tab();
  const two = tab();
  await one.send('c', 'hello');
  await two.load();
  await settle();
  expect(backend.asked()).toBe(1);
  await two.refresh();
  expect(two.size).toBe(0);
});

test('files go first, and are not sent twice', async () => {
  const { outbox, kept, plan } = setUp();
  plan.push(offline());
  const file: PendingFile = {
    client_id: 'f1',
    name: 'plan.pdf',
    size_bytes: 3,
    media_type: 'application/pdf',
    blob: new Blob(['abc']),
    file: null,
    complete: false,
  };
  void outbox.send('c', '', null, [file]);
  await settle();
  expect(outbox.of('c')[0]?.files[0]).toMatchObject({ complete: true, blob: null });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(kept[0]?.file_ids).toEqual(['file_f1']);
});
