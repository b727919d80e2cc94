// Clearing the exam's site data: only on an order in the document, once per order, never by a clock.

import { webHost } from './rules.js';

const REMEMBERED = 50;

const originOf = (address) => (webHost(address) ? new URL(address).origin : null);

const pathOf = (address) => new URL(address).pathname;

/**
 * A page still open could write back what is being cleared: wait until it has been left. Only the start page is known
 * to write nothing once its data has gone from under it.
 */
export function mustWait(clear, pageUrl, startUrl) {
  const origin = originOf(pageUrl);
  if (origin === null || !clear.origins.map(originOf).includes(origin)) return false;
  return origin !== originOf(startUrl) || pathOf(pageUrl) !== pathOf(startUrl);
}

export class SiteData {
  #db;
  #queue;
  #clock;
  #remove;
  #cleared = []; // [{id, origins}], newest last

  /** `remove(origins)` is the browser's. */
  constructor({ db, queue, clock, remove }) {
    this.#db = db;
    this.#queue = queue;
    this.#clock = clock;
    this.#remove = remove;
  }

  async load() {
    this.#cleared = (await this.#db.get('cleared')) ?? [];
  }

  #isDue({ clear }) {
    return Boolean(clear) && !this.#cleared.some(({ id }) => id === clear.id);
  }

  /** Is there an order that the page at `pageUrl` holds up? */
  waitsFor(doc, pageUrl) {
    return this.#isDue(doc) && mustWait(doc.clear, pageUrl, doc.start_url);
  }

  /** Carry out the order in `doc`, if there is one and its time has come. */
  async obey(doc, pageUrl) {
    const { clear } = doc;
    if (!this.#isDue(doc) || mustWait(clear, pageUrl, doc.start_url)) return;
    const origins = clear.origins.map(originOf);
    if (origins.length > 0) await this.#remove(origins);
    const cleared = [...this.#cleared, { id: clear.id, origins }].slice(-REMEMBERED);
    // Cut off before this, the order is carried out again, which harms nothing.
    await this.#queue.append(
      [{ kind: 'site_data_cleared', data: { clear_id: clear.id } }], this.#clock.now(),
      (life) => life.put('cleared', cleared),
    );
    this.#cleared = cleared;
  }

  /**
   * Chrome clears no sessionStorage by origin, and it lives as long as our one tab. So the first page of an origin
   * after a clear empties its own: this is the order it must have seen.
   */
  orderFor(origin) {
    return this.#cleared.findLast(({ origins }) => origins.includes(origin))?.id ?? null;
  }
}
