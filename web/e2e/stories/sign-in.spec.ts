/** Signing in to the demo with the code of a mail that the page shows. */
import { accessible, expect, inboxIsThere, test } from '../story.ts';

test('a code from the demo mails signs in, survives a reload, and is gone after signing out', async ({
  demo,
  browserOf,
}) => {
  const { page } = await browserOf(demo);
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Sign in to Acme Robotics' })).toBeVisible();
  await accessible(page, 'sign-in');

  await page.getByLabel('Work email').fill('Nora.Lindqvist@acmerobotics.example');
  await page.getByRole('button', { name: 'Send me a code' }).click();
  await expect(page.getByRole('heading', { name: 'Check your email' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Use this code' })).toBeVisible();
  await accessible(page, 'the code');
  await page.getByRole('button', { name: 'Use this code' }).click();
  await inboxIsThere(page);
  await accessible(page, 'the inbox');

  await page.reload();
  await inboxIsThere(page);

  await page.getByRole('button', { name: 'Your status and account' }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in to Acme Robotics' })).toBeVisible();
  await page.goto('/inbox');
  await expect(page).toHaveURL(/\/sign-in/);
});

test('a wrong code says how many tries are left', async ({ demo, browserOf }) => {
  const { page, mayBeRefused } = await browserOf(demo);
  await page.goto('/');
  await page.getByLabel('Work email').fill('tomas.herrera@acmerobotics.example');
  await page.getByRole('button', { name: 'Send me a code' }).click();
  const code = await page.getByText(/^\d{6}$/).textContent();
  mayBeRefused();
  await page.getByLabel('Code').fill(code === '000000' ? '000001' : '000000');
  await expect(page.getByText('This code is not right. You have 4 more tries')).toBeVisible();
});
