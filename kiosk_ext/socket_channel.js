// The protocol over Socket.IO: prove first, then sealed messages both ways, in order.

import { ChannelLost, Refused, Unreachable } from './channel_errors.js';
import { checkHello, checkRefused, checkStillHere } from './incoming.js';

const NAMESPACE = '/device';
const OPEN_MS = 6_000; // a LAN answers or it does not
const PROOF_MS = 5_000;
const ANSWER_MS = 15_000;
const ANSWER = { report: 'ack', page_ticket: 'page_ticket', attested: 'noted' };

/** The next `event`, or the reason why it will not come. */
function next(socket, event, address, waitMs) {
  return new Promise((resolve, reject) => {
    const listeners = {
      [event]: (message) => finish(() => resolve(message)),
      refused: (message) => finish(() => reject(new Refused(address, checkRefused(message)))),
      connect_error: (error) => finish(() => reject(new Unreachable(address, error.message))),
      disconnect: (reason) => finish(() => reject(new Unreachable(address, reason))),
    };
    const timer = setTimeout(() => finish(() => reject(new Unreachable(address, `no ${event} in time`))), waitMs);
    function finish(act) {
      clearTimeout(timer);
      for (const [name, listener] of Object.entries(listeners)) socket.off(name, listener);
      act();
    }
    for (const [name, listener] of Object.entries(listeners)) socket.on(name, listener);
  });
}

/**
 * Open and prove. `prove(hello, address)` is session.introduce bound to who we are; `io` is Socket.IO's.
 * Raises Unreachable, Refused, ServerNotProven, BadMac or BadMessage; nothing stays open then.
 */
export async function openSocketChannel({ io, address, prove }) {
  const socket = io(`${address}${NAMESPACE}`, {
    transports: ['websocket'], // a worker has no XMLHttpRequest, and polling doubles the server's cost
    reconnection: false, // connection.js decides when, with jitter, and whom to ask
    forceNew: true,
    timeout: OPEN_MS,
  });
  try {
    const hello = checkHello(await next(socket, 'hello', address, OPEN_MS + 1_000));
    const { message, accept } = await prove(hello, address);
    const answer = next(socket, 'welcome', address, PROOF_MS);
    socket.emit('prove', message);
    const { session, welcome } = await accept(await answer);
    // It may have gone while WebCrypto was at work and nobody was listening.
    if (!socket.connected) throw new Unreachable(address, 'lost at once');
    return new SocketChannel(socket, address, session, welcome);
  } catch (error) {
    socket.disconnect();
    throw error;
  }
}

class SocketChannel {
  kind = 'socket';
  onPush = () => {};
  onAttest = () => {};
  onLost = () => {};
  #socket;
  #session;
  #waiting = new Map(); // answer kind -> {resolve, reject, timer}
  #outbox = Promise.resolve();
  #inbox = Promise.resolve();
  #lost = false;

  constructor(socket, address, session, welcome) {
    this.address = address;
    this.welcome = welcome;
    this.#socket = socket;
    this.#session = session;
    for (const kind of ['ack', 'page_ticket', 'noted', 'desired', 'attest', 'still_here']) socket.on(kind, (raw) => this.#receive(kind, raw));
    socket.on('refused', (raw) => {
      const { code, retry_after_ms: retryAfterMs } = checkRefused(raw);
      this.#lose(code, retryAfterMs);
    });
    socket.on('disconnect', (reason) => this.#lose(reason));
  }

  /** Send a sealed message; resolves with the body of its answer. One of a kind at a time. */
  request(kind, body) {
    const answer = ANSWER[kind];
    if (this.#lost) return Promise.reject(new ChannelLost('closed'));
    if (this.#waiting.has(answer)) return Promise.reject(new Error(`${kind}: one is under way already`));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#lose(`no ${answer} in time`), ANSWER_MS);
      this.#waiting.set(answer, { resolve, reject, timer });
      this.#send(kind, body);
    });
  }

  /** Sealing takes a number and then waits for WebCrypto: without the chain two messages could overtake. */
  #send(kind, body) {
    this.#outbox = this.#outbox.then(async () => {
      const envelope = await this.#session.seal(kind, body);
      this.#socket.emit(kind, envelope);
    }).catch((error) => this.#lose(error.code ?? 'send failed'));
  }

  #receive(kind, raw) {
    this.#inbox = this.#inbox.then(async () => {
      if (this.#lost) return;
      const body = await this.#session.open(kind, raw);
      const waiting = this.#waiting.get(kind);
      if (kind === 'desired') await this.onPush(body);
      if (kind === 'attest') this.onAttest(body); // a chip takes seconds: nothing waits for it
      // Somebody with our key stands at the server's door: it asks whether we are still there.
      if (kind === 'still_here') this.#send('here', checkStillHere(body));
      if (!waiting) return;
      clearTimeout(waiting.timer);
      this.#waiting.delete(kind);
      waiting.resolve(body);
    }).catch((error) => this.#lose(error.code ?? 'bad message'));
  }

  #lose(reason, retryAfterMs = 0) {
    if (this.#lost) return;
    this.#lost = true;
    this.#socket.disconnect();
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new ChannelLost(reason));
    }
    this.#waiting.clear();
    this.onLost(reason, retryAfterMs);
  }

  close(reason = 'closed') {
    this.#lose(reason);
  }
}
