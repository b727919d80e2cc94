// Keeping the picture fresh: ask again and again, sooner when something may have changed. What the extension's
// content script reads of us (docs/protocol.md, section 5) is set here.

import { get, Refused } from './pupil_api.js';

const ASK_MS = { working: 6_000, idle: 6_000, finished: 6_000 };
const ASK_SOON_MS = 3_000;
const root = document.documentElement;

export function tellUnsent(count) {
  root.dataset.bangkuUnsent = String(count);
}

export class Live {
  /** The newest picture, or null. */
  state = null;
  #clock;
  #onState;
  #onAway;
  #timer = null;
  #asking = false;
  #again = false;

  /** `onState(state)`; `onAway('offline' | 'unbound')` when there is none to be had now. */
  constructor({ clock, onState, onAway }) {
    this.#clock = clock;
    this.#onState = onState;
    this.#onAway = onAway;
  }

  start() {
    addEventListener('online', () => this.hurry());
    addEventListener('pageshow', (event) => event.persisted && this.hurry());
    document.addEventListener('visibilitychange', () => document.hidden || this.hurry());
    this.hurry();
  }

  /** Ask now. */
  async hurry() {
    if (this.#asking) {
      this.#again = true;
      return;
    }
    this.#asking = true;
    clearTimeout(this.#timer);
    const sent = performance.now();
    try {
      const state = await get('state');
      this.#clock.sync(state.server_time, performance.now() - sent);
      this.take(state);
    } catch (error) {
      this.failed(error);
    }
    this.#asking = false;
    if (this.#again) {
      this.#again = false;
      this.hurry();
      return;
    }
    const wait = ASK_MS[this.state?.page] ?? ASK_SOON_MS;
    this.#timer = setTimeout(() => this.hurry(), wait * (0.8 + 0.4 * Math.random()));
  }

  /** A picture that came as the answer to an act. */
  take(state) {
    delete root.dataset.bangkuBinding;
    this.state = state;
    this.#onState(state);
  }

  /** An act or a question that failed: unbound pages ask the extension for a ticket. */
  failed(error) {
    const unbound = error instanceof Refused && error.code === 'binding_needed';
    if (unbound) root.dataset.bangkuBinding = 'needed';
    this.#onAway(unbound ? 'unbound' : 'offline');
  }
}
