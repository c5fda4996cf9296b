/** Who is here: nobody yet, or an account. The one place that knows. */
import {
  readMe,
  signInOptions,
  signOut as askSignOut,
  type Me,
  type SignInOptions,
} from '@waggle/client/accounts';
import { ApiError, onSignedOut } from '@waggle/client/http';
import { isLocale, setLocale, currentLocale, setTimeZone } from '@waggle/i18n';
import { tick } from 'svelte';
import { codeOf } from './errors.ts';
import { applyTheme } from './theme.ts';

export type Phase = 'loading' | 'unreachable' | 'out' | 'in';

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
        if (this.phase === 'in') void this.#leave(true);
      });
    }
    this.error = null;
    try {
      await this.enter(await readMe());
    } catch (error) {
      if (codeOf(error) === 'not_signed_in' || (error instanceof ApiError && error.status === 401)) {
        await this.#leave(false);
      } else {
        this.error = error;
        this.phase = 'unreachable';
      }
    }
  }

  /** Somebody signed in. */
  async enter(me: Me): Promise<void> {
    this.setMe(me);
    const language = me.account.language;
    if (isLocale(language) && language !== currentLocale()) await setLocale(language, true);
    this.ended = false;
    this.left = false;
    this.phase = 'in';
  }

  /** The own account changed, here or on another device. */
  setMe(me: Me): void {
    this.me = me;
    applyTheme(me.account.theme);
    setTimeZone(me.account.time_zone);
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
  }
}

export const session = new Session();

/** The signed-in account; only for screens inside the frame. */
export function me(): Me {
  if (!session.me) throw new Error('me() is for signed-in screens');
  return session.me;
}

/** Whether the person may do something; what they may not is not shown. */
export function may(permission: string): boolean {
  return session.me?.permissions.includes(permission) ?? false;
}

export function isAdmin(): boolean {
  const role = session.me?.role;
  return role === 'owner' || role === 'admin';
}
