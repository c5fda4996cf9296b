/** Short notes at the bottom left. `toast('Saved')`, or with an action that can be taken for 8 seconds. */
import { untrack } from 'svelte';
import type { IconNode } from './icons.ts';
import { announce } from './announce.ts';

export interface ToastOptions {
  icon?: IconNode;
  tone?: 'plain' | 'danger';
  /** The one thing that can be done about it, such as Undo. */
  action?: { label: string; run: () => void };
  /** Milliseconds; 0 stays until closed. Unless told: 8 s with an action, 5 s without. */
  duration?: number;
  /** Runs when the note goes without its action having been taken. */
  onexpire?: () => void;
}

export class Toast {
  left: number;
  readonly total: number;
  paused = $state(false);

  constructor(
    readonly id: number,
    readonly text: string,
    readonly options: ToastOptions,
  ) {
    this.total = options.duration ?? (options.action ? 8000 : 5000);
    this.left = this.total;
  }
}

const MOST = 3;
let nextId = 1;
let timer: ReturnType<typeof setInterval> | undefined;

class ToastList {
  list = $state.raw<readonly Toast[]>([]);

  add(text: string, options: ToastOptions = {}): Toast {
    const toast = new Toast(nextId++, text, options);
    // May be called inside effects, which must not depend on the list.
    const kept = [...untrack(() => this.list), toast];
    for (const old of kept.slice(0, -MOST)) old.options.onexpire?.();
    this.list = kept.slice(-MOST);
    announce(options.action ? `${text}. ${options.action.label}` : text);
    timer ??= setInterval(() => this.tick(100), 100);
    return toast;
  }

  close(toast: Toast, acted = false): void {
    if (!this.list.includes(toast)) return;
    this.list = this.list.filter((other) => other !== toast);
    if (acted) toast.options.action?.run();
    else toast.options.onexpire?.();
    if (this.list.length === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  }

  /** Time passes for what is not paused. */
  tick(ms: number): void {
    for (const toast of this.list) {
      if (toast.total === 0 || toast.paused) continue;
      toast.left -= ms;
      if (toast.left <= 0) this.close(toast);
    }
  }
}

export const toasts = new ToastList();

export function toast(text: string, options?: ToastOptions): Toast {
  return toasts.add(text, options);
}
