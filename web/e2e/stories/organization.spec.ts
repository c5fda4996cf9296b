/** How people come in: invited by a mail, asked and let in, taken over from a table; and how one finds them. */
import { Buffer } from 'node:buffer';
import type { Page } from '@playwright/test';
import { expect, inboxIsThere, messages, openConversation, said, test, notice } from '../story.ts';

const NORA = 'Nora Lindqvist';

/** The link of the newest mail to an address, as an owner reads it in the outbox. */
async function linkTo(page: Page, address: string): Promise<string> {
  await page.goto('/admin/mails');
  await page.getByRole('button', { name: address }).first().click();
  const text = (await page.locator('pre').textContent()) ?? '';
  const link = /https?:\/\/\S+\/join\/\S+/.exec(text)?.[0];
  if (!link) throw new Error(`no link in the mail:\n${text}`);
  return link;
}

/** The code of the newest mail to an address, which only the demo shows. */
async function codeOf(page: Page, address: string): Promise<string> {
  let code: string | null | undefined;
  await expect(async () => {
    const answer = await page.request.get('/api/sign-in/demo-outbox');
    const { mails } = (await answer.json()) as { mails: { to: string; code: string | null }[] };
    code = mails.find((mail) => mail.to === address && mail.code)?.code;
    expect(code).toBeTruthy();
  }).toPass();
  return code ?? '';
}

/** Comes in by the link of an invitation, up to the inbox. */
async function join(page: Page, link: string, address: string): Promise<void> {
  await page.goto(link);
  await expect(page.getByRole('heading', { name: 'Join Acme Robotics' })).toBeVisible();
  await page.getByRole('button', { name: 'Send me a code' }).click();
  await page.getByLabel('Code').fill(await codeOf(page, address));
  await inboxIsThere(page);
}

test('two people are invited, and one comes in by the link of the mail', async ({
  demo,
  person,
  browserOf,
}) => {
  const { page } = await person(NORA);
  await page.goto('/admin/members');
  await page.getByRole('button', { name: 'Invite people' }).click();
  const dialog = page.getByRole('dialog', { name: 'Invite people' });
  const addresses = dialog.getByLabel('Email addresses');
  await addresses.fill('ruth.bauer@acmerobotics.example, marco@acmerobotics.example, nobody@');
  await addresses.press('Enter');
  await expect(dialog.getByText(/nobody@ is not a full address/)).toBeVisible();
  await dialog.getByRole('button', { name: 'Remove nobody@' }).click();
  await dialog.getByRole('button', { name: 'Invite 2 people' }).click();
  await expect(notice(page, '2 invitations sent')).toBeVisible();
  await expect(dialog).toBeHidden();
  const invited = page.getByRole('row').filter({ hasText: 'ruth.bauer@acmerobotics.example' });
  await expect(invited).toContainText('Invited');

  const link = await linkTo(page, 'ruth.bauer@acmerobotics.example');
  const ruth = await browserOf(demo);
  await join(ruth.page, link, 'ruth.bauer@acmerobotics.example');

  await page.goto('/admin/members');
  await expect(invited).toContainText('Active');
  const other = await browserOf(demo);
  other.mayBeRefused();
  await other.page.goto(link);
  await expect(other.page.getByText('This invitation does not work')).toBeVisible();
});

test('a table of people is looked at row by row before anybody is invited', async ({ person }) => {
  const { page } = await person(NORA);
  await page.goto('/admin/members');
  await page.getByRole('button', { name: 'Import' }).click();
  const dialog = page.getByRole('dialog', { name: 'Invite people from a table' });
  await dialog.locator('input[type=file]').setInputFiles({
    name: 'team.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(
      'email,name,role,plan\nlena@acmerobotics.example,Lena Vogt,agent,premium\nbroken,Nobody,agent,premium\nmia@acmerobotics.example,Mia Sørensen,member,business\n',
    ),
  });
  await expect(dialog.getByText('2 people can be invited')).toBeVisible();
  await expect(dialog.getByText('1 row has problems')).toBeVisible();
  await dialog.getByRole('button', { name: 'Invite 2 people' }).click();
  await expect(dialog.getByText('2 people invited')).toBeVisible();
  await expect(dialog.getByText('1 row was left out')).toBeVisible();
  await page.keyboard.press('Escape');
  const mia = page.getByRole('row').filter({ hasText: 'mia@acmerobotics.example' });
  await expect(mia).toContainText('Mia Sørensen');
  await expect(mia).toContainText('Member');
});

test('somebody asks to join, is let in, and comes in', async ({ demo, person, browserOf }) => {
  const stranger = await browserOf(demo);
  await stranger.page.goto('/');
  await stranger.page.getByRole('link', { name: 'Ask to join' }).click();
  await stranger.page.getByLabel('Your name').fill('Paula Ferri');
  await stranger.page.getByLabel('Work email').fill('paula.ferri@acmerobotics.example');
  await expect(stranger.page.getByLabel('Domain of the organization')).toHaveValue('acmerobotics.example');
  await stranger.page.getByRole('button', { name: 'Send request' }).click();
  await expect(stranger.page.getByText('Your request is sent')).toBeVisible();

  const { page } = await person(NORA);
  await page.goto('/admin/requests');
  await expect(page.getByText('Paula Ferri')).toBeVisible();
  await page.getByRole('button', { name: 'Let in' }).click();
  const dialog = page.getByRole('dialog', { name: 'Let Paula Ferri in?' });
  await dialog.getByLabel('Role').selectOption({ label: 'Member' });
  await dialog.getByRole('button', { name: 'Let in' }).click();
  await expect(notice(page, 'Paula Ferri gets an invitation')).toBeVisible();
  await expect(page.getByText('No requests')).toBeVisible();

  const link = await linkTo(page, 'paula.ferri@acmerobotics.example');
  await join(stranger.page, link, 'paula.ferri@acmerobotics.example');
});

