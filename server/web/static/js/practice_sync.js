// Sending what waits, and proving that it arrived: after an outage the answers are read back and compared.

import { get, post, Refused } from './pupil_api.js';

const BATCH = 100;
const RETRY_MS = 2_000;
const RETRY_MAX_MS = 8_000;
/** The server will never take these: they stay here, and nothing waits for them. */
const NEVER = new Set(['sitting_not_yours', 'sitting_cleared', 'not_practice']);

export class Sync {
  /** Number of answers found again at the school by the last reading back, or null. */
  proven = null;
  #store;
  #onChange;
  #onUnbound;
  #running = false;
  #again = false;
  #toProve = false;
  #retry = null;
  #wait = RETRY_MS;

  constructor({ store, onChange, onUnbound }) {
    this.#store = store;
    this.#onChange = onChange;
    this.#onUnbound = onUnbound;
  }

  /** Read back at the next chance. */
  prove() {
    this.#toProve = true;
    return this.nudge();
  }

  /** Send now. Repeating it does no harm. */
  async nudge() {
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    clearTimeout(this.#retry);
    try {
      do {
        this.#again = false;
        await this.#send();
        if (this.#toProve) await this.#readBack();
      } while (this.#again);
      this.#wait = RETRY_MS;
    } catch (error) {
      this.#toProve = true; // whatever was on its way may have arrived or not
      if (error instanceof Refused && error.code === 'binding_needed') this.#onUnbound(error);
      this.#retry = setTimeout(() => this.nudge(), this.#wait * (0.8 + 0.4 * Math.random()));
      this.#wait = Math.min(this.#wait * 2, RETRY_MAX_MS);
    }
    this.#running = false;
    await this.#onChange();
  }

  async #send() {
    const waiting = await this.#store.unsent();
    for (const sitting of new Set(waiting.map((record) => record.sitting))) {
      const records = waiting.filter((record) => record.sitting === sitting);
      for (let from = 0; from < records.length; from += BATCH) {
        await this.#sendBatch(sitting, records.slice(from, from + BATCH));
      }
    }
  }

  async #sendBatch(sitting, records) {
    const answers = records.map(({ item, seq, value, answered_at }) => ({ item, seq, value, answered_at }));
    let result;
    try {
      result = await post('answers', { sitting, answers });
    } catch (error) {
      if (!(error instanceof Refused) || !NEVER.has(error.code)) throw error;
      for (const { item, seq } of records) await this.#store.mark(sitting, item, seq, 'refused');
      return;
    }
    const mark = (list, state) => Promise.all(list.map(({ item, seq }) => this.#store.mark(sitting, item, seq, state)));
    await mark(result.saved, 'school');
    await mark(result.late, 'late');
    await mark(result.refused.filter(({ code }) => code === 'item_unknown'), 'refused');
    if (result.older.length > 0) {
      await mark(result.older, 'school');
      this.#toProve = true; // brings the newer ones here
    }
    await this.#onChange();
  }

  async #readBack() {
    let count = 0;
    for (const sitting of await this.#store.sittings()) {
      try {
        count += await this.compare(sitting);
      } catch (error) {
        if (!(error instanceof Refused) || !NEVER.has(error.code)) throw error;
      }
    }
    this.#toProve = false;
    this.proven = count;
  }

  /** Compare one sitting's answers with the school's; what is missing there is sent again. */
  async compare(sitting) {
    const { era } = this.#store;
    const { answers } = await get(`answers?sitting=${sitting}`);
    const there = new Map(answers.map((answer) => [answer.item, answer]));
    let count = 0;
    for (const record of await this.#store.ofSitting(sitting)) {
      const found = there.get(record.item);
      there.delete(record.item);
      if (found && found.seq >= record.seq) {
        await this.#store.adopt(sitting, found, era);
        if (record.state !== 'device') count += 1;
      } else if (['school', 'late'].includes(record.state)) {
        await this.#store.mark(sitting, record.item, record.seq, 'device');
        this.#again = true;
      }
    }
    for (const found of there.values()) await this.#store.adopt(sitting, found, era);
    return count + there.size;
  }
}
