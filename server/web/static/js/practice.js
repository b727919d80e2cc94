// The practice page of a rehearsal. Each answer is kept on this Chromebook first and sent at once; without the
// network the page goes on, up to the end of the part.

import { get, post, Refused } from './pupil_api.js';
import { ServerClock } from './pupil_clock.js';
import { Live, tellUnsent } from './pupil_live.js';
import { keepForOffline } from './pupil_worker.js';
import { banner, clockText, fill, say, write } from './pupil_words.js';
import { Paper } from './practice_paper.js';
import { Store } from './practice_store.js';
import { Sync } from './practice_sync.js';

const TICK_MS = 500;
const SEND_AFTER_MS = 400; // while somebody types
const SPOKEN_MINUTES = [10, 5, 1];
const id = (name) => document.getElementById(name);

const clock = new ServerClock();
const store = new Store();
const live = new Live({ clock, onState: (state) => queue(() => show(state)), onAway: away });
const sync = new Sync({ store, onChange: drawSaved, onUnbound: (error) => live.failed(error) });
const paper = new Paper({ onAnswer: answer });

let picture = null; // newest state, from the server or from the store
let laid = null; // which part of which sitting lies before the pupil
let online = true;
let sending = null;
let spoken = null;
let ticks = 0;
let turn = Promise.resolve();

/** One picture after the other: showing one waits for the store. */
function queue(step) {
  turn = turn.then(step).catch((error) => console.error(error));
  return turn;
}

async function show(state, fromStore = false) {
  if (!fromStore) {
    if (!online) banner(null);
    online = true;
    if (!['working', 'paused'].includes(state.page) || state.url !== location.pathname) {
      await store.keep('state', null);
      await sync.nudge();
      location.replace('/pupil');
      return;
    }
    await store.keep('state', state);
  }
  picture = state;
  fill('seat', state.seat);
  fill('name', state.participant.name);
  write(id('notice'), state.notice?.text ?? '');
  id('notice').hidden = !state.notice;
  const { position, count, name } = state.block;
  const key = `${state.sitting}.${position}`;
  if (laid !== key) {
    laid = null; // the part before must not be answered under the new one's name
    tick();
    if (await lay(state)) laid = key;
    fill('part', say('part', { position, count, name }));
  }
  tick();
  sync.nudge();
}

/** Put the part's questions on the table, with what was answered before. */
async function lay({ sitting, block }) {
  const kept = await store.kept(`questions-${block.position}`);
  let questions = kept;
  if (!questions) {
    try {
      const fetched = await get('questions');
      if (fetched.position !== block.position) return false;
      questions = fetched.questions;
      await store.keep(`questions-${block.position}`, questions);
      // Answers given on another device, before a swap, lie before the pupil from the start.
      await sync.compare(sitting);
    } catch {
      return false;
    }
  }
  paper.lay(questions, await store.ofSitting(sitting));
  id('finish-dialog').close();
  return true;
}

async function answer(item, value) {
  if (frozen()) return;
  await store.answer(picture.sitting, item, value, clock.now());
  sync.proven = null; // said of what was read back, not of what came after
  await drawSaved();
  clearTimeout(sending);
  sending = setTimeout(() => sync.nudge(), SEND_AFTER_MS);
}

async function drawSaved() {
  const unsent = (await store.unsent()).length;
  tellUnsent(unsent);
  if (!picture) return;
  paper.update(await store.ofSitting(picture.sitting));
  write(id('summary'), unsent > 0 ? `↑ ${say('unsent', { count: unsent })}` : `✓ ${say('all_sent')}`);
  write(id('proof'), !sync.proven || unsent > 0 ? '' : say('proven', { count: sync.proven }));
}

function away(why) {
  online = false;
  banner(say(why === 'unbound' ? 'rebinding' : 'offline_work'));
  tick();
}

/** Why nothing can be entered now, or null. */
function frozen() {
  if (!picture || laid === null) return 'none';
  if (picture.lock && !(picture.lock.expires_at && picture.lock.expires_at <= clock.now())) return 'lock';
  if (picture.page === 'paused') return 'paused';
  return picture.block.ends_at !== null && clock.now() >= picture.block.ends_at ? 'time_up' : null;
}

function tick() {
  if (!picture) return;
  ticks += 1;
  if (ticks % 10 === 0) clock.keep();
  const { ends_at: endsAt, time_left_ms: stood } = picture.block;
  const left = endsAt === null ? stood : Math.max(0, endsAt - clock.now());
  write(id('clock'), clockText(left));
  speak(left);
  const why = frozen();
  paper.freeze(why !== null);
  const covered = why !== null && why !== 'none';
  id('cover').hidden = !covered;
  id('paper').hidden = covered || laid === null;
  if (!covered) return;
  id('finish-dialog').close();
  const words = { lock: picture.lock?.text, paused: say('paused'), time_up: say(online ? 'time_up' : 'time_up_wait') };
  write(id('cover-text'), words[why]);
  const until = why === 'lock' ? picture.lock.expires_at : null;
  write(id('cover-more'), until ? say('lock_until', { time: clockText(until - clock.now()) }) : '');
  if (why === 'time_up' && online && ticks % 4 === 0) live.hurry();
}

/** The clock is not read out; these few moments are. */
function speak(left) {
  const minutes = SPOKEN_MINUTES.find((m) => left <= m * 60_000 && left > m * 60_000 - 5_000);
  if (minutes === undefined || spoken === `${laid}.${minutes}`) return;
  spoken = `${laid}.${minutes}`;
  write(id('spoken'), say('minutes_left', { minutes }));
}

id('finish').addEventListener('click', () => {
  const empty = paper.unanswered();
  write(id('finish-count'), empty > 0 ? say('finish_empty', { count: empty }) : say('finish_full'));
  write(id('finish-say'), '');
  id('finish-dialog').showModal();
});
id('finish-no').addEventListener('click', () => id('finish-dialog').close());
id('finish-yes').addEventListener('click', async () => {
  await sync.prove();
  if ((await store.unsent()).length > 0) {
    write(id('finish-say'), say('finish_wait'));
    return;
  }
  try {
    live.take(await post('finish', { position: picture.block.position }));
    id('finish-dialog').close();
  } catch (error) {
    write(id('finish-say'), error instanceof Refused ? error.message : say('finish_wait'));
  }
});
addEventListener('pagehide', () => sync.nudge());

// The last picture first: a reload without the server must not leave an empty page.
await queue(async () => {
  const state = await store.kept('state');
  if (state) await show(state, true);
  await drawSaved();
});
sync.prove();
live.start();
keepForOffline();
setInterval(tick, TICK_MS);
