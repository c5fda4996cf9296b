/** Logic of the code field: one real input, drawn as boxes. */

/** Only digits, at most `length`. Takes what people paste: "Code: 407 219", full-width digits. */
export function cleanCode(raw: string, length = 6): string {
  return raw
    .normalize('NFKC')
    .replace(/[^0-9]/g, '')
    .slice(0, length);
}

/** The code inside pasted text: a lone group of `length` digits wins over other numbers around it. */
export function codeFromPaste(raw: string, length = 6): string {
  const text = raw.normalize('NFKC');
  const lone = new RegExp(`(?<![0-9])[0-9]{${length}}(?![0-9])`).exec(text);
  if (lone) return lone[0];
  const half = Math.floor(length / 2);
  const split = new RegExp(`(?<![0-9])([0-9]{${half}})[\\s-]([0-9]{${length - half}})(?![0-9])`).exec(text);
  if (split) return `${split[1] ?? ''}${split[2] ?? ''}`;
  return cleanCode(text, length);
}

export interface Box {
  digit: string;
  /** The box that will take the next digit. */
  current: boolean;
}

export function boxesOf(value: string, length: number, focused: boolean): Box[] {
  const at = Math.min(value.length, length - 1);
  return Array.from({ length }, (_, i) => ({
    digit: value[i] ?? '',
    current: focused && i === at,
  }));
}
