/** Files from one person to another: every size, every way in, nothing that runs, and a line that breaks on the way. */
import { Buffer } from 'node:buffer';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Page } from '@playwright/test';
import { composer, expect, meet, message, messages, say, test } from '../story.ts';

const NORA = 'Nora Lindqvist';
const TOMAS = 'Tomás Herrera';
const MIB = 1024 * 1024;
/** Where the pieces of a file go. */
const PIECES = '**/api/files/*';

interface Chosen {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

const text = (name: string, content: string, mimeType = 'text/plain'): Chosen => ({
  name,
  mimeType,
  buffer: Buffer.from(content),
});

async function attach(page: Page, ...files: (Chosen | string)[]): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await composer(page).getByRole('button', { name: 'Attach files' }).click();
  const paths = files.filter((file) => typeof file === 'string');
  await (await chooser).setFiles(paths.length > 0 ? paths : files.filter((file) => typeof file !== 'string'));
}

/** A large file goes by way of the disk, as people's files do. */
async function onDisk(path: string, content: Buffer): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

/** What came in, byte for byte. */
async function download(page: Page, title: string, name: string): Promise<Buffer> {
  const link = messages(page, title).getByRole('link', { name, exact: true });
  const answer = await page.request.get((await link.getAttribute('href')) ?? '');
  expect(answer.status()).toBe(200);
  return answer.body();
}

test('an empty file is left out, one byte goes through, too much is refused', async ({ person }) => {
  const [nora, tomas] = await meet(person, NORA, TOMAS);
  await attach(nora.page, text('empty.txt', ''));
  await expect(nora.page.getByText('An empty file was left out.')).toBeVisible();
  await expect(composer(nora.page).getByRole('list', { name: 'Files' })).toBeHidden();

  await attach(nora.page, text('one.txt', '1'));
  await say(nora.page, '');
  await expect(messages(tomas.page, NORA).getByRole('link', { name: 'one.txt', exact: true })).toBeVisible();
  expect((await download(tomas.page, NORA, 'one.txt')).toString()).toBe('1');

  nora.mayBeRefused();
  await composer(nora.page).evaluate((node) => {
    const part = new Uint8Array(1024 * 1024);
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(
      new File(
        Array.from({ length: 101 }, () => part),
        'film.mov',
      ),
    );
    node.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  });
  await say(nora.page, 'The film');
  await expect(nora.page.getByText('Not sent. This file is larger than allowed.')).toBeVisible();
  await nora.page.getByRole('button', { name: 'Discard' }).click();
  await expect(nora.page.getByText('Not sent.')).toBeHidden();
});

test('25 MB arrive whole, with progress on the way', async ({ person }, info) => {
  const [nora, tomas] = await meet(person, NORA, TOMAS);
  const content = Buffer.alloc(25 * MIB, 'waggle ');
  // Progress is seen while a part waits for its answer.
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  let parts = 0;
  await nora.page.route(PIECES, async (route) => {
    parts += 1;
    if (parts === 2) await held;
    await route.continue();
  });
  await attach(nora.page, await onDisk(info.outputPath('model.step'), content));
  await say(nora.page, 'The whole cell');
  const bar = nora.page.getByRole('progressbar', { name: 'Uploading model.step' });
  await expect(bar).toBeVisible();
  await expect.poll(async () => Number(await bar.getAttribute('aria-valuenow'))).toBeGreaterThan(0);
  letGo();
  await expect(message(tomas.page, NORA, 'The whole cell')).toContainText('model.step');
  await expect(bar).toBeHidden();
  expect((await download(tomas.page, NORA, 'model.step')).equals(content)).toBe(true);
});

