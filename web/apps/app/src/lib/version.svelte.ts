/** Notices when the server runs a newer build than this page. */
import { signInOptions } from '@waggle/client/accounts';

class Version {
  /** What this page was loaded from. */
  loaded = $state<string | null>(null);
  newest = $state<string | null>(null);
  readonly stale = $derived(this.loaded !== null && this.newest !== null && this.newest !== this.loaded);

  /** Asks the server; false when it did not answer. */
  async check(): Promise<boolean> {
    try {
      const { version } = await signInOptions();
      this.loaded ??= version;
      this.newest = version;
      return true;
    } catch {
      return false;
    }
  }

  /** Every half hour, and when the tab comes back. */
  watch(): () => void {
    void this.check();
    let last = Date.now();
    const look = () => {
      if (document.hidden || Date.now() - last < 60_000) return;
      last = Date.now();
      void this.check();
    };
    const timer = setInterval(look, 30 * 60_000);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }
}

export const version = new Version();
