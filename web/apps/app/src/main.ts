import '@waggle/ui/tokens.css';
import '@waggle/ui/base.css';
import { preferredLocale, setLocale } from '@waggle/i18n';
import { startShortcuts } from '@waggle/ui';
import { mount } from 'svelte';
import App from './App.svelte';
import { session } from './lib/session.svelte.ts';
import { applyTheme, storedTheme } from './lib/theme.ts';
import { version } from './lib/version.svelte.ts';
import { router } from './routes.ts';

applyTheme(storedTheme());
router.start();
startShortcuts();

// The words and the account travel at the same time.
const started = session.start();
const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');
void setLocale(preferredLocale()).then(() => {
  mount(App, { target });
  return started;
});
// After what the person waits for.
if (document.readyState === 'complete') void version.start();
else addEventListener('load', () => void version.start(), { once: true });

// An old tab after an update asks for files that are gone: load the new page instead, once.
addEventListener('vite:preloadError', (event) => {
  const last = Number(sessionStorage.getItem('waggle.reloaded') ?? 0);
  if (Date.now() - last < 60_000) return;
  sessionStorage.setItem('waggle.reloaded', String(Date.now()));
  event.preventDefault();
  location.reload();
});
