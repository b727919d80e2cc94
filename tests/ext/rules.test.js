import assert from 'node:assert/strict';
import { test } from 'node:test';

import '../../kiosk_ext/shared/keys.js';
import '../../kiosk_ext/shared/words.js';
import { netRules } from '../../kiosk_ext/net_rules.js';
import { alreadyThere, mayStay, returnPlan } from '../../kiosk_ext/returning.js';
import { cover, effectiveMode, hostAllowed, linkDecision, nextChange, timeLeft } from '../../kiosk_ext/rules.js';
import { mustWait } from '../../kiosk_ext/site_data.js';
import { REST_DOC } from './school_server.js';

const { keyDecision } = globalThis.bangkuKeys;
const { clockText } = globalThis.bangkuWords;

const HOSTS = ['ujian.sch.id', 'cbt.sch.id:8443', '127.0.0.1:5055'];

test('hosts are exact: no subdomain, no other port, no other scheme', () => {
  for (const yes of [
    'https://ujian.sch.id/', 'http://ujian.sch.id/a?b', 'https://UJIAN.sch.id:443/', 'https://cbt.sch.id:8443/x',
    'http://127.0.0.1:5055/pupil',
  ]) assert.equal(hostAllowed(yes, HOSTS), true, yes);
  for (const no of [
    'https://a.ujian.sch.id/', 'https://ujian.sch.id.evil.com/', 'https://ujian.sch.id:8443/', 'https://cbt.sch.id/',
    'http://ujian.sch.id@evil.com/', 'ftp://ujian.sch.id/', 'chrome://settings/', 'data:text/html,x', 'about:blank',
    'http://127.0.0.1:50555/', 'not an address', '',
  ]) assert.equal(hostAllowed(no, HOSTS), false, no);
});

test('an entry with the scheme\'s own port means that scheme alone', () => {
  assert.equal(hostAllowed('https://a.id/', ['a.id:443']), true);
  assert.equal(hostAllowed('http://a.id/', ['a.id:443']), false);
});

const link = (change) => ({
  href: 'https://ujian.sch.id/next', page: 'https://ujian.sch.id/now', target: '', modified: false, download: false,
  frameExists: false, ...change,
});

test('an ordinary link to an allowed host is left alone, others never land on a block page', () => {
  assert.equal(linkDecision(link({}), HOSTS), 'leave');
  assert.equal(linkDecision(link({ href: '/relative' }), HOSTS), 'leave');
  assert.equal(linkDecision(link({ href: 'https://elsewhere.com/' }), HOSTS), 'stop');
  assert.equal(linkDecision(link({ href: 'mailto:a@b.c' }), HOSTS), 'stop');
  assert.equal(linkDecision(link({ href: 'chrome://settings' }), HOSTS), 'stop');
  assert.equal(linkDecision(link({ href: 'http://[' }), HOSTS), 'stop');
});

test('no link opens a tab or window of its own', () => {
  assert.equal(linkDecision(link({ modified: true }), HOSTS), 'stop');
  assert.equal(linkDecision(link({ download: true }), HOSTS), 'stop');
  assert.equal(linkDecision(link({ target: '_blank' }), HOSTS), 'here');
  assert.equal(linkDecision(link({ target: 'help' }), HOSTS), 'here');
  assert.equal(linkDecision(link({ target: 'help', frameExists: true }), HOSTS), 'leave');
  assert.equal(linkDecision(link({ target: '_top' }), HOSTS), 'leave');
  assert.equal(linkDecision(link({ target: '_blank', href: 'https://elsewhere.com/' }), HOSTS), 'stop');
});

test('jumps within the page and script links are the page\'s own', () => {
  assert.equal(linkDecision(link({ href: '#soal-3' }), []), 'leave');
  assert.equal(linkDecision(link({ href: 'javascript:void 0' }), HOSTS), 'leave');
});

const key = (name, change = {}) => keyDecision({
  key: name, ctrl: false, alt: false, meta: false, shift: false, altGraph: false, editable: false, ...change,
});

