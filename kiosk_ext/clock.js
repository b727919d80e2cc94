// Server time on the device. It is anchored once to what the server said and then carried by the monotonic
// clock, so that a change of the local clock neither shortens an exam nor releases a lock.

/** Less is the ordinary wobble of two clocks read one after the other. */
const JUMP_MS = 2_000;

export class Clock {
  #wall;
  #mono;
  #anchor; // {server, mono, wall}
  #drift = 0;
  #synced = false;

  /**
   * `offset` is server minus local time as last stored; `floor` is a server time known to be past.
   * The monotonic clock stands still in sleep: after it we are late, never early, until the server answers.
   */
  constructor({ wall = () => Date.now(), mono = () => performance.now(), offset = 0, floor = 0 } = {}) {
    this.#wall = wall;
    this.#mono = mono;
    this.#setAnchor(Math.max(wall() + offset, floor));
  }

  #setAnchor(server) {
    this.#anchor = { server, mono: this.#mono(), wall: this.#wall() };
    this.#drift = 0;
  }

  now() {
    return Math.round(this.#anchor.server + this.#mono() - this.#anchor.mono);
  }

  /** Server minus local time, now. */
  offset() {
    return this.now() - this.#wall();
  }

  /** An authenticated server time, read `roundTripMs` after the question was sent. */
  sync(serverTime, roundTripMs = 0) {
    this.#setAnchor(Math.round(serverTime + roundTripMs / 2));
    this.#synced = true;
  }

  /**
   * A page that outlived the worker kept its own monotonic time. Until the server has spoken, the earlier of
   * the two is taken: a clock put forward while the worker was stopped must not release a lock.
   * Returns how far the local clock ran ahead, or 0.
   */
  hint(pageServerNow) {
    if (this.#synced || !Number.isFinite(pageServerNow)) return 0;
    const ahead = this.now() - pageServerNow;
    if (ahead <= JUMP_MS) return 0;
    this.#setAnchor(pageServerNow);
    return Math.round(ahead);
  }

  /** How far the local clock moved against the monotonic one since the last call, or 0. */
  check() {
    const drift = this.#wall() - this.#anchor.wall - (this.#mono() - this.#anchor.mono);
    const moved = drift - this.#drift;
    if (Math.abs(moved) <= JUMP_MS) return 0;
    this.#drift = drift;
    return Math.round(moved);
  }

  /** What to store so that a restart goes on from here. */
  stored() {
    return { offset: this.offset(), floor: this.now() };
  }
}
