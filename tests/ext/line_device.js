// The extension between its database and the wire, as it is: for tests that have a server and no browser.

import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { io } from 'socket.io-client';

import { Clock } from '../../kiosk_ext/clock.js';
import { Database } from '../../kiosk_ext/database.js';
import { Desired } from '../../kiosk_ext/desired.js';
import { Journal } from '../../kiosk_ext/journal.js';
import { OBSERVED_FIELDS } from '../../kiosk_ext/protocol.js';
import { EventQueue } from '../../kiosk_ext/queue.js';
import { Uplink } from '../../kiosk_ext/uplink.js';

/** A machine whose browser has nothing to ask. */
const noChip = async () => { throw Object.assign(new Error('no enterprise keys'), { code: 'unsupported' }); };

/** The extension without a browser: everything between the database and the wire is the real thing. */
export async function makeDevice(addresses, challengeKey = noChip) {
  const db = await Database.open(new IDBFactory());
  const clock = new Clock();
  const queue = new EventQueue(db);
  const journal = new Journal(db, queue, clock);
  const desired = new Desired(db, queue, clock);
  const config = { current: { servers: addresses, secret: 'a secret', school: '20512345', serial: 'S1' } };
  const identity = { serial: () => 'S1', client: { extension: '0', browser: '0', platform: 'test' } };
  const uplink = new Uplink({
    io, db, queue, clock, journal, desired, config, identity, challengeKey,
    observe: async () => Object.fromEntries(OBSERVED_FIELDS.map((name) => [name, null])),
    onDocument: async (message) => { await desired.take(message); },
    onChange: async () => {},
  });
  return { db, clock, queue, journal, desired, config, uplink };
}
