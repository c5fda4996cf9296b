import type { Snippet } from 'svelte';
import type { IconNode } from '../icons.ts';

export interface MenuAction {
  label: string;
  /** Second line. */
  detail?: string | undefined;
  icon?: IconNode | undefined;
  /** Instead of an icon: a presence mark, a face. */
  mark?: Snippet | undefined;
  /** Shortcut, "Mod+K". */
  keys?: string | undefined;
  danger?: boolean | undefined;
  disabled?: boolean | undefined;
  /** Present (true or false) makes it a choice with a tick. */
  checked?: boolean | undefined;
  href?: string | undefined;
  run?: (() => void) | undefined;
}

export type MenuEntry = MenuAction | { heading: string } | 'divider';

export const isAction = (entry: MenuEntry): entry is MenuAction =>
  typeof entry !== 'string' && 'label' in entry;
export const isHeading = (entry: MenuEntry): entry is { heading: string } =>
  typeof entry !== 'string' && 'heading' in entry;
