/**
 * Stories: what people do, in a real browser against the real binary.
 *
 * `WAGGLE_BINARY` names the built server (with the web client inside), `WAGGLE_CHROMIUM` the browser. No browser is ever
 * downloaded. `./test e2e` sets both.
 */
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: './stories',
  outputDir: './test-results',
  // Each story has a server of its own, so nothing is shared; two cores carry two browsers and not more.
  workers: 1,
  retries: 0,
  forbidOnly: Boolean(process.env['CI']),
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    timezoneId: 'Europe/Zurich',
    actionTimeout: 15_000,
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env['WAGGLE_CHROMIUM'] || '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        // Sounds need no loudspeaker here.
        '--disable-audio-output',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--disable-quic',
        '--no-first-run',
      ],
    },
  },
});
