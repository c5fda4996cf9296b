/**
 * What areas put into the frame around them. Each setter returns how to take it back, made for `$effect`:
 *   $effect(() => frame.setNew([{ label: t('chat.new'), icon: MessageCircle, run }]));
 */
import type { MenuAction } from '@waggle/ui';
import type { Snippet } from 'svelte';
import type { Area } from '../routes.ts';

class Frame {
  /** Drawn in the search place of the top bar (328 × 36). */
  search = $state.raw<Snippet | null>(null);
  /** What the New button offers; no entry, no button. */
  newItems = $state.raw<readonly MenuAction[]>([]);
  /** Drawn right in the top bar, before New. */
  tools = $state.raw<Snippet | null>(null);
  /** A strip above the columns: the connection banner, on phones the call. */
  strip = $state.raw<Snippet | null>(null);
  badges = $state<Partial<Record<Area, { count: number; label: string }>>>({});

  setSearch(search: Snippet): () => void {
    this.search = search;
    return () => {
      if (this.search === search) this.search = null;
    };
  }

  setNew(items: readonly MenuAction[]): () => void {
    this.newItems = items;
    return () => {
      if (this.newItems === items) this.newItems = [];
    };
  }

  setTools(tools: Snippet): () => void {
    this.tools = tools;
    return () => {
      if (this.tools === tools) this.tools = null;
    };
  }

  setStrip(strip: Snippet): () => void {
    this.strip = strip;
    return () => {
      if (this.strip === strip) this.strip = null;
    };
  }

  /** The number on the rail; `label` says it in words ("5 unread conversations"). */
  setBadge(area: Area, count: number, label: string): void {
    this.badges[area] = { count, label };
  }
}

export const frame = new Frame();
