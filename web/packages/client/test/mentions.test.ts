import { expect, test } from 'vitest';
import { mentionAt, plainMentions, toTyped, toWire } from '../src/mentions.ts';

const names: Record<string, string> = { acct_a: 'Nora', acct_b: 'Nora Lindqvist' };
const nameOf = (id: string) => names[id];

test('there and back', () => {
  const wire = 'hi <@acct_b> and <@acct_a>, <@acct_x>';
  const typed = toTyped(wire, nameOf);
  expect(typed.text).toBe('hi @Nora Lindqvist and @Nora, <@acct_x>');
  expect(toWire(typed.text, typed.people)).toBe(wire);
});

test('only whole names that were chosen', () => {
  const people = new Map([['Nora', 'acct_a']]);
  expect(toWire('@Nora @Norah @Tomás mail@Nora', people)).toBe('<@acct_a> @Norah @Tomás mail<@acct_a>');
  expect(toWire('@Nora', new Map())).toBe('@Nora');
  expect(toWire('@A+B (x)', new Map([['A+B (x)', 'acct_a']]))).toBe('<@acct_a>');
});

test('the word at the caret', () => {
  expect(mentionAt('hi @no', 6)).toEqual({ start: 3, query: 'no' });
  expect(mentionAt('@', 1)).toEqual({ start: 0, query: '' });
  expect(mentionAt('@Nora Li', 8)).toEqual({ start: 0, query: 'Nora Li' });
  expect(mentionAt('mail@no', 7)).toBeNull();
  expect(mentionAt('@Nora Lindqvist is', 18)).toBeNull();
});

test('for previews', () => {
  expect(plainMentions('<@acct_a> <@acct_x>', nameOf)).toBe('@Nora @…');
});
