// What this phone keeps for when the server is away: the last picture of each Chromebook it opened. No pupil is in it.
// Only where the browser has service workers (https or loopback); elsewhere the page's own notice stands in.

const SEEN = 'bangku-t-seen';
const MOST = 40;

/** Register the service worker for the technician's pages alone: the scopes end in a slash. */
export async function watchOver() {
  try {
    for (const scope of ['/t/', '/d/']) {
      const { installing } = await navigator.serviceWorker.register('/t/sw.js', { scope });
      // One after the other: the second finds the files that the first has fetched.
      if (installing) await new Promise((done) => installing.addEventListener('statechange', done, { once: true }));
    }
  } catch {
    // Not here; the page goes on without.
  }
}

/** Remember what is on the page, and when it was true. */
export async function keep(live, at) {
  const text = (where) => live.querySelector(where)?.textContent.trim() ?? '';
  const each = (where, part) => [...live.querySelectorAll(where)].map(part);
  const picture = {
    label: live.dataset.label,
    place: text('.place'),
    title: live.querySelector('#next')?.lastChild.textContent.trim() ?? '',
    lines: each('.next > ol > li, .next > p:not(.job)', (line) => line.textContent),
    steps: each('.steps li', (step) => [step.className.slice(3), ...[...step.querySelectorAll('b, .state, p')].map((one) => one.textContent)]),
    card: live.querySelector('.next')?.className ?? '',
    at: `${new Date().toLocaleDateString('en-GB')} ${at}`, // day first, as everywhere here and in both languages
  };
  try {
    const store = await caches.open(SEEN);
    const key = address(live.dataset.label);
    await store.delete(key); // the newest stands last
    await store.put(key, new Response(JSON.stringify(picture), { headers: { 'Content-Type': 'application/json' } }));
    const keys = await store.keys();
    for (const old of keys.slice(0, Math.max(0, keys.length - MOST))) await store.delete(old);
  } catch {
    // No cache here.
  }
}

/** Signed out: what this phone saw goes too. */
export async function forget() {
  try {
    await caches.delete(SEEN);
  } catch {
    // No cache here.
  }
}

/** What was kept of the Chromebook whose page this address is, and of all others. */
export async function kept(path) {
  const store = await caches.open(SEEN);
  const all = [];
  for (const key of (await store.keys()).reverse()) all.push(await (await store.match(key)).json());
  const label = decodeURIComponent(path.replace(/^\/d\//i, '')).replace(/\.[a-z2-7]{6}$/i, '');
  const own = await store.match(address(label));
  return { own: own ? await own.json() : null, all };
}

function address(label) {
  return `/t/seen/${encodeURIComponent(label.toLowerCase())}`;
}
