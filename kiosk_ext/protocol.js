// Version 1 of the device protocol: its tables and its canonical texts. The description is docs/protocol.md;
// tests/ext/protocol_doc.test.js holds the two together. Nothing here touches the network or the clock.

import { hex, hmac, hmacFits, sha256Hex, utf8 } from './bytes.js';

export const PROTOCOL = 1;

export const LIMITS = Object.freeze({
  messageBytes: 256 * 1024,
  eventsPerReport: 200,
  reportIntervalMinMs: 5_000,
  reportIntervalMaxMs: 20_000,
});

export const MODES = ['idle', 'waiting', 'exam', 'locked', 'finished'];
export const LOCK_REASONS = ['proctor', 'supervisor', 'paused', 'incident', 'identity'];
export const GRADES = ['attested', 'bound', 'managed', 'claimed', 'manual'];
export const STANDINGS = ['live', 'quarantined'];
export const PAGES = ['waiting', 'exam', 'practice', 'lock', 'blocked', 'other', 'none'];

/** Event kinds and the names of their data. */
export const EVENT_KINDS = Object.freeze({
  worker_started: ['cause'],
  connected: ['address'],
  disconnected: ['reason'],
  applied: ['version', 'mode'],
  page: ['page', 'host'],
  blocked: ['host', 'how'],
  keys_blocked: ['count'],
  focus_lost: [],
  focus_gained: [],
  lock_shown: ['reason'],
  lock_cleared: ['cause'],
  clock_jumped: ['by_ms'],
  time_up: [],
  site_data_cleared: ['clear_id'],
});

export const SCOPES = ['machine', 'kiosk'];
export const ATTEST_ERRORS = ['unsupported', 'not_allowed', 'failed'];

/** Closed sets of words among the event data. */
export const EVENT_WORDS = Object.freeze({
  worker_started: { cause: ['install', 'browser', 'wake', 'update'] },
  blocked: { how: ['navigation', 'tab', 'window', 'page'] },
  lock_cleared: { cause: ['order', 'expired'] },
});

/** Everything a device tells about itself: the list parents and heads of school may ask to see. */
export const OBSERVED_FIELDS = [
  'battery', 'charging', 'focused', 'page', 'page_host', 'blocked_count', 'unsent_answers',
  'free_storage_mb', 'extension_version', 'browser_version', 'clock_offset_ms',
];

export const HELLO_FIELDS = ['protocol', 'server_nonce', 'server_time'];
export const PROVE_FIELDS = [
  'protocol', 'address', 'school', 'serial', 'installation_id', 'public_key', 'device_nonce', 'mac',
  'signature', 'connection_ticket', 'client',
];
export const WELCOME_FIELDS = [
  'session_id', 'connection_ticket', 'acked_seq', 'grade', 'standing', 'server_time', 'desired',
];
export const ENVELOPE_FIELDS = ['n', 'body', 'mac'];
export const REPORT_FIELDS = ['applied', 'observed', 'last_seq', 'events'];
export const ACK_FIELDS = ['report_n', 'acked_seq', 'server_time', 'rejected', 'desired', 'attest'];
export const ATTEST_FIELDS = ['id', 'scope', 'challenge', 'expires_at'];
export const ATTESTED_FIELDS = ['id', 'response', 'error'];
export const DESIRED_FIELDS = ['epoch', 'version', 'digest', 'doc'];
export const DOC_FIELDS = [
  'mode', 'device_label', 'room', 'seat', 'participant', 'exam_title', 'start_url', 'allowed_hosts',
  'opens_at', 'ends_at', 'time_left_ms', 'notice', 'lock', 'clear', 'report_interval_ms',
];

export const REFUSAL_CODES = [
  'bad_message', 'too_large', 'protocol_version', 'wrong_address', 'wrong_school', 'bad_proof',
  'nonce_expired', 'unknown_device', 'installation_forked', 'proof_timeout', 'not_proven', 'bad_mac',
  'session_gone', 'replaced', 'busy', 'event_invalid', 'newcomers_many', 'rejected',
];

/** The HTTP twin's paths. The MAC of a request covers method and path, the MAC of its answer `answer`. */
export const HTTP = Object.freeze({
  hello: { path: '/api/device/hello', answer: null },
  prove: { path: '/api/device/prove', answer: 'welcome' },
  report: { path: '/api/device/report', answer: 'ack' },
  page_ticket: { path: '/api/device/page-ticket', answer: 'page_ticket' },
  attested: { path: '/api/device/attested', answer: 'noted' },
});

const sharedLines = (f) => [
  f.device_nonce, f.server_nonce, f.address, f.school, f.serial, f.installation_id, f.thumbprint,
  String(PROTOCOL),
];

/** The text both sides prove the secret over; `role` is `device` or `server`. */
export const proofText = (role, fields) => ['bangku-proof-1', role, ...sharedLines(fields)].join('\n');

export const proofMac = async (secret, role, fields) =>
  hex(await hmac(utf8(secret), proofText(role, fields)));

export const proofFits = (secret, role, fields, mac) =>
  hmacFits(utf8(secret), proofText(role, fields), mac);

/** Derived on both sides, never sent. Raw bytes. */
export const sessionKey = (secret, fields) =>
  hmac(utf8(secret), ['bangku-session-1', ...sharedLines(fields)].join('\n'));

const envelopeText = async (kind, n, body) => `${kind}\n${n}\n${await sha256Hex(body)}`;

export const envelopeMac = async (key, kind, n, body) =>
  hex(await hmac(key, await envelopeText(kind, n, body)));

export const envelopeFits = async (key, kind, { n, body, mac }) =>
  hmacFits(key, await envelopeText(kind, n, body), mac);
