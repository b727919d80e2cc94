// Whoever stands between or beside: a relay, a copy of the profile that makes the server ask, and the machine's own proof.

import assert from 'node:assert/strict';
import { connect, createServer as createTcpServer } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';

import { makeDevice } from './line_device.js';
import { until } from './poll.js';
import { SchoolServer } from './school_server.js';

const servers = [];
let device;

const school = async (options) => {
  const server = await SchoolServer.start(options);
  servers.push(server);
  return server;
};

const startWith = async (challengeKey, ...addresses) => {
  device = await makeDevice(addresses, challengeKey);
  await device.uplink.wake();
  return device;
};

const start = async (...addresses) => {
  device = await makeDevice(addresses);
  await device.uplink.wake();
  return device;
};

beforeEach(() => { device = null; });
afterEach(async () => {
  device?.uplink.stop();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

/** A machine between the device and its school: every byte goes on to the real server, and back. */
async function relayTo(server) {
  const relay = createTcpServer((here) => {
    const there = connect(server.port, '127.0.0.1');
    here.pipe(there).pipe(here);
    for (const end of [here, there]) end.on('error', () => { here.destroy(); there.destroy(); });
  });
  await new Promise((resolve) => relay.listen(0, '127.0.0.1', resolve));
  return { address: `http://127.0.0.1:${relay.address().port}`, stop: () => new Promise((done) => relay.close(done)) };
}

test('a relay at another address is found out by the real server, over the socket and over HTTP', async () => {
  for (const sockets of [true, false]) {
    const server = await school({ sockets });
    const relay = await relayTo(server);
    await start(relay.address);
    assert.equal(device.uplink.online, false);
    assert.equal(device.desired.doc, null);
    assert.ok(server.proofs.length > 0 && server.proofs.every(({ address }) => address === relay.address));
    assert.equal(server.reports.length, 0);
    device.uplink.stop();
    await relay.stop();
  }
});

test('asked whether it is still there, it says so, and with that very nonce', async () => {
  const server = await school();
  await start(server.address);
  const nonce = '5e'.repeat(16);
  server.push('still_here', { nonce });
  await until('it answers', () => server.here.length === 1);
  assert.deepEqual(server.here, [nonce]);
  assert.ok(device.uplink.online);
});

const question = (change = {}) => ({
  id: 7, scope: 'machine', challenge: 'Y2hhbGxlbmdl', expires_at: Date.now() + 60_000, ...change,
});

for (const sockets of [true, false]) {
  test(`a challenge is answered by the chip over ${sockets ? 'the socket' : 'HTTP'}`, async () => {
    const server = await school({ sockets });
    const asked = [];
    await startWith(async (scope, challenge) => {
      asked.push([scope, new TextDecoder().decode(challenge)]);
      return new TextEncoder().encode('signed by a chip').buffer;
    }, server.address);
    if (sockets) server.push('attest', question());
    else server.question = question();
    await device.journal.add('focus_lost'); // a report, and with its ack the question
    await until('the answer is in', () => server.answers.length === 1);
    assert.deepEqual(asked, [['machine', 'challenge']]);
    assert.deepEqual(server.answers, [
      { id: 7, response: Buffer.from('signed by a chip').toString('base64url'), error: null },
    ]);
    assert.ok(device.uplink.online);
  });
}

for (const [message, word] of [
  ['Caller is not allowed to challenge', 'not_allowed'], ['The TPM is busy', 'failed'],
]) {
  test(`a chip that fails (${word}) costs nothing but the proof`, async () => {
    const server = await school();
    await startWith(async () => { throw new Error(message); }, server.address);
    server.push('attest', question());
    await until('it says why', () => server.answers.length === 1);
    assert.deepEqual(server.answers, [{ id: 7, response: null, error: word }]);
    assert.ok(device.uplink.online);
  });
}

test('a browser without such keys says unsupported, and an answer that comes too late is not sent', async () => {
  const server = await school();
  await start(server.address);
  server.push('attest', question({ id: 8, expires_at: Date.now() - 60_000 }));
  server.push('attest', question({ id: 9 }));
  await until('the second is answered', () => server.answers.length === 1);
  assert.deepEqual(server.answers, [{ id: 9, response: null, error: 'unsupported' }]);
});

test('a question that is no question is not asked of the chip and costs nothing', async () => {
  const server = await school();
  let asked = 0;
  await startWith(async () => { asked += 1; return new ArrayBuffer(1); }, server.address);
  for (const bad of [{ scope: 'everything' }, { challenge: 'with spaces' }, { id: -1 }]) server.push('attest', question(bad));
  server.push('attest', question());
  await until('the good one is answered', () => server.answers.length === 1);
  assert.equal(asked, 1);
});

test('a server that could not prove itself asks the chip for nothing', async () => {
  const server = await school({ impostor: true });
  let asked = 0;
  await startWith(async () => { asked += 1; return new ArrayBuffer(1); }, server.address);
  server.push('attest', question());
  server.push('still_here', { nonce: '5e'.repeat(16) });
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(asked, 0);
  assert.deepEqual(server.here, []);
});
