/** Route patterns: matching and building. Pure. */

/** `/inbox/:conversation` → { conversation: string } */
export type Params<P extends string> = P extends `${string}:${infer Name}/${infer Rest}`
  ? Record<Name, string> & Params<Rest>
  : P extends `${string}:${infer Name}`
    ? Record<Name, string>
    : // eslint-disable-next-line @typescript-eslint/no-empty-object-type
      {};

export type RouteTable = Record<string, `/${string}`>;

/** A route that matched: `{ name, params }`, told apart by name. */
export type Match<T extends RouteTable> = {
  [N in keyof T & string]: { name: N; params: Params<T[N]> };
}[keyof T & string];

export type HrefArgs<T extends RouteTable, N extends keyof T & string> = keyof Params<T[N]> extends never
  ? [params?: Record<string, never>, extra?: Extra]
  : [params: Params<T[N]>, extra?: Extra];

export interface Extra {
  query?: Record<string, string | undefined>;
  hash?: string;
}

function segments(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

/** The first route of the table that fits; null when none does. Fixed words win over parameters by their order in the table. */
export function matchRoute<T extends RouteTable>(table: T, pathname: string): Match<T> | null {
  const given = segments(pathname);
  for (const [name, pattern] of Object.entries(table)) {
    const wanted = segments(pattern);
    if (wanted.length !== given.length) continue;
    const params: Record<string, string> = {};
    const fits = wanted.every((part, i) => {
      const value = given[i] ?? '';
      if (!part.startsWith(':')) return part === value;
      try {
        params[part.slice(1)] = decodeURIComponent(value);
        return true;
      } catch {
        return false; // A broken escape is no route of ours.
      }
    });
    if (fits) return { name, params } as Match<T>;
  }
  return null;
}

export function buildHref<T extends RouteTable, N extends keyof T & string>(
  table: T,
  name: N,
  ...[params, extra]: HrefArgs<T, N>
): string {
  const values = (params ?? {}) as Record<string, string>;
  const path = segments(table[name] ?? '/')
    .map((part) => (part.startsWith(':') ? encodeURIComponent(values[part.slice(1)] ?? '') : part))
    .join('/');
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(extra?.query ?? {}))
    if (value !== undefined) query.set(key, value);
  const text = query.toString();
  return `/${path}${text ? `?${text}` : ''}${extra?.hash ? `#${extra.hash}` : ''}`;
}

/** Whether a click on a link is ours: plain left click, same origin, same tab, no download. */
export function isOurClick(
  event: Pick<MouseEvent, 'button' | 'metaKey' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'defaultPrevented'>,
  anchor: Pick<HTMLAnchorElement, 'origin' | 'target' | 'pathname'> & {
    hasAttribute: (name: string) => boolean;
  },
  origin: string,
): boolean {
  if (event.defaultPrevented || event.button !== 0) return false;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return false;
  if (anchor.origin !== origin || (anchor.target && anchor.target !== '_self')) return false;
  if (anchor.hasAttribute('download') || anchor.hasAttribute('data-external')) return false;
  return !anchor.pathname.startsWith('/api/');
}
