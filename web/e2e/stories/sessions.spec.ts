/** Leaving, being sent away, and what stays on the device then: nothing of anybody. */
import type { Page } from '@playwright/test';
import { expect, field, inboxIsThere, message, openDirect, said, test, notice } from '../story.ts';

const NORA = 'Nora Lindqvist';
const TOMAS = 'Tomás Herrera';

/** Everything the browser keeps that somebody wrote or is called. */
async function kept(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const found: string[] = [];
    for (const { name } of await indexedDB.databases()) found.push(`database ${name ?? ''}`);
    for (const [what, storage] of Object.entries({ localStorage, sessionStorage }))
      for (const [key, value] of Object.entries(storage as unknown as Record<string, string>))
        if (/lindqvist|herrera|secret|acct_|conv_/i.test(`${key} ${value}`)) found.push(`${what} ${key}`);
    for (const name of await caches.keys()) {
      // The app itself may stay, what the server said may not.
      for (const { url } of await (await caches.open(name)).keys())
        if (new URL(url).pathname.startsWith('/api/')) found.push(`cache ${url}`);
    }
    return found;
  });
}

test('logging out leaves nothing behind', async ({ person }) => {
  const { page, context } = await person(NORA);
  await openDirect(page, TOMAS);
  await said(page, TOMAS, 'A secret about Kestrel');
  await field(page).pressSequentially('half a secret');
  await expect.poll(() => kept(page)).not.toEqual([]);

  await page.getByRole('button', { name: 'Your status and account' }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in to Acme Robotics' })).toBeVisible();
  await expect.poll(() => kept(page)).toEqual([]);
  expect((await context.cookies()).filter(({ httpOnly }) => httpOnly)).toEqual([]);
});

test('a session is ended from another one, which is told and keeps nothing', async ({ person }) => {
  const lost = await person(NORA);
  lost.mayBeRefused();
  lost.mayLoseConnection();
  await openDirect(lost.page, TOMAS);
  await said(lost.page, TOMAS, 'A secret on the train');

  const desk = await person(NORA);
  await desk.page.goto('/settings/sessions');
  const others = desk.page.getByRole('button', { name: 'Log out', exact: true });
  await expect(others).toHaveCount(2);
  await others.last().click();
  await expect(notice(desk.page, /^Logged out:/)).toBeVisible();
  await expect(others).toHaveCount(1);

  await expect(lost.page.getByText(/You were signed out/)).toBeVisible();
  await expect(lost.page).toHaveURL(/\/sign-in/);
  await expect.poll(() => kept(lost.page)).toEqual([]);
  await desk.page.goto('/inbox');
  await inboxIsThere(desk.page);
});

test('each of the five languages changes the whole screen, and survives a reload', async ({ person }) => {
  const { page } = await person(NORA);
  await page.goto('/settings/profile');
  const languages = [
    { code: 'de', own: 'Deutsch', profile: 'Profil', inbox: 'Eingang', search: 'Personen und Nachrichten' },
    { code: 'fr', own: 'Français' },
    { code: 'it', own: 'Italiano' },
    { code: 'es', own: 'Español' },
    { code: 'en', own: 'English', profile: 'Profile', inbox: 'Inbox', search: 'Search people and messages' },
  ];
  const seen = new Set<string>();
  for (const language of languages) {
    await page.getByRole('combobox').filter({ hasText: language.own }).selectOption({ label: language.own });
    await expect(page.locator('html')).toHaveAttribute('lang', language.code);
    await page.reload();
    await expect(page.locator('html')).toHaveAttribute('lang', language.code);
    await expect(page.getByRole('main').getByRole('heading', { level: 1 })).toBeVisible();
    if (language.profile) {
      await expect(page.getByRole('heading', { name: language.profile, level: 1 })).toBeVisible();
      await expect(page.getByRole('navigation').getByRole('link', { name: language.inbox })).toBeVisible();
      await expect(page.getByPlaceholder(language.search)).toBeVisible();
    }
    // Every word of the screen that is not somebody's own.
    seen.add(await page.getByRole('main').innerText());
  }
  expect(seen.size, 'five screens in five languages').toBe(languages.length);
});

test('everything by keyboard: in, a conversation, a message, a reaction, search, settings', async ({
  demo,
  browserOf,
}) => {
  const { page } = await browserOf(demo);
  const keys = page.keyboard;
  /** What has the focus can be seen to have it. */
  const ringed = () =>
    page.evaluate(() => {
      const active = document.activeElement;
      if (!(active instanceof HTMLElement) || active === document.body) return 'nothing has the focus';
      for (
        let place: HTMLElement | null = active;
        place && place !== document.body;
        place = place.parentElement
      ) {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(place);
        if ((outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none') return 'ringed';
      }
      return `no ring: ${active.outerHTML.slice(0, 120)}`;
    });
  /** Tab until something is reached, with the focus visible all the way. */
  const tabTo = async (name: RegExp) => {
    for (let step = 0; step < 60; step += 1) {
      await keys.press('Tab');
      const label = await page.evaluate(() => {
        const active = document.activeElement;
        return active?.getAttribute('aria-label') ?? active?.textContent ?? '';
      });
      expect(await ringed()).toBe('ringed');
      if (name.test(label)) return;
    }
    throw new Error(`Tab never reached ${String(name)}`);
  };

  await page.goto('/');
  await expect(page.getByLabel('Work email')).toBeFocused();
  await keys.type('nora.lindqvist@acmerobotics.example');
  await keys.press('Enter');
  await expect(page.getByLabel('Code')).toBeFocused();
  const code = (await page.getByText(/^\d{6}$/).textContent()) ?? '';
  await keys.type(code);
  await inboxIsThere(page);

  // To the first conversation, into it, and a message.
  await expect(page.getByRole('link', { name: /PC-400 launch/ })).toBeVisible();
  await tabTo(/PC-400 launch/);
  await keys.press('Enter');
  await expect(page).toHaveURL(/conv_/);
  await expect(field(page)).toBeFocused();
  await keys.type('No mouse here');
  await keys.press('Enter');
  const said = message(page, 'PC-400 launch', 'No mouse here');
  await expect(said).toHaveCount(1);

  // Back into the messages, and a reaction to the last.
  for (
    let step = 0;
    step < 12 && !(await said.evaluate((row) => row.contains(document.activeElement)));
    step += 1
  )
    await keys.press('Shift+Tab');
  await expect(said.locator('.tools')).toBeVisible();
  await said.focus();
  await tabTo(/^React$/);
  await keys.press('Enter');
  await expect(page.getByRole('searchbox', { name: 'Search emoji' })).toBeFocused();
  await keys.type('rocket');
  await expect(
    page.getByRole('dialog', { name: 'Emoji' }).getByRole('button', { name: 'rocket' }),
  ).toBeVisible();
  await keys.press('Enter');
  await expect(said.getByRole('button', { name: /^🚀, 1 person/ })).toBeVisible();

  // Search from anywhere; Escape gives the focus back.
  await keys.press('Control+k');
  const search = page.getByRole('combobox', { name: 'Search and commands' });
  await expect(search).toBeFocused();
  await keys.type('no mouse');
  await expect(page.getByRole('option', { name: /No mouse here/ })).toBeVisible();
  await keys.press('Escape');
  await keys.press('Control+k');
  await keys.type('amara');
  await expect(page.getByRole('option', { name: /Amara Okafor/ }).first()).toBeVisible();
  await keys.press('Enter');
  await expect(page).toHaveURL(/conv_|contacts/);

  // The list of shortcuts, where nobody is typing.
  await page.getByRole('link', { name: 'Settings' }).focus();
  await keys.press('Enter');
  await expect(page.getByRole('heading', { name: 'Profile', level: 1 })).toBeVisible();
  await keys.press('?');
  const shortcuts = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(shortcuts.getByText('Search and commands')).toBeVisible();
  await keys.press('Escape');
  await expect(shortcuts).toBeHidden();
  await tabTo(/Appearance/);
  await keys.press('Enter');
  await expect(page.getByRole('heading', { name: 'Appearance', level: 1 })).toBeVisible();
});
