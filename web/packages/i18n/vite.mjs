// @ts-check
/** Vite plugin: one lazy chunk of compiled messages per language, and the types of all keys. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileCatalog, keysDts, LOCALES, localesDir, root } from './compile.mjs';

const PREFIX = 'virtual:waggle-locale/';

/** Writes src/keys.d.ts when it changed. */
export function writeKeys() {
  const file = join(root, 'src/keys.d.ts');
  const text = keysDts();
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return false;
  writeFileSync(file, text);
  return true;
}

/** @returns {import('vite').Plugin} */
export function waggleI18n() {
  return {
    name: 'waggle-i18n',
    config() {
      return {
        resolve: {
          alias: [
            {
              // The parser ran at build time; the browser needs only the formatter.
              find: /^@formatjs\/icu-messageformat-parser$/,
              replacement: '@formatjs/icu-messageformat-parser/no-parser.js',
            },
          ],
        },
      };
    },
    buildStart() {
      writeKeys();
    },
    resolveId(id) {
      return id.startsWith(PREFIX) ? `\0${id}` : null;
    },
    load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return null;
      const locale = id.slice(PREFIX.length + 1);
      if (!LOCALES.some((known) => known === locale)) return null;
      return `export default JSON.parse(${JSON.stringify(JSON.stringify(compileCatalog(locale)))});`;
    },
    configureServer(server) {
      server.watcher.add(localesDir);
      server.watcher.on('change', (file) => {
        if (!file.startsWith(localesDir)) return;
        try {
          writeKeys();
        } catch (error) {
          server.config.logger.error(String(error));
          return;
        }
        for (const locale of LOCALES) {
          const module = server.moduleGraph.getModuleById(`\0${PREFIX}${locale}`);
          if (module) server.moduleGraph.invalidateModule(module);
        }
        server.ws.send({ type: 'full-reload' });
      });
    },
  };
}
