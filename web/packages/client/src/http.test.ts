import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, errorFrom, onSignedOut, path, request, retryAfterSeconds, withQuery } from './http.ts';

function answer(status: number, body: unknown, headers: Record<string, string> = {}) {
  const text = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
  return vi.fn(async (_url: string, _init: RequestInit) => new Response(text, { status, headers }));
}

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error(`not an ApiError: ${String(error)}`);
  return error;
}

afterEach(() => vi.unstubAllGlobals());

describe('request', () => {
  it('sends JSON with the cookie and reads JSON', async () => {
    const fetch = answer(200, { ok: true });
    vi.stubGlobal('fetch', fetch);
    await expect(
      request('POST', '/api/x', { a: 1 }, { query: { q: 'ü', none: undefined } }),
    ).resolves.toEqual({
      ok: true,
    });
    const [url, init] = fetch.mock.calls[0] ?? [];
    expect(url).toBe('/api/x?q=%C3%BC');
    expect(init).toMatchObject({
      method: 'POST',
      credentials: 'same-origin',
      body: '{"a":1}',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    });
  });

  it('has nothing to say for 204', async () => {
    vi.stubGlobal('fetch', answer(204, undefined));
    await expect(request('DELETE', '/api/x')).resolves.toBeUndefined();
  });

  it('throws what the server refused', async () => {
    vi.stubGlobal(
      'fetch',
      answer(403, { error: { code: 'code_wrong', message: 'Wrong.', details: { tries_left: 3 } } }),
    );
    const error = await failure(request('POST', '/api/sign-in', {}));
    expect(error).toMatchObject({ code: 'code_wrong', status: 403, message: 'Wrong.' });
    expect(error.number('tries_left')).toBe(3);
    expect(error.number('other')).toBeUndefined();
  });

  it('knows how long to wait', async () => {
    vi.stubGlobal('fetch', answer(429, {}, { 'Retry-After': '90' }));
    expect(await failure(request('GET', '/api/x'))).toMatchObject({
      code: 'too_many_requests',
      retryAfter: 90,
    });
  });

  it('makes the best of an answer that is not ours', async () => {
    vi.stubGlobal('fetch', answer(502, '<html>Bad gateway</html>'));
    expect(await failure(request('GET', '/api/x'))).toMatchObject({ code: 'server', status: 502 });
    vi.stubGlobal('fetch', answer(200, '<html>captive portal</html>'));
    expect(await failure(request('GET', '/api/x'))).toMatchObject({ code: 'unexpected', status: 200 });
  });

  it('calls no connection offline', async () => {
    vi.stubGlobal('fetch', vi.fn().mockRejectedValue(new TypeError('Failed to fetch')));
    expect(await failure(request('GET', '/api/x'))).toMatchObject({ code: 'offline', status: 0 });
  });

  it('passes on an abort of the caller', async () => {
    const control = new AbortController();
    vi.stubGlobal(
      'fetch',
      vi.fn(async (_url: string, init: RequestInit) => {
        control.abort();
        throw init.signal?.reason ?? new Error('aborted');
      }),
    );
    const reason: unknown = await request('GET', '/api/x', undefined, { signal: control.signal }).catch(
      (error: unknown) => error,
    );
    expect(reason).not.toBeInstanceOf(ApiError);
  });

  it('tells everybody when the session is gone', async () => {
    const heard = vi.fn();
    const stop = onSignedOut(heard);
    vi.stubGlobal('fetch', answer(401, { error: { code: 'not_signed_in', message: 'Sign in.' } }));
    await failure(request('GET', '/api/me'));
    stop();
    await failure(request('GET', '/api/me'));
    expect(heard).toHaveBeenCalledOnce();
  });
});

describe('helpers', () => {
  it('encode what stands in a path', () => {
    expect(path`/api/members/${'a/b?'}/x`).toBe('/api/members/a%2Fb%3F/x');
  });

  it('leave out empty query values', () => {
    expect(withQuery('/x', { a: '', b: null, c: 0, d: false })).toBe('/x?c=0&d=false');
  });

  it('read Retry-After in both forms', () => {
    expect(retryAfterSeconds('12')).toBe(12);
    expect(retryAfterSeconds('Tue, 24 Nov 2026 10:00:10 GMT', Date.UTC(2026, 10, 24, 10, 0, 0))).toBe(10);
    expect(retryAfterSeconds('soon')).toBeUndefined();
    expect(retryAfterSeconds(null)).toBeUndefined();
  });

  it('read every shape of an error', () => {
    expect(errorFrom(500, { error: { code: 'fault', message: 'Ours.', reference: '7F3A' } })).toMatchObject({
      code: 'fault',
      reference: '7F3A',
    });
    expect(errorFrom(404, null)).toMatchObject({ code: 'unexpected', message: 'HTTP 404' });
    expect(errorFrom(400, { error: { code: 1, details: [] } })).toMatchObject({ code: 'unexpected' });
  });
});
