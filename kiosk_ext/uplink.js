// The line to the school: connection, reports and what follows from a welcome, an ack or a loss.

import { Attester } from './attester.js';
import { Connection } from './connection.js';
import { openHttpChannel } from './http_channel.js';
import { Reporter } from './reporter.js';
import { introduce } from './session.js';
import { openSocketChannel } from './socket_channel.js';

export class Uplink {
  #parts;
  #connection;
  #reporter;
  #attester;

  /**
   * `parts`: {io, db, queue, clock, journal, desired, config, identity, challengeKey} and three hooks: observe() for
   * reports, onDocument(message) for a document from a proven server, onChange() when the line came up, went or spoke.
   */
  constructor(parts) {
    this.#parts = parts;
    const { io, queue, desired } = parts;
    const prove = (hello, address) => this.#introduce(hello, address);
    this.#connection = new Connection({
      servers: () => parts.config.current?.servers ?? [],
      openSocket: (address) => openSocketChannel({ io, address, prove }),
      openHttp: (address) => openHttpChannel({ address, prove }),
      onUp: (channel) => this.#guarded(channel, () => this.#up(channel)),
      onDown: (reason) => this.#down(reason),
      onFailure: (error) => console.warn(error.message), // our own words: no secret, no address of a page
    });
    this.#attester = new Attester(parts.challengeKey, parts.clock);
    this.#reporter = new Reporter({
      queue,
      observe: parts.observe,
      applied: () => desired.applied(),
      intervalMs: () => desired.intervalMs(),
      onAck: (ack, roundTripMs) => this.#acked(ack, roundTripMs),
    });
  }

  get channel() {
    return this.#connection.channel;
  }

  get online() {
    return this.channel !== null;
  }

  wake() {
    return this.#connection.wake();
  }

  reset(reason) {
    this.#connection.reset(reason);
  }

  /** Go away and stay away: no retry is left behind. */
  stop() {
    this.#connection.stop();
    this.#reporter.stop();
  }

  async #introduce(hello, address) {
    const { config, identity, db } = this.#parts;
    return introduce(hello, address, {
      secret: config.current.secret,
      school: config.current.school,
      serial: identity.serial(config.current),
      installation: db.installation,
      ticket: (await db.get('connection_ticket')) ?? null,
      client: identity.client,
    });
  }

  async #guarded(channel, work) {
    try {
      await work();
    } catch (error) {
      channel.close(error.code ?? 'failed');
    }
  }

  async #up(channel) {
    const { clock, queue, journal, onDocument, onChange } = this.#parts;
    const { connection_ticket: ticket, server_time: serverTime, acked_seq: acked, desired } = channel.welcome;
    clock.sync(serverTime);
    channel.onPush = onDocument;
    channel.onAttest = (question) => this.#attester.answer(channel, question);
    await queue.forget(acked, (life) => {
      life.put('connection_ticket', ticket);
      life.put('clock', clock.stored());
    });
    await journal.add('connected', { address: channel.address });
    await onDocument(desired);
    if (this.channel !== channel) return; // lost meanwhile
    this.#reporter.start(channel);
    await onChange();
  }

  async #down(reason) {
    this.#reporter.stop();
    await this.#parts.journal.add('disconnected', { reason: String(reason).slice(0, 100) });
    await this.#parts.onChange();
  }

  async #acked(ack, roundTripMs) {
    const { clock, queue, onDocument, onChange } = this.#parts;
    clock.sync(ack.server_time, roundTripMs);
    await queue.forget(ack.acked_seq, (life) => life.put('clock', clock.stored()));
    if (ack.attest && this.channel) this.channel.onAttest(ack.attest);
    if (ack.desired) await onDocument(ack.desired);
    else await onChange();
  }
}
