// The check page: a code, a Chromebook, what its browser says of it, and the hands test.

import { door, Refused } from './pupil_api.js';
import { say, write } from './pupil_words.js';
import { measure } from './check_measure.js';
import { offerScan, stopScan } from './check_scan.js';
import { handsTest } from './hands.js';

const id = (name) => document.getElementById(name);
const { get, post } = door('/check');
const KEPT = 'bangku-check-device';
let device = null;

const PHONE = /Android|iPhone|iPad|Mobile/;

function step(name) {
  for (const part of ['code-form', 'device-form', 'result']) id(part).hidden = part !== name;
  if (name !== 'device-form') stopScan();
  if (name === 'code-form') id('code').focus();
  if (name === 'device-form') id('label').focus();
}

/** One question to the server; a code that is not good any more leads back to the first step. */
async function asked(line, question) {
  write(line, '');
  try {
    return await question();
  } catch (error) {
    const refused = error instanceof Refused;
    if (refused && error.code === 'check_code_needed') step('code-form');
    write(refused && error.code === 'check_code_needed' ? id('code-said') : line, refused ? error.message : say('failed_entry'));
    return null;
  }
}

async function enter(code) {
  if (!(await asked(id('code-said'), () => post('code', { code })))) return;
  const kept = sessionStorage.getItem(KEPT);
  if (kept) choose(kept);
  else step('device-form');
}

async function choose(text) {
  const found = await asked(id('device-said'), () => post('device', { text }));
  if (!found) {
    sessionStorage.removeItem(KEPT);
    if (id('code-form').hidden) step('device-form');
    return;
  }
  if (PHONE.test(navigator.userAgent) && !navigator.userAgent.includes('CrOS')) {
    write(id('device-said'), say('phone', { label: found.label }));
    return;
  }
  device = found;
  sessionStorage.setItem(KEPT, found.label);
  write(id('result-label'), found.label);
  write(id('result-place'), found.room ? say('place', { room: found.room, seat: found.seat ?? '–' }) : '');
  id('needs-https').hidden = isSecureContext;
  step('result');
  id('main').focus();
  tell();
}

const unknown = () => say(isSecureContext ? 'unknown_browser' : 'unknown_http');

/** What was seen, as lines of words. */
function lines(seen) {
  const seconds = seen.clock_offset_ms === null ? null : Math.round(seen.clock_offset_ms / 1000);
  const clock = () => {
    if (seconds === null) return say('unknown');
    if (Math.abs(seconds) < 2) return say('clock_same');
    return say(seconds > 0 ? 'clock_ahead' : 'clock_behind', { seconds: Math.abs(seconds) });
  };
  const network = () => {
    if (!seen.online) return say(seen.online === null ? 'unknown' : 'offline');
    return seen.effective_type ? say('online_speed', { type: seen.effective_type.toUpperCase() }) : say('online');
  };
  const chrome = /Chrome\/(\d+)/.exec(seen.browser)?.[1] ?? '';
  return {
    battery: seen.battery === null ? unknown() : say(seen.charging ? 'charging' : 'battery', { percent: seen.battery }),
    storage: seen.storage_free_mb === null ? unknown()
      : say('storage', { gb: (seen.storage_free_mb / 1000).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 }) }),
    network: network(),
    round_trip: seen.round_trip_ms === null ? say('unknown') : say('round_trip', { ms: seen.round_trip_ms }),
    clock: clock(),
    screen: seen.screen ? say('screen', { width: seen.screen[0], height: seen.screen[1] }) : say('unknown'),
    touch: seen.touch_points > 0 ? say('touch', { count: seen.touch_points }) : say('no_touch'),
    browser: seen.browser.includes('CrOS') ? say('browser', { version: chrome })
      : say('browser_other', { name: /\((.*?)[;)]/.exec(seen.browser)?.[1] ?? '?' }),
  };
}

async function tell() {
  const { id: number, label } = device;
  write(id('page-said'), say('sending'));
  const seen = await measure(() => get('time'));
  Object.entries(lines(seen)).forEach(([name, text]) => write(document.querySelector(`[data-seen="${name}"]`), text));
  const kept = await asked(id('page-said'), () => post('page', { device: number, seen }));
  if (kept) write(id('page-said'), say('sent', { time: kept.at_text, label }));
}

const forgetHands = handsTest((seen) => post('hands', { device: device.id, seen }));

id('code').addEventListener('input', ({ target }) => {
  const at = target.selectionStart;
  target.value = target.value.toUpperCase();
  target.setSelectionRange(at, at);
});
id('code-form').addEventListener('submit', (event) => {
  event.preventDefault();
  if (id('code').value.trim()) enter(id('code').value);
});
id('device-form').addEventListener('submit', (event) => {
  event.preventDefault();
  if (id('label').value.trim()) choose(id('label').value);
});
id('again').addEventListener('click', tell);
id('other').addEventListener('click', () => {
  device = null;
  sessionStorage.removeItem(KEPT);
  id('label').value = '';
  forgetHands();
  step('device-form');
});

offerScan(choose);
const given = location.hash.slice(1);
if (given) {
  history.replaceState(null, '', location.pathname);
  id('code').value = given;
  enter(given);
}
