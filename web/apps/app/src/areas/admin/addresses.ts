/** The chips of an address field: what was typed, and which of it is a full address. Pure. */
import { looksLikeEmail } from '../../lib/email.ts';

export interface Address {
  text: string;
  good: boolean;
}

/** Adds addresses out of typed or pasted text; the same address counts once. */
export function addAddresses(list: readonly Address[], text: string): Address[] {
  const seen = new Set(list.map((address) => address.text.toLowerCase()));
  const added: Address[] = [];
  for (const word of text.split(/[\s,;]+/)) {
    const clean = word.replace(/^[<("']+|[>)"',.;]+$/g, '');
    if (!clean || seen.has(clean.toLowerCase())) continue;
    // "Ruth Bauer <ruth@…>" pasted from a mail program: the words of the name are no addresses.
    if (!clean.includes('@') && /[<@]/.test(text)) continue;
    seen.add(clean.toLowerCase());
    added.push({ text: clean, good: looksLikeEmail(clean) });
  }
  return [...list, ...added];
}
