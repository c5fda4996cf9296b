import { describe, expect, test } from 'vitest';
import { inline, isJumbo, parse, plain, safeHref, type Block, type Inline } from '../src/markdown.ts';

/** A tree as short text, to compare. */
function show(nodes: readonly Inline[]): string {
  return nodes
    .map((node) => {
      switch (node.type) {
        case 'text':
          return node.text;
        case 'break':
          return '⏎';
        case 'code':
          return `{code ${node.text}}`;
        case 'mention':
          return `{@${node.id}}`;
        case 'link':
          return `{link ${node.href} ${show(node.children)}}`;
        default:
          return `{${node.type} ${show(node.children)}}`;
      }
    })
    .join('');
}
function showBlock(block: Block): string {
  switch (block.type) {
    case 'paragraph':
      return `p(${show(block.children)})`;
    case 'code':
      return `code:${block.language}(${block.text})`;
    case 'quote':
      return `quote(${block.children.map(showBlock).join('')})`;
    case 'list':
      return `${block.start === null ? 'ul' : `ol${block.start}`}(${block.items.map((item) => item.map(showBlock).join('')).join('|')})`;
  }
}

describe('inline', () => {
  test.each([
    ['plain', 'plain'],
    ['**bold** and *it* and _it_ and ~~no~~', '{strong bold} and {em it} and {em it} and {strike no}'],
    ['***both***', '{strong {em both}}'],
    ['**bold *it***', '{strong bold {em it}}'],
    ['*a **b** c*', '{em a {strong b} c}'],
    ['2*3*4 = 24', '2{em 3}4 = 24'],
    ['2 * 3 * 4', '2 * 3 * 4'],
    ['snake_case_name', 'snake_case_name'],
    ['**open', '**open'],
    ['a ** b', 'a ** b'],
    ['`a*b*`', '{code a*b*}'],
    ['``a`b``', '{code a`b}'],
    ['`open', '`open'],
    ['\\*not\\*', '*not*'],
    ['a\nb', 'a⏎b'],
    ['hi <@acct_abc1>!', 'hi {@acct_abc1}!'],
    ['<@nobody> <b>', '<@nobody> <b>'],
    ['see https://a.example/x.', 'see {link https://a.example/x https://a.example/x}.'],
    ['(https://a.example/x_(y))', '({link https://a.example/x_(y) https://a.example/x_(y)})'],
    ['xhttps://a.example', 'xhttps://a.example'],
    ['mailto:a@b.example', '{link mailto:a@b.example mailto:a@b.example}'],
    ['[words](https://a.example)', '{link https://a.example/ words}'],
    ['[**b**](https://a.example)', '{link https://a.example/ {strong b}}'],
    ['[https://a.example](https://b.example)', '{link https://b.example/ https://a.example}'],
    ['[x](javascript:alert(1))', '[x](javascript:alert(1))'],
    ['[x](data:text/html,1)', '[x](data:text/html,1)'],
    ['[ ] [x]', '[ ] [x]'],
    ['http://', 'http://'],
  ])('%s', (source, expected) => {
    expect(show(inline(source))).toBe(expected);
  });

  test('addresses that may be followed', () => {
    expect(safeHref('https://a.example')).toBe('https://a.example/');
    for (const bad of [
      'javascript:1',
      ' https://a',
      'https://a b',
      'http:///x',
      'ftp://a',
      'https:a',
      'JaVaScRiPt:1',
      'vbscript:x',
    ]) {
      expect(safeHref(bad), bad).toBeNull();
    }
  });
});

