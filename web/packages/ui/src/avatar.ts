/** What an avatar shows without a picture. */

export const TINTS = 7;

/** FNV-1a: the same id has the same tint on every device. */
export function hash(id: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < id.length; i += 1) {
    h ^= id.charCodeAt(i);
    h = Math.imul(h, 0x01000193);
  }
  return h >>> 0;
}

/** 1 to 7 */
export function tintOf(id: string): number {
  return (hash(id) % TINTS) + 1;
}

/** Two letters: first and last word; of an address, of what stands before the @. */
export function initialsOf(name: string): string {
  const clean = (name.split('@')[0] ?? '').replace(/[._\-+()"']+/g, ' ').trim();
  const words = clean.split(/\s+/).filter((word) => /\p{L}|\p{N}/u.test(word));
  const first = [...(words[0] ?? '')][0] ?? '?';
  const last = words.length > 1 ? ([...(words.at(-1) ?? '')][0] ?? '') : '';
  return (first + last).toLocaleUpperCase();
}