test('typing is untouched, shortcuts are swallowed', () => {
  for (const name of ['a', 'A', 'Enter', 'Tab', 'Escape', 'ArrowLeft', 'Backspace', ' ']) assert.equal(key(name), 'leave', name);
  for (const name of ['t', 'w', 'n', 'l', 'p', 's', 'f', 'F4', 'Tab', '+']) {
    assert.equal(key(name, { ctrl: true, editable: true }), 'stop', name);
  }
  for (const name of ['F1', 'F5', 'F11', 'F12', 'BrowserBack', 'BrowserRefresh', 'LaunchApplication1', 'PrintScreen']) {
    assert.equal(key(name), 'stop', name);
  }
  assert.equal(key('F4', { alt: true }), 'stop');
  assert.equal(key('Escape', { shift: true }), 'stop');
  assert.equal(key('l', { meta: true }), 'stop');
  assert.equal(key('Alt', { alt: true }), 'mute');
  assert.equal(key('Control', { ctrl: true }), 'leave');
});

test('editing stays inside a text field, with Ctrl alone', () => {
  for (const name of ['c', 'v', 'x', 'z', 'a', 'ArrowLeft', 'Backspace']) {
    assert.equal(key(name, { ctrl: true, editable: true }), 'leave', name);
    assert.equal(key(name, { ctrl: true }), 'stop', name);
    assert.equal(key(name, { ctrl: true, editable: true, shift: true }), 'stop', name);
    assert.equal(key(name, { meta: true, editable: true }), 'stop', name);
  }
  assert.equal(key('@', { ctrl: true, alt: true, altGraph: true, editable: true }), 'leave');
});

test('a lock that ran out stands for the mode behind it', () => {
  const doc = {
    ...REST_DOC, mode: 'locked', lock: { reason: 'proctor', text: '', expires_at: 1_000, then: 'exam' }, ends_at: 5_000,
  };
  assert.deepEqual(effectiveMode(doc, 999), { mode: 'locked', lock: doc.lock, expired: false, timeUp: false });
  assert.deepEqual(effectiveMode(doc, 1_000), { mode: 'exam', lock: null, expired: true, timeUp: false });
  assert.equal(effectiveMode(doc, 5_000).timeUp, true);
  const open = { ...doc, lock: { ...doc.lock, expires_at: null } };
  assert.equal(effectiveMode(open, Number.MAX_SAFE_INTEGER).mode, 'locked');
  assert.equal(nextChange(doc, 0), 1_000);
  assert.equal(nextChange(doc, 1_000), 5_000);
  assert.equal(nextChange(doc, 5_000), null);
});

test('time is up only for a device that is alone; with the server in reach the server decides', () => {
  const doc = { ...REST_DOC, mode: 'exam', ends_at: 5_000 };
  assert.equal(cover(doc, 4_999, false), null);
  assert.deepEqual(cover(doc, 5_000, false), { kind: 'time_up' });
  assert.equal(cover(doc, 5_000, true), null);
  assert.equal(cover({ ...doc, mode: 'waiting' }, 5_000, false), null);
});

test('a paused exam shows the frozen time and never runs out', () => {
  const doc = { ...REST_DOC, mode: 'exam', ends_at: null, time_left_ms: 60_000 };
  assert.equal(timeLeft(doc, Number.MAX_SAFE_INTEGER), 60_000);
  assert.equal(cover(doc, Number.MAX_SAFE_INTEGER, false), null);
  assert.equal(clockText(60_000), '01:00');
  assert.equal(clockText(1), '00:01');
  assert.equal(clockText(3_909_000), '1:05:09');
});

const PLACES = { allowed: HOSTS, own: ['ujian.sch.id'] };

