import { describe, expect, it, vi } from 'vitest';
import { initialsOf, tintOf, TINTS } from './avatar.ts';
import { boxesOf, cleanCode, codeFromPaste } from './code-input.ts';
import { cellsOf, PeakHold } from './components/meter.ts';
import { matches, parseKeys, shownKeys } from './keys.ts';
import { toast, toasts } from './toasts.svelte.ts';

describe('code field', () => {
  it('keeps digits only, as many as fit', () => {
    expect(cleanCode('40 72-19')).toBe('407219');
    expect(cleanCode('４０７２１９')).toBe('407219');
    expect(cleanCode('4072199')).toBe('407219');
    expect(cleanCode('abc')).toBe('');
  });

  it('finds the code in what people paste', () => {
    expect(codeFromPaste('407219')).toBe('407219');
    expect(codeFromPaste('Your code is 407219, valid for 10 minutes')).toBe('407219');
    expect(codeFromPaste('On 24 Nov 2026: 407 219')).toBe('407219');
    expect(codeFromPaste('407-219')).toBe('407219');
    expect(codeFromPaste('4072')).toBe('4072');
  });

  it('shows where the next digit goes', () => {
    const boxes = boxesOf('40', 6, true);
    expect(boxes.map((box) => box.digit).join('|')).toBe('4|0||||');
    expect(boxes.findIndex((box) => box.current)).toBe(2);
    expect(boxesOf('407219', 6, true).findIndex((box) => box.current)).toBe(5);
    expect(boxesOf('40', 6, false).some((box) => box.current)).toBe(false);
  });
});

describe('avatar', () => {
  it('takes the first and the last word', () => {
    expect(initialsOf('Hugo Almeida')).toBe('HA');
    expect(initialsOf('Ana María de la Cruz')).toBe('AC');
    expect(initialsOf('élodie')).toBe('É');
    expect(initialsOf('ruth.bauer@acme.example')).toBe('RB');
    expect(initialsOf('Łukasz (Support)')).toBe('ŁS');
    expect(initialsOf('')).toBe('?');
    expect(initialsOf('🙂')).toBe('?');
  });

  it('gives every id one of seven tints, always the same', () => {
    const tints = new Set(Array.from({ length: 200 }, (_, i) => tintOf(`acct_${i}`)));
    expect([...tints].sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(TINTS).toBe(7);
    expect(tintOf('acct_1')).toBe(tintOf('acct_1'));
  });
});

describe('keys', () => {
  const press = (
    key: string,
    mods: Partial<Record<'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey', boolean>> = {},
  ) => ({
    key,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
    ...mods,
  });

  it('Mod is the key of the platform', () => {
    const keys = parseKeys('Mod+K');
    expect(matches(keys, press('k', { ctrlKey: true }), false)).toBe(true);
    expect(matches(keys, press('k', { metaKey: true }), false)).toBe(false);
    expect(matches(keys, press('k', { metaKey: true }), true)).toBe(true);
    expect(matches(keys, press('k'), false)).toBe(false);
  });

  it('signs match with and without Shift, letters do not', () => {
    expect(matches(parseKeys('?'), press('?', { shiftKey: true }), false)).toBe(true);
    expect(matches(parseKeys('?'), press('?'), false)).toBe(true);
    expect(matches(parseKeys('A'), press('A', { shiftKey: true }), false)).toBe(false);
  });

  it('draws them as people know them', () => {
    expect(shownKeys('Mod+Shift+ArrowUp', false)).toEqual(['Ctrl', 'Shift', '↑']);
    expect(shownKeys('Mod+K', true)).toEqual(['⌘', 'K']);
  });
});

describe('toasts', () => {
  it('run out, wait while somebody looks, and act once', () => {
    const expired = vi.fn();
    const undo = vi.fn();
    const one = toast('Hidden', { action: { label: 'Undo', run: undo }, onexpire: expired });
    one.paused = true;
    toasts.tick(60_000);
    expect(toasts.list).toContain(one);
    one.paused = false;
    toasts.tick(7_999);
    expect(expired).not.toHaveBeenCalled();
    toasts.tick(1);
    expect(expired).toHaveBeenCalledOnce();
    expect(undo).not.toHaveBeenCalled();

    const two = toast('Hidden', { action: { label: 'Undo', run: undo }, onexpire: expired });
    toasts.close(two, true);
    toasts.close(two, true);
    expect(undo).toHaveBeenCalledOnce();
    expect(expired).toHaveBeenCalledOnce();
  });

  it('shows three at most; the oldest is done', () => {
    const expired = vi.fn();
    toast('1', { onexpire: expired });
    toast('2');
    toast('3');
    toast('4');
    expect(toasts.list.map((one) => one.text)).toEqual(['2', '3', '4']);
    expect(expired).toHaveBeenCalledOnce();
    for (const one of toasts.list) toasts.close(one);
  });
});

describe('meter', () => {
  it('is green, then amber from 70 %, red from 86 %', () => {
    const zones = cellsOf(1, 1, 20).map((cell) => cell.zone);
    expect(zones.filter((zone) => zone === 'ok')).toHaveLength(14);
    expect(zones.at(-1)).toBe('hot');
    expect(cellsOf(0.5, 0.8, 20).filter((cell) => cell.lit)).toHaveLength(10);
    expect(cellsOf(0.5, 0.8, 20).findIndex((cell) => cell.peak)).toBe(15);
    expect(cellsOf(Number.NaN, 2, 4).some((cell) => cell.lit)).toBe(false);
  });

  it('holds a peak for a second', () => {
    const hold = new PeakHold();
    expect(hold.at(0.9, 0)).toBe(0.9);
    expect(hold.at(0.2, 900)).toBe(0.9);
    expect(hold.at(0.2, 1100)).toBe(0.2);
  });
});
