// Extension updates are frozen while pupils may be working: only an idle device takes a new version.

const CHECK_MS = 3_600_000;

export class Updates {
  #api;
  #idle;
  #ready = false;
  #checkedAt = Number.NEGATIVE_INFINITY;

  constructor(api, idle) {
    this.#api = api;
    this.#idle = idle;
  }

  arrived() {
    this.#ready = true;
    this.consider();
  }

  /** Take a version that waits, or ask for one, when nobody is working. */
  consider() {
    if (!this.#idle()) return;
    if (this.#ready) {
      this.#api.self.reload(); // in a ChromeOS kiosk this does nothing: the next session has the new version
      return;
    }
    if (performance.now() - this.#checkedAt < CHECK_MS) return;
    this.#checkedAt = performance.now();
    // Chrome asks by itself only every few hours, and some builds never.
    this.#api.self.checkForUpdate();
  }
}
