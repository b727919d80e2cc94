// Served as /t/sw.js for the scopes /t/ and /d/. The network, always; when it fails, a page that says what was last
// seen. Pages themselves are not kept: nothing of a page stays on a phone after signing out.

const STORE = 'bangku-t-2';
const SEEN = 'bangku-t-seen';
const OFFLINE = '/t/offline';
const FILES = [
  OFFLINE,
  '/static/css/technician.css',
  '/static/js/technician_offline.js',
  '/static/js/technician_kept.js',
];

const FRESH_MS = 60_000;

self.addEventListener('install', (event) => {
  event.waitUntil((async () => {
    const store = await caches.open(STORE);
    const copy = await store.match(OFFLINE);
    const age = Date.now() - Date.parse(copy?.headers.get('Date') ?? 0);
    if (!(age < FRESH_MS)) await store.addAll(FILES); // the other scope may have fetched them this minute
    await self.skipWaiting();
  })());
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith('bangku-t-') && name !== STORE && name !== SEEN) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

async function page(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(OFFLINE)) ?? Response.error();
  }
}

async function file(request, pathname) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(pathname)) ?? Response.error();
  }
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (request.mode === 'navigate') event.respondWith(page(request));
  else if (FILES.includes(pathname)) event.respondWith(file(request, pathname));
});
