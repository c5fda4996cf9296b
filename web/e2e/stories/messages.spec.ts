/** What two people can do with what was said: each of it seen by the other. */
import {
  choose,
  composer,
  expect,
  field,
  meet,
  message,
  messages,
  openConversation,
  openDirect,
  row,
  said,
  say,
  test,
  tool,
  notice,
} from '../story.ts';

const NORA = 'Nora Lindqvist';
const TOMAS = 'Tomás Herrera';
const LAUNCH = 'PC-400 launch';

test('a reaction is seen by the other, who joins it and takes it back', async ({ person }) => {
  const [nora, tomas] = await meet(person, NORA, TOMAS);
  await said(nora.page, TOMAS, 'The Kestrel contract is signed');

  await tool(tomas.page, NORA, 'The Kestrel contract is signed', 'React');
  const picker = tomas.page.getByRole('searchbox', { name: 'Search emoji' });
  await picker.fill('party popper');
  await tomas.page.getByRole('button', { name: 'party popper' }).click();
  const seenByNora = message(nora.page, TOMAS, 'The Kestrel contract is signed');
  await seenByNora.getByRole('button', { name: `🎉, 1 person: ${TOMAS}` }).click();
  const seenByTomas = message(tomas.page, NORA, 'The Kestrel contract is signed');
  const both = seenByTomas.getByRole('button', { name: /^🎉, 2 people/ });
  await expect(both).toHaveAttribute('aria-pressed', 'true');
  await both.click();
  await expect(seenByNora.getByRole('button', { name: '🎉, 1 person: You' })).toBeVisible();
});

test('an answer quotes what it answers, and leads back to it', async ({ person }) => {
  const [nora, tomas] = await meet(person, NORA, TOMAS);
  await said(nora.page, TOMAS, 'Can lane 4 carry 40 kg?');
  await expect(message(tomas.page, NORA, 'Can lane 4 carry 40 kg?')).toHaveCount(1);
  await tool(tomas.page, NORA, 'Can lane 4 carry 40 kg?', 'Answer');
  await expect(composer(tomas.page).getByText(/Answering Nora/)).toBeVisible();
  await say(nora.page, Array.from({ length: 60 }, (_, line) => `Figure ${line} of the sheet`).join('\n\n'));
  await expect(message(tomas.page, NORA, 'Figure 59 of the sheet')).toHaveCount(1);
  await say(tomas.page, 'Up to 45 kg');

  const answer = message(nora.page, TOMAS, 'Up to 45 kg');
  const quote = answer.getByRole('button', { name: /Go to the message by .*Can lane 4 carry 40 kg/ });
  const asked = messages(nora.page, TOMAS)
    .getByRole('article')
    .filter({ hasText: 'Can lane 4 carry 40 kg?', hasNotText: 'Up to 45 kg' });
  await expect(asked).not.toBeInViewport();
  await quote.click();
  await expect(asked).toBeInViewport();
});

test('a message goes on to several conversations', async ({ person }) => {
  const [nora, tomas] = await meet(person, NORA, TOMAS);
  await said(tomas.page, NORA, 'Price list 2027 is final');
  await tool(nora.page, TOMAS, 'Price list 2027 is final', 'Forward');
  const dialog = nora.page.getByRole('dialog', { name: 'Forward message' });
  await dialog.getByRole('checkbox', { name: LAUNCH }).check();
  await dialog.getByRole('textbox', { name: 'Find a conversation' }).fill('amara');
  await dialog.getByRole('checkbox', { name: 'Amara Okafor' }).check();
  await dialog.getByRole('button', { name: 'Forward to 2 conversations' }).click();
  await expect(notice(nora.page, 'Forwarded to 2 conversations')).toBeVisible();

  await openConversation(tomas.page, LAUNCH);
  await expect(message(tomas.page, LAUNCH, 'Price list 2027 is final')).toContainText('Forwarded from you');
  const amara = await person('Amara Okafor');
  await openDirect(amara.page, NORA);
  await expect(message(amara.page, NORA, 'Price list 2027 is final')).toContainText(
    `Forwarded from ${TOMAS}`,
  );
});

