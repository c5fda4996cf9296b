/**
 * Our Markdown subset, as a typed tree; never HTML. Screens draw the tree with elements of their own, which is what
 * keeps Trusted Types on.
 *
 * Blocks: paragraphs, ``` code, > quotes, - and 1. lists. Inside: **bold**, *italic* or _italic_, ~~strike~~, `code`,
 * [words](https://…), bare http, https and mailto addresses, `<@acct_…>`, line breaks, and \ before a sign.
 * Everything else is text as typed: nothing is ever refused or lost, and a screen of stars takes linear time, because
 * every search for "the closing one" either moves forward or is remembered as fruitless.
 */

export type Inline =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'strong' | 'em' | 'strike'; readonly children: readonly Inline[] }
  | { readonly type: 'code'; readonly text: string }
  | { readonly type: 'link'; readonly href: string; readonly children: readonly Inline[] }
  | { readonly type: 'mention'; readonly id: string }
  | { readonly type: 'break' };

export type Block =
  | { readonly type: 'paragraph'; readonly children: readonly Inline[] }
  | { readonly type: 'code'; readonly language: string; readonly text: string }
  | { readonly type: 'quote'; readonly children: readonly Block[] }
  | { readonly type: 'list'; readonly start: number | null; readonly items: readonly (readonly Block[])[] };

/** Quotes and lists inside each other; what is deeper is text. */
const DEPTH_MAX = 5;

