// What the school's policy tells this installation (managed_schema.json). Never a pupil's data.

import { isWebUrl } from './incoming.js';

const text = (value, limit = 200) =>
  typeof value === 'string' && value.length <= limit && !/\p{Cc}/u.test(value) ? value.trim() : '';

/** Values from chrome.storage.managed, or null while they are not there: a fresh install first reads {}. */
export function readConfig(values) {
  const listed = Array.isArray(values?.servers) ? values.servers : [];
  const servers = listed.filter((address) => isWebUrl(address)).map((address) => new URL(address).origin);
  // The secret is taken as it is: trimming would make another secret of it.
  const secret = typeof values?.enrolment_secret === 'string' ? values.enrolment_secret : '';
  const school = text(values?.school);
  if (servers.length === 0 || secret === '' || school === '') return null;
  return {
    servers: [...new Set(servers)],
    secret,
    school,
    serial: text(values.serial),
    language: values.language === 'en' ? 'en' : 'id',
  };
}

export class ManagedConfig {
  current = null;
  #read;

  /** `read()` resolves with the managed values. */
  constructor(read) {
    this.#read = read;
  }

  /** Read again. True when something changed. */
  async load() {
    const before = JSON.stringify(this.current);
    this.current = readConfig(await this.#read());
    return JSON.stringify(this.current) !== before;
  }
}
