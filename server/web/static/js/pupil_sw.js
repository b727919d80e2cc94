// Served as /pupil/sw.js. The network first, always: the copy is for a reload while the server is away. Shells and
// scripts only; nothing of a pupil passes through here.

const STORE = 'bangku-pupil-1';
const PATIENCE_MS = 5_000;
const SHELLS = ['/pupil', '/pupil/practice'];
const FILES = [
  '/static/css/pupil.css',
  '/static/js/pupil.js',
  '/static/js/pupil_api.js',
  '/static/js/pupil_clock.js',
  '/static/js/pupil_live.js',
  '/static/js/pupil_words.js',
  '/static/js/pupil_worker.js',
  '/static/js/practice.js',
  '/static/js/practice_paper.js',
  '/static/js/practice_questions.js',
  '/static/js/practice_store.js',
  '/static/js/practice_sync.js',
];

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(STORE).then((store) => store.addAll(['/pupil', ...FILES])).then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name !== STORE) await caches.delete(name);
    await self.clients.claim();
  })());
});

async function networkFirst(request, path) {
  const store = await caches.open(STORE);
  const copy = await store.match(path);
  const patience = copy ? AbortSignal.timeout(PATIENCE_MS) : undefined;
  try {
    const answer = await fetch(request, { signal: patience });
    if (answer.status >= 500 && copy) return copy;
    if (answer.ok && !answer.redirected) await store.put(path, answer.clone());
    return answer;
  } catch (error) {
    if (copy) return copy;
    throw error;
  }
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  const shell = request.mode === 'navigate' && SHELLS.includes(pathname);
  if (shell || FILES.includes(pathname)) event.respondWith(networkFirst(request, pathname));
});

// The page asks for its own shell to be kept: it was opened before we were there.
self.addEventListener('message', (event) => {
  if (!SHELLS.includes(event.data?.keep)) return;
  event.waitUntil(networkFirst(new Request(event.data.keep, { credentials: 'same-origin' }), event.data.keep));
});
