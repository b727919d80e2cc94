// Reports: at least one per interval (it also keeps the worker alive), soon after an event, one under way at a
// time, and again at once while the queue holds more than one batch.

import { checkAck } from './incoming.js';

const GATHER_MS = 250; // events come in bursts; one report carries them

export class Reporter {
  #queue;
  #observe;
  #applied;
  #intervalMs;
  #onAck;
  #channel = null;
  #busy = false;
  #again = false;
  #sent = 0; // highest event number that this channel's server has answered for
  #timer = null;
  #due = Number.POSITIVE_INFINITY;

  /** `observe()` gives the observed fields, `onAck(ack, roundTripMs)` acts on the answer. */
  constructor({ queue, observe, applied, intervalMs, onAck }) {
    this.#queue = queue;
    this.#observe = observe;
    this.#applied = applied;
    this.#intervalMs = intervalMs;
    this.#onAck = onAck;
    queue.onAppend = () => this.#plan(GATHER_MS);
  }

  /** A proven channel: the first report confirms its ticket, so it goes at once. */
  start(channel) {
    this.#channel = channel;
    this.#busy = false;
    this.#sent = 0;
    this.#due = Number.POSITIVE_INFINITY;
    this.#plan(0);
  }

  stop() {
    this.#channel = null;
    clearTimeout(this.#timer);
    this.#due = Number.POSITIVE_INFINITY;
  }

  #plan(waitMs) {
    if (!this.#channel) return;
    const due = performance.now() + waitMs;
    if (due >= this.#due) return;
    this.#due = due;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#turn(), waitMs);
  }

  async #turn() {
    this.#due = Number.POSITIVE_INFINITY;
    const channel = this.#channel;
    this.#again = this.#busy;
    if (!channel || this.#busy) return;
    this.#busy = true;
    let more = false;
    try {
      more = await this.#report(channel);
    } catch (error) {
      // A lost channel has told its owner already. Anything else must not leave a silent device behind.
      if (error.code !== 'channel_lost') channel.close(error.code ?? 'report failed');
    }
    if (this.#channel !== channel) return;
    this.#busy = false;
    // An event that came while we were busy, or a backlog, does not wait for the next interval.
    this.#plan(more || this.#again ? 0 : this.#intervalMs());
    this.#again = false;
  }

  async #report(channel) {
    const events = await this.#queue.batch(this.#sent);
    const body = {
      applied: this.#applied(),
      observed: await this.#observe(),
      last_seq: await this.#queue.lastSeq(),
      events,
    };
    const sentAt = performance.now();
    const ack = checkAck(await channel.request('report', body));
    await this.#onAck(ack, performance.now() - sentAt);
    // An answer means committed, even where acked_seq stands before a gap (a server restored from a copy): what was
    // answered is not sent again on this channel, or 200 old events would block all new ones.
    this.#sent = Math.max(this.#sent, ack.acked_seq, events.at(-1)?.seq ?? 0);
    return (await this.#queue.lastSeq()) > this.#sent;
  }
}