const FENCE = /^ {0,3}```([^`]*)$/;
const FENCE_END = /^ {0,3}```\s*$/;
const QUOTE = /^ {0,3}> ?/;
const BULLET = /^( {0,3})([-*+]|\d{1,9}[.)])( {1,4}|$)/;

export function parse(source: string): Block[] {
  return blocks(source.split('\n'), 0);
}

function blocks(lines: readonly string[], depth: number): Block[] {
  const out: Block[] = [];
  let paragraph: string[] = [];
  const close = (): void => {
    if (paragraph.length > 0) out.push({ type: 'paragraph', children: inline(paragraph.join('\n')) });
    paragraph = [];
  };
  let i = 0;
  while (i < lines.length) {
    const line = lines[i] ?? '';
    const fence = FENCE.exec(line);
    if (fence) {
      close();
      const body: string[] = [];
      i += 1;
      while (i < lines.length && !FENCE_END.test(lines[i] ?? '')) {
        body.push(lines[i] ?? '');
        i += 1;
      }
      i += 1;
      out.push({ type: 'code', language: (fence[1] ?? '').trim(), text: body.join('\n') });
      continue;
    }
    if (depth < DEPTH_MAX && QUOTE.test(line)) {
      close();
      const body: string[] = [];
      while (i < lines.length && QUOTE.test(lines[i] ?? '')) {
        body.push((lines[i] ?? '').replace(QUOTE, ''));
        i += 1;
      }
      out.push({ type: 'quote', children: blocks(body, depth + 1) });
      continue;
    }
    const bullet = depth < DEPTH_MAX ? BULLET.exec(line) : null;
    if (bullet && startsList(bullet, line, paragraph.length > 0)) {
      close();
      const ordered = isOrdered(bullet);
      const items: (readonly Block[])[] = [];
      while (i < lines.length) {
        const head = BULLET.exec(lines[i] ?? '');
        if (!head || isOrdered(head) !== ordered) break;
        const indent = head[0].length;
        const body = [(lines[i] ?? '').slice(indent)];
        i += 1;
        // What is indented below belongs to the item; a single empty line does not end it.
        while (i < lines.length) {
          const next = lines[i] ?? '';
          const empty = next.trim() === '';
          const following = empty ? (lines[i + 1] ?? '') : next;
          if (leading(following) < 2 || following.trim() === '') break;
          body.push(empty ? '' : next.slice(Math.min(leading(next), indent)));
          i += 1;
        }
        items.push(blocks(body, depth + 1));
      }
      out.push({ type: 'list', start: ordered ? Number.parseInt(bullet[2] ?? '1', 10) : null, items });
      continue;
    }
    if (line.trim() === '') close();
    else paragraph.push(line);
    i += 1;
  }
  close();
  return out;
}

function isOrdered(bullet: RegExpExecArray): boolean {
  return /^\d/.test(bullet[2] ?? '');
}

/** "1986. A good year" inside a paragraph is no list; neither is a lone dash. */
function startsList(bullet: RegExpExecArray, line: string, inParagraph: boolean): boolean {
  if (line.length === bullet[0].length) return false;
  return !(inParagraph && isOrdered(bullet) && !/^1[.)]$/.test(bullet[2] ?? ''));
}

function leading(line: string): number {
  let count = 0;
  while (line[count] === ' ') count += 1;
  return count;
}

type Emphasis = 'strong' | 'em' | 'strike';

type Piece =
  | { kind: 'node'; node: Inline }
  /** Opens something; text when nothing closes it. */
  | { kind: 'open'; mark: string; emphasis: Emphasis }
  | { kind: 'bracket' };

const MARKS: Record<string, Emphasis> = { '**': 'strong', __: 'strong', '*': 'em', _: 'em', '~~': 'strike' };
const MENTION = /<@(acct_[0-9a-z]{1,64})>/y;
const ADDRESS = /(?:https?:\/\/|mailto:)[^\s<>"`]{1,2048}/iy;
const PUNCTUATION = /[!-/:-@[-`{-~]/;
const WORD = /[\p{L}\p{N}]/u;

/** The text inside a block. */
export function inline(source: string): Inline[] {
  return new InlineParser(source).run();
}

class InlineParser {
  readonly #pieces: Piece[] = [];
  #text = '';
  #at = 0;
  /** How many of each mark are open; so that a closing one that has no partner costs nothing. */
  readonly #open = new Map<string, number>();
  #brackets = 0;
  /** Lengths of backtick runs for which there is no further one. */
  readonly #noTicks = new Set<number>();
  #noParenthesis = false;
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  run(): Inline[] {
    const source = this.#source;
    while (this.#at < source.length) {
      const char = source[this.#at] ?? '';
      const taken =
        char === '\\'
          ? this.#escape()
          : char === '`'
            ? this.#code()
            : char === '\n'
              ? this.#break()
              : char === '<'
                ? this.#mention()
                : char === '*' || char === '_' || char === '~'
                  ? this.#emphasis(char)
                  : char === '['
                    ? this.#bracket()
                    : char === ']'
                      ? this.#link()
                      : char === 'h' || char === 'H' || char === 'm' || char === 'M'
                        ? this.#address()
                        : false;
      if (!taken) {
        this.#text += char;
        this.#at += 1;
      }
    }
    this.#flush();
    return this.#close(0);
  }

  #escape(): boolean {
    const next = this.#source[this.#at + 1];
    if (next === undefined || !PUNCTUATION.test(next)) return false;
    this.#text += next;
    this.#at += 2;
    return true;
  }

  #code(): boolean {
    const source = this.#source;
    let length = 1;
    while (source[this.#at + length] === '`') length += 1;
    if (!this.#noTicks.has(length)) {
      const start = this.#at + length;
      let from = start;
      while (from < source.length) {
        const next = source.indexOf('`', from);
        if (next < 0) break;
        let run = 1;
        while (source[next + run] === '`') run += 1;
        if (run === length && next > start) {
          this.#push({ type: 'code', text: trimCode(source.slice(start, next)) });
          this.#at = next + run;
          return true;
        }
        from = next + run;
      }
      this.#noTicks.add(length);
    }
    this.#text += '`'.repeat(length);
    this.#at += length;
    return true;
  }

  #break(): boolean {
    this.#push({ type: 'break' });
    this.#at += 1;
    return true;
  }

  #mention(): boolean {
    MENTION.lastIndex = this.#at;
    const found = MENTION.exec(this.#source);
    if (!found?.[1]) return false;
    this.#push({ type: 'mention', id: found[1] });
    this.#at += found[0].length;
    return true;
  }

  #emphasis(char: string): boolean {
    const source = this.#source;
    let run = 1;
    while (source[this.#at + run] === char) run += 1;
    const before = source[this.#at - 1] ?? ' ';
    const after = source[this.#at + run] ?? ' ';
    this.#at += run;
    const marks =
      char === '~'
        ? run === 2
          ? ['~~']
          : []
        : run === 1
          ? [char]
          : run === 2
            ? [char + char]
            : run === 3
              ? [char, char + char]
              : [];
    // snake_case and 2*3*4 stay as they are.
    const inWord = char === '_' && WORD.test(before) && WORD.test(after);
    const canClose = !/\s/.test(before) && !inWord;
    const canOpen = !/\s/.test(after) && !inWord;
    let left = marks;
    if (canClose) {
      // Three signs close what was opened last first.
      const closable = [...left].sort((a, b) => this.#lastOpen(b) - this.#lastOpen(a));
      left = closable.filter((mark) => !this.#closeMark(mark));
    }
    if (marks.length === 0 || (left.length > 0 && !canOpen)) {
      this.#text += marks.length === 0 ? char.repeat(run) : left.join('');
      return true;
    }
    // The long one outside: ***x*** is bold around italic.
    for (const mark of [...left].sort((a, b) => b.length - a.length)) {
      this.#flush();
      this.#pieces.push({ kind: 'open', mark, emphasis: MARKS[mark] ?? 'em' });
      this.#open.set(mark, (this.#open.get(mark) ?? 0) + 1);
    }
    return true;
  }

  #lastOpen(mark: string): number {
    if (!this.#open.get(mark)) return -1;
    return this.#pieces.findLastIndex((piece) => piece.kind === 'open' && piece.mark === mark);
  }

  #closeMark(mark: string): boolean {
    if (!this.#open.get(mark)) return false;
    this.#flush();
    const index = this.#pieces.findLastIndex((piece) => piece.kind === 'open' && piece.mark === mark);
    const piece = this.#pieces[index];
    if (piece?.kind !== 'open' || index === this.#pieces.length - 1) return false;
    const children = this.#close(index + 1);
    this.#forget(piece);
    this.#pieces.length = index;
    this.#pieces.push({ kind: 'node', node: { type: piece.emphasis, children } });
    return true;
  }

  #bracket(): boolean {
    this.#flush();
    this.#pieces.push({ kind: 'bracket' });
    this.#brackets += 1;
    this.#at += 1;
    return true;
  }

  #link(): boolean {
    if (this.#brackets === 0 || this.#source[this.#at + 1] !== '(' || this.#noParenthesis) return false;
    const start = this.#at + 2;
    const end = this.#source.indexOf(')', start);
    if (end < 0) {
      this.#noParenthesis = true;
      return false;
    }
    // Long enough for any address, short enough that many of these cost little.
    const href = end - start > 2_048 ? null : safeHref(this.#source.slice(start, end));
    if (!href) return false;
    this.#flush();
    const index = this.#pieces.findLastIndex((piece) => piece.kind === 'bracket');
    if (index === this.#pieces.length - 1) return false;
    const children = withoutLinks(this.#close(index + 1));
    this.#brackets -= 1;
    this.#pieces.length = index;
    this.#pieces.push({ kind: 'node', node: { type: 'link', href, children } });
    this.#at = end + 1;
    return true;
  }

  #address(): boolean {
    if (WORD.test(this.#source[this.#at - 1] ?? ' ')) return false;
    ADDRESS.lastIndex = this.#at;
    const found = ADDRESS.exec(this.#source);
    if (!found) return false;
    const address = trimAddress(found[0], this.#brackets > 0);
    const href = safeHref(address);
    // What only looks like an address is taken whole as text, or a row of them would be read again and again.
    if (href) this.#push({ type: 'link', href, children: [{ type: 'text', text: address }] });
    else this.#text += address;
    this.#at += address.length;
    return true;
  }

  #push(node: Inline): void {
    this.#flush();
    this.#pieces.push({ kind: 'node', node });
  }

  #flush(): void {
    if (this.#text !== '') this.#pieces.push({ kind: 'node', node: { type: 'text', text: this.#text } });
    this.#text = '';
  }

  #forget(piece: Piece): void {
    if (piece.kind === 'open') this.#open.set(piece.mark, (this.#open.get(piece.mark) ?? 1) - 1);
    else if (piece.kind === 'bracket') this.#brackets -= 1;
  }

  /** The pieces from here on as nodes; what was opened there and not closed is text. */
  #close(from: number): Inline[] {
    const out: Inline[] = [];
    for (const piece of this.#pieces.slice(from)) {
      const node: Inline =
        piece.kind === 'node' ? piece.node : { type: 'text', text: piece.kind === 'open' ? piece.mark : '[' };
      if (piece.kind !== 'node') this.#forget(piece);
      const last = out.at(-1);
      if (node.type === 'text' && last?.type === 'text')
        out[out.length - 1] = { type: 'text', text: last.text + node.text };
      else out.push(node);
    }
    return out;
  }
}

/** One space on both sides is for showing backticks; it is not part of the code. */
function trimCode(text: string): string {
  return text.length > 2 && text.startsWith(' ') && text.endsWith(' ') && text.trim() !== ''
    ? text.slice(1, -1)
    : text;
}

/** Signs that end a sentence are not part of the address; a closing parenthesis only if it was opened inside. */
function trimAddress(address: string, inBrackets: boolean): string {
  let end = address.length;
  if (inBrackets) {
    const bracket = address.indexOf(']');
    if (bracket >= 0) end = bracket;
  }
  let opened = 0;
  let closed = 0;
  for (let i = 0; i < end; i += 1) {
    if (address[i] === '(') opened += 1;
    else if (address[i] === ')') closed += 1;
  }
  while (end > 0) {
    const last = address[end - 1] ?? '';
    if (last === ')' && closed > opened) closed -= 1;
    else if (!/[.,:;!?'*_~\]]/.test(last)) break;
    end -= 1;
  }
  return address.slice(0, end);
}

/** An address that may be followed: http, https or mailto, and nothing that hides in white space. */
export function safeHref(text: string): string | null {
  if (/\s/.test(text)) return null;
  if (!/^(?:https?:\/\/[^/?#]|mailto:[^?\s]+@)/i.test(text)) return null;
  try {
    const url = new URL(text);
    return url.protocol === 'http:' || url.protocol === 'https:' || url.protocol === 'mailto:'
      ? url.href
      : null;
  } catch {
    return null;
  }
}

function withoutLinks(nodes: readonly Inline[]): Inline[] {
  return nodes.flatMap((node): Inline[] => {
    if (node.type === 'link') return [...node.children];
    if ('children' in node) return [{ ...node, children: withoutLinks(node.children) }];
    return [node];
  });
}

/** The words alone, on one line: for previews, quotes, notifications and those who listen. */
export function plain(source: string | readonly Block[], nameOf: (id: string) => string): string {
  const tree = typeof source === 'string' ? parse(source) : source;
  return tree
    .map((block) => plainBlock(block, nameOf))
    .filter((text) => text !== '')
    .join(' ')
    .replace(/\s+/g, ' ')
    .trim();
}

function plainBlock(block: Block, nameOf: (id: string) => string): string {
  switch (block.type) {
    case 'paragraph':
      return plainInline(block.children, nameOf);
    case 'code':
      return block.text;
    case 'quote':
      return block.children.map((child) => plainBlock(child, nameOf)).join(' ');
    case 'list':
      return block.items.map((item) => item.map((child) => plainBlock(child, nameOf)).join(' ')).join(', ');
  }
}

function plainInline(nodes: readonly Inline[], nameOf: (id: string) => string): string {
  return nodes
    .map((node) => {
      switch (node.type) {
        case 'text':
        case 'code':
          return node.text;
        case 'mention':
          return `@${nameOf(node.id)}`;
        case 'break':
          return ' ';
        default:
          return plainInline(node.children, nameOf);
      }
    })
    .join('');
}

/** Whether a text is one to three emoji and nothing else: shown larger. */
export function isJumbo(body: string): boolean {
  return (
    body.length <= 40 &&
    /^(?:\s*(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F?)[\p{Emoji_Modifier}\uFE0F\u200D\p{Extended_Pictographic}]*){1,3}\s*$/u.test(
      body,
    )
  );
}
