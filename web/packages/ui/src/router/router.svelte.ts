/** The address bar as state. One router per page; routes are a typed table, see `createRouter`. */
import type { Action } from 'svelte/action';
import {
  buildHref,
  isOurClick,
  matchRoute,
  type Extra,
  type HrefArgs,
  type Match,
  type RouteTable,
} from './routes.ts';

export interface GoOptions {
  /** Takes the place of the current entry: Back skips it. */
  replace?: boolean;
}

/** Asked before leaving; return false to stay (unsaved text). */
export type LeaveGuard = (to: URL) => boolean | Promise<boolean>;

export class Router<T extends RouteTable> {
  url = $state.raw(new URL(typeof location === 'undefined' ? 'http://localhost/' : location.href));
  /** The route on screen; null means there is no such page. */
  readonly current: Match<T> | null = $derived.by(() => matchRoute(this.table, this.url.pathname));
  /** Counts navigations by people, not by history: for moving the focus. */
  moves = $state(0);
  /** True while the last navigation was Back or Forward. */
  fromHistory = $state(false);

  readonly #guards = new Set<LeaveGuard>();
  #index = 0;

  constructor(readonly table: T) {}

  /** The address of a route: `href('inboxConversation', { conversation })`. */
  href<N extends keyof T & string>(name: N, ...args: HrefArgs<T, N>): string {
    return buildHref(this.table, name, ...args);
  }

  /** Goes to a route by name. */
  async go<N extends keyof T & string>(
    name: N,
    params: HrefArgs<T, N>[0],
    options: GoOptions & Extra = {},
  ): Promise<boolean> {
    const args = [params, options] as unknown as HrefArgs<T, N>;
    return this.open(buildHref(this.table, name, ...args), options);
  }

  /** Goes to an address of ours. False when a guard said no. */
  async open(href: string, options: GoOptions = {}): Promise<boolean> {
    const to = new URL(href, this.url);
    if (to.href === this.url.href) return true;
    if (to.pathname !== this.url.pathname && !(await this.#mayLeave(to))) return false;
    if (options.replace) {
      history.replaceState({ waggle: this.#index }, '', to);
    } else {
      this.#index += 1;
      history.pushState({ waggle: this.#index }, '', to);
    }
    this.url = to;
    this.fromHistory = false;
    this.moves += 1;
    return true;
  }

  /** Back if that stays within Waggle, else to the given place (a page opened by a pasted link has nothing behind it). */
  back(otherwise: string): void {
    if (this.#index > 0) history.back();
    else void this.open(otherwise, { replace: true });
  }

  guard(guard: LeaveGuard): () => void {
    this.#guards.add(guard);
    return () => this.#guards.delete(guard);
  }

  /** Follows the address bar and every click on a link of ours. Call once; returns how to stop. */
  start(): () => void {
    const state: unknown = history.state;
    this.#index = indexOf(state);
    if (!isOurs(state)) history.replaceState({ waggle: 0 }, '');
    this.url = new URL(location.href);
    const pop = async (event: PopStateEvent) => {
      const to = new URL(location.href);
      const index = indexOf(event.state);
      const leaving = to.pathname !== this.url.pathname;
      if (leaving && this.#guards.size > 0 && !(await this.#mayLeave(to))) {
        history.go(this.#index - index);
        return;
      }
      this.#index = index;
      if (to.href === this.url.href) return;
      this.url = to;
      this.fromHistory = true;
      this.moves += 1;
    };
    const click = (event: MouseEvent) => {
      const anchor = event.target instanceof Element ? event.target.closest('a') : null;
      if (!(anchor instanceof HTMLAnchorElement) || !anchor.href) return;
      if (!isOurClick(event, anchor, location.origin)) return;
      if (anchor.hash && anchor.pathname === this.url.pathname && anchor.search === this.url.search) return;
      event.preventDefault();
      void this.open(anchor.href, { replace: anchor.hasAttribute('data-replace') });
    };
    const popped = (event: PopStateEvent) => void pop(event);
    addEventListener('popstate', popped);
    document.addEventListener('click', click);
    return () => {
      removeEventListener('popstate', popped);
      document.removeEventListener('click', click);
    };
  }

  /** For elements that are links but no `<a>` of ours in the document, such as inside a shadow root. */
  readonly link: Action<HTMLAnchorElement, GoOptions | undefined> = (node, initial) => {
    let options = initial;
    const click = (event: MouseEvent) => {
      if (!isOurClick(event, node, location.origin)) return;
      event.preventDefault();
      void this.open(node.href, options);
    };
    node.addEventListener('click', click);
    return {
      update: (next) => (options = next),
      destroy: () => node.removeEventListener('click', click),
    };
  };

  async #mayLeave(to: URL): Promise<boolean> {
    for (const guard of this.#guards) if (!(await guard(to))) return false;
    return true;
  }
}

function isOurs(state: unknown): state is { waggle: number } {
  return typeof state === 'object' && state !== null && 'waggle' in state && typeof state.waggle === 'number';
}

function indexOf(state: unknown): number {
  return isOurs(state) ? state.waggle : 0;
}

export function createRouter<const T extends RouteTable>(table: T): Router<T> {
  return new Router(table);
}
