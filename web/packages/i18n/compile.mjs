// @ts-check
/** Reads the catalogs and turns ICU messages into small ASTs. Used by the Vite plugin, the tests and tools/check-locales. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, TYPE } from '@formatjs/icu-messageformat-parser';

export const root = dirname(fileURLToPath(import.meta.url));
export const localesDir = join(root, 'locales');
export const LOCALES = /** @type {const} */ (['en', 'it', 'es', 'de', 'fr']);

/**
 * All files of one language, merged. A key may stand in one file only.
 * @param {string} locale
 * @returns {Record<string, string>}
 */
export function readCatalog(locale) {
  /** @type {Record<string, string>} */
  const catalog = {};
  for (const file of readdirSync(join(localesDir, locale)).sort()) {
    if (!file.endsWith('.json')) continue;
    /** @type {Record<string, string>} */
    const part = JSON.parse(readFileSync(join(localesDir, locale, file), 'utf8'));
    for (const [key, message] of Object.entries(part)) {
      if (key in catalog) throw new Error(`${locale}/${file}: the key "${key}" stands in two files`);
      catalog[key] = message;
    }
  }
  return catalog;
}

/**
 * @param {string} message
 * @param {string} [where]
 */
export function parseMessage(message, where = 'message') {
  try {
    return parse(message, { captureLocation: false, shouldParseSkeletons: true });
  } catch (error) {
    throw new Error(`${where}: ${/** @type {Error} */ (error).message} in ${JSON.stringify(message)}`, {
      cause: error,
    });
  }
}

/**
 * What a message expects, as TypeScript types by argument name.
 * @param {import('@formatjs/icu-messageformat-parser').MessageFormatElement[]} ast
 * @param {Record<string, string>} [found]
 */
export function argumentsOf(ast, found = {}) {
  for (const node of ast) {
    switch (node.type) {
      case TYPE.argument:
        found[node.value] ??= 'string | number';
        break;
      case TYPE.number:
        found[node.value] = 'number';
        break;
      case TYPE.date:
      case TYPE.time:
        found[node.value] = 'Date | number';
        break;
      case TYPE.plural:
        found[node.value] = 'number';
        for (const option of Object.values(node.options)) argumentsOf(option.value, found);
        break;
      case TYPE.select:
        found[node.value] = 'string';
        for (const option of Object.values(node.options)) argumentsOf(option.value, found);
        break;
      case TYPE.tag:
        argumentsOf(node.children, found);
        break;
    }
  }
  return found;
}

/**
 * A catalog ready to ship: plain sentences stay strings, the rest become ASTs.
 * @param {string} locale
 */
export function compileCatalog(locale) {
  /** @type {Record<string, unknown>} */
  const compiled = {};
  for (const [key, message] of Object.entries(readCatalog(locale))) {
    const ast = parseMessage(message, `${locale}: ${key}`);
    const only = ast[0];
    compiled[key] = ast.length === 1 && only?.type === TYPE.literal ? only.value : ast;
  }
  return compiled;
}

/** The text of src/keys.d.ts: every key with the arguments it takes, from the English catalog. */
export function keysDts() {
  const catalog = readCatalog('en');
  const lines = Object.keys(catalog)
    .sort()
    .map((key) => {
      const args = Object.entries(argumentsOf(parseMessage(catalog[key] ?? '', key)));
      const type = args.map(([name, kind]) => `${name}: ${kind}`).join('; ');
      return `  '${key}': ${type ? `{ ${type} }` : 'undefined'};`;
    });
  return `// Made from locales/en by the Vite plugin and by \`npm run locales -- --write\`. Do not edit.\nexport interface Messages {\n${lines.join('\n')}\n}\n`;
}