test('a message is changed, and everybody can read what it said before', async ({ person }) => {
  const [nora, tomas] = await meet(person, NORA, TOMAS);
  await said(nora.page, TOMAS, 'Delivery on Tuesday');
  await field(nora.page).press('ArrowUp');
  await expect(composer(nora.page).getByText('Editing message')).toBeVisible();
  await expect(field(nora.page)).toHaveValue('Delivery on Tuesday');
  await say(nora.page, 'Delivery on Thursday');

  const changed = message(tomas.page, NORA, 'Delivery on Thursday');
  await expect(message(tomas.page, NORA, 'Delivery on Tuesday')).toHaveCount(0);
  await changed.getByRole('button', { name: 'edited' }).click();
  const dialog = tomas.page.getByRole('dialog', { name: 'Earlier versions' });
  await expect(dialog.getByRole('listitem')).toHaveText([
    /Now\s*Delivery on Thursday/,
    /Delivery on Tuesday/,
  ]);
});

test('a message is deleted, and comes back by Undo', async ({ person }) => {
  const [nora, tomas] = await meet(person, NORA, TOMAS);
  await said(nora.page, TOMAS, 'Our margin is 31 %');
  await choose(nora.page, TOMAS, 'Our margin is 31 %', 'Delete');
  await expect(message(tomas.page, NORA, 'Our margin is 31 %')).toHaveCount(0);
  await expect(messages(tomas.page, NORA).getByText('Message deleted')).toBeVisible();
  await nora.page.getByRole('button', { name: 'Undo' }).click();
  await expect(message(tomas.page, NORA, 'Our margin is 31 %')).toHaveCount(1);
  await expect(messages(tomas.page, NORA).getByText('Message deleted')).toHaveCount(0);
});

test('a mention is marked in the list of the one who is meant', async ({ person }) => {
  const [nora, tomas] = [await person(NORA), await person(TOMAS)];
  await openConversation(nora.page, LAUNCH);
  await field(nora.page).pressSequentially('Please, @tom');
  const people = nora.page.getByRole('listbox', { name: 'Mention somebody' });
  await expect(people.getByRole('option', { name: TOMAS })).toHaveAttribute('aria-selected', 'true');
  await field(nora.page).press('Enter');
  await expect(field(nora.page)).toHaveValue(`Please, @${TOMAS} `);
  await field(nora.page).pressSequentially('book the crane');
  await field(nora.page).press('Enter');

  const launch = row(tomas.page, LAUNCH);
  await expect(launch.getByText('You are mentioned')).toHaveCount(1);
  await openConversation(tomas.page, LAUNCH);
  await expect(message(tomas.page, LAUNCH, `Please, @${TOMAS} book the crane`)).toHaveCount(1);
  await expect(launch.getByText('You are mentioned')).toHaveCount(0);
});

test('a pinned message is found beside the conversation, until it is taken off', async ({ person }) => {
  const [nora, tomas] = [await person(NORA), await person(TOMAS)];
  await openConversation(nora.page, LAUNCH);
  await openConversation(tomas.page, LAUNCH);
  await said(nora.page, LAUNCH, 'Gate code 4711');
  await choose(nora.page, LAUNCH, 'Gate code 4711', 'Pin message');

  await expect(
    message(tomas.page, LAUNCH, 'Gate code 4711').getByRole('img', { name: 'Pinned message' }),
  ).toHaveCount(1);
  await tomas.page.getByRole('tab', { name: 'Pinned' }).click();
  const pinned = tomas.page.getByRole('tabpanel', { name: 'Pinned' });
  await expect(pinned.getByText('Gate code 4711')).toBeVisible();
  await choose(nora.page, LAUNCH, 'Gate code 4711', 'Unpin message');
  await expect(pinned.getByText('Gate code 4711')).toBeHidden();
});

