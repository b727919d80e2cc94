// The line to the school against a real small server: sockets, HTTP, refusals, impostors, losses.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { backoffMs } from '../../kiosk_ext/connection.js';
import { PupilPage } from '../../kiosk_ext/pupil_page.js';
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

test('both prove themselves, the document is taken, events are delivered and deleted after the ack', async () => {
  const server = await school();
  await start(server.address);
  await until('events are acked', async () => (await device.queue.batch()).length === 0 && server.events.size >= 2);
  assert.deepEqual([...server.events.values()].map(({ kind }) => kind), ['connected', 'applied']);
  assert.equal(server.proofs[0].connection_ticket, null);
  assert.equal(device.desired.applied().digest, server.desired.digest);
  const [report] = server.reports;
  assert.deepEqual(Object.keys(report), ['applied', 'observed', 'last_seq', 'events']);
  assert.equal(report.last_seq, 2);
});

test('however many ask, there is one socket', async () => {
  const server = await school();
  device = await makeDevice([server.address]);
  await Promise.all([device.uplink.wake(), device.uplink.wake(), device.uplink.wake()]);
  await device.uplink.wake();
  assert.equal(server.connects, 1);
});

test('an order pushed is taken at once', async () => {
  const server = await school();
  await start(server.address);
  server.setDoc({ mode: 'finished' });
  await until('the order is applied', () => device.desired.doc?.mode === 'finished');
});

test('a server that cannot prove the secret is dropped and nothing of it is applied', async () => {
  const server = await school({ impostor: true });
  await start(server.address);
  assert.equal(device.uplink.online, false);
  assert.equal(device.desired.doc, null);
  assert.equal(await device.db.get('connection_ticket'), undefined);
});

test('the standby is asked when the main server is away, or plays false', async () => {
  const away = await school();
  await away.stop();
  const [impostor, standby] = [await school({ impostor: true }), await school()];
  await start(away.address, impostor.address, standby.address);
  assert.equal(device.uplink.channel.address, standby.address);
});

test('a refusal is waited out, and the next try presents itself anew', async () => {
  const server = await school({ refusal: { code: 'unknown_device', retry_after_ms: 50 } });
  await start(server.address);
  assert.equal(device.uplink.online, false);
  server.refusal = null;
  await until('the device is let in', () => device.uplink.online);
});

test('a lost socket comes back by itself, with its ticket, and sends what was not acked', async () => {
  const server = await school();
  await start(server.address);
  await until('the first events are in', () => server.events.size >= 2);
  const { port } = server;
  await server.stop();
  await until('the loss is seen', () => !device.uplink.online);
  await device.journal.add('focus_lost');
  const again = await school({ port });
  for (const [seq, event] of server.events) again.events.set(seq, event);
  await until('the device is back', () => device.uplink.online);
  await until('nothing waits', async () => (await device.queue.batch()).length === 0);
  assert.ok([...again.events.values()].some(({ kind }) => kind === 'focus_lost'));
  assert.match(again.proofs[0].connection_ticket, /^ticket-/);
  assert.equal(again.acked(), again.events.size, 'no gap');
});

test('a backlog is sent in bounded batches without waiting for the interval', async () => {
  const server = await school();
  device = await makeDevice([server.address]);
  await device.queue.append(Array.from({ length: 450 }, () => ({ kind: 'focus_lost' })), 1);
  await device.uplink.wake();
  await until('the backlog is in', () => server.events.size >= 450, 4_000);
  assert.ok(server.reports.every(({ events }) => events.length <= 200));
});

test('a server that lost its memory does not keep new events waiting', async () => {
  const server = await school();
  device = await makeDevice([server.address]);
  await device.queue.append(Array.from({ length: 300 }, () => ({ kind: 'focus_lost' })), 1);
  await device.queue.forget(50); // committed once, and gone from the server's restored copy
  await device.uplink.wake();
  await until('all that is left is in', () => server.events.size >= 252, 4_000);
  assert.equal(server.acked(), 0);
  assert.equal((await device.queue.batch()).length, 200, 'kept, since the server says it is not contiguous');
});

test('a message with a wrong MAC ends the session and is not obeyed', async () => {
  const server = await school();
  await start(server.address);
  await until('a report was acked', () => server.reports.length > 0);
  const [socket] = server.live;
  socket.data.session.key = Buffer.from('another key of somebody else');
  server.setDoc({ mode: 'finished' });
  await until('the session is closed', () => server.connects > 1);
  assert.ok((await device.queue.batch()).concat([...server.events.values()])
    .some(({ kind, data }) => kind === 'disconnected' && data.reason === 'bad_mac'));
});

test('without websockets the same goes over HTTP', async () => {
  const server = await school({ sockets: false });
  await start(server.address);
  assert.equal(device.uplink.channel.kind, 'http');
  await until('events are acked', async () => (await device.queue.batch()).length === 0 && server.events.size >= 2);
  server.setDoc({ mode: 'finished' });
  await device.journal.add('focus_lost');
  await until('the order came with an ack', () => device.desired.doc.mode === 'finished');
});

for (const sockets of [true, false]) {
  test(`a page that needs binding gets a ticket over ${sockets ? 'the socket' : 'HTTP'}`, async () => {
    const server = await school({ sockets });
    await start(server.address);
    const opened = [];
    const page = new PupilPage({
      channel: () => device.uplink.channel, ownOrigins: () => [server.address], open: async (url) => opened.push(url),
    });
    await page.tell('https://elsewhere.com', { binding: 'needed' });
    assert.deepEqual(opened, [], 'another origin is not believed');
    await page.tell(server.address, { binding: 'needed', page: 'waiting', unsent: 3 });
    assert.match(opened[0], new RegExp(`^${server.address}/pupil#t=[0-9a-f]{16}$`));
    assert.equal(page.state.unsent, 3);
    await page.tell(server.address, { binding: 'needed' });
    assert.equal(opened.length, 1, 'not again at once');
  });
}

test('the wait grows and is spread over its whole length', () => {
  assert.equal(backoffMs(0, () => 1), 500);
  assert.equal(backoffMs(3, () => 1), 4_000);
  assert.equal(backoffMs(50, () => 1), 8_000);
  assert.equal(backoffMs(50, () => 0), 0);
});
