/**
 * Every screen, in both themes, as axe sees it, and on the narrowest phone in German without a horizontal scroll bar.
 * The screens come from the route table and from the lists on screen, so that none can be forgotten.
 */
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { accessible, expect, test } from '../story.ts';

const OWNER = 'Nora Lindqvist';

/** Names and paths of `routes.ts`. */
function routeTable(): Map<string, string> {
  const source = readFileSync(new URL('../../apps/app/src/routes.ts', import.meta.url), 'utf8');
  const table = /createRouter\(\{([\s\S]*?)\}\)/.exec(source)?.[1] ?? '';
  const routes = new Map(
    [...table.matchAll(/^\s*(\w+): '([^']+)'/gm)].map(([, name = '', path = '']) => [name, path]),
  );
  expect(routes.size, 'routes.ts is read').toBeGreaterThan(10);
  return routes;
}

/** What is asked of the server to fill a path; a new parameter needs an example here. */
async function examples(page: Page): Promise<Record<string, string>> {
  const ask = async <T>(path: string) => (await (await page.request.get(path)).json()) as T;
  const { phonebooks } = await ask<{ phonebooks: { id: string }[] }>('/api/phonebooks');
  const book = phonebooks[0]?.id ?? '';
  const { contacts } = await ask<{ contacts: { id: string }[] }>(`/api/phonebooks/${book}/contacts`);
  const { people } = await ask<{ people: { id: string }[] }>('/api/people');
  const { conversations } = await ask<{ conversations: { id: string }[] }>('/api/conversations');
  return {
    token: 'a-link-that-is-not-good',
    book,
    contact: contacts[0]?.id ?? '',
    person: people[0]?.id ?? '',
    conversation: conversations[0]?.id ?? '',
  };
}

function fill(path: string, values: Record<string, string>): string {
  return path.replaceAll(/:(\w+)/g, (_, name: string) => {
    const value = values[name];
    expect(value, `an example for ${name} of ${path}`).toBeTruthy();
    return value ?? '';
  });
}

/** Settings and administration list their own pages. */
async function pagesOf(page: Page, area: string): Promise<string[]> {
  await page.goto(area);
  const links = page.locator(`a[href^="${area}/"]`);
  await expect(links.first()).toBeVisible();
  return links.evaluateAll((nodes) =>
    nodes.map((node) => new URL((node as HTMLAnchorElement).href).pathname),
  );
}

/** Everything a signed-in owner can open. */
async function inside(page: Page): Promise<string[]> {
  const values = await examples(page);
  const paths = new Set<string>();
  for (const [name, path] of routeTable()) {
    if (['home', 'signIn', 'setup', 'ask'].includes(name)) continue;
    if (path.endsWith('/:page'))
      for (const one of await pagesOf(page, path.slice(0, -'/:page'.length))) paths.add(one);
    else paths.add(fill(path, values));
  }
  paths.add('/no-such-page');
  return [...paths];
}

/** The screen is whole: its heading is there and nothing is waited for. */
async function loaded(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expect(page.getByRole('heading').first()).toBeVisible();
  await expect(page.locator('.skeleton')).toHaveCount(0);
}

async function bothThemes(page: Page, what: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await accessible(page, `${what}, ${colorScheme}`);
  }
}

test('axe finds nothing serious before the door', async ({ demo, fresh, browserOf }) => {
  const visitor = await browserOf(demo);
  visitor.mayBeRefused();
  for (const path of ['/', '/join', '/join/no-good', '/setup/no-good']) {
    await loaded(visitor.page, path);
    await bothThemes(visitor.page, path);
  }
  const first = await browserOf(fresh);
  await loaded(first.page, new URL(fresh.setupLink).pathname);
  await bothThemes(first.page, 'set-up');
});

test('axe finds nothing serious on any screen', async ({ person }) => {
  test.setTimeout(180_000);
  const visitor = await person(OWNER);
  visitor.mayBeRefused();
  for (const path of await inside(visitor.page)) {
    await loaded(visitor.page, path);
    await bothThemes(visitor.page, path);
  }
});

test('axe finds nothing serious in the dialogs', async ({ person }) => {
  const { page } = await person(OWNER);
  const { book = '' } = await examples(page);
  const dialogs: [path: string, open: (page: Page) => Promise<void>][] = [
    ['/inbox', () => page.getByRole('button', { name: 'New conversation' }).first().click()],
    ['/settings/about', () => page.keyboard.press('?')],
    ['/settings/profile', () => page.getByRole('button', { name: 'Add a picture' }).click()],
    ['/settings/sessions', () => page.getByRole('button', { name: 'Log out everywhere' }).click()],
    ['/admin/members', () => page.getByRole('button', { name: 'Invite people' }).click()],
    ['/admin/members', () => page.getByRole('button', { name: 'Import' }).click()],
    [`/contacts/books/${book}`, () => page.getByRole('button', { name: 'New contact' }).click()],
    [
      `/contacts/books/${book}`,
      async () => {
        await page.getByRole('button', { name: 'Actions', exact: true }).click();
        await page.getByRole('menuitem', { name: 'Import contacts' }).click();
      },
    ],
    [
      `/contacts/books/${book}`,
      async () => {
        await page.getByRole('button', { name: 'Actions', exact: true }).click();
        await page.getByRole('menuitem', { name: 'Delete phonebook' }).click();
      },
    ],
  ];
  for (const [path, open] of dialogs) {
    await loaded(page, path);
    await open(page);
    const dialog = page.getByRole('dialog').or(page.getByRole('alertdialog'));
    await expect(dialog).toBeVisible();
    await bothThemes(
      page,
      `a dialog of ${path}: ${(await dialog.getByRole('heading').first().textContent()) ?? ''}`,
    );
  }
  await loaded(page, '/settings/help');
  await page.getByRole('combobox', { name: 'Search and commands' }).fill('ale');
  await expect(page.getByRole('option').first()).toBeVisible();
  await bothThemes(page, 'search');
});

test('no screen scrolls sideways at 320 px in German', async ({ person }) => {
  const visitor = await person(OWNER);
  visitor.mayBeRefused();
  const { page } = visitor;
  const paths = await inside(page);
  await expect(await page.request.patch('/api/me', { data: { language: 'de' } })).toBeOK();
  await page.setViewportSize({ width: 320, height: 640 });
  for (const path of paths) {
    await loaded(page, path);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wide, `${path} is wider than the screen by`).toBeLessThanOrEqual(0);
  }
});
