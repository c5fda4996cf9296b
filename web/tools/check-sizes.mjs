// @ts-check
/** Budgets (gzip) from the Vite manifest: what a person downloads for a screen, with everything it imports statically. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const web = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(web, 'apps/app/dist');
const manifestFile = join(dist, '.vite/manifest.json');
if (!existsSync(manifestFile)) {
  console.error('apps/app/dist is missing: npm run build first');
  process.exit(1);
}

/** @type {Record<string, {file: string, imports?: string[], css?: string[], isEntry?: boolean}>} */
const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));

/** @param {string} name @param {Set<string>} files @param {Set<string>} [seen] */
function collect(name, files, seen = new Set()) {
  const chunk = manifest[name];
  if (!chunk || seen.has(name)) return files;
  seen.add(name);
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const other of chunk.imports ?? []) collect(other, files, seen);
  return files;
}

/** @param {Iterable<string>} files */
function gzipped(files) {
  let bytes = 0;
  for (const file of files) bytes += gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;
  return bytes;
}

const shell = collect('index.html', new Set());
const chat = collect('src/areas/chat/ChatArea.svelte', new Set(shell));
const english = Object.keys(manifest).find((name) => name.includes('waggle-locale/en'));
if (english) collect(english, chat);

/** @param {string} name */
const extra = (name) => [...collect(name, new Set())].filter((file) => !chat.has(file));

/** @type {[string, Iterable<string>, number][]} */
const budgets = [
  ['app shell + chat + one language', chat, 170],
  ['settings, on top', extra('src/areas/settings/SettingsArea.svelte'), 40],
  ['admin, on top', extra('src/areas/admin/AdminArea.svelte'), 60],
  ['contacts, on top', extra('src/areas/contacts/ContactsArea.svelte'), 20],
];
if (existsSync(join(dist, 'sw.js'))) budgets.push(['service worker', ['sw.js'], 10]);

let failed = false;
for (const [what, files, kilobytes] of budgets) {
  const size = gzipped(files) / 1000;
  const over = size > kilobytes;
  failed ||= over;
  console.log(
    `${over ? 'OVER ' : 'ok   '} ${what.padEnd(34)} ${size.toFixed(1).padStart(7)} kB of ${kilobytes}`,
  );
}
if (failed) process.exit(1);
