// The waiting page: shows the section that fits, and goes where the pupil belongs.

import { post, Refused } from './pupil_api.js';
import { ServerClock } from './pupil_clock.js';
import { Live, tellUnsent } from './pupil_live.js';
import { keepForOffline } from './pupil_worker.js';
import { banner, clockText, fill, say, write } from './pupil_words.js';
import { Store } from './practice_store.js';
import { Sync } from './practice_sync.js';

const CARD_AFTER_MS = 5_000;
const id = (name) => document.getElementById(name);

const clock = new ServerClock();
const live = new Live({ clock, onState: show, onAway: away });
const store = new Store();
const sync = new Sync({ store, onChange: countUnsent, onUnbound: (error) => live.failed(error) });
let shown = 'connecting';
let unboundSince = null;
let lockedUntil = null;
let leaving = false;

function show(state) {
  unboundSince = null;
  banner(null);
  fill('seat', state.seat);
  fill('name', state.participant?.name);
  fill('number', state.participant?.number);
  fill('exam', state.exam?.title);
  fill('opens_at', state.opens_text ? say('opens_at', { time: state.opens_text }) : '');
  write(id('room'), state.room ?? '');
  write(id('device'), state.device ?? '');
  write(id('idle-device'), state.device ?? '');
  id('hands-way').hidden = !state.check;
  write(id('notice'), state.notice?.text ?? '');
  id('notice').hidden = !state.notice;
  lockedUntil = state.token_locked_until ?? null;
  const running = state.exam?.state === 'running';
  document.querySelectorAll('[data-exam]').forEach((part) => {
    part.hidden = part.dataset.exam !== (running ? 'running' : 'before');
  });
  page(state.lock ? 'locked' : state.page, running);
  if (state.page === 'waiting' && state.sitting_state === 'expected') act('arrived');
  if (state.page === 'working' && !state.lock) go(state.url);
  sync.nudge();
  tick();
}

/** Show one section; when it is another one, the focus goes there, to what is to be done. */
function page(name, running) {
  const key = name === 'token' ? `token-${running}` : name;
  document.querySelectorAll('[data-page]').forEach((section) => {
    section.hidden = section.dataset.page !== name;
  });
  if (key === shown) return;
  shown = key;
  const main = { waiting: 'me', 'token-true': 'token' }[key] ?? 'main';
  id(main).focus({ preventScroll: true });
}

function go(url) {
  document.querySelector('[data-fill="url"]').href = url;
  if (leaving) return;
  leaving = true;
  location.replace(url);
}

function away(why) {
  if (why === 'offline') {
    banner(say('offline'));
    return;
  }
  banner(null);
  unboundSince ??= performance.now();
  page('connecting');
}

async function countUnsent() {
  const count = (await store.unsent()).length;
  tellUnsent(count);
  write(id('unsent-say'), count > 0 ? say('unsent', { count }) : say('all_sent'));
}

/** One act of the pupil; the answer is the new picture. Returns the refusal, or null. */
async function act(path, body) {
  try {
    live.take(await post(path, body));
    return null;
  } catch (error) {
    if (!(error instanceof Refused) || error.code === 'binding_needed') live.failed(error);
    else live.hurry();
    return error;
  }
}

function tick() {
  // Where an extension is, the page is bound long before.
  id('card-way').hidden = unboundSince === null || performance.now() - unboundSince < CARD_AFTER_MS;
  const line = id('token-say');
  const waits = lockedUntil !== null && lockedUntil > clock.now();
  id('token').disabled = waits;
  id('token-form').querySelector('button').disabled = waits;
  if (waits) {
    write(line, say('token_wait', { seconds: Math.ceil((lockedUntil - clock.now()) / 1000) }));
  } else if (lockedUntil !== null) {
    lockedUntil = null;
    write(line, '');
    if (shown === 'token-true') id('token').focus();
  }
  const lock = live.state?.lock;
  if (lock) {
    fill('lock', lock.text);
    fill('lock_until', lock.expires_at
      ? say('lock_until', { time: clockText(lock.expires_at - clock.now()) })
      : say('lock_released'));
    if (lock.expires_at && lock.expires_at <= clock.now()) show({ ...live.state, lock: null });
  }
}

id('me').addEventListener('click', async () => {
  const error = await act('confirm');
  if (error) write(id('hand'), error instanceof Refused ? error.message : say('failed'));
});

id('not-me').addEventListener('click', async () => {
  const error = await act('not-me');
  write(id('hand'), error ? say('failed') : say('hand'));
});

id('token').addEventListener('input', ({ target }) => {
  const at = target.selectionStart;
  target.value = target.value.toUpperCase();
  target.setSelectionRange(at, at);
});

id('token-form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const typed = id('token').value.replace(/[\s.-]/g, '');
  if (typed.length !== 6) {
    write(id('token-say'), say('token_short'));
    id('token').focus();
    return;
  }
  write(id('token-say'), '');
  const error = await act('token', { token: typed });
  if (!error) return;
  write(id('token-say'), error instanceof Refused ? error.message : say('offline'));
  id('token').select();
});

countUnsent();
sync.prove();
live.start();
keepForOffline();
setInterval(tick, 500);
