/**
 * Mentions: `<@acct_…>` on the wire, `@Name` in the composer.
 *
 * The composer is a plain text field, so a name is just text there; which person was meant is kept beside it by the name
 * chosen from the list. Two people of one name: the one chosen last.
 */

const WIRE = /<@(acct_[0-9a-z]{1,64})>/g;

/** What is typed: `@Nora Lindqvist`, with the people behind the names. */
export interface Typed {
  text: string;
  /** Name → account. */
  people: Map<string, string>;
}

export function toTyped(body: string, nameOf: (id: string) => string | undefined): Typed {
  const people = new Map<string, string>();
  const text = body.replace(WIRE, (wire, id: string) => {
    const name = nameOf(id);
    if (!name) return wire;
    people.set(name, id);
    return `@${name}`;
  });
  return { text, people };
}

export function toWire(text: string, people: ReadonlyMap<string, string>): string {
  // Longest first, so that "Nora Lindqvist" is not taken for "Nora".
  const names = [...people.keys()].filter((name) => name !== '').sort((a, b) => b.length - a.length);
  if (names.length === 0) return text;
  const pattern = new RegExp(`@(${names.map(escapeRegExp).join('|')})(?![\\p{L}\\p{N}])`, 'gu');
  return text.replace(pattern, (all, name: string) => {
    const id = people.get(name);
    return id ? `<@${id}>` : all;
  });
}

/** The text with names, for previews and notifications. */
export function plainMentions(body: string, nameOf: (id: string) => string | undefined): string {
  return body.replace(WIRE, (_, id: string) => `@${nameOf(id) ?? '…'}`);
}

/** The word after an `@` left of the caret, if a person may be meant: where it starts and what has been typed. */
export function mentionAt(text: string, caret: number): { start: number; query: string } | null {
  const before = text.slice(Math.max(0, caret - 60), caret);
  const found = /(?:^|[\s(["'])@([\p{L}\p{N}._-]*(?: [\p{L}\p{N}._-]*)?)$/u.exec(before);
  const query = found?.[1];
  if (query === undefined) return null;
  return { start: caret - query.length - 1, query };
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
