/** The REST half of the directory: people, phonebooks, contacts, imports and the one search over all of them. */
import type {
  ContactDraft,
  ContactKind,
  ContactView,
  ConversationsInCommonResponse,
  CreatePhonebookRequest,
  ImportContactsRequest,
  ImportField,
  ImportFormat,
  ImportPreview,
  ImportView,
  ListContactsResponse,
  ListPhonebooksResponse,
  Numbers,
  PhonebookKind,
  PhonebookView,
  PhoneNumber,
  SearchResponse,
} from '@waggle/protocol';
import { ApiError, path, request, type RequestOptions } from './http.ts';

export type {
  ContactDraft,
  ContactKind,
  ContactView,
  ImportContactsRequest,
  ImportField,
  ImportPreview,
  ImportView,
  MessageHit,
  PhonebookView,
  PhoneNumber,
  RefusedRow,
  SearchResponse,
} from '@waggle/protocol';

export type NumberKind = keyof Numbers;

/** In the order they are shown. */
export const NUMBER_KINDS = [
  'work',
  'mobile',
  'home',
  'home_mobile',
  'main',
  'fax',
] as const satisfies readonly NumberKind[];

export const CONTACT_KINDS = [
  'internal',
  'external',
  'whitelist',
  'blacklist',
] as const satisfies readonly ContactKind[];

export const IMPORT_FIELDS = [
  'name',
  'first_name',
  'last_name',
  'company',
  'title',
  'email',
  ...NUMBER_KINDS,
  'extension',
  'short_numbers',
  'kind',
  'note',
] as const satisfies readonly ImportField[];

export const conversationsInCommon = (personId: string, options?: RequestOptions) =>
  request<ConversationsInCommonResponse>(
    'GET',
    path`/api/people/${personId}/conversations`,
    undefined,
    options,
  );

export const listPhonebooks = (options?: RequestOptions) =>
  request<ListPhonebooksResponse>('GET', '/api/phonebooks', undefined, options).then(
    ({ phonebooks }) => phonebooks,
  );

export const createPhonebook = (name: string, kind: PhonebookKind) =>
  request<PhonebookView>('POST', '/api/phonebooks', { name, kind } satisfies CreatePhonebookRequest);

export const renamePhonebook = (id: string, name: string) =>
  request<PhonebookView>('PATCH', path`/api/phonebooks/${id}`, { name });

/** For good, with all its contacts: the name is repeated, so that nobody does it by a slip. */
export const deletePhonebook = (id: string, name: string) =>
  request<undefined>('DELETE', path`/api/phonebooks/${id}`, { name });

export const listContacts = (
  phonebookId: string,
  query: string,
  after?: string | null,
  options?: RequestOptions,
) =>
  request<ListContactsResponse>('GET', path`/api/phonebooks/${phonebookId}/contacts`, undefined, {
    ...options,
    query: { query, after },
  });

export const getContact = (id: string, options?: RequestOptions) =>
  request<ContactView>('GET', path`/api/contacts/${id}`, undefined, options);

export const createContact = (phonebookId: string, draft: ContactDraft) =>
  request<ContactView>('POST', path`/api/phonebooks/${phonebookId}/contacts`, draft);

export const changeContact = (id: string, draft: ContactDraft) =>
  request<ContactView>('PATCH', path`/api/contacts/${id}`, draft);

export const deleteContact = (id: string) => request<undefined>('DELETE', path`/api/contacts/${id}`);

export const restoreContact = (id: string) =>
  request<ContactView>('POST', path`/api/contacts/${id}/restore`, {});

/** What an import of this file would do; nothing is kept. */
export const previewImport = (phonebookId: string, file: ImportContactsRequest, options?: RequestOptions) =>
  request<ImportPreview>('POST', path`/api/phonebooks/${phonebookId}/imports/preview`, file, {
    timeout: 120_000,
    ...options,
  });

