/** What this device keeps of the account that used it last. */
import { Cache, lastAccount, rememberAccount, wipe } from '@waggle/client/cache';
import { wipeLocalDrafts } from '@waggle/client/drafts';
import type { Me } from '@waggle/protocol';

/** The account as it was when this device last heard of it; null when nothing is kept. */
export async function keptMe(): Promise<Me | null> {
  const id = lastAccount();
  if (id === null) return null;
  const cache = await Cache.open(id);
  const me = (await cache?.read())?.state.me ?? null;
  cache?.close();
  return me?.account.id === id ? me : null;
}

/**
 * Somebody signed out, or was signed out: nothing of theirs stays. The service worker and its cache stay, they hold
 * the app and nothing of anybody.
 */
export async function forgetEverything(): Promise<void> {
  try {
    sessionStorage.clear();
    wipeLocalDrafts(localStorage);
    for (const key of Object.keys(localStorage))
      if (key.startsWith('waggle.searches.')) localStorage.removeItem(key);
  } catch {
    // Storage is blocked: nothing was kept.
  }
  const id = lastAccount();
  if (id === null) return;
  rememberAccount(null);
  await wipe(id);
}
