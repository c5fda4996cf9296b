/** Small changes to the text of the composer: markers around a selection, signs before lines. Pure. */

export interface Field {
  text: string;
  start: number;
  end: number;
}

/** Puts a marker around the selection, or takes it away when it is there. */
export function wrap({ text, start, end }: Field, mark: string): Field {
  const chosen = text.slice(start, end);
  const size = mark.length;
  if (text.slice(start - size, start) === mark && text.slice(end, end + size) === mark) {
    return {
      text: text.slice(0, start - size) + chosen + text.slice(end + size),
      start: start - size,
      end: end - size,
    };
  }
  return {
    text: text.slice(0, start) + mark + chosen + mark + text.slice(end),
    start: start + size,
    end: end + size,
  };
}

/** Puts a sign before each selected line, or takes it away when all have it. */
export function prefix({ text, start, end }: Field, sign: string): Field {
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const next = text.indexOf('\n', end);
  const to = next < 0 ? text.length : next;
  const lines = text.slice(from, to).split('\n');
  const all = lines.every((line) => line.startsWith(sign));
  const changed = lines.map((line) => (all ? line.slice(sign.length) : sign + line)).join('\n');
  const grown = changed.length - (to - from);
  const first = all ? -sign.length : sign.length;
  return {
    text: text.slice(0, from) + changed + text.slice(to),
    start: Math.max(from, start + first),
    end: end + grown,
  };
}

/** Makes the selection a link whose address is to be typed, or an address a link whose words are. */
export function link({ text, start, end }: Field): Field {
  const chosen = text.slice(start, end);
  if (/^https?:\/\/\S+$/.test(chosen)) {
    return {
      text: `${text.slice(0, start)}[](${chosen})${text.slice(end)}`,
      start: start + 1,
      end: start + 1,
    };
  }
  const made = `[${chosen}](https://)`;
  const at = start + made.length - 1;
  return { text: text.slice(0, start) + made + text.slice(end), start: at, end: at };
}

/** Puts something in the place of a piece; the caret stands behind it. */
export function insert({ text, start, end }: Field, piece: string): Field {
  const at = start + piece.length;
  return { text: text.slice(0, start) + piece + text.slice(end), start: at, end: at };
}

/**
 * Shift+Enter in a list goes on with the list; in an empty item it ends it. Null where a plain line break is right.
 */
export function nextItem({ text, start, end }: Field): Field | null {
  if (start !== end) return null;
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const found = /^(\s*)(?:([-*+])|(\d{1,6})([.)])) (.*)$/.exec(text.slice(from, start));
  if (!found) return null;
  const [, indent = '', bullet, number, dot = '.', words = ''] = found;
  if (words.trim() === '') return { text: text.slice(0, from) + text.slice(start), start: from, end: from };
  const sign = bullet ?? `${Number(number) + 1}${dot}`;
  return insert({ text, start, end }, `\n${indent}${sign} `);
}
