import { describe, expect, it } from 'vitest';
import { decodeText, dialled, finds, fold, formatOf, highlighted, toCsv } from '../src/directory.ts';

describe('finding', () => {
  it('folds as the server does', () => {
    expect(fold('  Jörg MÜLLER-Lüdenscheid ')).toBe('jorg muller ludenscheid');
    expect(fold('Gdańsk, Łódź & Århus')).toBe('gdansk lodz arhus');
    expect(fold('Straße')).toBe('strasse');
    expect(fold('👍 *')).toBe('');
  });

  it('takes beginnings of words in any order', () => {
    expect(finds('mul jor', 'Jörg Müller')).toBe(true);
    expect(finds('uller', 'Jörg Müller')).toBe(false);
    expect(finds(' * ', 'anything')).toBe(false);
  });

  it('marks what was asked for', () => {
    const shown = (text: string, query: string) =>
      highlighted(text, query)
        .map((part) => (part.hit ? `[${part.text}]` : part.text))
        .join('');
    expect(shown('Marta Kowalska', 'mar')).toBe('[Mar]ta Kowalska');
    expect(shown('Jörg Müller', 'jor mull')).toBe('[Jör]g [Müll]er');
    expect(shown('Jo\u0308rg', 'jo')).toBe('[Jo\u0308]rg');
    expect(shown('Straße 7', 'strass')).toBe('[Straß]e 7');
    expect(shown('samba', 'ba')).toBe('samba');
    expect(shown('', 'x')).toBe('');
    expect(shown('x', '')).toBe('x');
  });
});

describe('files', () => {
  it('reads what spreadsheets write', () => {
    expect(decodeText(new TextEncoder().encode('Zoë'))).toBe('Zoë');
    expect(decodeText(new Uint8Array([0x5a, 0x6f, 0xeb]))).toBe('Zoë');
    expect(decodeText(new Uint8Array([0xff, 0xfe, 0x5a, 0, 0x6f, 0]))).toBe('Zo');
  });

  it('knows a vCard by its first line', () => {
    expect(formatOf('people.txt', '\r\nbegin:vcard\n')).toBe('vcard');
    expect(formatOf('people.vcf', '')).toBe('vcard');
    expect(formatOf('people.csv', 'Name,Email')).toBe('csv');
  });

  it('writes a table that no spreadsheet runs', () => {
    expect(
      toCsv([
        ['a', 'b "c", d'],
        ['=1+1', ''],
      ]),
    ).toBe('\uFEFFa,"b ""c"", d"\r\n\'=1+1,\r\n');
  });
});

it('dials the international form, else the digits', () => {
  expect(dialled({ typed: '0461 171', e164: '+390461171' })).toBe('+390461171');
  expect(dialled({ typed: '(214) 5-5', e164: null })).toBe('21455');
});
