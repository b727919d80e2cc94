import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { base64url, fromHex, hex, sha256Hex, utf8 } from '../../kiosk_ext/bytes.js';
import { envelopeFits, envelopeMac, proofFits, proofMac, proofText, sessionKey } from '../../kiosk_ext/protocol.js';

const vectors = JSON.parse(readFileSync(new URL('../vectors/protocol.json', import.meta.url), 'utf8'));
const { enrolment_secret: secret, fields, proof, session, envelopes, desired, key } = vectors;

test('the proof text is the same for both implementations', () => {
  assert.equal(proofText('device', fields), proof.text_device);
  assert.equal(proofText('server', fields), proof.text_server);
});

test('both MACs of the proof fit', async () => {
  assert.equal(await proofMac(secret, 'device', fields), proof.mac_device);
  assert.equal(await proofFits(secret, 'server', fields, proof.mac_server), true);
});

test('a proof with another role, secret or no MAC at all does not fit', async () => {
  assert.equal(await proofFits(secret, 'server', fields, proof.mac_device), false);
  assert.equal(await proofFits(`${secret} `, 'server', fields, proof.mac_server), false);
  assert.equal(await proofFits(secret, 'server', fields, undefined), false);
  assert.equal(await proofFits(secret, 'server', fields, proof.mac_server.toUpperCase()), false);
});

test('the session key is derived, and another key for every nonce', async () => {
  assert.equal(hex(await sessionKey(secret, fields)), session.key);
  assert.notEqual(hex(await sessionKey(secret, { ...fields, server_nonce: '0'.repeat(32) })), session.key);
});

test('every envelope of the vectors is sealed to the same MAC and opens', async () => {
  for (const { kind, n, body, mac, body_sha256: digest } of envelopes) {
    assert.equal(await sha256Hex(body), digest);
    assert.equal(await envelopeMac(fromHex(session.key), kind, n, body), mac);
    assert.equal(await envelopeFits(fromHex(session.key), kind, { n, body, mac }), true);
  }
});

test('an envelope of another kind, number or body does not fit', async () => {
  const { kind, n, body, mac } = envelopes[0];
  const raw = fromHex(session.key);
  assert.equal(await envelopeFits(raw, 'ack', { n, body, mac }), false);
  assert.equal(await envelopeFits(raw, kind, { n: n + 1, body, mac }), false);
  assert.equal(await envelopeFits(raw, kind, { n, body: `${body} `, mac }), false);
});

test('the digest of a document covers its very text', async () => {
  assert.equal(await sha256Hex(desired.doc), desired.digest);
});

test('the signature of the vectors verifies with their key', async () => {
  const spki = Buffer.from(key.public_key, 'base64url');
  assert.equal(base64url(spki), key.public_key);
  assert.equal(await sha256Hex(spki), fields.thumbprint);
  const publicKey = await crypto.subtle.importKey('spki', spki, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['verify']);
  const fits = await crypto.subtle.verify(
    { name: 'ECDSA', hash: 'SHA-256' }, publicKey, Buffer.from(proof.signature, 'base64url'), utf8(proof.text_device),
  );
  assert.equal(fits, true);
});
