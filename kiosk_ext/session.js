// One proven conversation with one server: who we say we are, whether they are who they say, and the counters
// and MACs of everything after.

import { base64url, randomHex, utf8 } from './bytes.js';
import { checkEnvelope, checkWelcome, parseJson } from './incoming.js';
import { PROTOCOL, envelopeFits, envelopeMac, proofFits, proofMac, proofText, sessionKey } from './protocol.js';

/** The other side could not prove the secret: drop it, keep everything, apply nothing. */
export class ServerNotProven extends Error {
  constructor(address) {
    super(`server ${address}: it could not prove the enrolment secret; nothing it sent was taken`);
    this.code = 'server_not_proven';
  }
}

/** An envelope's MAC or counter is wrong. */
export class BadMac extends Error {
  constructor(kind) {
    super(`message ${kind}: its MAC or counter is wrong; the session is closed`);
    this.code = 'bad_mac';
  }
}

export class Session {
  #key;
  #sent = 0;
  #seen = 0;

  constructor(key) {
    this.#key = key;
  }

  async seal(kind, body) {
    const n = (this.#sent += 1);
    const text = JSON.stringify(body);
    return { n, body: text, mac: await envelopeMac(this.#key, kind, n, text) };
  }

  /** The body of an envelope, parsed from the very bytes that were authenticated. */
  async open(kind, raw) {
    const envelope = checkEnvelope(raw);
    if (!(await envelopeFits(this.#key, kind, envelope)) || envelope.n <= this.#seen) throw new BadMac(kind);
    this.#seen = envelope.n;
    return parseJson(kind, envelope.body);
  }
}

/**
 * Answer a hello. Returns the `prove` message and `accept(welcome)`, which gives {session, welcome} only when
 * the server has proven itself.
 *
 * `who` is {secret, school, serial, installation, ticket, client}.
 */
export async function introduce(hello, address, who) {
  const { secret, school, serial, installation } = who;
  const fields = {
    device_nonce: randomHex(16),
    server_nonce: hello.server_nonce,
    address,
    school,
    serial,
    installation_id: installation.id,
    thumbprint: installation.thumbprint,
  };
  const signature = await crypto.subtle.sign(
    { name: 'ECDSA', hash: 'SHA-256' }, installation.privateKey, utf8(proofText('device', fields)),
  );
  const message = {
    protocol: PROTOCOL,
    address,
    school,
    serial,
    installation_id: installation.id,
    public_key: installation.publicKey,
    device_nonce: fields.device_nonce,
    mac: await proofMac(secret, 'device', fields),
    signature: base64url(signature),
    connection_ticket: who.ticket,
    client: who.client,
  };

  async function accept(raw) {
    if (!(await proofFits(secret, 'server', fields, raw?.proof))) throw new ServerNotProven(address);
    const session = new Session(await sessionKey(secret, fields));
    const { n, body, mac } = raw;
    return { session, welcome: checkWelcome(await session.open('welcome', { n, body, mac })) };
  }

  return { message, accept };
}
