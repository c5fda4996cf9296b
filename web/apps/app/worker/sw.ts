/**
 * The service worker: keeps the app itself, so that it opens without a network. It never touches what the server says
 * about anybody: `/api/` goes past it, and what people wrote lives in IndexedDB, where signing out deletes it.
 *
 * A new build waits until somebody takes it (a message from the page) or until the only page is loaded anew. The files
 * of the build before stay, because a tab that still runs it may ask for them.
 */

/** Every file of this build, put here by tools/service-worker.mjs. `name` is a digest of their contents. */
declare const __SHELL__: { name: string; files: string[] };

const worker = self as unknown as ServiceWorkerGlobalScope;
const PREFIX = 'waggle-app-';
const CACHE = PREFIX + __SHELL__.name;
const PAGE = '/';

worker.addEventListener('install', (event) => {
  event.waitUntil(install());
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(Promise.all([tidy(), worker.clients.claim()]));
});

worker.addEventListener('message', (event) => {
  if (event.data === 'take_over') void worker.skipWaiting();
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== worker.location.origin || request.headers.has('range'))
    return;
  if (request.mode === 'navigate') {
    if (isPage(url.pathname)) event.respondWith(page(request));
  } else if (url.pathname.startsWith('/assets/')) {
    event.respondWith(hashed(request));
  } else if (__SHELL__.files.includes(url.pathname)) {
    event.respondWith(kept(url.pathname).then((found) => found ?? fetch(request)));
  }
});

/** Addresses of the app; the rest belongs to the server. */
function isPage(path: string): boolean {
  if (/^\/(api|widget|healthz|readyz|metrics)(\/|$)/.test(path)) return false;
  return !path.slice(path.lastIndexOf('/')).includes('.');
}

async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  const older = await Promise.all(
    (await shells()).filter((name) => name !== CACHE).map((name) => caches.open(name)),
  );
  await Promise.all(
    __SHELL__.files.map(async (path) => {
      // A name with a digest in it means the same bytes: those of the build before serve.
      if (path.startsWith('/assets/')) {
        for (const other of older) {
          const same = await other.match(path, { ignoreVary: true });
          if (same) return cache.put(path, same);
        }
      }
      const response = await fetch(path, { cache: 'no-cache', credentials: 'same-origin' });
      if (!response.ok || response.redirected) throw new Error(`${path}: ${response.status}`);
      return cache.put(path, response);
    }),
  );
}

/** This build and the one before stay. */
async function tidy(): Promise<void> {
  const others = (await shells()).filter((name) => name !== CACHE);
  await Promise.all(others.slice(0, -1).map((name) => caches.delete(name)));
}

/** Ours, oldest first. */
async function shells(): Promise<string[]> {
  return (await caches.keys()).filter((name) => name.startsWith(PREFIX));
}

async function kept(path: string): Promise<Response | undefined> {
  return (await caches.open(CACHE)).match(path, { ignoreVary: true });
}

async function page(request: Request): Promise<Response> {
  if (await madeRoom()) return new Response(null, { headers: { Refresh: '0', 'Content-Type': 'text/html' } });
  return (await kept(PAGE)) ?? fetch(request);
}

/** A newer build waits and this is the only page, being loaded anew: then the newer one answers. */
async function madeRoom(): Promise<boolean> {
  const { waiting } = worker.registration;
  if (!waiting || (await worker.clients.matchAll({ type: 'window' })).length > 1) return false;
  const took = new Promise<boolean>((resolve) => {
    waiting.addEventListener('statechange', () => resolve(true), { once: true });
    setTimeout(() => resolve(false), 2_000);
  });
  waiting.postMessage('take_over');
  return took;
}

/** Files whose name changes with their content: what is here is right. */
async function hashed(request: Request): Promise<Response> {
  const found = (await kept(request.url)) ?? (await caches.match(request, { ignoreVary: true }));
  if (found) return found;
  const response = await fetch(request);
  if (response.ok && response.type === 'basic') {
    const copy = response.clone();
    void caches.open(CACHE).then((cache) => cache.put(request, copy));
  }
  return response;
}
