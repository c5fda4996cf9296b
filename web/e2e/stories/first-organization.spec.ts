/** The first start prints a link; whoever opens it makes the organization and is its owner. */
import { accessible, expect, inboxIsThere, test } from '../story.ts';

test('the set-up link makes the first organization, once', async ({ fresh, browserOf }) => {
  const link = fresh.setupLink;
  const { page } = await browserOf(fresh);

  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'This server is new' })).toBeVisible();
  await accessible(page, 'a new server');

  await page.goto(link);
  await expect(page.getByRole('heading', { name: 'Set up your organization' })).toBeVisible();
  await accessible(page, 'set-up');
  await page.getByLabel('Organization').fill('Harbour Lights');
  await page.getByLabel('Your name').fill('Ines Varga');
  await page.getByLabel('Your email').fill('ines@harbour.example');
  await expect(page.getByLabel('Domain'), 'taken from the address').toHaveValue('harbour.example');
  await page.getByRole('button', { name: 'Create organization' }).click();
  await inboxIsThere(page);
  await expect(page.getByText('No conversations yet')).toBeVisible();

  await page.reload();
  await inboxIsThere(page);

  const { page: second, mayBeRefused } = await browserOf(fresh);
  await second.goto('/sign-in');
  await expect(second.getByRole('heading', { name: 'Sign in to Harbour Lights' })).toBeVisible();
  mayBeRefused();
  await second.goto(link);
  await expect(second.getByText('This link does not work')).toBeVisible();
});

test('a wrong answer is explained beside its field, and nothing is lost', async ({ fresh, browserOf }) => {
  const { page } = await browserOf(fresh);
  await page.goto(fresh.setupLink);
  await page.getByLabel('Organization').fill('Harbour Lights');
  await page.getByLabel('Your email').fill('ines');
  await page.getByRole('button', { name: 'Create organization' }).click();
  await expect(page.getByText('Your colleagues will want to know your name.')).toBeVisible();
  await expect(page.getByText('A domain looks like acme.example.')).toBeVisible();
  await expect(page.getByLabel('Organization')).toHaveValue('Harbour Lights');
});
