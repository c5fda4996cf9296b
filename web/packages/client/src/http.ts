/** The one way to talk to the REST API. Knows no framework and no screen. */

export interface ApiErrorInit {
  status: number;
  reference?: string | undefined;
  /** Seconds until it makes sense to try again. */
  retryAfter?: number | undefined;
  details?: Record<string, unknown> | undefined;
  cause?: unknown;
}

/** An expected "no" of the server (a stable code), its failure (with a reference number), or no answer at all (`offline`). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly reference: string | undefined;
  readonly retryAfter: number | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: string, message: string, init: ApiErrorInit) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = code;
    this.status = init.status;
    this.reference = init.reference;
    this.retryAfter = init.retryAfter;
    this.details = init.details;
  }

  /** A number among the details, if the server sent it. */
  number(name: string): number | undefined {
    const value = this.details?.[name];
    return typeof value === 'number' ? value : undefined;
  }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface RequestOptions {
  signal?: AbortSignal;
  /** Values that are undefined or empty are left out. */
  query?: Record<string, string | number | boolean | undefined | null>;
  headers?: Record<string, string>;
  /** Milliseconds until we give up; 30 s unless told. */
  timeout?: number;
  /** Lets a request outlive the page (for what is sent while closing it). */
  keepalive?: boolean;
}

type Listener = (error: ApiError) => void;
const signedOutListeners = new Set<Listener>();

/** Called whenever any request finds that the session is gone (401 `not_signed_in`). Returns how to stop. */
export function onSignedOut(listener: Listener): () => void {
  signedOutListeners.add(listener);
  return () => signedOutListeners.delete(listener);
}

/** Builds `path?query`. Path parts that come from outside belong through `encodeURIComponent` (see `path`). */
export function withQuery(path: string, query: RequestOptions['query']): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined || value === null || value === '') continue;
    params.set(name, String(value));
  }
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

/** Template tag that encodes what is put into a path: path`/api/members/${id}`. */
export function path(strings: TemplateStringsArray, ...values: (string | number)[]): string {
  return strings.reduce((all, part, i) => {
    const value = values[i];
    return all + part + (value === undefined ? '' : encodeURIComponent(value));
  }, '');
}

/** `Retry-After` as seconds, from its number or its date. */
export function retryAfterSeconds(header: string | null, now = Date.now()): number | undefined {
  if (!header) return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}

/** Reads `{"error":{code,message,reference?,details?}}`, and makes the best of anything else. */
export function errorFrom(status: number, body: unknown, retryAfter?: number): ApiError {
  const error = isRecord(body) && isRecord(body['error']) ? body['error'] : {};
  const text = (name: string) => (typeof error[name] === 'string' ? error[name] : undefined);
  const code =
    text('code') ?? (status === 429 ? 'too_many_requests' : status >= 500 ? 'server' : 'unexpected');
  return new ApiError(code, text('message') ?? `HTTP ${status}`, {
    status,
    retryAfter,
    reference: text('reference'),
    details: isRecord(error['details']) ? error['details'] : undefined,
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Asks the server. Resolves with the JSON answer (undefined for 204), throws `ApiError`.
 * An abort by the caller's own signal is passed on as it is, because it is nobody's error.
 */
export async function request<T>(
  method: Method,
  url: string,
  body?: unknown,
  options: RequestOptions = {},
): Promise<T> {
  const timeout = AbortSignal.timeout(options.timeout ?? 30_000);
  let response: Response;
  let text: string;
  try {
    response = await fetch(withQuery(url, options.query), {
      method,
      credentials: 'same-origin',
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...options.headers,
      },
      signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(options.keepalive ? { keepalive: true } : {}),
    });
    text = await response.text();
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new ApiError('offline', 'The server could not be reached.', { status: 0, cause });
  }

  let json: unknown;
  try {
    json = text === '' ? undefined : JSON.parse(text);
  } catch (cause) {
    if (response.ok) {
      throw new ApiError('unexpected', 'The answer was not understood.', { status: response.status, cause });
    }
  }
  if (!response.ok) {
    const error = errorFrom(response.status, json, retryAfterSeconds(response.headers.get('Retry-After')));
    if (error.code === 'not_signed_in') for (const listener of signedOutListeners) listener(error);
    throw error;
  }
  return json as T;
}
