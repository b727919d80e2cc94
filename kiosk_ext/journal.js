// Events that come in floods, told without flooding: blocked attempts, swallowed keys, focus.

const SAME_BLOCK_MS = 5_000;
const KEYS_MS = 20_000;
const FOCUS_MS = 500; // moving between two windows of ours passes through "no window"

export class Journal {
  blockedCount = 0;
  focused = false;
  #db;
  #queue;
  #clock;
  #lastBlock = new Map();
  #keys = 0;
  #keysTimer = null;
  #focusTimer = null;
  #front = null;

  constructor(db, queue, clock) {
    this.#db = db;
    this.#queue = queue;
    this.#clock = clock;
  }

  async load() {
    this.blockedCount = (await this.#db.get('blocked_count')) ?? 0;
    this.#front = (await this.#db.get('front')) ?? null;
  }

  add(kind, data = {}, also = null) {
    return this.#queue.append([{ kind, data }], this.#clock.now(), also);
  }

  /** Each attempt is counted; the same one within seconds is told once. */
  async blocked(host, how) {
    this.blockedCount += 1;
    const what = `${how} ${host}`;
    const now = performance.now();
    const told = now - (this.#lastBlock.get(what) ?? Number.NEGATIVE_INFINITY) < SAME_BLOCK_MS;
    const store = (life) => life.put('blocked_count', this.blockedCount);
    if (told) {
      await this.#db.transaction(({ life }) => store(life));
      return;
    }
    if (this.#lastBlock.size > 100) this.#lastBlock.clear();
    this.#lastBlock.set(what, now);
    await this.add('blocked', { host, how }, store);
  }

  keys(count) {
    if (!Number.isSafeInteger(count) || count <= 0) return;
    this.#keys += count;
    if (this.#keysTimer !== null) return;
    this.#keysTimer = setTimeout(() => {
      const total = this.#keys;
      this.#keys = 0;
      this.#keysTimer = null;
      this.add('keys_blocked', { count: total });
    }, KEYS_MS);
  }

  focus(focused) {
    clearTimeout(this.#focusTimer);
    this.#focusTimer = setTimeout(() => {
      if (focused === this.focused) return;
      this.focused = focused;
      this.add(focused ? 'focus_gained' : 'focus_lost');
    }, FOCUS_MS);
  }

  /** The page in front, told when it changes. */
  async front({ page, host }) {
    const what = `${page} ${host}`;
    if (what === this.#front) return;
    this.#front = what;
    await this.add('page', { page, host }, (life) => life.put('front', what));
  }
}