test('a phonebook is made and filled from a table and from cards', async ({ person }) => {
  const { page } = await person(NORA);
  await page.goto('/contacts');
  await page.getByRole('button', { name: 'Colleagues' }).click();
  await page.getByRole('menuitem', { name: 'New phonebook' }).click();
  const making = page.getByRole('dialog', { name: 'New phonebook' });
  await making.getByLabel('Name').fill('Hannover fair');
  await making.getByRole('button', { name: 'Create phonebook' }).click();
  await expect(page.getByText('No contacts yet')).toBeVisible();

  const importing = page.getByRole('dialog', { name: 'Import contacts' });
  const open = async () => {
    await page.getByRole('button', { name: 'Actions', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Import contacts' }).click();
  };
  await open();
  await importing.locator('input[type=file]').setInputFiles({
    name: 'fair.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(
      'Wer;Firma;Telefon;E-Mail\nJörg Müller;Nordfeld;+49 461 1715;joerg@nordfeld.example\nIlse Aigner;Severn;+44 20 7946 0600;ilse@severn.example\n;;;\nOhne Nummer;Nordfeld;abc;kein\n',
    ),
  });
  await importing.getByRole('combobox', { name: 'Wer' }).selectOption({ label: 'Name' });
  await expect(importing.getByText('Jörg Müller').last()).toBeVisible();
  await expect(importing.getByText('1 row cannot be taken over')).toBeVisible();
  await importing.getByRole('button', { name: 'Import 2 contacts' }).click();
  await expect(importing.getByText('Import finished')).toBeVisible();
  await expect(importing.getByText('2 new, 0 updated, 1 refused')).toBeVisible();
  await importing.getByRole('button', { name: 'Import another file' }).click();
  await importing.locator('input[type=file]').setInputFiles({
    name: 'cards.vcf',
    mimeType: 'text/vcard',
    buffer: Buffer.from(
      'BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Søren Kjær\r\nORG:Havn\r\nTEL;TYPE=cell:+4520123456\r\nEND:VCARD\r\nBEGIN:VCARD\r\nVERSION:3.0\r\nFN:Jörg Müller\r\nEMAIL:joerg@nordfeld.example\r\nTITLE:Einkauf\r\nEND:VCARD\r\n',
    ),
  });
  await importing.getByRole('button', { name: 'Import 2 contacts' }).click();
  await expect(importing.getByText(/1 new, 1 updated, 0 refused/)).toBeVisible();
  await importing.getByRole('button', { name: 'Close', exact: true }).last().click();
  await page.getByRole('link', { name: /Jörg Müller/ }).click();
  await expect(page.getByRole('heading', { name: 'Jörg Müller' })).toBeVisible();
  await expect(page.getByText(/Einkauf/)).toBeVisible();
});

test('one search finds colleagues, contacts, conversations and words, and goes there', async ({ person }) => {
  const { page } = await person(NORA);
  await openConversation(page, 'PC-400 launch');
  await said(page, 'PC-400 launch', 'The heliotrope crate is in hall 5');
  await page.goto('/settings/help');
  const search = page.getByRole('combobox', { name: 'Search and commands' });
  const found = (name: RegExp) => page.getByRole('option', { name }).first();

  await search.fill('pc-4');
  await expect(found(/PC-400 launch/)).toBeVisible();
  await search.fill('tomas her');
  await expect(found(/Tomás Herrera/)).toBeVisible();
  await search.fill('alessandro russo');
  await expect(found(/Alessandro Russo.*Cantine Dolomiti/)).toBeVisible();
  await search.fill('heliotr');
  await found(/The heliotrope crate is in hall 5/).click();
  await expect(page).toHaveURL(/\/inbox\/conv_/);
  await expect(
    messages(page, 'PC-400 launch').getByRole('article').filter({ hasText: 'heliotrope' }),
  ).toBeInViewport();
  await search.fill('xyzzy');
  await expect(page.getByText('Nothing found for “xyzzy”')).toBeVisible();
});

test('a profile picture is cut, kept and seen by a colleague', async ({ person }) => {
  const [nora, tomas] = [await person(NORA), await person('Tomás Herrera')];
  await nora.page.goto('/settings/profile');
  const bytes = await nora.page.evaluate(async () => {
    const canvas = new OffscreenCanvas(600, 300);
    const pen = canvas.getContext('2d');
    pen?.fillRect(100, 50, 300, 200);
    return [...new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer())];
  });
  await nora.page.getByRole('button', { name: 'Add a picture' }).click();
  const dialog = nora.page.getByRole('dialog', { name: 'Your picture' });
  await dialog
    .locator('input[type=file]')
    .setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: Buffer.from(bytes) });
  await nora.page.keyboard.press('ArrowRight');
  await nora.page.keyboard.press('+');
  await dialog.getByRole('button', { name: 'Use this picture' }).click();
  await expect(notice(nora.page, 'Your picture is changed')).toBeVisible();
  await tomas.page.goto('/contacts');
  const picture = tomas.page.getByRole('link', { name: new RegExp(NORA) }).locator('img');
  await expect(picture).toBeVisible();
  await expect
    .poll(() => picture.evaluate((node) => (node as HTMLImageElement).naturalWidth))
    .toBeGreaterThan(0);
});
