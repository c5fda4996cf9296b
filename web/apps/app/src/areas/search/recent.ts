/** Recent searches of this device: the last few words somebody found something with (DIR-03). */

export const RECENT_MOST = 8;
export const RECENT_PREFIX = 'waggle.searches.';

export function withRecent(list: readonly string[], query: string): string[] {
  const text = query.trim();
  if (text === '') return [...list];
  const same = (other: string) => other.toLocaleLowerCase() === text.toLocaleLowerCase();
  return [text, ...list.filter((other) => !same(other))].slice(0, RECENT_MOST);
}

export function readRecent(storage: Pick<Storage, 'getItem'>, account: string): string[] {
  try {
    const kept: unknown = JSON.parse(storage.getItem(RECENT_PREFIX + account) ?? '[]');
    if (!Array.isArray(kept)) return [];
    return kept.filter((one): one is string => typeof one === 'string' && one !== '').slice(0, RECENT_MOST);
  } catch {
    return [];
  }
}

export function writeRecent(
  storage: Pick<Storage, 'setItem' | 'removeItem'>,
  account: string,
  list: readonly string[],
): void {
  try {
    if (list.length === 0) storage.removeItem(RECENT_PREFIX + account);
    else storage.setItem(RECENT_PREFIX + account, JSON.stringify(list));
  } catch {
    // Storage is full or blocked: they last as long as the page.
  }
}
