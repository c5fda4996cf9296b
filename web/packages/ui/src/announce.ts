/** One polite live region for the whole page. Messages that come close together are read as one. */

let region: HTMLElement | undefined;
let waiting: string[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;

function ensure(): HTMLElement {
  if (!region?.isConnected) {
    region = document.createElement('div');
    region.className = 'visually-hidden';
    region.setAttribute('role', 'status');
    region.setAttribute('aria-live', 'polite');
    document.body.append(region);
  }
  return region;
}

/** Says a sentence to people who listen. At most one announcement a second; the last three of a flood are kept. */
export function announce(message: string): void {
  if (typeof document === 'undefined') return;
  ensure();
  waiting.push(message);
  if (waiting.length > 3) waiting = waiting.slice(-3);
  timer ??= setTimeout(() => {
    timer = undefined;
    const text = waiting.join('. ');
    waiting = [];
    const node = ensure();
    // Equal text twice would not be read again.
    node.textContent = node.textContent === text ? `${text}\u00a0` : text;
  }, 250);
}
