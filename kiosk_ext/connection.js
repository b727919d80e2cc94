// One connection to the first server that can prove itself. Single-flight: start-up, alarm and a lost socket may
// all ask at once, and two sockets from one device would look like a fork.

const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 8_000; // a pupil may be waiting behind a frozen page
const UPGRADE_MS = 60_000;

/** Full jitter: a room of devices that lost one access point must not come back in one blow. */
export const backoffMs = (failures, random = Math.random) =>
  Math.round(random() * Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(failures, 10)));

export class Connection {
  /** The live channel or null. */
  channel = null;
  #servers;
  #openSocket;
  #openHttp;
  #onUp;
  #onDown;
  #onFailure;
  #flight = null;
  #failures = 0;
  #notBefore = 0;
  #retry = null;
  #upgrade = null;

  /**
   * `servers()` gives the ordered addresses. `onUp(channel)` and `onDown(reason)` come in turns;
   * `onFailure(error)` tells of each attempt that failed.
   */
  constructor({ servers, openSocket, openHttp, onUp, onDown, onFailure = () => {} }) {
    this.#servers = servers;
    this.#openSocket = openSocket;
    this.#openHttp = openHttp;
    this.#onUp = onUp;
    this.#onDown = onDown;
    this.#onFailure = onFailure;
  }

  /** Be connected, if it can be had now. Resolves with the channel or null. */
  wake() {
    if (this.channel || Date.now() < this.#notBefore) return Promise.resolve(this.channel);
    this.#flight ??= this.#connect().finally(() => {
      this.#flight = null;
    });
    return this.#flight;
  }

  async #connect() {
    clearTimeout(this.#retry);
    let retryAfterMs = 0;
    let addresses = this.#servers();
    // Every server by socket before any by HTTP, and HTTP only where no socket could be had: a server that answered
    // and said no, or could not prove itself, says the same over HTTP.
    for (const open of [this.#openSocket, this.#openHttp]) {
      const silent = [];
      for (const address of addresses) {
        try {
          return this.#adopt(await open(address));
        } catch (error) {
          if (error.code === 'unreachable') silent.push(address);
          retryAfterMs = Math.max(retryAfterMs, error.retryAfterMs ?? 0);
          this.#onFailure(error);
        }
      }
      addresses = silent;
    }
    this.#later(retryAfterMs);
    return null;
  }

  #adopt(channel) {
    const before = this.channel;
    this.channel = channel;
    this.#failures = 0;
    this.#notBefore = 0;
    channel.onLost = (reason, retryAfterMs) => {
      if (this.channel !== channel) return; // an old channel that was replaced has no say
      this.channel = null;
      clearTimeout(this.#upgrade);
      this.#onDown(reason);
      this.#later(retryAfterMs);
    };
    clearTimeout(this.#upgrade);
    if (channel.kind === 'http') this.#upgrade = setTimeout(() => this.#tryUpgrade(channel), UPGRADE_MS);
    before?.close('upgraded');
    this.#onUp(channel);
    return channel;
  }

  /** A network may let websockets through later; the twin costs the server more and pushes nothing. */
  async #tryUpgrade(http) {
    if (this.channel !== http) return;
    try {
      const socket = await this.#openSocket(http.address);
      if (this.channel === http) this.#adopt(socket);
      else socket.close('late');
    } catch (error) {
      this.#onFailure(error);
      if (this.channel === http) this.#upgrade = setTimeout(() => this.#tryUpgrade(http), UPGRADE_MS);
    }
  }

  #later(retryAfterMs) {
    const wait = retryAfterMs + backoffMs(this.#failures);
    this.#failures += 1;
    this.#notBefore = Date.now() + wait;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#notBefore = 0;
      this.wake();
    }, wait);
  }

  /** The addresses or the secret changed: what we have may no longer be right. */
  reset(reason) {
    this.#failures = 0;
    this.#notBefore = 0;
    if (this.channel) this.channel.close(reason);
    else this.wake();
  }

  /** For tests and for going away: no retry stays behind. */
  stop() {
    const channel = this.channel;
    this.channel = null;
    clearTimeout(this.#retry);
    clearTimeout(this.#upgrade);
    this.#notBefore = Number.POSITIVE_INFINITY;
    channel?.close('stopped');
  }
}
