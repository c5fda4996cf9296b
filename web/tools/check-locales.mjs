// @ts-check
/**
 * Fails when a language lacks a key or has one too many, when a message takes other arguments than in English, when a plural
 * lacks a form its language needs, when a key is used nowhere, or when the source asks for a key that does not exist.
 *   node tools/check-locales.mjs [--write]     --write also renews packages/i18n/src/keys.d.ts
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  argumentsOf,
  keysDts,
  LOCALES,
  localesDir,
  parseMessage,
  readCatalog,
  root,
} from '../packages/i18n/compile.mjs';
import { writeKeys } from '../packages/i18n/vite.mjs';

const web = join(dirname(fileURLToPath(import.meta.url)), '..');
/** @type {string[]} */
const problems = [];

/** Keys asked for by code that the server sends: `tMaybe(`error.${code}`)`. */
const english = readCatalog('en');
const keys = Object.keys(english);

// 1. The five languages agree.
const files = readdirSync(join(localesDir, 'en')).sort().join();
for (const locale of LOCALES) {
  if (readdirSync(join(localesDir, locale)).sort().join() !== files)
    problems.push(`${locale}: other files than en`);
  const catalog = readCatalog(locale);
  for (const key of keys) if (!(key in catalog)) problems.push(`${locale}: lacks ${key}`);
  for (const [key, message] of Object.entries(catalog)) {
    if (!(key in english)) {
      problems.push(`${locale}: ${key} is not in English`);
      continue;
    }
    if (message.trim() === '') problems.push(`${locale}: ${key} is empty`);
    try {
      const ast = parseMessage(message, `${locale}: ${key}`);
      const wanted = JSON.stringify(sorted(argumentsOf(parseMessage(english[key] ?? ''))));
      const found = JSON.stringify(sorted(argumentsOf(ast)));
      if (wanted !== found) problems.push(`${locale}: ${key} takes ${found}, in English ${wanted}`);
      checkPlurals(locale, key, ast);
    } catch (error) {
      problems.push(String(/** @type {Error} */ (error).message));
    }
  }
}

/** @param {Record<string, string>} object */
function sorted(object) {
  return Object.entries(object).sort(([a], [b]) => a.localeCompare(b));
}

/**
 * @param {string} locale
 * @param {string} key
 * @param {any[]} ast
 */
function checkPlurals(locale, key, ast) {
  for (const node of ast) {
    if (node.children) checkPlurals(locale, key, node.children);
    if (!node.options) continue;
    const names = Object.keys(node.options);
    if (node.pluralType) {
      const forms = new Intl.PluralRules(locale, { type: node.pluralType }).resolvedOptions()
        .pluralCategories;
      for (const form of forms)
        if (!names.includes(form)) problems.push(`${locale}: ${key} lacks the plural form "${form}"`);
    }
    if (!names.includes('other')) problems.push(`${locale}: ${key} lacks "other"`);
    for (const option of Object.values(node.options)) checkPlurals(locale, key, option.value);
  }
}

// 2. The source and the catalog agree.
/** @param {string} dir @returns {Generator<string>} */
function* sources(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) {
      if (!['node_modules', 'dist', 'locales'].includes(entry.name)) yield* sources(path);
    } else if (/\.(svelte|ts)$/.test(entry.name) && !/\.(d|test)\.ts$/.test(entry.name)) yield path;
  }
}

const CALL = /\bt(?:Parts|Maybe)?\(\s*(?:'([^']+)'|"([^"]+)"|`([^`]+)`)/g;
/** Any quoted text that is exactly a key counts as use: `labels = { all: 'chat.all' }`. */
const QUOTED = /['"`]([a-z0-9_]+(?:\.[a-z0-9_]+)+)['"`]/gi;
/** @type {Set<string>} */
const used = new Set();
/** @type {string[]} */
const prefixes = [];
for (const dir of ['apps', 'packages']) {
  for (const file of sources(join(web, dir))) {
    // Examples in comments are no use.
    const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|<!--[\s\S]*?-->|^\s*\/\/.*$/gm, '');
    for (const match of text.matchAll(CALL)) {
      const key = match[1] ?? match[2] ?? match[3] ?? '';
      const hole = key.indexOf('${');
      if (hole >= 0) {
        const prefix = key.slice(0, hole);
        if (!keys.some((known) => known.startsWith(prefix)))
          problems.push(`${relative(web, file)}: no key begins with ${prefix}`);
        if (prefix) prefixes.push(prefix);
      } else {
        used.add(key);
        if (!(key in english)) problems.push(`${relative(web, file)}: there is no key ${key}`);
      }
    }
    for (const match of text.matchAll(QUOTED)) if (match[1] && match[1] in english) used.add(match[1]);
  }
}
for (const key of keys) {
  if (!used.has(key) && !prefixes.some((prefix) => key.startsWith(prefix))) problems.push(`unused: ${key}`);
}

// 3. The types are those of the catalog.
if (process.argv.includes('--write')) writeKeys();
else if (readFileSync(join(root, 'src/keys.d.ts'), 'utf8') !== keysDts())
  problems.push('packages/i18n/src/keys.d.ts is old: npm run locales -- --write');

if (problems.length > 0) {
  console.error(problems.join('\n'));
  console.error(`\n${problems.length} problem${problems.length === 1 ? '' : 's'} in the catalogs`);
  process.exit(1);
}
console.log(`${keys.length} keys, ${LOCALES.length} languages: all complete and used`);
