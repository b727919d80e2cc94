// The pupil's page on the server's own origin: what it tells about itself, and the ticket that binds it to this
// device (docs/protocol.md, section 5).

import { checkPageTicket } from './incoming.js';
import { webHost } from './rules.js';

const ASK_AGAIN_MS = 5_000;
const NONE = Object.freeze({ page: null, unsent: null, needsBinding: false });

const originOf = (address) => (webHost(address) ? new URL(address).origin : null);

export class PupilPage {
  /** {page, unsent, needsBinding} of the page in front. */
  state = NONE;
  #channel;
  #ownOrigins;
  #open;
  #askedAt = Number.NEGATIVE_INFINITY;

  /** `channel()` is the live one or null, `ownOrigins()` the servers' origins, `open(url)` shows a page. */
  constructor({ channel, ownOrigins, open }) {
    this.#channel = channel;
    this.#ownOrigins = ownOrigins;
    this.#open = open;
  }

  /** What the bridge read from <html>. Only a page of the server itself is believed. */
  async tell(origin, { page, unsent, binding }) {
    if (!this.#ownOrigins().includes(origin)) return;
    this.state = {
      page: ['waiting', 'practice'].includes(page) ? page : null,
      unsent: Number.isSafeInteger(unsent) && unsent >= 0 ? unsent : null,
      needsBinding: binding === 'needed',
    };
    await this.bind();
  }

  left() {
    this.state = NONE;
  }

  /** Fetch a ticket when the page asks for one; again when a connection comes up. */
  async bind() {
    const channel = this.#channel();
    const now = performance.now();
    // A quarantined newcomer gets no ticket: it shows an idle page and waits for a person.
    if (!this.state.needsBinding || channel?.welcome.standing !== 'live' || now - this.#askedAt < ASK_AGAIN_MS) return;
    this.#askedAt = now;
    try {
      const { ticket, url } = checkPageTicket(await channel.request('page_ticket', {}));
      // The page that asked may have been left while the server answered.
      if (!this.state.needsBinding || !this.#ownOrigins().includes(originOf(url))) return;
      await this.#open(`${url}#t=${encodeURIComponent(ticket)}`);
    } catch {
      // No ticket now: the page goes on asking, and so do we.
    }
  }
}
