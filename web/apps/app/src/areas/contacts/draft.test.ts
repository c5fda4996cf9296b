import type { ContactView } from '@waggle/client/directory';
import { expect, it } from 'vitest';
import { draftOf, fieldsOf, prefilled } from './draft.ts';

const contact: ContactView = {
  id: 'cont_1',
  phonebook_id: 'book_1',
  name: 'Jörg Müller',
  company: 'Nordfeld',
  title: null,
  owner: { id: 'acct_1', name: 'Nora', picture: null },
  picture: null,
  kind: 'external',
  extension: null,
  numbers: {
    work: { typed: '0461 171', e164: null },
    mobile: null,
    home: null,
    home_mobile: null,
    main: null,
    fax: null,
  },
  short_numbers: ['81', '82'],
  email: 'j@nordfeld.example',
  note: null,
  created_at: '2026-11-22T00:00:00Z',
  changed_at: '2026-11-22T00:00:00Z',
};

it('says only what is different', () => {
  const before = fieldsOf(contact, '', 'acct_9');
  expect(draftOf(before, before, false)).toEqual({});
  const changed = { ...before, company: '', work: ' 0461 172 ', short_numbers: '82', owner_id: 'acct_2' };
  expect(draftOf(changed, before, false)).toEqual({
    company: '',
    work: '0461 172',
    short_numbers: ['82'],
    owner_id: 'acct_2',
  });
});

it('says all of a new contact that is there', () => {
  const before = fieldsOf(undefined, 'Marta', 'acct_9');
  expect(draftOf({ ...before, kind: 'blacklist' }, before, true)).toEqual({
    name: 'Marta',
    owner_id: 'acct_9',
    kind: 'blacklist',
  });
});

it('puts what was searched for where it belongs', () => {
  expect(prefilled(' Marta K ')).toEqual({ name: 'Marta K', email: '', work: '' });
  expect(prefilled('m@x.example')).toEqual({ name: '', email: 'm@x.example', work: '' });
  expect(prefilled('+39 0461 171')).toEqual({ name: '', email: '', work: '+39 0461 171' });
});
