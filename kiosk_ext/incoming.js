// Everything that comes from the network passes here before anything acts on it. Unknown fields are refused
// in development and ignored, and counted, in production.

import {
  ACK_FIELDS, ATTEST_FIELDS, DESIRED_FIELDS, DOC_FIELDS, ENVELOPE_FIELDS, GRADES, HELLO_FIELDS, LIMITS, LOCK_REASONS, MODES,
  PROTOCOL, REFUSAL_CODES, SCOPES, STANDINGS, WELCOME_FIELDS,
} from './protocol.js';

export class BadMessage extends Error {
  constructor(what) {
    super(`message from the server: ${what}; it was not acted on`);
    this.code = 'bad_message';
  }
}

/** `strict` refuses unknown fields (development); `ignored` counts the ones let pass. */
export const tolerance = { strict: false, ignored: 0 };

const CONTROL = /\p{Cc}/u;
const CONTROL_BUT_LINES = /[^\P{Cc}\n]/u;

const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const isText = (value, limit = 2_000) =>
  typeof value === 'string' && value.length <= limit && !CONTROL.test(value);
/** What a proctor wrote for pupils may have line breaks. */
const isProse = (value) => typeof value === 'string' && value.length <= 2_000 && !CONTROL_BUT_LINES.test(value);
const isHex = (value, digits) =>
  typeof value === 'string' && value.length === digits && /^[0-9a-f]+$/.test(value);
const orNull = (test) => (value) => value === null || test(value);
const oneOf = (words) => (value) => words.includes(value);
const isMessageText = (value) => typeof value === 'string' && value.length <= LIMITS.messageBytes;

export function isWebUrl(value) {
  return isText(value) && /^https?:\/\//.test(value) && URL.canParse(value);
}

/** host or host:port, exact, never a wildcard. */
export const isHost = (value) => isText(value, 300) && /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(value);

function take(what, value, tests, optional = []) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new BadMessage(`${what} is no object`);
  const out = {};
  for (const [name, test] of Object.entries(tests)) {
    if (!(name in value)) {
      if (optional.includes(name)) continue;
      throw new BadMessage(`${what} lacks ${name}`);
    }
    if (!test(value[name])) throw new BadMessage(`${what} has a bad ${name}`);
    out[name] = value[name];
  }
  const unknown = Object.keys(value).filter((name) => !(name in tests));
  if (unknown.length > 0) {
    if (tolerance.strict) throw new BadMessage(`${what} has unknown fields`);
    tolerance.ignored += unknown.length;
  }
  return out;
}

const table = (fields, tests) => Object.fromEntries(fields.map((name) => [name, tests[name]]));
const nested = (what, tests) => (value) => Boolean(take(what, value, tests));

const HELLO = table(HELLO_FIELDS, {
  protocol: (value) => value === PROTOCOL,
  server_nonce: (value) => isHex(value, 32),
  server_time: isCount,
});
const ENVELOPE = table(ENVELOPE_FIELDS, {
  n: (value) => isCount(value) && value > 0,
  body: isMessageText,
  mac: (value) => isHex(value, 64),
});
const DESIRED = table(DESIRED_FIELDS, {
  epoch: (value) => isHex(value, 8),
  version: isCount,
  digest: (value) => isHex(value, 64),
  doc: isMessageText,
});
const WELCOME = table(WELCOME_FIELDS, {
  session_id: (value) => isText(value, 200) && value !== '',
  connection_ticket: (value) => isText(value, 200) && value !== '',
  acked_seq: isCount,
  grade: oneOf(GRADES),
  standing: oneOf(STANDINGS),
  server_time: isCount,
  desired: nested('desired', DESIRED),
});
const ATTEST = table(ATTEST_FIELDS, {
  id: isCount,
  scope: oneOf(SCOPES),
  challenge: (value) => typeof value === 'string' && /^[A-Za-z0-9_-]{1,65536}$/.test(value),
  expires_at: isCount,
});
const ACK = table(ACK_FIELDS, {
  report_n: isCount,
  acked_seq: isCount,
  server_time: isCount,
  rejected: (value) =>
    Array.isArray(value) && value.every(nested('rejected', { seq: isCount, code: (word) => isText(word, 100) })),
  desired: nested('desired', DESIRED),
  attest: nested('attest', ATTEST),
});
const DOC = table(DOC_FIELDS, {
  mode: oneOf(MODES),
  device_label: orNull(isText),
  room: orNull(isText),
  seat: orNull(isText),
  participant: orNull(nested('participant', { name: isText, number: orNull(isText) })),
  exam_title: orNull(isText),
  start_url: isWebUrl,
  allowed_hosts: (value) => Array.isArray(value) && value.length <= 200 && value.every(isHost),
  opens_at: orNull(isCount),
  ends_at: orNull(isCount),
  time_left_ms: orNull(isCount),
  notice: orNull(nested('notice', { id: (id) => isText(id, 100) || isCount(id), text: isProse })),
  lock: orNull(nested('lock', {
    reason: oneOf(LOCK_REASONS),
    text: isProse,
    expires_at: orNull(isCount),
    then: oneOf(MODES.filter((mode) => mode !== 'locked')),
  })),
  clear: orNull(nested('clear', {
    id: (id) => isText(id, 100),
    origins: (list) => Array.isArray(list) && list.length <= 200 && list.every(isWebUrl),
  })),
  report_interval_ms: isCount,
});

export const checkHello = (value) => take('hello', value, HELLO);
export const checkEnvelope = (value) => take('envelope', value, ENVELOPE);
export const checkWelcome = (value) => take('welcome', value, WELCOME);
export const checkAck = (value) => take('ack', value, ACK, ['desired', 'attest']);
export const checkAttest = (value) => take('attest', value, ATTEST);
export const checkStillHere = (value) => take('still_here', value, { nonce: (text) => isHex(text, 32) });
export const checkDesired = (value) => take('desired', value, DESIRED);
export const checkPageTicket = (value) =>
  take('page_ticket', value, { ticket: (t) => isText(t, 500) && t !== '', expires_at: isCount, url: isWebUrl });

/** A refusal with an unknown code is still a refusal. */
export function checkRefused(value) {
  const code = REFUSAL_CODES.includes(value?.code) ? value.code : 'bad_message';
  const wait = value?.retry_after_ms;
  return { code, retry_after_ms: isCount(wait) ? Math.min(wait, 600_000) : 0 };
}

export function parseJson(what, text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadMessage(`${what} is no JSON`);
  }
}

export function checkDoc(text) {
  const doc = take('doc', parseJson('doc', text), DOC);
  if (doc.mode === 'locked' && doc.lock === null) throw new BadMessage('doc is locked without a lock');
  return doc;
}
