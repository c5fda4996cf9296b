/** Who is here: nobody yet, or an account. The one place that knows. */
import {
  readMe,
  signInOptions,
  signOut as askSignOut,
  type Me,
  type Permission,
  type SignInOptions,
} from '@waggle/client/accounts';
import { ApiError, onSignedOut } from '@waggle/client/http';
import { currentLocale, followBrowser, isLocale, setLocale, setTimeZone } from '@waggle/i18n';
import { tick } from 'svelte';
import { codeOf } from './errors.ts';
import { forgetEverything, keptMe } from './kept.ts';
import { applyTheme } from './theme.ts';

export type Phase = 'loading' | 'unreachable' | 'out' | 'in';

/** How long the server may take to say who is here before the app opens from what this device keeps. */
const PATIENCE_MS = 1_500;

class Session {
  phase = $state<Phase>('loading');
  /** Set while signed in. */
  me = $state.raw<Me | null>(null);
  /** What the server says before anybody signed in. */
  options = $state.raw<SignInOptions | null>(null);
  /** Why nothing could be loaded. */
  error = $state.raw<unknown>(null);
  /** True when a session ended under somebody's hands, so that the door can say so. */
  ended = $state(false);

  /** True after somebody chose to leave: the next person does not start where they were. */
  left = $state(false);

  #watching = false;

  async start(): Promise<void> {
    if (!this.#watching) {
      this.#watching = true;
      onSignedOut(() => {
        if (this.phase === 'in') void this.#leave(!this.left);
      });
    }
    this.error = null;
    const asked = readMe();
    const late = await Promise.race([
      asked.then(no, no),
      new Promise<boolean>((resolve) => setTimeout(() => resolve(true), PATIENCE_MS)),
    ]);
    if (late && this.phase !== 'in') await this.#openKept();
    try {
      await this.enter(await asked);
    } catch (error) {
      if (codeOf(error) === 'not_signed_in' || (error instanceof ApiError && error.status === 401)) {
        // Once inside, the listener above has seen it.
        if (this.phase !== 'in' && this.phase !== 'out') await this.#leave(false);
      } else if (this.phase !== 'in' && !(await this.#openKept())) {
        this.error = error;
        this.phase = 'unreachable';
      }
    }
  }

  /** Without an answer: the account as this device knows it. The live connection brings the rest when it can. */
  async #openKept(): Promise<boolean> {
    const kept = await keptMe();
    if (kept === null || this.phase === 'in') return this.phase === 'in';
    await this.enter(kept);
    return true;
  }

  /** Somebody signed in. */
  async enter(me: Me): Promise<void> {
    const { language } = me.account;
    // Before the first sentence is on screen.
    if (isLocale(language) && language !== currentLocale()) await setLocale(language, true);
    this.setMe(me);
    this.ended = false;
    this.left = false;
    this.phase = 'in';
  }

  /** The own account changed, here or on another device: what it says of the screen counts at once. */
  setMe(me: Me): void {
    const before = this.me?.account.language ?? null;
    const { language, theme, time_zone } = me.account;
    this.me = me;
    applyTheme(theme);
    setTimeZone(time_zone);
    if (isLocale(language)) {
      if (language !== currentLocale()) void setLocale(language, true);
    } else if (before !== null) {
      void followBrowser();
    }
  }

  async signOut(): Promise<void> {
    await askSignOut();
    this.left = true;
    await this.#leave(false);
  }

  async #leave(ended: boolean): Promise<void> {
    // The account goes last: until then its screens are still in the page.
    try {
      this.options = await signInOptions();
      this.ended = ended;
      this.phase = 'out';
    } catch (error) {
      this.error = error;
      this.phase = 'unreachable';
    }
    await tick();
    this.me = null;
    // The engine lets go of its database first.
    await tick();
    await forgetEverything();
  }
}

export const session = new Session();

/** The signed-in account; only for screens inside the frame. */
export function me(): Me {
  if (!session.me) throw new Error('me() is for signed-in screens');
  return session.me;
}

/** Whether the person may do something; what they may not is not shown. */
export function may(permission: Permission): boolean {
  return session.me?.permissions.includes(permission) ?? false;
}

/** Whether there is anything for the person in the admin area. */
export function isAdmin(): boolean {
  return may('members_manage') || may('installation_inspect');
}

function no(): boolean {
  return false;
}
