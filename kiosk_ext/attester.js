// Verified Access: the server passes on a challenge of Google's, the machine's chip answers it, and Google tells the
// server what that answer is worth. Nothing is decided here, and nothing is kept.

import { base64url, fromBase64url } from './bytes.js';
import { checkAttest } from './incoming.js';
import { ATTEST_ERRORS } from './protocol.js';

/** What Chrome says when a policy does not let this extension ask the machine's key. */
const NOT_ALLOWED = /not allowed|not permitted|enterprise challenge|not enabled|policy|managed/i;

/** Why there is no answer, in the protocol's words. */
export function errorWord(error) {
  if (ATTEST_ERRORS.includes(error?.code)) return error.code;
  return NOT_ALLOWED.test(String(error?.message ?? error)) ? 'not_allowed' : 'failed';
}

const afterwards = (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(Math.max(ms, 0), 60_000), null));

export class Attester {
  #challengeKey;
  #clock;
  #turn = Promise.resolve();

  /** `challengeKey(scope, bytes)` gives the machine's answer as bytes. */
  constructor(challengeKey, clock) {
    this.#challengeKey = challengeKey;
    this.#clock = clock;
  }

  /** Answer a question on the channel it came by, one after the other: there is one chip. */
  answer(channel, raw) {
    this.#turn = this.#turn.then(() => this.#answer(channel, raw));
  }

  /** Never throws: a proof that fails must not cost the connection. */
  async #answer(channel, raw) {
    try {
      const { id, scope, challenge, expires_at: until } = checkAttest(raw);
      const left = until - this.#clock.now();
      const said = await Promise.race([this.#prove(scope, challenge), afterwards(left)]); // a chip may never answer
      if (said === null || this.#clock.now() >= until) return; // nobody wants it any more; there will be another question
      await channel.request('attested', { id, ...said });
    } catch (error) {
      if (error.code !== 'channel_lost') console.warn('attestation: not answered;', error.message);
    }
  }

  async #prove(scope, challenge) {
    try {
      const answer = await this.#challengeKey(scope, fromBase64url(challenge).buffer);
      return { response: base64url(answer), error: null };
    } catch (error) {
      return { response: null, error: errorWord(error) };
    }
  }
}
