import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { waggleI18n } from './packages/i18n/vite.mjs';

export default defineConfig({
  plugins: [svelte({ configFile: false, compilerOptions: { runes: true } }), waggleI18n()],
  resolve: { conditions: ['browser'] },
  test: {
    environment: 'node',
    include: ['{apps,packages}/*/{src,test}/**/*.test.ts'],
    server: { deps: { inline: [/intl-messageformat/] } },
  },
});
