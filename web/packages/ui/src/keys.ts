/** Key combinations: reading, matching, showing. */

export interface Keys {
  key: string;
  mod: boolean;
  alt: boolean;
  shift: boolean;
}

export const isApple = (): boolean =>
  typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent);

export function parseKeys(text: string): Keys {
  const parts = text.split('+');
  const key = parts.pop() || '+';
  return {
    key: key.length === 1 ? key.toLowerCase() : key,
    mod: parts.includes('Mod'),
    alt: parts.includes('Alt'),
    shift: parts.includes('Shift'),
  };
}

export function matches(
  keys: Keys,
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>,
  apple = isApple(),
): boolean {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key !== keys.key) return false;
  if ((apple ? event.metaKey : event.ctrlKey) !== keys.mod) return false;
  if (apple ? event.ctrlKey : event.metaKey) return false;
  if (event.altKey !== keys.alt) return false;
  // Signs such as "?" need Shift on some keyboards and not on others.
  const sign = keys.key.length === 1 && !/[\p{L}\p{N}]/u.test(keys.key);
  return sign || event.shiftKey === keys.shift;
}

const SHOWN: Record<string, string> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
  Enter: '↵',
};

/** "Mod+K" as the keys to draw: ["Ctrl", "K"] or ["⌘", "K"]. */
export function shownKeys(text: string, apple = isApple()): string[] {
  const keys = parseKeys(text);
  const key = SHOWN[keys.key] ?? (keys.key.length === 1 ? keys.key.toUpperCase() : keys.key);
  return [
    ...(keys.mod ? [apple ? '⌘' : 'Ctrl'] : []),
    ...(keys.alt ? [apple ? '⌥' : 'Alt'] : []),
    ...(keys.shift ? [apple ? '⇧' : 'Shift'] : []),
    key,
  ];
}

/** Whether the caret is in something that takes letters. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  if (target instanceof HTMLSelectElement) return true;
  if (!(target instanceof HTMLInputElement)) return false;
  return !['checkbox', 'radio', 'button', 'submit', 'reset', 'range', 'color', 'file'].includes(target.type);
}
