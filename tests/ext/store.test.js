// The database, the queue and the document, on a real (in-memory) IndexedDB.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { beforeEach, test } from 'node:test';
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';

import { Clock } from '../../kiosk_ext/clock.js';
import { Database } from '../../kiosk_ext/database.js';
import { Desired, transitions } from '../../kiosk_ext/desired.js';
import { BadMessage } from '../../kiosk_ext/incoming.js';
import { Journal } from '../../kiosk_ext/journal.js';
import { EventQueue } from '../../kiosk_ext/queue.js';
import { SiteData } from '../../kiosk_ext/site_data.js';
import { REST_DOC } from './school_server.js';

let db;
let queue;
let clock;
let hands;
let factory;

beforeEach(async () => {
  factory = new IDBFactory();
  db = await Database.open(factory);
  queue = new EventQueue(db);
  hands = { mono: 0 };
  clock = new Clock({ wall: () => 1_000, mono: () => hands.mono });
});

const kinds = async () => (await queue.batch()).map(({ kind }) => kind);

function order(change, version = 1) {
  const doc = JSON.stringify({ ...REST_DOC, ...change });
  return { epoch: '0a1b2c3d', version, digest: createHash('sha256').update(doc).digest('hex'), doc };
}

test('the installation is born once, with a key that cannot leave', async () => {
  const again = await Database.open(factory);
  assert.equal(again.installation.id, db.installation.id);
  assert.equal(again.installation.thumbprint, db.installation.thumbprint);
  assert.equal(again.installation.privateKey.extractable, false);
  await assert.rejects(crypto.subtle.exportKey('pkcs8', again.installation.privateKey));
});

test('two starts at once agree on one installation', async () => {
  const fresh = new IDBFactory();
  const [a, b] = await Promise.all([Database.open(fresh), Database.open(fresh)]);
  assert.equal(a.installation.id, b.installation.id);
});

test('numbers are without gaps, also when many append at once', async () => {
  await Promise.all(Array.from({ length: 20 }, () => queue.append([{ kind: 'focus_lost' }, { kind: 'focus_gained' }], 1)));
  const rows = await queue.batch();
  assert.deepEqual(rows.map(({ seq }) => seq), Array.from({ length: 40 }, (_, at) => at + 1));
  assert.equal(await queue.lastSeq(), 40);
});

test('a batch holds at most 200 events and fits one message', async () => {
  await queue.append(Array.from({ length: 250 }, () => ({ kind: 'focus_lost' })), 1);
  assert.equal((await queue.batch()).length, 200);
  await queue.forget(250);
  const long = 'x'.repeat(10_000);
  await queue.append(Array.from({ length: 60 }, () => ({ kind: 'disconnected', data: { reason: long } })), 1);
  const batch = await queue.batch();
  assert.ok(batch.length > 0 && JSON.stringify(batch).length < 256 * 1024);
});

test('only what the server has committed is deleted; numbers go on after a restart', async () => {
  await queue.append([{ kind: 'focus_lost' }, { kind: 'focus_gained' }, { kind: 'time_up' }], 1);
  await queue.forget(2);
  assert.deepEqual(await kinds(), ['time_up']);
  const again = new EventQueue(await Database.open(factory));
  await again.append([{ kind: 'focus_lost' }], 2);
  assert.deepEqual((await again.batch()).map(({ seq }) => seq), [3, 4]);
});

test('a server that knows more than we do: its numbers are not given out again', async () => {
  await queue.forget(7);
  await queue.append([{ kind: 'focus_lost' }], 1);
  assert.equal((await queue.batch())[0].seq, 8);
});

test('a mark and its event are written together or not at all', async () => {
  await assert.rejects(queue.append([{ kind: 'time_up' }], 1, () => { throw new Error('cut off'); }));
  assert.deepEqual(await kinds(), []);
  assert.equal(await queue.lastSeq(), 0);
});

test('a document is stored before it is obeyed, and obeyed again after a restart', async () => {
  const desired = new Desired(db, queue, clock);
  const lock = { reason: 'proctor', text: '', expires_at: null, then: 'exam' };
  assert.equal(await desired.take(order({ mode: 'locked', lock })), true);
  await desired.settle();
  const again = new Desired(await Database.open(factory), queue, clock);
  await again.load();
  assert.equal(again.doc.mode, 'locked');
  assert.deepEqual(await kinds(), ['applied', 'lock_shown']);
  await again.settle();
  assert.deepEqual(await kinds(), ['applied', 'lock_shown'], 'a restart tells nothing twice');
});

