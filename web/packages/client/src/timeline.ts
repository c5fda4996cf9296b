/**
 * The rows of a timeline: messages, what is on its way, and the lines between them. Pure, so that grouping, day
 * separators and the "new" line are tested without a screen.
 */
import type { MessageView } from '@waggle/protocol';
import type { Pending } from './outbox.ts';
import type { MessageWindow } from './store.ts';

export type Row =
  /** The conversation begins here. */
  | { readonly type: 'start'; readonly key: string }
  | { readonly type: 'day'; readonly key: string; readonly at: string }
  | { readonly type: 'new'; readonly key: string }
  /** `head`: the author is named; else it continues what they said just before. */
  | { readonly type: 'message'; readonly key: string; readonly message: MessageView; readonly head: boolean }
  | { readonly type: 'system'; readonly key: string; readonly message: MessageView }
  | { readonly type: 'pending'; readonly key: string; readonly pending: Pending; readonly head: boolean };

export interface RowOptions {
  me: string | undefined;
  /** The last position seen when the conversation was opened; the "new" line stands after it. Null for no line. */
  newAfter: number | null;
  /** Equal for two times of the same day of the viewer. */
  dayNumber: (at: string) => number;
}

/** Messages of one author so close together are one group. */
export const GROUP_MS = 5 * 60_000;

export function buildRows(
  window: MessageWindow | undefined,
  pending: readonly Pending[],
  options: RowOptions,
): Row[] {
  const rows: Row[] = [];
  const keys = new Set<string>();
  let day: number | null = null;
  let previous: { author: string; at: number } | null = null;
  let newShown = false;

  const startOf = (at: string): void => {
    const number = options.dayNumber(at);
    if (number !== day) {
      rows.push({ type: 'day', key: `day:${number}`, at });
      previous = null;
    }
    day = number;
  };
  const heads = (author: string, at: number): boolean => {
    const head = previous === null || previous.author !== author || at - previous.at > GROUP_MS;
    previous = { author, at };
    return head;
  };

  if (window && !window.has_before && window.messages.length > 0) rows.push({ type: 'start', key: 'start' });
  const messages = window ? [...window.messages, ...window.ahead] : [];
  const shown = new Set<string>();
  for (const message of messages) {
    startOf(message.created_at);
    if (
      !newShown &&
      options.newAfter !== null &&
      message.position > options.newAfter &&
      message.author.id !== options.me
    ) {
      newShown = true;
      // Only when there is something above it: a conversation seen for the first time is all new.
      if (options.newAfter > 0) {
        rows.push({ type: 'new', key: 'new' });
        previous = null;
      }
    }
    const own = message.author.id === options.me;
    if (own) shown.add(message.client_id);
    if (message.kind === 'system') {
      rows.push({ type: 'system', key: message.id, message });
      previous = null;
      continue;
    }
    // An own message keeps the key it had while it was pending, so that its row stays the same row.
    const wanted = own ? `c:${message.client_id}` : message.id;
    const key = keys.has(wanted) ? message.id : wanted;
    keys.add(key);
    const head =
      heads(message.author.id, Date.parse(message.created_at)) ||
      message.quote !== null ||
      message.forwarded_from !== null;
    rows.push({ type: 'message', key, message, head });
  }
  if (!window?.has_after) {
    for (const item of pending) {
      if (shown.has(item.client_id)) continue;
      const at = new Date(item.created_at).toISOString();
      startOf(at);
      const head = heads(options.me ?? '', item.created_at) || item.quote !== null;
      rows.push({ type: 'pending', key: `c:${item.client_id}`, pending: item, head });
    }
  }
  return rows;
}

/** How many of the people have read a message; the author does not count. */
export function seenBy(
  reads: ReadonlyMap<string, number> | undefined,
  message: Pick<MessageView, 'position' | 'author'>,
): string[] {
  if (!reads) return [];
  return [...reads]
    .filter(([id, position]) => id !== message.author.id && position >= message.position)
    .map(([id]) => id);
}
