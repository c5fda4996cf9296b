/**
 * What every story is given: servers, people (each a browser of their own), and what no story tolerates: a script error,
 * a console error, a violation of the content policy.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test as base, expect, type Browser, type BrowserContext, type Page } from '@playwright/test';
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
  browserOf: (server: Server) => Promise<Visitor>;
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

export const test = base.extend<World>({
  fresh: async ({ browserName: _ }, use) => {
    const server = await Server.start('serve');
    await use(server);
    await server.remove();
  },
  demo: async ({ browserName: _ }, use) => {
    const server = await Server.start('demo');
    await use(server);
    await server.remove();
  },
  browserOf: async ({ browser }, use) => {
    const visitors: Watched[] = [];
    await use(async (server) => {
      const visitor = await visit(browser, server);
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
      await signIn(visitor.page, name);
      return visitor;
    });
  },
});

interface Watched extends Visitor {
  readonly complaints: string[];
}

async function visit(browser: Browser, server: Server): Promise<Watched> {
  const context = await browser.newContext({ baseURL: server.url });
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

/** Signs in to the demo by choosing a person and the code that the page shows. */
export async function signIn(page: Page, name: string): Promise<void> {
  await page.goto('/');
  await page.getByRole('region', { name: 'Demo: sign in as' }).getByRole('button', { name }).click();
  await page.getByRole('button', { name: 'Use this code' }).click();
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

/** Writes into the open conversation and presses Enter; does not wait for anything. */
export async function say(page: Page, text: string): Promise<void> {
  const field = page.getByRole('group', { name: 'Write a message' }).getByRole('textbox');
  await field.fill(text);
  await field.press('Enter');
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
