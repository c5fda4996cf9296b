import { IntlMessageFormat, type FormatXMLElementFn, type PrimitiveType } from 'intl-messageformat';
import type { Messages } from './keys.d.ts';

export type Key = keyof Messages;
export type Args<K extends Key> = Messages[K] extends undefined ? [] : [args: Messages[K]];

/** One message of a catalog: a plain sentence, or the AST of an ICU message. */
export type Compiled = string | unknown[];
export type Catalog = Record<string, Compiled>;

/** A piece of a message: text, or the words inside a tag such as `<b>…</b>`. */
export type Part = string | { tag: string; text: string };

type Values = Record<string, PrimitiveType>;
type Formatter = ConstructorParameters<typeof IntlMessageFormat>[0];

/** Formats messages of one language; keeps the formatter of each message it has met. */
export class Formats {
  readonly #made = new Map<string, IntlMessageFormat>();

  constructor(
    readonly locale: string,
    readonly catalog: Catalog,
  ) {}

  has(key: string): boolean {
    return Object.hasOwn(this.catalog, key);
  }

  format(key: string, values?: Values): string {
    const message = this.catalog[key];
    if (typeof message === 'string') return message;
    // Tags lose their meaning in a plain string, their words stay.
    return this.#parts(key, values)
      .map((part) => (typeof part === 'string' ? part : part.text))
      .join('');
  }

  parts(key: string, values?: Values): Part[] {
    const message = this.catalog[key];
    return typeof message === 'string' ? [message] : this.#parts(key, values);
  }

  #parts(key: string, values: Values = {}): Part[] {
    const message = this.catalog[key];
    if (!Array.isArray(message)) return [key];
    let made = this.#made.get(key);
    if (!made) {
      made = new IntlMessageFormat(message as Formatter, this.locale);
      this.#made.set(key, made);
    }
    const all: Record<string, PrimitiveType | FormatXMLElementFn<Part>> = { ...values };
    for (const tag of tagsOf(message)) all[tag] = (words) => ({ tag, text: words.join('') });
    const out = made.format<Part>(all);
    const list = (Array.isArray(out) ? out : [out]) as Part[];
    const joined: Part[] = [];
    for (const part of list) {
      const last = joined.at(-1);
      if (typeof part === 'string' && typeof last === 'string') joined[joined.length - 1] = last + part;
      else joined.push(part);
    }
    return joined;
  }
}

interface Node {
  type: number;
  value?: string;
  children?: Node[];
  options?: Record<string, { value: Node[] }>;
}

const TAG = 8;

function tagsOf(ast: unknown[], found = new Set<string>()): Set<string> {
  for (const node of ast as Node[]) {
    if (node.type === TAG && node.value) found.add(node.value);
    if (node.children) tagsOf(node.children, found);
    for (const option of Object.values(node.options ?? {})) tagsOf(option.value, found);
  }
  return found;
}
