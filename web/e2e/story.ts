/**
 * What every story is given: servers, people (each a browser of their own), and what no story tolerates: a script error,
 * a console error, a violation of the content policy.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  test as base,
  expect,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from '@playwright/test';
import type { DemoOutbox } from '@waggle/protocol';
import type { AxeResults, RunOptions } from 'axe-core';
import { Server } from './server.ts';

export { expect };

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

declare global {
  interface Window {
    axe: { run(context: Document, options: RunOptions): Promise<AxeResults> };
  }
}

interface World {
  /** A new installation without an organization. */
  fresh: Server;
  /** An installation with the people of Acme Robotics. */
  demo: Server;
  /** A browser with nothing in it. */
  browserOf: (server: Server, device?: BrowserContextOptions) => Promise<Visitor>;
  /** Somebody of the demo, signed in, with the inbox open. */
  person: (name: string) => Promise<Visitor>;
}

/** Somebody in front of a browser. */
export interface Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** From here on the line may break: what the browser says about lost connections is no error of ours. */
  mayLoseConnection(): void;
  /** From here on the server may say no: the browser notes that as an error, the page explains it. */
  mayBeRefused(): void;
}

export const test = base.extend<World, { made: string }>({
  // Making the demo takes longer than a story: it is made once, and each story begins with a copy.
  made: [
    async ({ browserName: _ }, use) => {
      const server = await Server.start('demo');
      await server.stop();
      await use(server.data);
      await server.remove();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  fresh: async ({ browserName: _ }, use) => {
    const server = await Server.start('serve');
    await use(server);
    await server.remove();
  },
  demo: async ({ made }, use) => {
    const server = await Server.start('demo', made);
    await use(server);
    await server.remove();
  },
  browserOf: async ({ browser }, use) => {
    const visitors: Watched[] = [];
    await use(async (server, device) => {
      const visitor = await visit(browser, server, device);
      visitors.push(visitor);
      return visitor;
    });
    for (const { context } of visitors) await context.close();
    expect(
      visitors.flatMap(({ complaints }) => complaints),
      'what the browsers complained about',
    ).toEqual([]);
  },
  person: async ({ demo, browserOf }, use) => {
    await use(async (name) => {
      const visitor = await browserOf(demo);
      await enter(visitor.page, name);
      return visitor;
    });
  },
});

interface Watched extends Visitor {
  readonly complaints: string[];
}

async function visit(browser: Browser, server: Server, device: BrowserContextOptions = {}): Promise<Watched> {
  const context = await browser.newContext({ baseURL: server.url, ...device });
  const complaints: string[] = [];
  let lossExpected = false;
  let refusalExpected = false;
  await context.addInitScript({ content: AXE });
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`content policy: ${event.violatedDirective} refused ${event.blockedURI} ${event.sample}`);
    });
  });
  context.on('console', (message) => {
    if (message.type() !== 'error') return;
    const { url } = message.location();
    const text = message.text();
    // The first question of every visit is who one is; "nobody yet" is an answer.
    if (/status of 401/.test(text) && new URL(url).pathname === '/api/me') return;
    if (lossExpected && /net::ERR_|WebSocket connection to|status of 50[23]/.test(text)) return;
    if (refusalExpected && /status of 4\d\d/.test(text)) return;
    complaints.push(`${text} (${url})`);
  });
  context.on('weberror', (error) => complaints.push(String(error.error())));
  const page = await context.newPage();
  return {
    page,
    context,
    complaints,
    mayLoseConnection: () => (lossExpected = true),
    mayBeRefused: () => (refusalExpected = true),
  };
}

/** The address that the demo gives somebody. */
export function addressOf(name: string): string {
  const plain = name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  return `${plain.replaceAll(' ', '.')}@acmerobotics.example`;
}

