// The installation's one database, `bangku`: its id, its key, the event counter, the queue and the applied
// document are born together and die together. Half of them surviving would look like a second device.

import { base64url, sha256Hex } from './bytes.js';

const NAME = 'bangku';
const LIFE = 'life'; // single values by name
export const EVENTS = 'events'; // by seq

const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

function open(factory) {
  const request = factory.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(LIFE);
    request.result.createObjectStore(EVENTS, { keyPath: 'seq' });
  };
  return settled(request);
}

async function newInstallation() {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
  const spki = await crypto.subtle.exportKey('spki', pair.publicKey);
  return {
    id: crypto.randomUUID(),
    privateKey: pair.privateKey, // not extractable: it can sign here and nowhere else
    publicKey: base64url(spki),
    thumbprint: await sha256Hex(spki),
  };
}

export class Database {
  #db;
  /** {id, privateKey, publicKey, thumbprint} */
  installation;

  static async open(factory = globalThis.indexedDB) {
    const self = new Database();
    self.#db = await open(factory);
    self.installation = await self.get('installation');
    if (!self.installation) {
      // The key is made before the transaction: IndexedDB commits when it is left waiting for anything else.
      const fresh = await newInstallation();
      self.installation = await self.transaction(async ({ life }) => {
        const there = await life.get('installation');
        if (there) return there;
        life.put('installation', fresh);
        life.put('last_seq', 0);
        return fresh;
      });
    }
    return self;
  }

  /**
   * Run `work` in one read-write transaction over both stores and resolve once it is on disk.
   * `work` gets {life: {get, put}, events} and may await only what these return.
   */
  async transaction(work) {
    const tx = this.#db.transaction([LIFE, EVENTS], 'readwrite', { durability: 'strict' });
    const done = new Promise((resolve, reject) => {
      tx.oncomplete = resolve;
      tx.onabort = () => reject(tx.error ?? new Error('database bangku: the transaction was aborted'));
    });
    const store = tx.objectStore(LIFE);
    const life = {
      get: (name) => settled(store.get(name)),
      put(name, value) {
        const put = settled(store.put(value, name));
        put.catch(() => {}); // an aborted transaction is told once, by the transaction
        return put;
      },
    };
    let result;
    try {
      result = await work({ life, events: tx.objectStore(EVENTS), settled });
    } catch (error) {
      done.catch(() => {});
      tx.abort();
      throw error;
    }
    await done;
    return result;
  }

  async get(name) {
    return settled(this.#db.transaction(LIFE).objectStore(LIFE).get(name));
  }

  async put(name, value) {
    await this.transaction(({ life }) => life.put(name, value));
  }

  /** Read-only view of the queue for batches. */
  events() {
    return this.#db.transaction(EVENTS).objectStore(EVENTS);
  }

  close() {
    this.#db.close();
  }
}

export { settled };
