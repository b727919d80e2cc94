// Who this installation says it is: serial number, browser and extension versions.

const SHORT = 80;

async function browserVersion() {
  try {
    const { fullVersionList } = await navigator.userAgentData.getHighEntropyValues(['fullVersionList']);
    const known = fullVersionList.find(({ brand }) => brand === 'Google Chrome')
      ?? fullVersionList.find(({ brand }) => brand === 'Chromium');
    if (known) return known.version.slice(0, SHORT);
  } catch {
    // Older builds: the reduced version below is what there is.
  }
  return /Chrome\/([\d.]+)/.exec(navigator.userAgent)?.[1] ?? 'unknown';
}

export class Identity {
  #api;
  #serial = '';

  constructor(api) {
    this.#api = api;
  }

  async load() {
    this.client = {
      extension: this.#api.self.version(),
      browser: await browserVersion(),
      platform: await this.#api.self.platform(),
    };
    try {
      this.#serial = await this.#api.deviceSerial();
    } catch {
      this.#serial = ''; // not affiliated: as if the platform had none
    }
  }

  /** The platform's word; the managed value only where the platform has none to give. */
  serial(config) {
    const serial = this.#serial || config.serial;
    return serial.replaceAll(/\p{Cc}/gu, '').trim().slice(0, SHORT);
  }
}
