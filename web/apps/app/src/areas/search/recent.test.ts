import { describe, expect, it } from 'vitest';
import { readRecent, RECENT_MOST, RECENT_PREFIX, withRecent, writeRecent } from './recent.ts';

function storage(kept: Record<string, string> = {}) {
  return {
    kept,
    getItem: (key: string) => kept[key] ?? null,
    setItem: (key: string, value: string) => void (kept[key] = value),
    removeItem: (key: string) => void Reflect.deleteProperty(kept, key),
  };
}

describe('recent searches', () => {
  it('puts the newest first, once, and forgets the oldest', () => {
    const all = Array.from({ length: RECENT_MOST }, (_, i) => `word ${i}`);
    expect(withRecent(all, ' Word 3 ')).toEqual(['Word 3', ...all.filter((one) => one !== 'word 3')]);
    expect(withRecent(all, 'new')).toHaveLength(RECENT_MOST);
    expect(withRecent(all, 'new')[0]).toBe('new');
    expect(withRecent(['a'], '  ')).toEqual(['a']);
  });

  it('keeps them per account', () => {
    const device = storage();
    writeRecent(device, 'acct_1', ['marta']);
    expect(readRecent(device, 'acct_1')).toEqual(['marta']);
    expect(readRecent(device, 'acct_2')).toEqual([]);
    writeRecent(device, 'acct_1', []);
    expect(device.kept).toEqual({});
  });

  it('survives what somebody else wrote there', () => {
    for (const text of ['{', '7', '[1, "", "ok"]'])
      expect(readRecent(storage({ [`${RECENT_PREFIX}a`]: text }), 'a').every((one) => one === 'ok')).toBe(
        true,
      );
  });
});
