// @ts-check
/** Vite plugin: builds the service worker after the app, with the list of the files it keeps. The dev server has none. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { build } from 'vite';

const SKIPPED = /(^|\/)\.|\.(br|gz|map)$|^sw\.js$/;

/**
 * @param {string} dir
 * @returns {Generator<string>}
 */
function* files(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

/**
 * @param {{ entry: string, later: RegExp }} options `later`: modules that are kept when first used, not beforehand
 * @returns {import('vite').Plugin}
 */
export function serviceWorker({ entry, later }) {
  /** @type {import('vite').ResolvedConfig} */
  let config;
  return {
    name: 'waggle-service-worker',
    apply: 'build',
    configResolved(resolved) {
      config = resolved;
    },
    async writeBundle(_options, bundle) {
      const out = resolve(config.root, config.build.outDir);
      const skipped = new Set(
        Object.values(bundle)
          .filter((file) =>
            file.type === 'chunk'
              ? file.moduleIds.some((id) => later.test(id))
              : file.originalFileNames.some((name) => later.test(name)),
          )
          .map((file) => file.fileName),
      );
      const digest = createHash('sha256');
      const kept = [];
      for (const file of [...files(out)].sort()) {
        const path = relative(out, file).replaceAll('\\', '/');
        if (SKIPPED.test(path) || skipped.has(path)) continue;
        digest.update(path).update('\0').update(readFileSync(file)).update('\0');
        kept.push(path === 'index.html' ? '/' : `/${path}`);
      }
      await build({
        configFile: false,
        root: config.root,
        publicDir: false,
        logLevel: 'warn',
        define: { __SHELL__: JSON.stringify({ name: digest.digest('hex').slice(0, 16), files: kept }) },
        build: {
          outDir: out,
          emptyOutDir: false,
          copyPublicDir: false,
          target: 'es2023',
          reportCompressedSize: false,
          lib: { entry: resolve(config.root, entry), formats: ['iife'], name: 'sw', fileName: () => 'sw.js' },
        },
      });
    },
  };
}
