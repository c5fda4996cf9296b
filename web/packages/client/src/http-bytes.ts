/** Raw bytes up, JSON back: the only request that is not JSON both ways. */
import { ApiError, errorFrom, path, retryAfterSeconds } from './http.ts';

/** Sends bytes as they are, under their own media type. */
export async function sendBytes<T>(
  method: 'PATCH' | 'PUT',
  url: string,
  bytes: Blob,
  signal?: AbortSignal,
): Promise<T> {
  const timeout = AbortSignal.timeout(60_000);
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      credentials: 'same-origin',
      headers: { Accept: 'application/json', 'Content-Type': bytes.type || 'application/octet-stream' },
      body: bytes,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError('offline', 'The server could not be reached.', { status: 0, cause });
  }
  const json: unknown = await response.json().catch(() => undefined);
  if (!response.ok) {
    throw errorFrom(response.status, json, retryAfterSeconds(response.headers.get('Retry-After')));
  }
  return json as T;
}

/** Sends a piece of a file that starts at `offset`; the answer says how many bytes the server has. */
export function appendFile(
  id: string,
  offset: number,
  piece: Blob,
  signal?: AbortSignal,
): Promise<{ received_bytes: number }> {
  const raw = new Blob([piece], { type: 'application/octet-stream' });
  return sendBytes('PATCH', `${path`/api/files/${id}`}?offset=${offset}`, raw, signal);
}
