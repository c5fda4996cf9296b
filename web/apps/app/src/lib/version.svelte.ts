/** Notices when there is a newer build than this page, and changes over to it when the person says so. */
import { signInOptions } from '@waggle/client/accounts';

const LOOK_EVERY_MS = 30 * 60_000;
const INSTALL_MOST_MS = 15_000;

class Version {
  /** What the server was when this page was loaded. */
  loaded = $state<string | null>(null);
  newest = $state<string | null>(null);
  /** A newer build, on this device already, that waits to be taken. */
  #waiting = $state.raw<ServiceWorker | null>(null);
  /** Another tab took the newer build: this page is the old one. */
  #replaced = $state(false);
  #registration: ServiceWorkerRegistration | undefined;
  #reloading = false;

  /** A reload brings something newer. */
  readonly stale = $derived(
    this.#waiting !== null ||
      this.#replaced ||
      // Without a service worker the server's word is all there is.
      (!controlled() && this.loaded !== null && this.newest !== null && this.newest !== this.loaded),
  );

  /** Registers the service worker; the dev server has none. */
  async start(): Promise<void> {
    if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
    const before = controlled();
    navigator.serviceWorker.addEventListener('controllerchange', () => {
      this.#waiting = null;
      if (this.#reloading) location.reload();
      else if (before) this.#replaced = true;
    });
    try {
      const registration = await navigator.serviceWorker.register(workerAddress(), {
        scope: '/',
        updateViaCache: 'none',
      });
      this.#registration = registration;
      if (registration.waiting && controlled()) this.#waiting = registration.waiting;
      const watch = () => {
        const coming = registration.installing;
        coming?.addEventListener('statechange', () => {
          // The first one of all has nothing to replace.
          if (coming.state === 'installed' && controlled()) this.#waiting = coming;
        });
      };
      watch();
      registration.addEventListener('updatefound', watch);
    } catch {
      // Private windows and full disks: the app works without.
    }
  }

  /** Asks the server; false when it did not answer. */
  async check(): Promise<boolean> {
    try {
      const { version } = await signInOptions();
      this.loaded ??= version;
      this.newest = version;
      await this.#registration?.update();
      await this.#installed();
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
    const timer = setInterval(look, LOOK_EVERY_MS);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }

  /** Loads the page anew, with the newer build if there is one. Who calls sees to it that nothing is on its way. */
  async reload(): Promise<void> {
    this.#reloading = true;
    await this.#registration?.update().catch(() => undefined);
    await this.#installed();
    const next = this.#registration?.waiting;
    if (!next) {
      location.reload();
      return;
    }
    next.postMessage('take_over');
    setTimeout(() => location.reload(), 4_000);
  }

  /** What is coming has come, or will not. */
  async #installed(): Promise<void> {
    const coming = this.#registration?.installing;
    if (!coming) return;
    await new Promise<void>((resolve) => {
      const look = () => {
        if (coming.state !== 'installing') resolve();
      };
      coming.addEventListener('statechange', look);
      setTimeout(resolve, INSTALL_MOST_MS);
      look();
    });
  }
}

function controlled(): boolean {
  return 'serviceWorker' in navigator && navigator.serviceWorker.controller !== null;
}

interface Policies {
  createPolicy: (
    name: string,
    rules: { createScriptURL: (address: string) => string },
  ) => { createScriptURL: (address: string) => string };
}

/** The one script address we hand out ourselves. The content policy wants it through a policy of its own. */
function workerAddress(): string {
  const address = '/sw.js';
  const { trustedTypes } = window as { trustedTypes?: Policies };
  if (!trustedTypes) return address;
  return trustedTypes.createPolicy('waggle', { createScriptURL: () => address }).createScriptURL(address);
}

export const version = new Version();
