/** What stands in the form of a contact, and what of it the server has to hear. */
import {
  NUMBER_KINDS,
  type ContactDraft,
  type ContactKind,
  type ContactView,
} from '@waggle/client/directory';

export const TEXTS = ['name', 'company', 'title', 'email'] as const;
const PLAIN = [...TEXTS, ...NUMBER_KINDS, 'extension', 'note'] as const;

export type Fields = Record<(typeof PLAIN)[number], string> & {
  kind: ContactKind;
  owner_id: string;
  /** Separated by commas. */
  short_numbers: string;
};

export function fieldsOf(contact: ContactView | undefined, name: string, me: string): Fields {
  const number = (kind: (typeof NUMBER_KINDS)[number]) => contact?.numbers[kind]?.typed ?? '';
  return {
    ...prefilled(contact ? '' : name),
    ...(contact ? { name: contact.name, email: contact.email ?? '', work: number('work') } : {}),
    company: contact?.company ?? '',
    title: contact?.title ?? '',
    mobile: number('mobile'),
    home: number('home'),
    home_mobile: number('home_mobile'),
    main: number('main'),
    fax: number('fax'),
    extension: contact?.extension ?? '',
    note: contact?.note ?? '',
    kind: contact?.kind ?? 'external',
    owner_id: contact ? (contact.owner?.id ?? '') : me,
    short_numbers: contact?.short_numbers.join(', ') ?? '',
  };
}

/** Where what somebody searched for belongs: an address, a number, or a name. */
export function prefilled(text: string): { name: string; email: string; work: string } {
  const empty = { name: '', email: '', work: '' };
  const typed = text.trim();
  if (/^\S+@\S+$/.test(typed)) return { ...empty, email: typed };
  if (/^[+\d][\d\s()./-]{4,}$/.test(typed)) return { ...empty, work: typed };
  return { ...empty, name: typed };
}

/** Only what is different; of a new contact everything that is not empty. */
export function draftOf(fields: Fields, before: Fields, fresh: boolean): ContactDraft {
  const draft: ContactDraft = {};
  for (const field of PLAIN) {
    const value = fields[field].trim();
    if (fresh ? value !== '' : value !== before[field].trim()) draft[field] = value;
  }
  if (fields.kind !== before.kind) draft.kind = fields.kind;
  if (fields.owner_id !== '' && (fresh || fields.owner_id !== before.owner_id))
    draft.owner_id = fields.owner_id;
  const short = shortNumbers(fields.short_numbers);
  if (short.join() !== shortNumbers(before.short_numbers).join()) draft.short_numbers = short;
  return draft;
}

function shortNumbers(text: string): string[] {
  return text.split(/[\s,;]+/).filter(Boolean);
}
