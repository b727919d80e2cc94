// The durable event queue: numbers without gaps, deleted only up to what the server says it has committed.

import { utf8 } from './bytes.js';
import { settled } from './database.js';
import { LIMITS } from './protocol.js';

/** Room for the rest of a report and the envelope around it. */
const BATCH_BYTES = LIMITS.messageBytes - 32 * 1024;

export class EventQueue {
  #db;
  /** Called after each append; the reporter listens. */
  onAppend = () => {};

  constructor(db) {
    this.#db = db;
  }

  /**
   * Append [{kind, data}] at local-offset time `at`. `also(life)` may write further values in the same
   * transaction: a mark and the event that tells of it are never half there.
   */
  async append(events, at, also = null) {
    await this.#db.transaction(async ({ life, events: store }) => {
      let seq = await life.get('last_seq');
      for (const { kind, data = {} } of events) {
        seq += 1;
        store.add({ seq, at, kind, data });
      }
      life.put('last_seq', seq);
      await also?.(life);
    });
    if (events.length > 0) this.onAppend();
  }

  lastSeq() {
    return this.#db.get('last_seq');
  }

  /** The oldest events after number `after` that fit one report, in order. */
  async batch(after = 0, limit = LIMITS.eventsPerReport) {
    const rows = await settled(this.#db.events().getAll(IDBKeyRange.lowerBound(after, true), limit));
    let bytes = 0;
    const fits = rows.findIndex((row) => (bytes += utf8(JSON.stringify(row)).length + 1) > BATCH_BYTES);
    return fits === -1 ? rows : rows.slice(0, Math.max(1, fits));
  }

  /** Delete what the server has committed. `also(life)` as in append. */
  async forget(ackedSeq, also = null) {
    await this.#db.transaction(async ({ life, events }) => {
      if (ackedSeq > 0) events.delete(IDBKeyRange.upperBound(ackedSeq));
      // A counter behind the server's would give a number out twice, which reads as a fork.
      if ((await life.get('last_seq')) < ackedSeq) life.put('last_seq', ackedSeq);
      await also?.(life);
    });
  }
}