test('markdown is drawn, and nothing in it runs', async ({ person }) => {
  const [nora, tomas] = await meet(person, NORA, TOMAS);
  const lines = [
    '**Agreed** with *Kestrel*, see https://kestrel.example/terms and `PC-400`:',
    '- two pallets',
    '- <img src=x onerror=alert(1)>',
    '',
    '> as ordered',
    '',
    '[click](javascript:alert(1))',
  ];
  await say(nora.page, lines.join('\n'));
  const body = message(tomas.page, NORA, 'Agreed');
  await expect(body.locator('strong').filter({ hasText: 'Agreed' })).toHaveCount(1);
  await expect(body.locator('em')).toHaveText('Kestrel');
  await expect(body.locator('code')).toHaveText('PC-400');
  await expect(body.getByRole('listitem')).toHaveText(['two pallets', '<img src=x onerror=alert(1)>']);
  await expect(body.locator('blockquote')).toHaveText('as ordered');
  await expect(body.getByRole('link')).toHaveCount(1);
  await expect(body.getByRole('link')).toHaveAttribute('href', 'https://kestrel.example/terms');
  await expect(body.getByRole('link')).toHaveAttribute('rel', /noopener/);
});

test('an emoji is put where one writes, by keyboard', async ({ person }) => {
  const { page } = await person(NORA);
  await openDirect(page, TOMAS);
  await field(page).fill('See you there ');
  await composer(page).getByRole('button', { name: 'Emoji' }).click();
  await page.getByRole('searchbox', { name: 'Search emoji' }).fill('honeybee');
  await expect(page.getByRole('button', { name: 'honeybee' })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(field(page)).toHaveValue('See you there 🐝');
  await expect(field(page)).toBeFocused();
});

test('a draft survives a reload, and follows to another device', async ({ person }) => {
  const desk = await person(NORA);
  await openDirect(desk.page, TOMAS);
  await field(desk.page).pressSequentially('Dear Tomás, about lane 4');
  await desk.page.reload();
  await expect(field(desk.page)).toHaveValue('Dear Tomás, about lane 4');

  const laptop = await person(NORA);
  await expect(row(laptop.page, TOMAS)).toContainText('Draft: Dear Tomás, about lane 4');
  await openConversation(laptop.page, TOMAS);
  await expect(field(laptop.page)).toHaveValue('Dear Tomás, about lane 4');
  await field(laptop.page).press('Enter');
  await expect(message(desk.page, TOMAS, 'Dear Tomás, about lane 4')).toHaveCount(1);
  await expect(row(desk.page, TOMAS)).not.toContainText('Draft:');
});

test('one sees that the other is typing, and that a message was read', async ({ person }) => {
  const [nora, tomas] = [await person(NORA), await person(TOMAS)];
  await openDirect(nora.page, TOMAS);
  await said(nora.page, TOMAS, 'Did the crate arrive?');
  const question = message(nora.page, TOMAS, 'Did the crate arrive?');
  await expect(question).toContainText('Delivered');

  await openDirect(tomas.page, NORA);
  await expect(question).toContainText('Read');
  await field(tomas.page).pressSequentially('Yes');
  await expect(composer(nora.page).getByText('Tomás is typing…')).toBeVisible();
  await field(tomas.page).press('Enter');
  await expect(composer(nora.page).getByText('Tomás is typing…')).toBeHidden();
});

test('what is new stands below a line, and is counted until it is seen', async ({ person }) => {
  const [nora, tomas] = [await person(NORA), await person(TOMAS)];
  await openDirect(tomas.page, NORA);
  await said(tomas.page, NORA, 'Old: we spoke on Monday');
  await openDirect(nora.page, TOMAS);
  await expect(message(nora.page, TOMAS, 'Old: we spoke on Monday')).toHaveCount(1);
  await nora.page.getByRole('link', { name: 'Contacts' }).click();
  for (const text of ['New: the offer', 'New: the drawing']) await said(tomas.page, NORA, text);

  await nora.page.getByRole('link', { name: 'Inbox' }).click();
  await expect(row(nora.page, TOMAS).getByText('2 unread messages')).toHaveCount(1);
  await openConversation(nora.page, TOMAS);
  const line = messages(nora.page, TOMAS).getByRole('separator', { name: 'New' });
  await expect(line).toBeInViewport();
  const tops = await Promise.all(
    [message(nora.page, TOMAS, 'Old: we spoke'), line, message(nora.page, TOMAS, 'New: the offer')].map(
      async (place) => (await place.boundingBox())?.y ?? -1,
    ),
  );
  expect(tops, 'old above the line, new below').toEqual([...tops].sort((a, b) => a - b));
  await expect(row(nora.page, TOMAS).getByText(/unread message/)).toHaveCount(0);
});