test('a document that does not fit its digest changes nothing', async () => {
  const desired = new Desired(db, queue, clock);
  await desired.take(order({}));
  await assert.rejects(desired.take({ ...order({ mode: 'finished' }), digest: '0'.repeat(64) }), BadMessage);
  assert.equal(desired.doc.mode, 'idle');
});

test('the same content under a new epoch is taken over in silence', async () => {
  const desired = new Desired(db, queue, clock);
  await desired.take(order({}));
  assert.equal(await desired.take({ ...order({}), epoch: 'ffffffff', version: 9 }), false);
  assert.deepEqual(desired.applied(), { epoch: 'ffffffff', version: 9, digest: order({}).digest, mode: 'idle' });
  assert.deepEqual(await kinds(), ['applied']);
});

test('a lock that runs out offline is told as expired and reported as the mode behind it', async () => {
  const desired = new Desired(db, queue, clock);
  const lock = { reason: 'incident', text: '', expires_at: 61_000, then: 'exam' };
  await desired.take(order({ mode: 'locked', lock }));
  await desired.settle();
  assert.equal(desired.applied().mode, 'locked');
  hands.mono = 60_000;
  await desired.settle();
  assert.equal(desired.applied().mode, 'exam');
  const rows = await queue.batch();
  assert.deepEqual(rows.at(-1), { seq: 3, at: 61_000, kind: 'lock_cleared', data: { cause: 'expired' } });
});

test('what is owed when lock and time change', () => {
  const doc = { ...REST_DOC, mode: 'exam', ends_at: 100 };
  const none = { lock: null, time_up: null };
  assert.deepEqual(transitions(doc, 99, none).events, []);
  const up = transitions(doc, 100, none);
  assert.deepEqual(up.events, [{ kind: 'time_up', data: {} }]);
  assert.deepEqual(transitions(doc, 101, up.marks).events, []);
  assert.equal(transitions({ ...doc, ends_at: 200 }, 200, up.marks).events.length, 1, 'extra time ends too');
  assert.deepEqual(
    transitions(doc, 50, { lock: 'proctor', time_up: null }).events, [{ kind: 'lock_cleared', data: { cause: 'order' } }],
  );
  const locked = { ...doc, mode: 'locked', lock: { reason: 'paused', text: '', expires_at: null, then: 'exam' } };
  assert.deepEqual(
    transitions(locked, 50, { lock: 'proctor', time_up: null }).events.map(({ kind }) => kind), ['lock_cleared', 'lock_shown'],
  );
});

test('site data is cleared once per order, and told', async () => {
  const removed = [];
  const make = () => new SiteData({ db, queue, clock, remove: async (origins) => removed.push(origins) });
  const doc = { ...REST_DOC, clear: { id: 'k1', origins: ['https://cbt.sch.id:8443/'] } };
  const site = make();
  await site.load();
  assert.equal(site.orderFor('https://cbt.sch.id:8443'), null);
  await site.obey(doc, 'https://cbt.sch.id:8443/soal');
  assert.deepEqual(removed, [], 'the page is still open');
  await site.obey(doc, 'http://127.0.0.1/pupil');
  const again = make();
  await again.load();
  await again.obey(doc, 'http://127.0.0.1/pupil');
  assert.deepEqual(removed, [['https://cbt.sch.id:8443']]);
  assert.deepEqual(await queue.batch(), [{ seq: 1, at: 1_000, kind: 'site_data_cleared', data: { clear_id: 'k1' } }]);
  assert.equal(again.orderFor('https://cbt.sch.id:8443'), 'k1');
});

test('every blocked attempt is counted, a flood is told once', async () => {
  const journal = new Journal(db, queue, clock);
  await journal.load();
  for (let at = 0; at < 5; at += 1) await journal.blocked('evil.com', 'navigation');
  await journal.blocked(null, 'window');
  assert.deepEqual((await queue.batch()).map(({ data }) => data), [
    { host: 'evil.com', how: 'navigation' }, { host: null, how: 'window' },
  ]);
  const again = new Journal(db, queue, clock);
  await again.load();
  assert.equal(again.blockedCount, 6);
});
