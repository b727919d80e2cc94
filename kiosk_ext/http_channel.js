// The same conversation over HTTP, for a network that lets no websocket through. Nothing is pushed here: orders
// come with the next ack.

import { ChannelLost, Refused, Unreachable } from './channel_errors.js';
import { checkHello, checkRefused } from './incoming.js';
import { HTTP } from './protocol.js';

const ANSWER_MS = 15_000;

async function post(address, path, message) {
  let response;
  try {
    response = await fetch(`${address}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(message),
      cache: 'no-store',
      credentials: 'omit', // the pupil's page cookie is not ours to send
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  } catch (error) {
    throw new Unreachable(address, error.name);
  }
  let body;
  try {
    body = await response.json();
  } catch {
    throw new Unreachable(address, `answer ${response.status} is not ours`);
  }
  if (response.ok) return body;
  if (typeof body?.code === 'string') throw new Refused(address, checkRefused(body));
  throw new Unreachable(address, `answer ${response.status}`);
}

/** As openSocketChannel, without a socket. */
export async function openHttpChannel({ address, prove }) {
  const hello = checkHello(await post(address, HTTP.hello.path, {}));
  const { message, accept } = await prove(hello, address);
  const answer = await post(address, HTTP.prove.path, { ...message, server_nonce: hello.server_nonce });
  const { session, welcome } = await accept(answer);
  return new HttpChannel(address, session, welcome);
}

class HttpChannel {
  kind = 'http';
  onPush = () => {};
  onAttest = () => {}; // comes with an ack
  onLost = () => {};
  #session;
  #turn = Promise.resolve();
  #lost = false;

  constructor(address, session, welcome) {
    this.address = address;
    this.welcome = welcome;
    this.#session = session;
  }

  request(kind, body) {
    // One at a time: the counters must arrive rising, and two requests may overtake each other on the way.
    const result = this.#turn.then(() => this.#exchange(kind, body));
    this.#turn = result.catch(() => {});
    return result;
  }

  async #exchange(kind, body) {
    if (this.#lost) throw new ChannelLost('closed');
    const { path, answer } = HTTP[kind];
    try {
      const envelope = await this.#session.seal(`POST ${path}`, body);
      const raw = await post(this.address, path, { session_id: this.welcome.session_id, ...envelope });
      return await this.#session.open(answer, raw);
    } catch (error) {
      this.close(error.code ?? 'failed', error.retryAfterMs);
      throw new ChannelLost(error.code ?? 'failed');
    }
  }

  close(reason = 'closed', retryAfterMs = 0) {
    if (this.#lost) return;
    this.#lost = true;
    this.onLost(reason, retryAfterMs);
  }
}