test('in the exam any allowed page, otherwise the start page', () => {
  const exam = { ...REST_DOC, mode: 'exam', start_url: 'https://cbt.sch.id:8443/mulai' };
  assert.equal(mayStay('http://127.0.0.1:5055/soal', exam, PLACES), true);
  assert.equal(mayStay('https://elsewhere.com/', exam, PLACES), false);
  assert.equal(mayStay('https://ujian.sch.id/pupil', exam, PLACES), false, 'the exam is not on the waiting page');
  const practice = { ...exam, start_url: 'https://ujian.sch.id/pupil/practice' };
  assert.equal(mayStay('https://ujian.sch.id/pupil', practice, PLACES), true);
  const rest = { ...REST_DOC, start_url: 'https://ujian.sch.id/pupil' };
  assert.equal(mayStay('https://ujian.sch.id/pupil?a#b', rest, PLACES), true);
  assert.equal(mayStay('https://ujian.sch.id/pupil/latihan', rest, PLACES), true);
  assert.equal(mayStay('https://ujian.sch.id/pupils', rest, PLACES), false);
  assert.equal(mayStay('https://ujian.sch.id/login', rest, PLACES), false);
  const locked = { ...exam, mode: 'locked', lock: { reason: 'paused', text: '', expires_at: null, then: 'exam' } };
  assert.equal(mayStay('https://cbt.sch.id:8443/7', locked, PLACES), true, 'the page below a lock stays where it was');
});

test('a worker that starts anew leaves the exam page, and moves a browser that begins at the waiting page', () => {
  const exam = { ...REST_DOC, mode: 'exam', start_url: 'https://cbt.sch.id:8443/mulai' };
  assert.equal(alreadyThere('https://cbt.sch.id:8443/soal/7', exam, PLACES), true);
  assert.equal(alreadyThere('https://ujian.sch.id/pupil', exam, PLACES), false);
  const practice = { ...exam, start_url: 'https://ujian.sch.id/latihan' };
  assert.equal(alreadyThere('https://ujian.sch.id/latihan/2', practice, PLACES), true);
  assert.equal(alreadyThere('https://ujian.sch.id/pupil', practice, PLACES), false);
});

test('the pupil comes back to the page they had; a start page that leads away does not spin', () => {
  assert.deepEqual(returnPlan([], 0, true), { how: 'back', wait_ms: 0 });
  assert.deepEqual(returnPlan([], 0, false), { how: 'start', wait_ms: 0 });
  assert.deepEqual(returnPlan([9_000, 9_500], 10_000, true), { how: 'back', wait_ms: 0 });
  assert.ok(returnPlan([9_000, 9_100, 9_200], 10_000, true).wait_ms > 0);
  assert.ok(returnPlan(Array(12).fill(1_000), 30_000, true).wait_ms > 0);
});

test('the network rules refuse every frame and let the exact origins through', () => {
  const rules = netRules(['a.id', 'b.id:8443', 'c.id:443', 'd.id:80']);
  assert.deepEqual(rules.slice(0, 2).map(({ condition }) => condition.resourceTypes), [['main_frame'], ['sub_frame']]);
  assert.deepEqual(
    rules.slice(2).map(({ condition }) => condition.urlFilter),
    ['|https://a.id/', '|http://a.id/', '|https://b.id:8443/', '|http://b.id:8443/', '|https://c.id/', '|http://d.id/'],
  );
  assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
});

test('site data waits until the page that could write it back has been left', () => {
  const clear = { id: 'x', origins: ['https://cbt.sch.id:8443'] };
  assert.equal(mustWait(clear, 'https://cbt.sch.id:8443/soal', 'https://ujian.sch.id/pupil'), true);
  assert.equal(mustWait(clear, 'https://ujian.sch.id/pupil', 'https://ujian.sch.id/pupil'), false);
  const own = { ...clear, origins: ['https://ujian.sch.id'] };
  assert.equal(mustWait(own, 'https://ujian.sch.id/pupil/practice', 'https://ujian.sch.id/pupil'), true);
  assert.equal(mustWait(own, 'https://ujian.sch.id/pupil#x', 'https://ujian.sch.id/pupil'), false);
});