test('a page and a drawing with a script in them are handed over, and never run', async ({ person }) => {
  const [nora, tomas] = await meet(person, NORA, TOMAS);
  const script = 'document.title = "taken"; fetch("/api/me", { method: "DELETE" })';
  await attach(
    nora.page,
    text('offer.html', `<!doctype html><title>offer</title><script>${script}</script>`, 'text/html'),
    text(
      'logo.svg',
      `<svg xmlns="http://www.w3.org/2000/svg"><script>${script}</script></svg>`,
      'image/svg+xml',
    ),
  );
  await say(nora.page, 'Two files');
  await expect(message(tomas.page, NORA, 'Two files')).toContainText('logo.svg');
  for (const name of ['offer.html', 'logo.svg']) {
    const link = messages(tomas.page, NORA).getByRole('link', { name, exact: true });
    const address = (await link.getAttribute('href')) ?? '';
    const answer = await tomas.page.request.get(address);
    expect(answer.headers()['content-disposition'], name).toMatch(/^attachment/);
    expect(answer.headers()['x-content-type-options'], name).toBe('nosniff');
    expect(answer.headers()['content-security-policy'], name).toMatch(/sandbox|default-src 'none'/);
    const kept = tomas.page.waitForEvent('download');
    await link.click();
    expect((await kept).suggestedFilename()).toBe(name);
  }
  await expect(tomas.page).not.toHaveTitle(/taken/);
});

/** A picture of 64 × 48 in two colours. */
async function picture(page: Page): Promise<Buffer> {
  const bytes = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(64, 48);
    const pen = canvas.getContext('2d');
    if (!pen) return [];
    pen.fillStyle = 'orange';
    pen.fillRect(0, 0, 64, 48);
    pen.fillStyle = 'teal';
    pen.fillRect(16, 12, 32, 24);
    return [...new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer())];
  });
  return Buffer.from(bytes);
}

test('a picture is pasted, a file is dropped, and the picture is seen at once', async ({ person }) => {
  const [nora, tomas] = await meet(person, NORA, TOMAS);
  const png = (await picture(nora.page)).toString('base64');
  const field = composer(nora.page).getByRole('textbox');
  await field.evaluate((node, base64) => {
    const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([bytes], 'screenshot.png', { type: 'image/png' }));
    node.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, png);
  await composer(nora.page).evaluate((node) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['a,b\r\n1,2\r\n'], 'table.csv', { type: 'text/csv' }));
    for (const type of ['dragenter', 'dragover', 'drop'])
      node.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
  });
  const waiting = composer(nora.page).getByRole('list', { name: 'Files' }).getByRole('listitem');
  await expect(waiting).toHaveText([/screenshot\.png/, /table\.csv/]);
  await waiting.filter({ hasText: 'table.csv' }).getByRole('button', { name: 'Remove table.csv' }).click();
  await say(nora.page, 'What I see');

  const seen = message(tomas.page, NORA, 'What I see').getByRole('img', { name: 'screenshot.png' });
  await expect(seen).toBeVisible();
  await expect
    .poll(() => seen.evaluate((node) => (node as HTMLImageElement).naturalWidth))
    .toBeGreaterThan(0);
  await expect(message(tomas.page, NORA, 'What I see')).not.toContainText('table.csv');
});

test('an upload is cancelled, and its words go back to where they were written', async ({ person }) => {
  const { page } = (await meet(person, NORA, TOMAS))[0];
  await page.route(PIECES, () => {
    // Never answered: the upload stands still until it is cancelled.
  });
  await attach(page, text('wrong.txt', 'the wrong file'));
  await say(page, 'Here it is');
  await page.getByRole('button', { name: 'Cancel upload of wrong.txt' }).click();
  await expect(page.getByRole('progressbar', { name: 'Uploading wrong.txt' })).toBeHidden();
  await expect(composer(page).getByRole('textbox')).toHaveValue('Here it is');
});

test('an upload goes on where a lost connection left it', async ({ person }, info) => {
  const [nora, tomas] = await meet(person, NORA, TOMAS);
  const content = Buffer.alloc(20 * MIB, 'resumed ');
  let sent = 0;
  let broke = false;
  nora.mayLoseConnection();
  await nora.page.route(PIECES, async (route) => {
    const request = route.request();
    if (sent > 0 && !broke) {
      broke = true;
      return route.abort('connectionreset');
    }
    sent += request.postDataBuffer()?.length ?? 0;
    return route.continue();
  });
  await attach(nora.page, await onDisk(info.outputPath('plan.dwg'), content));
  await say(nora.page, 'The plan');
  await expect(message(tomas.page, NORA, 'The plan')).toContainText('plan.dwg', { timeout: 45_000 });
  expect(broke).toBe(true);
  expect(sent, 'nothing was sent twice').toBe(content.length);
  expect((await download(tomas.page, NORA, 'plan.dwg')).equals(content)).toBe(true);
});
