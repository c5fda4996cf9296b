/**
 * Emoji with names in the language of the screen, from emoji-picker-element-data (CLDR). Each language is a file of its
 * own, fetched when the picker is first opened and kept.
 */
import de from 'emoji-picker-element-data/de/cldr/data.json?url';
import en from 'emoji-picker-element-data/en/cldr/data.json?url';
import es from 'emoji-picker-element-data/es/cldr/data.json?url';
import fr from 'emoji-picker-element-data/fr/cldr/data.json?url';
import it from 'emoji-picker-element-data/it/cldr/data.json?url';
import type { Locale } from '@waggle/i18n';

export interface Emoji {
  emoji: string;
  annotation: string;
  group: number;
  tags: string[];
  /** Skin tones 1 to 5, where there are some. */
  tones: string[];
  /** What is searched: words without accents. */
  words: string;
}

interface Raw {
  emoji: string;
  annotation: string;
  group: number;
  order: number;
  version: number;
  tags?: string[];
  skins?: { tone: number | number[]; emoji: string }[];
}

const FILES: Record<Locale, string> = { de, en, es, fr, it };
/** Newer ones are boxes on many devices. */
const NEWEST = 15.1;
/** Skin tones and hair are parts, no emoji of their own. */
const COMPONENTS = 2;

const loaded = new Map<Locale, Promise<Emoji[]>>();

export const fold = (text: string): string =>
  text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase();

export function loadEmoji(locale: Locale): Promise<Emoji[]> {
  let list = loaded.get(locale);
  if (!list) {
    list = fetch(FILES[locale], { credentials: 'same-origin' })
      .then((answer) => {
        if (!answer.ok) throw new Error(`emoji: ${answer.status}`);
        return answer.json() as Promise<Raw[]>;
      })
      .then((raw) =>
        raw
          .filter((item) => item.version <= NEWEST && item.group !== COMPONENTS && item.group !== undefined)
          .sort((a, b) => a.order - b.order)
          .map((item) => ({
            emoji: item.emoji,
            annotation: item.annotation,
            group: item.group,
            tags: item.tags ?? [],
            tones: (item.skins ?? [])
              .filter((skin) => typeof skin.tone === 'number')
              .map((skin) => skin.emoji),
            words: fold([item.annotation, ...(item.tags ?? [])].join(' ')),
          })),
      );
    // A failed fetch is tried again with the next opening.
    list.catch(() => loaded.delete(locale));
    loaded.set(locale, list);
  }
  return list;
}

export function search(list: readonly Emoji[], query: string): Emoji[] {
  const words = fold(query).split(/\s+/).filter(Boolean);
  const found = list.filter((item) => words.every((word) => item.words.includes(word)));
  const first = words[0] ?? '';
  // What begins with the word stands before what merely has it.
  const rank = (item: Emoji) => (item.words.startsWith(first) ? 0 : item.words.includes(` ${first}`) ? 1 : 2);
  return found.sort((a, b) => rank(a) - rank(b));
}

const RECENT = 'waggle.emoji.recent';
const TONE = 'waggle.emoji.tone';
/** What most people want, until they have wants of their own. */
const FIRST = ['👍', '❤️', '😂', '🎉', '🙏', '👀', '✅', '🚀', '😀'];

export function recentEmoji(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(RECENT) ?? '[]');
    const list = Array.isArray(stored)
      ? stored.filter((item): item is string => typeof item === 'string')
      : [];
    return [...new Set([...list, ...FIRST])].slice(0, 18);
  } catch {
    return FIRST;
  }
}

export function rememberEmoji(emoji: string): void {
  try {
    localStorage.setItem(
      RECENT,
      JSON.stringify([emoji, ...recentEmoji().filter((item) => item !== emoji)].slice(0, 18)),
    );
  } catch {
    // Then the usual ones are offered.
  }
}

/** 0 is yellow, 1 to 5 from light to dark. */
export function storedTone(): number {
  try {
    const tone = Number(localStorage.getItem(TONE) ?? 0);
    return tone >= 1 && tone <= 5 ? Math.floor(tone) : 0;
  } catch {
    return 0;
  }
}

export function rememberTone(tone: number): void {
  try {
    localStorage.setItem(TONE, String(tone));
  } catch {
    // As above.
  }
}
