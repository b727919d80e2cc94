// Touch, keys and screen, tried by a person. Which keys an exam needs comes from the server, with the page.

import { say, write } from './pupil_words.js';

const id = (name) => document.getElementById(name);
const COLUMNS = 8;
const ROWS = 6;
const COLOURS = ['white', 'black', 'red', 'green', 'blue'];
const NAMES = { ' ': 'key_space', shift: 'key_shift', backspace: 'key_backspace', enter: 'key_enter' };
const ARROWS = { arrowleft: '←', arrowright: '→', arrowup: '↑', arrowdown: '↓' };
const needed = JSON.parse(id('keycaps').dataset.keys);

let seen = { touch: null, missing: null, screen: null };
let waiting = new Set(needed);
let before = null;

const keyName = (key) => (NAMES[key] ? say(NAMES[key]) : ARROWS[key] ?? key);

/**
 * Wire the test up. `send(seen)` delivers and throws what went wrong.
 * @returns {() => void} forget everything: another Chromebook comes
 */
export function handsTest(send) {
  id('hands-send').addEventListener('click', async () => {
    id('hands-send').disabled = true;
    try {
      await send({
        touch: seen.touch,
        keyboard: seen.missing.length ? 'bad' : 'ok',
        keys_missing: seen.missing,
        screen: seen.screen,
      });
      write(id('hands-said'), say('hands_sent'));
    } catch (error) {
      id('hands-send').disabled = false;
      write(id('hands-said'), error.message || say('failed'));
    }
  });
  return forget;
}

function forget() {
  seen = { touch: null, missing: null, screen: null };
  waiting = new Set(needed);
  id('keys-typed').value = '';
  id('screen-ask').hidden = true;
  ['touch-said', 'keys-said', 'screen-said', 'hands-said'].forEach((name) => write(id(name), ''));
  drawKeys();
  shown();
}

function shown() {
  const heads = [...document.querySelectorAll('.hand-steps h3')];
  const undone = heads.filter((_head, at) => [seen.touch, seen.missing, seen.screen][at] === null);
  id('hands-send').disabled = undone.length > 0;
  const parts = undone.map((head) => head.textContent).join(', ');
  write(id('hands-left'), parts && say('hands_left', { parts }));
}

/** A field over the whole screen, kept from under the browser's own bars where that is allowed. */
function open(field) {
  before = document.activeElement;
  field.hidden = false;
  field.focus();
  document.documentElement.requestFullscreen?.().catch(() => {});
}

function close(field) {
  field.hidden = true;
  if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
  before?.focus();
}

// --- touch -----------------------------------------------------------------------------------------------------

let left = 0;

function touched(value) {
  if (!id('touch-field').hidden) close(id('touch-field'));
  seen.touch = value;
  write(id('touch-said'), say(`touch_${value}`));
  shown();
}

/** By the place on the screen, not by what lies there: the bar in the middle covers fields too. */
function mark({ clientX, clientY, pointerType, target }) {
  if (pointerType !== 'touch' && pointerType !== 'pen') {
    // Not while a button is pressed: another text would move it away from under the click.
    if (!target.closest('button')) write(id('touch-left'), say('touch_mouse'));
    return;
  }
  const column = Math.min(COLUMNS - 1, Math.floor((clientX / innerWidth) * COLUMNS));
  const row = Math.min(ROWS - 1, Math.floor((clientY / innerHeight) * ROWS));
  const cell = id('touch-cells').children[Math.max(0, row) * COLUMNS + Math.max(0, column)];
  if (cell.className) return;
  cell.className = 'done';
  left -= 1;
  write(id('touch-left'), say('touch_left', { count: left }));
  if (left === 0) touched('ok');
}

id('touch-start').addEventListener('click', () => {
  left = COLUMNS * ROWS;
  id('touch-cells').replaceChildren(...Array.from({ length: left }, () => document.createElement('i')));
  write(id('touch-left'), say('touch_left', { count: left }));
  open(id('touch-field'));
});
id('touch-field').addEventListener('pointerdown', (event) => {
  // A finger's moves go to where it came down unless it is let go: then a drag over a button would end there.
  event.target.releasePointerCapture?.(event.pointerId);
  mark(event);
});
id('touch-field').addEventListener('pointermove', (event) => {
  if (event.pointerType !== 'mouse') (event.getCoalescedEvents?.() ?? [event]).concat(event).forEach(mark);
});
id('touch-bad').addEventListener('click', () => touched('bad'));
id('touch-none').addEventListener('click', () => touched('none'));
id('touch-stop').addEventListener('click', () => close(id('touch-field')));
id('touch-field').addEventListener('keydown', (event) => event.key === 'Escape' && close(id('touch-field')));

// --- keys ------------------------------------------------------------------------------------------------------

function drawKeys() {
  id('keycaps').replaceChildren(...[...waiting].map((key) => {
    const cap = document.createElement('li');
    cap.textContent = keyName(key);
    return cap;
  }));
  id('keys-stuck').hidden = waiting.size === 0 || waiting.size === needed.length;
}

function typed(missing) {
  seen.missing = missing;
  write(id('keys-said'), missing.length ? say('keys_bad', { keys: missing.map(keyName).join(', ') }) : say('keys_ok'));
  shown();
}

id('keys-typed').addEventListener('keydown', (event) => {
  if (!waiting.delete(event.key.toLowerCase())) return;
  drawKeys();
  if (waiting.size === 0) typed([]);
  else write(id('keys-said'), '');
});
id('keys-stuck').addEventListener('click', () => typed([...waiting]));

// --- screen ----------------------------------------------------------------------------------------------------

let colour = 0;

function paint() {
  id('screen-field').className = `full-field colour-${COLOURS[colour]}`;
  write(id('screen-bar'), say('screen_colour', { number: colour + 1, count: COLOURS.length }));
}

function next() {
  colour += 1;
  if (colour < COLOURS.length) {
    paint();
    return;
  }
  close(id('screen-field'));
  id('screen-ask').hidden = false;
  id('screen-no').focus();
}

function looked(value) {
  id('screen-ask').hidden = true;
  seen.screen = value;
  write(id('screen-said'), say(`screen_${value}`));
  shown();
}

id('screen-start').addEventListener('click', () => {
  colour = 0;
  paint();
  open(id('screen-field'));
});
id('screen-field').addEventListener('click', next);
id('screen-field').addEventListener('keydown', (event) => {
  if (event.key === 'Escape') close(id('screen-field'));
  else if (event.key === ' ' || event.key === 'Enter') {
    event.preventDefault();
    next();
  }
});
id('screen-no').addEventListener('click', () => looked('ok'));
id('screen-yes').addEventListener('click', () => looked('bad'));

forget();