describe('blocks', () => {
  test.each([
    ['a\n\nb', 'p(a)p(b)'],
    ['- a\n- b', 'ul(p(a)|p(b))'],
    ['1. a\n2. b', 'ol1(p(a)|p(b))'],
    ['3) a', 'ol3(p(a))'],
    ['text\n- a', 'p(text)ul(p(a))'],
    ['In\n1986. Good', 'p(In⏎1986. Good)'],
    ['- a\n  - b\n- c', 'ul(p(a)ul(p(b))|p(c))'],
    ['> a\n> b\nc', 'quote(p(a⏎b))p(c)'],
    ['> - a', 'quote(ul(p(a)))'],
    ['```rust\nfn *x*() {}\n\n```\nafter', 'code:rust(fn *x*() {}\n)p(after)'],
    ['```\nnever closed', 'code:(never closed)'],
    ['-', 'p(-)'],
    ['-5 degrees', 'p(-5 degrees)'],
    ['# not a title', 'p(# not a title)'],
  ])('%j', (source, expected) => {
    expect(parse(source).map(showBlock).join('')).toBe(expected);
  });

  test('one line', () => {
    expect(plain('**Hi** <@acct_a>\n\n- x\n- `y`', () => 'Nora')).toBe('Hi @Nora x, y');
  });

  test('a few emoji alone are large', () => {
    expect(isJumbo('🎉')).toBe(true);
    expect(isJumbo('👍🏽 👩‍🚀')).toBe(true);
    expect(isJumbo('ok 🎉')).toBe(false);
    expect(isJumbo('12')).toBe(false);
  });
});

describe('whatever is typed', () => {
  /** A small generator of numbers: the same texts in every run. */
  function random(seed: number): () => number {
    let state = seed;
    return () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
  }
  const PIECES = [
    ...'*_~`[]()<>@!\\#-+.>|{}"\'/:',
    '**',
    '***',
    '~~',
    '```',
    '``',
    '\n',
    '\n\n',
    '    ',
    '- ',
    '1. ',
    '> ',
    '<@acct_a1>',
    '<@',
    'https://',
    'http://a.b',
    '](',
    '](http://a.b)',
    'word',
    'ü',
    '👩‍🚀',
    ' ',
    'mailto:',
    'a_b',
    '\t',
    '\u0000',
    '\ud800',
  ];
  function letters(text: string): string {
    return text.replace(/[^\p{L}\p{N}]/gu, '');
  }
  function words(nodes: readonly Inline[]): string {
    return nodes
      .map((node) =>
        node.type === 'text' || node.type === 'code'
          ? node.text
          : node.type === 'mention'
            ? node.id
            : node.type === 'link'
              ? words(node.children)
              : node.type === 'break'
                ? ''
                : words(node.children),
      )
      .join('');
  }
  function blockWords(block: Block): string {
    switch (block.type) {
      case 'paragraph':
        return words(block.children);
      case 'code':
        return block.language + block.text;
      case 'quote':
        return block.children.map(blockWords).join('');
      case 'list':
        return block.items.flatMap((item) => item.map(blockWords)).join('');
    }
  }

  test('never throws and loses no word', () => {
    const next = random(42);
    for (let round = 0; round < 4_000; round += 1) {
      const length = Math.floor(next() * 40);
      const text = Array.from({ length }, () => PIECES[Math.floor(next() * PIECES.length)] ?? '').join('');
      const tree = parse(text);
      // Addresses of links and numbers of lists are not among the words; everything else is.
      if (/\]\(|\d[.)]/.test(text)) continue;
      expect(letters(tree.map(blockWords).join('')), JSON.stringify(text)).toBe(letters(text));
    }
  });

  test.each([
    '*',
    '**',
    '***',
    '_',
    '`',
    '``',
    '~~',
    '[',
    ']',
    '](',
    '[](',
    '<@',
    '<@acct_',
    '>',
    '> ',
    '- ',
    '\\',
    'http://',
    'https://a.b',
    '[http://a]',
    '*a ',
    '*a_b~~',
    '`a``b```',
    '((',
    '**a*',
    '[a](',
    '[a](b) ',
    '- a\n',
    ' - ',
    '1. a\n',
    '```\n',
    '>a\n',
    '> - ',
    '_a*',
    'a*',
  ])('%j over and over takes little time', (piece) => {
    const text = piece.repeat(Math.ceil(64_000 / piece.length));
    const start = performance.now();
    parse(text);
    // Linear is some 20 ms; a square would be seconds. The bound leaves room for a busy machine.
    expect(performance.now() - start).toBeLessThan(700);
  });
});
