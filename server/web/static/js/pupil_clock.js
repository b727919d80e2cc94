// Server time in the page, also after a reload without the server. Anchored to what the server said and carried by
// the monotonic clock, so a change of the local clock moves no deadline.

const KEY = 'bangku-clock';

function stored() {
  try {
    const { offset, floor } = JSON.parse(localStorage.getItem(KEY));
    if (Number.isFinite(offset) && Number.isFinite(floor)) return { offset, floor };
  } catch {
    // Never met the server, or the browser keeps nothing.
  }
  return { offset: 0, floor: 0 };
}

export class ServerClock {
  #server;
  #mono;

  constructor() {
    const { offset, floor } = stored();
    this.#set(Math.max(Date.now() + offset, floor));
  }

  #set(server) {
    this.#server = server;
    this.#mono = performance.now();
  }

  now() {
    return Math.round(this.#server + performance.now() - this.#mono);
  }

  /** A server time that was read `roundTripMs` after the question was sent. */
  sync(serverTime, roundTripMs) {
    this.#set(serverTime + roundTripMs / 2);
    this.keep();
  }

  /** Remember how far we are: a reload never goes back behind it. */
  keep() {
    try {
      localStorage.setItem(KEY, JSON.stringify({ offset: this.now() - Date.now(), floor: this.now() }));
    } catch {
      // Without storage the next load asks the server first.
    }
  }
}
