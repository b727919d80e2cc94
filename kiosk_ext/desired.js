// The document the device obeys: taken only when authentic and well-formed, stored before it is acted on, and
// obeyed again after any restart before the network is back.

import { sha256Hex } from './bytes.js';
import { BadMessage, checkDesired, checkDoc } from './incoming.js';
import { LIMITS } from './protocol.js';
import { effectiveMode } from './rules.js';

/** What an installation shows that has never had a document: the first server's pupil page, and nothing else. */
export function restDoc(servers) {
  return {
    mode: 'idle',
    device_label: null,
    room: null,
    seat: null,
    participant: null,
    exam_title: null,
    start_url: `${servers[0]}/pupil`,
    allowed_hosts: [],
    opens_at: null,
    ends_at: null,
    time_left_ms: null,
    notice: null,
    lock: null,
    clear: null,
    report_interval_ms: LIMITS.reportIntervalMaxMs,
  };
}

/**
 * The events owed when the document or the time changes, and the marks that keep each from being told twice.
 * `marks` is {lock: reason or null, time_up: the ends_at already told, or null}.
 */
export function transitions(doc, serverNow, marks) {
  const now = effectiveMode(doc, serverNow);
  const events = [];
  const next = { ...marks };
  const reason = now.lock?.reason ?? null;
  if (reason !== marks.lock) {
    if (marks.lock !== null) {
      events.push({ kind: 'lock_cleared', data: { cause: now.expired ? 'expired' : 'order' } });
    }
    if (reason !== null) events.push({ kind: 'lock_shown', data: { reason } });
    next.lock = reason;
  }
  if (now.timeUp && marks.time_up !== doc.ends_at) {
    events.push({ kind: 'time_up', data: {} });
    next.time_up = doc.ends_at;
  }
  return { events, marks: next };
}

export class Desired {
  #db;
  #queue;
  #clock;
  #applied; // {epoch, version, digest, doc} as received, or undefined
  #marks = { lock: null, time_up: null };
  doc = null;

  constructor(db, queue, clock) {
    this.#db = db;
    this.#queue = queue;
    this.#clock = clock;
  }

  /** Read back what was obeyed before the restart. */
  async load() {
    this.#applied = await this.#db.get('applied');
    this.#marks = (await this.#db.get('marks')) ?? this.#marks;
    if (this.#applied) this.doc = checkDoc(this.#applied.doc);
  }

  /** Take an authenticated document. True when it changed what the device does. */
  async take(message) {
    const desired = checkDesired(message);
    if ((await sha256Hex(desired.doc)) !== desired.digest) throw new BadMessage('doc does not fit its digest');
    const doc = checkDoc(desired.doc);
    const same = this.#applied?.digest === desired.digest;
    if (same && this.#applied.epoch === desired.epoch && this.#applied.version === desired.version) return false;
    const events = [];
    if (!same) {
      const { mode } = effectiveMode(doc, this.#clock.now());
      events.push({ kind: 'applied', data: { version: desired.version, mode } });
    }
    await this.#queue.append(events, this.#clock.now(), (life) => life.put('applied', desired));
    this.#applied = desired;
    this.doc = doc;
    return !same;
  }

  /** Tell what has changed since the last call: a lock shown or gone, the end of time. */
  async settle() {
    if (!this.doc) return;
    const { events, marks } = transitions(this.doc, this.#clock.now(), this.#marks);
    if (events.length === 0) return;
    await this.#queue.append(events, this.#clock.now(), (life) => life.put('marks', marks));
    this.#marks = marks;
  }

  /** For the report: which document, and what it shows now. */
  applied() {
    if (!this.#applied) return null;
    const { epoch, version, digest } = this.#applied;
    return { epoch, version, digest, mode: effectiveMode(this.doc, this.#clock.now()).mode };
  }

  intervalMs() {
    const wanted = this.doc?.report_interval_ms ?? LIMITS.reportIntervalMaxMs;
    return Math.min(LIMITS.reportIntervalMaxMs, Math.max(LIMITS.reportIntervalMinMs, wanted));
  }
}
