import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Drafts, localDrafts, wipeLocalDrafts } from '../src/drafts.ts';
import { ApiError } from '../src/http.ts';

class FakeStorage implements Storage {
  readonly map = new Map<string, string>();
  get length() {
    return this.map.size;
  }
  key = (i: number) => [...this.map.keys()][i] ?? null;
  getItem = (key: string) => this.map.get(key) ?? null;
  setItem = (key: string, value: string) => void this.map.set(key, value);
  removeItem = (key: string) => void this.map.delete(key);
  clear = () => this.map.clear();
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp(storage = new FakeStorage()) {
  const saved: [string, string][] = [];
  const failures: Error[] = [];
  const drafts = new Drafts({
    storage: localDrafts('a', storage),
    save: (id, body) => {
      const failure = failures.shift();
      if (failure) return Promise.reject(failure);
      saved.push([id, body]);
      return Promise.resolve();
    },
    onChange: () => undefined,
  });
  return { drafts, saved, failures, storage };
}

test('is kept on this device at once and with the server a second after the last stroke', async () => {
  const { drafts, saved, storage } = setUp();
  drafts.set('c', 'h');
  await vi.advanceTimersByTimeAsync(900);
  drafts.set('c', 'hi');
  expect(storage.getItem('waggle.draft.a.c')).toBe('hi');
  await vi.advanceTimersByTimeAsync(999);
  expect(saved).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(saved).toEqual([['c', 'hi']]);
  expect(storage.length).toBe(0);
});

test('own words win until the server has them, then the server is right', async () => {
  const { drafts } = setUp();
  drafts.set('c', 'mine');
  expect(drafts.get('c', 'theirs')).toBe('mine');
  await vi.advanceTimersByTimeAsync(1_000);
  // Saved, but the stream has not told of it yet.
  expect(drafts.get('c', 'theirs')).toBe('mine');
  expect(drafts.get('c', 'mine')).toBe('mine');
  expect(drafts.get('c', 'theirs')).toBe('theirs');
  expect(drafts.get('c', null)).toBe('');
});

test('a reload goes on with what was not saved', async () => {
  const { drafts, storage } = setUp();
  drafts.set('c', 'hello');
  drafts.stop();
  const later = setUp(storage);
  expect(later.drafts.get('c', null)).toBe('hello');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(later.saved).toEqual([['c', 'hello']]);
});

test('is tried again when it failed, and given up for a conversation that is gone', async () => {
  const { drafts, saved, failures } = setUp();
  failures.push(new ApiError('offline', '', { status: 0 }));
  drafts.set('c', 'x');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(drafts.isDirty('c')).toBe(true);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(saved).toEqual([['c', 'x']]);
  failures.push(new ApiError('not_found', '', { status: 404 }));
  drafts.set('d', 'x');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(drafts.isDirty('d')).toBe(false);
});

test('sending clears it everywhere at once', async () => {
  const { drafts, saved } = setUp();
  drafts.set('c', 'x');
  drafts.clear('c');
  expect(drafts.get('c', 'x')).toBe('');
  await vi.advanceTimersByTimeAsync(0);
  expect(saved).toEqual([['c', '']]);
});

test('signing out leaves none', () => {
  const { drafts, storage } = setUp();
  storage.setItem('other', '1');
  drafts.set('c', 'x');
  wipeLocalDrafts(storage);
  expect([...storage.map.keys()]).toEqual(['other']);
});
