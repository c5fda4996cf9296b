/** Keyboard shortcuts in one registry, so that `?` can list them. */
import { untrack } from 'svelte';
import { isTyping, matches, parseKeys, type Keys } from './keys.ts';

export interface Shortcut {
  /** "Mod+K", "Shift+Enter", "?", "Alt+ArrowUp". Mod is ⌘ on Apple, Ctrl elsewhere. */
  keys: string;
  /** Translated, read each time the list opens. */
  label: () => string;
  /** Heading in the list. */
  group: () => string;
  run: (event: KeyboardEvent) => void;
  /** Also while the caret is in a field. Unless told: only with Mod or Alt. */
  whileTyping?: boolean;
  when?: () => boolean;
}

interface Entry extends Shortcut {
  parsed: Keys;
}

let entries = $state.raw<readonly Entry[]>([]);

/** Adds shortcuts; returns how to take them away. The newest wins. In a component: `$effect(() => shortcuts([...]))`. */
export function shortcuts(list: readonly Shortcut[]): () => void {
  const added = list.map((shortcut) => ({ ...shortcut, parsed: parseKeys(shortcut.keys) }));
  // Called inside effects, which must not depend on the list they change.
  entries = untrack(() => [...entries, ...added]);
  return () => {
    entries = entries.filter((entry) => !added.includes(entry));
  };
}

/** What is active now, by group. */
export function listShortcuts(): { group: string; items: { keys: string; label: string }[] }[] {
  const groups = new Map<string, Map<string, string>>();
  for (const entry of entries) {
    if (entry.when && !entry.when()) continue;
    const group = entry.group();
    const items = groups.get(group) ?? new Map<string, string>();
    items.set(entry.keys, entry.label());
    groups.set(group, items);
  }
  return [...groups].map(([group, items]) => ({
    group,
    items: [...items].map(([keys, label]) => ({ keys, label })),
  }));
}

/** Listens on the window; call once. */
export function startShortcuts(): () => void {
  const listen = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing) return;
    const typing = isTyping(event.target);
    for (const entry of entries.toReversed()) {
      if (!matches(entry.parsed, event)) continue;
      if (typing && !(entry.whileTyping ?? (entry.parsed.mod || entry.parsed.alt))) continue;
      if (entry.when && !entry.when()) continue;
      event.preventDefault();
      entry.run(event);
      return;
    }
  };
  addEventListener('keydown', listen);
  return () => removeEventListener('keydown', listen);
}
