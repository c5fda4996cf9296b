import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

export default ts.config(
  {
    ignores: [
      '**/node_modules',
      '**/dist',
      '**/test-results',
      '**/playwright-report',
      'packages/protocol/src',
    ],
  },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      'no-undef': 'off', // TypeScript knows better
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-invalid-void-type': 'off',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'] } },
    rules: {
      'svelte/no-at-html-tags': 'error',
      'svelte/require-each-key': 'error',
      'svelte/button-has-type': 'error',
      // Only $state and friends are reactive here, on purpose: maps and dates are values.
      'svelte/prefer-svelte-reactivity': 'off',
      // style="…" is refused by the content policy; style:name={…} goes through the CSSOM.
      'no-restricted-syntax': [
        'error',
        { selector: 'SvelteAttribute[key.name="style"]', message: 'Use style:name={value}.' },
      ],
      // Links go through our own typed router, which has no resolve().
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
  {
    // What these packages may not know: the framework.
    files: ['packages/{client,rtc,protocol}/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: ['svelte', 'svelte/*', '@waggle/ui', '@waggle/i18n'] }],
    },
  },
  {
    files: ['tools/**', 'packages/*/*.mjs', '**/*.config.{js,ts}'],
    languageOptions: { globals: { ...globals.node } },
    rules: { '@typescript-eslint/ban-ts-comment': ['error', { 'ts-nocheck': false }] },
  },
);
