/**
 * What areas put into the frame around them. Each setter returns how to take it back, made for `$effect`:
 *   $effect(() => frame.setNew([{ label: t('chat.new'), icon: MessageCircle, run }]));
 */
import type { MenuAction } from '@waggle/ui';
import { untrack, type Snippet } from 'svelte';
import type { Area } from '../routes.ts';

/** A place where the last who came is shown; when it goes, the one before is back. */
class Place<T> {
  #held = $state.raw<readonly { value: T }[]>([]);
  readonly shown: T | null = $derived(this.#held.at(-1)?.value ?? null);

  put(value: T): () => void {
    const entry = { value };
    // Called inside effects, which must not depend on the list they change.
    this.#held = untrack(() => [...this.#held, entry]);
    return () => {
      this.#held = untrack(() => this.#held.filter((other) => other !== entry));
    };
  }
}

class Frame {
  readonly #search = new Place<Snippet>();
  readonly #newItems = new Place<readonly MenuAction[]>();
  readonly #tools = new Place<Snippet>();
  readonly #strip = new Place<Snippet>();
  badges = $state<Partial<Record<Area, { count: number; label: string }>>>({});

  get search(): Snippet | null {
    return this.#search.shown;
  }
  get newItems(): readonly MenuAction[] {
    return this.#newItems.shown ?? [];
  }
  get tools(): Snippet | null {
    return this.#tools.shown;
  }
  get strip(): Snippet | null {
    return this.#strip.shown;
  }

  /** Drawn in the search place of the top bar (328 × 36). */
  setSearch(search: Snippet): () => void {
    return this.#search.put(search);
  }

  /** What the New button offers; no entry, no button. */
  setNew(items: readonly MenuAction[]): () => void {
    return this.#newItems.put(items);
  }

  /** Drawn right in the top bar, before New. */
  setTools(tools: Snippet): () => void {
    return this.#tools.put(tools);
  }

  /** A strip above the columns: the connection banner, on phones the call. */
  setStrip(strip: Snippet): () => void {
    return this.#strip.put(strip);
  }

  /** The number on the rail; `label` says it in words ("5 unread conversations"). */
  setBadge(area: Area, count: number, label: string): void {
    this.badges[area] = { count, label };
  }
}

export const frame = new Frame();
