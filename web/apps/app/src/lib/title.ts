/** The words and the mark on the browser's tab. */

const PRODUCT = 'Waggle';

/** `title('Inbox', 5)` → "(5) Inbox · Waggle", and a dot on the icon. */
export function title(text: string | null, unread?: number): void {
  if (unread !== undefined) unreadCount = unread;
  current = text;
  write();
}

/** Only the count: the area that knows it (chat) calls this whatever page is open. */
export function unreadTitle(unread: number): void {
  unreadCount = unread;
  write();
}

let current: string | null = null;
let unreadCount = 0;

function write(): void {
  document.title = titleText(current, unreadCount);
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  const href = unreadCount > 0 ? '/favicon-unread.svg' : '/favicon.svg';
  if (icon && icon.getAttribute('href') !== href) icon.href = href;
}

export function titleText(text: string | null, unread: number): string {
  const count = unread > 0 ? `(${unread > 99 ? '99+' : unread}) ` : '';
  return `${count}${text ? `${text} · ` : ''}${PRODUCT}`;
}
