import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { readConfig } from '../../kiosk_ext/config.js';
import {
  BadMessage, checkAck, checkDesired, checkDoc, checkEnvelope, checkHello, checkRefused, tolerance,
} from '../../kiosk_ext/incoming.js';
import { REST_DOC } from './school_server.js';

const doc = (change) => JSON.stringify({ ...REST_DOC, ...change });
const refuses = (work, name) => assert.throws(work, BadMessage, name);

afterEach(() => Object.assign(tolerance, { strict: false, ignored: 0 }));

test('a document as the server writes it is taken', () => {
  const lock = { reason: 'proctor', text: 'Dua\nbaris', expires_at: null, then: 'waiting' };
  assert.equal(checkDoc(doc({ mode: 'locked', lock })).lock.text, 'Dua\nbaris');
  assert.equal(checkDoc(doc({ notice: { id: 3, text: 'x' } })).notice.id, 3);
});

test('a document that could do harm or makes no sense is refused', () => {
  refuses(() => checkDoc('no json'), 'no JSON');
  refuses(() => checkDoc('[]'), 'no object');
  refuses(() => checkDoc(doc({ mode: 'sleep' })), 'mode');
  refuses(() => checkDoc(doc({ mode: undefined })), 'missing');
  refuses(() => checkDoc(doc({ mode: 'locked' })), 'locked without a lock');
  refuses(() => checkDoc(doc({ start_url: 'javascript:alert(1)' })), 'start_url');
  refuses(() => checkDoc(doc({ allowed_hosts: ['*.sch.id'] })), 'wildcard');
  refuses(() => checkDoc(doc({ allowed_hosts: ['a.id/path'] })), 'path');
  refuses(() => checkDoc(doc({ ends_at: 1.5 })), 'float');
  refuses(() => checkDoc(doc({ seat: 'a\u0007' })), 'control character');
  refuses(() => checkDoc(doc({ lock: { reason: 'mood', text: '', expires_at: null, then: 'exam' } })), 'reason');
  refuses(() => checkDoc(doc({ lock: { reason: 'proctor', text: '', expires_at: 1, then: 'locked' } })), 'then');
  refuses(() => checkDoc(doc({ clear: { id: 'x', origins: ['chrome://settings'] } })), 'origin');
});

test('unknown fields are refused in development, ignored and counted in production', () => {
  const message = { protocol: 1, server_nonce: '0'.repeat(32), server_time: 1, colour: 'blue' };
  assert.deepEqual(Object.keys(checkHello(message)), ['protocol', 'server_nonce', 'server_time']);
  assert.equal(tolerance.ignored, 1);
  tolerance.strict = true;
  refuses(() => checkHello(message));
});

test('malformed envelopes, acks and documents are refused', () => {
  refuses(() => checkEnvelope(null));
  refuses(() => checkEnvelope({ n: 0, body: '{}', mac: '0'.repeat(64) }), 'counter from 1');
  refuses(() => checkEnvelope({ n: 1, body: '{}', mac: 'F'.repeat(64) }), 'upper case');
  refuses(() => checkEnvelope({ n: 1, body: 'x'.repeat(300_000), mac: '0'.repeat(64) }), 'too large');
  refuses(() => checkAck({ report_n: 1, acked_seq: -1, server_time: 1, rejected: [] }));
  refuses(() => checkDesired({ epoch: 'xyz', version: 1, digest: '0'.repeat(64), doc: '{}' }));
  refuses(() => checkHello({ protocol: 2, server_nonce: '0'.repeat(32), server_time: 1 }), 'another protocol');
});

test('a refusal keeps its code and its wait, within reason', () => {
  assert.deepEqual(checkRefused({ code: 'wrong_school', retry_after_ms: 5 }), { code: 'wrong_school', retry_after_ms: 5 });
  assert.deepEqual(checkRefused({ code: 'surprise' }), { code: 'bad_message', retry_after_ms: 0 });
  assert.deepEqual(checkRefused(null), { code: 'bad_message', retry_after_ms: 0 });
  assert.equal(checkRefused({ code: 'replaced', retry_after_ms: 1e12 }).retry_after_ms, 600_000);
});

test('a fresh install reads an empty policy, which is no configuration yet', () => {
  assert.equal(readConfig({}), null);
  assert.equal(readConfig(undefined), null);
  assert.equal(readConfig({ servers: ['ftp://x'], enrolment_secret: 's', school: '1' }), null);
});

test('addresses become origins in their order; the secret is taken as it is', () => {
  const config = readConfig({
    servers: ['https://Utama.sch.id/', 'https://cadangan.sch.id:8443/x', 'https://utama.sch.id'],
    enrolment_secret: ' s ', school: '20512345', serial: ' ABC ',
  });
  assert.deepEqual(config, {
    servers: ['https://utama.sch.id', 'https://cadangan.sch.id:8443'], secret: ' s ', school: '20512345', serial: 'ABC',
    language: 'id',
  });
});
