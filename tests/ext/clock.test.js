import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Clock } from '../../kiosk_ext/clock.js';

/** Two clocks a test can turn by hand. */
function hands(wall = 1_000_000) {
  const at = { wall, mono: 0 };
  return {
    at,
    pass: (ms) => { at.wall += ms; at.mono += ms; },
    turn: (ms) => { at.wall += ms; },
    clock: (stored) => new Clock({ wall: () => at.wall, mono: () => at.mono, ...stored }),
  };
}

test('the stored offset gives server time before the server has answered', () => {
  const { clock } = hands();
  assert.equal(clock({ offset: 5_000 }).now(), 1_005_000);
});

test('a local clock put forward or back does not move server time', () => {
  const { clock, pass, turn } = hands();
  const held = clock({ offset: 0 });
  pass(10_000);
  turn(3_600_000);
  assert.equal(held.now(), 1_010_000);
  turn(-7_200_000);
  assert.equal(held.now(), 1_010_000);
  assert.equal(held.offset(), 3_600_000);
});

test('a jump is told once, with its sign; the wobble of two clocks is none', () => {
  const { clock, pass, turn } = hands();
  const held = clock({});
  pass(5_000);
  turn(900);
  assert.equal(held.check(), 0);
  turn(60_000);
  assert.equal(held.check(), 60_900);
  assert.equal(held.check(), 0);
  turn(-60_000);
  assert.equal(held.check(), -60_000);
});

test('the server has the last word', () => {
  const { clock, pass } = hands();
  const held = clock({});
  held.sync(2_000_000, 200);
  pass(1_000);
  assert.equal(held.now(), 2_001_100);
  held.sync(1_900_000, 0);
  assert.equal(held.now(), 1_900_000);
  assert.equal(held.check(), 0);
});

test('what was stored never lets time run backwards over a restart', () => {
  const { clock, pass, turn } = hands();
  const before = clock({});
  before.sync(5_000_000);
  pass(1_000);
  const stored = before.stored();
  turn(-600_000);
  assert.equal(clock(stored).now(), 5_001_000);
});

test('a page that outlived the worker unmasks a clock put forward meanwhile', () => {
  const { clock, turn } = hands();
  const before = clock({});
  before.sync(5_000_000);
  const stored = before.stored();
  turn(600_000); // while no worker ran
  const after = clock(stored);
  assert.equal(after.now(), 5_600_000);
  assert.equal(after.hint(5_000_500), 599_500);
  assert.equal(after.now(), 5_000_500);
  after.sync(5_001_000);
  assert.equal(after.hint(1), 0, 'once the server has spoken no page is asked');
});
