// The technician's page keeps itself true: a small question every few seconds, the whole page again only when its
// shape changed. When the server cannot be reached it says so, and from when the picture is.
import { forget, keep, watchOver } from './technician_kept.js';

const FIRST_MS = 4_000;
const SLOWEST_MS = 60_000;
const QUIET_MS = 15_000; // nothing new for a while: ask less often
const away = document.getElementById('away');

watchOver();
document.getElementById('told')?.focus();
if (location.search.includes('done=')) history.replaceState(null, '', location.pathname); // said once
document.querySelector('.menu form')?.addEventListener('submit', forget);
document.getElementById('room')?.addEventListener('change', (event) => event.target.form.requestSubmit());

let live = document.getElementById('live');
let at = live?.dataset.at;
let wait = FIRST_MS;
let timer = 0;
let etag = '';

if (live) {
  selfMade();
  keep(live, at);
  timer = setTimeout(ask, wait);
  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    if (!document.hidden) ask();
  });
  addEventListener('online', ask);
}

async function ask() {
  clearTimeout(timer);
  if (document.hidden) return; // asked again when somebody looks
  try {
    const answer = await fetch(live.dataset.now, {
      headers: etag ? { Accept: 'application/json', 'If-None-Match': etag } : { Accept: 'application/json' },
      signal: AbortSignal.timeout(10_000),
      cache: 'no-store',
    });
    if (answer.status === 401 || answer.status === 403) {
      await forget();
      return void location.reload();
    }
    if (answer.status !== 304 && !answer.ok) throw new Error(String(answer.status));
    if (answer.status === 304) {
      wait = Math.min(wait * 1.3, QUIET_MS);
    } else {
      wait = FIRST_MS;
      const fresh = await answer.json();
      const shown = fresh.sig === live.dataset.sig ? show(fresh) : await renew();
      if (!fresh.job) lookedAt();
      etag = shown ? answer.headers.get('ETag') ?? '' : '';
    }
    seen(answer);
  } catch {
    wait = Math.min(wait * 2, SLOWEST_MS);
    away.textContent = away.dataset.text.replace('{at}', at);
    away.hidden = false;
  }
  timer = setTimeout(ask, wait);
}

/** The look at the console is over: what it brought is on the page. */
function lookedAt() {
  const told = document.querySelector('#told[data-looking]');
  if (!told) return;
  const focused = document.activeElement === told;
  told.remove();
  if (focused) document.getElementById('main').focus();
}

/** The link to load the page anew is for when this script does not run. */
function selfMade() {
  live.querySelector('[data-reload]').hidden = true;
}

/** The server was heard: the picture is of now. */
function seen(answer) {
  const told = Date.parse(answer.headers.get('Date') ?? '') || Date.now();
  const there = new Date(told + Number(live.dataset.zone) * 3_600_000);
  at = there.toISOString().slice(11, 19).replaceAll(':', '.');
  away.hidden = true;
  keep(live, at);
}

function show(fresh) {
  put(live.querySelector('[data-part=doing]'), fresh.doing.join(' · '));
  put(live.querySelector('[data-part=job]'), fresh.job);
  live.querySelectorAll('[data-step]').forEach((part, number) => put(part, fresh.steps[number] ?? ''));
  return true;
}

function put(part, text) {
  if (part && part.textContent !== text) part.textContent = text;
}

/** The page as it is now, in place of what is shown. False while somebody types in it: then a little later. */
async function renew() {
  if (live.contains(document.activeElement) && document.activeElement.matches('input, select')) return false;
  const answer = await fetch(location.pathname + location.search, { signal: AbortSignal.timeout(15_000), cache: 'no-store' });
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const fresh = page.getElementById('live');
  if (!fresh) {
    location.reload(); // signed out, or no such Chromebook any more
    return false;
  }
  const focused = live.contains(document.activeElement);
  const before = live.querySelector('#next')?.textContent;
  live.replaceWith(document.adoptNode(fresh));
  live = fresh;
  selfMade();
  const heading = live.querySelector('#next');
  if (heading && heading.textContent !== before) tell(heading.textContent);
  if (focused) live.querySelector('.thumb .primary, .thumb .button')?.focus();
  return true;
}

/** Heard by a screen reader: what to do has changed. */
function tell(text) {
  document.getElementById('news').textContent = text.trim();
}