/** Signs in with a code of the demo's mails, without the screens of the door; the stories of signing in use those. */
export async function enter(page: Page, name: string): Promise<void> {
  const email = addressOf(name);
  const { request } = page.context();
  await expect(await request.post('/api/sign-in/code', { data: { email, language: 'en' } })).toBeOK();
  const { mails } = (await (await request.get('/api/sign-in/demo-outbox')).json()) as DemoOutbox;
  const code = mails.find((mail) => mail.to === email && mail.code !== null)?.code;
  await expect(await request.post('/api/sign-in', { data: { email, code } })).toBeOK();
  await page.goto('/inbox');
  await inboxIsThere(page);
}

export async function inboxIsThere(page: Page): Promise<void> {
  await expect(page).toHaveURL(/\/inbox/);
  await expect(page.getByRole('heading', { name: 'Inbox', level: 1 })).toBeVisible();
}

/** Opens the direct conversation with a colleague. */
export async function openDirect(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'New conversation' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'New conversation' });
  await dialog.getByRole('combobox', { name: 'People' }).fill(name);
  await dialog.getByRole('option', { name }).click();
  await dialog.getByRole('button', { name: `Message ${name}` }).click();
  await expect(dialog).toBeHidden();
  await expect(page).toHaveURL(/\/inbox\/conv_/);
  await expect(messages(page, name)).toBeVisible();
}

/** The messages of the conversation that is open, as they are kept: what waits to be sent is not among them. */
export function messages(page: Page, title: string) {
  return page.getByRole('region', { name: `Messages of ${title}` });
}

/** The one kept message that says this. */
export function message(page: Page, title: string, text: string) {
  return messages(page, title).getByRole('article').filter({ hasText: text });
}

/** Where one writes in the open conversation. */
export function composer(page: Page) {
  return page.getByRole('group', { name: 'Write a message' });
}

export function field(page: Page) {
  return composer(page).getByRole('textbox');
}

/** Writes into the open conversation and presses Enter; does not wait for anything. */
export async function say(page: Page, text: string): Promise<void> {
  await field(page).fill(text);
  await field(page).press('Enter');
}

/** Says something, and sees that it is kept. */
export async function said(page: Page, title: string, text: string): Promise<void> {
  await say(page, text);
  await expect(message(page, title, text)).toHaveCount(1);
}

/** One of the buttons that appear over a message. */
export async function tool(page: Page, title: string, text: string, name: string): Promise<void> {
  const row = message(page, title, text);
  await row.hover();
  await row.locator('.tools').getByRole('button', { name, exact: true }).click();
}

/** One of the entries of a message's menu. */
export async function choose(page: Page, title: string, text: string, name: string): Promise<void> {
  await tool(page, title, text, 'More actions');
  await page.getByRole('menuitem', { name, exact: true }).click();
}

/** What is said at the bottom left; people who listen hear it from elsewhere. */
export function notice(page: Page, text: string | RegExp) {
  return page.getByRole('region', { name: 'Notices' }).getByText(text);
}

/** Opens a conversation from the list. */
export async function openConversation(page: Page, title: string): Promise<void> {
  await row(page, title).click();
  await expect(messages(page, title)).toBeVisible();
}

/** A conversation in the list. */
export function row(page: Page, title: string) {
  return page.getByRole('list', { name: 'Conversations' }).getByRole('link', { name: title });
}

/** Two people of the demo, each with the direct conversation open. */
export async function meet(person: World['person'], one: string, other: string): Promise<[Visitor, Visitor]> {
  const [first, second] = [await person(one), await person(other)];
  await openDirect(first.page, other);
  await openDirect(second.page, one);
  return [first, second];
}

/** No serious or critical findings of axe on what is on screen. */
export async function accessible(page: Page, what: string): Promise<void> {
  const found = await page.evaluate(async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { violations } = await window.axe.run(document, { runOnly: tags, resultTypes: ['violations'] });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(
        ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
      );
  });
  expect(found, `axe on ${what}`).toEqual([]);
}