export const startImport = (phonebookId: string, file: ImportContactsRequest) =>
  request<ImportView>('POST', path`/api/phonebooks/${phonebookId}/imports`, file, { timeout: 120_000 });

export const getImport = (id: string, options?: RequestOptions) =>
  request<ImportView>('GET', path`/api/imports/${id}`, undefined, options);

export const cancelImport = (id: string) => request<undefined>('DELETE', path`/api/imports/${id}`);

export const search = (query: string, options?: RequestOptions) =>
  request<SearchResponse>('GET', '/api/search', undefined, { ...options, query: { query } });

/** Whether an error says that this server does not have the address at all, rather than the thing asked for. */
export const isMissing = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 404 || error.status === 405 || error.status === 501);

/** The numbers of a contact in the order they are shown. */
export function numbersOf(contact: ContactView): { kind: NumberKind; number: PhoneNumber }[] {
  return NUMBER_KINDS.flatMap((kind) => {
    const number = contact.numbers[kind];
    return number ? [{ kind, number }] : [];
  });
}

/** What a telephone dials. */
export function dialled(number: PhoneNumber): string {
  return number.e164 ?? number.typed.replace(/[^\d+*#]/g, '');
}

/** A text as it is compared: lower case, no accents, one space between words. As on the server. */
export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[ßẞ]/g, 'ss')
    .replace(/[øØ]/g, 'o')
    .replace(/[łŁ]/g, 'l')
    .replace(/[æÆ]/g, 'ae')
    .replace(/[œŒ]/g, 'oe')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .join(' ');
}

/** Whether each word of a query begins a word of the text. */
export function finds(query: string, text: string): boolean {
  const asked = fold(query).split(' ').filter(Boolean);
  const words = fold(text).split(' ');
  return asked.length > 0 && asked.every((one) => words.some((word) => word.startsWith(one)));
}

/** A text cut at the beginnings that a query asked for: what to draw bold. */
export function highlighted(text: string, query: string): { text: string; hit: boolean }[] {
  const asked = fold(query).split(' ').filter(Boolean);
  if (asked.length === 0 || text === '') return [{ text, hit: false }];
  const parts: { text: string; hit: boolean }[] = [];
  const put = (piece: string, hit: boolean) => {
    const last = parts.at(-1);
    if (piece === '') return;
    if (last?.hit === hit) last.text += piece;
    else parts.push({ text: piece, hit });
  };
  for (const token of text.split(/([\p{L}\p{N}\p{M}]+)/u)) {
    const folded = fold(token);
    const best = asked.filter((one) => folded !== '' && folded.startsWith(one)).sort(byLength)[0];
    if (!best) {
      put(token, false);
      continue;
    }
    // A sign may fold to two letters or to none: take signs until the beginning is covered.
    const signs = [...token];
    let taken = 0;
    while (taken < signs.length && fold(signs.slice(0, taken).join('')).length < best.length) taken += 1;
    while (taken < signs.length && /\p{M}/u.test(signs[taken] ?? '')) taken += 1;
    put(signs.slice(0, taken).join(''), true);
    put(signs.slice(taken).join(''), false);
  }
  return parts;
}

function byLength(a: string, b: string): number {
  return b.length - a.length;
}

/** The text of a file, whatever wrote it: UTF-8, UTF-16 with its mark, else the western code page of spreadsheets. */
export function decodeText(bytes: Uint8Array): string {
  const [a, b] = bytes;
  if (a === 0xff && b === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (a === 0xfe && b === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** What a file is, by its content first. */
export function formatOf(name: string, text: string): ImportFormat {
  return /^\s*BEGIN:VCARD/i.test(text) || /\.(vcf|vcard)$/i.test(name) ? 'vcard' : 'csv';
}

/** Rows as a CSV file that spreadsheets open: a mark for UTF-8, and nothing that they take for a formula. */
export function toCsv(rows: readonly (readonly string[])[]): string {
  const cell = (value: string) => {
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",;\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return `\uFEFF${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}
