import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { waggleI18n } from '../../packages/i18n/vite.mjs';
import { mockServer } from '../../tools/mock-server.mjs';
import { precompress } from '../../tools/precompress.mjs';
import { serviceWorker } from '../../tools/service-worker.mjs';

const mock = process.env['WAGGLE_MOCK'] === '1';
const server = process.env['WAGGLE_SERVER'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [
    svelte(),
    waggleI18n(),
    serviceWorker({ entry: 'worker/sw.ts', later: /emoji-picker-element-data/ }),
    precompress(),
    ...(mock ? [mockServer()] : []),
  ],
  server: {
    host: '127.0.0.1',
    port: 5173,
    ...(mock ? {} : { proxy: { '/api': { target: server, ws: true } } }),
  },
  preview: { host: '127.0.0.1' },
  build: {
    target: 'es2023',
    cssTarget: ['chrome123', 'safari17.5', 'firefox121'],
    manifest: true,
    // The content policy knows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
