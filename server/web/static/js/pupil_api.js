// Talking with the school's server. Two things can go wrong and they are not alike: nobody answered, or the
// answer was no.

const PATIENCE_MS = 8_000;

/** Nobody answered (or something in between did): nothing is lost, try again. */
export class Unreachable extends Error {}

/** The server said no: `code`, a sentence for the pupil, and perhaps `seconds` to wait. */
export class Refused extends Error {
  constructor(status, { code, message, seconds }) {
    super(message ?? '');
    this.status = status;
    this.code = code ?? 'error';
    this.seconds = seconds ?? null;
  }
}

async function call(method, address, body) {
  let answer;
  let data;
  try {
    answer = await fetch(address, {
      method,
      cache: 'no-store',
      redirect: 'error',
      credentials: 'same-origin',
      signal: AbortSignal.timeout(PATIENCE_MS),
      headers: { accept: 'application/json', 'x-bangku-page': '1', 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    data = await answer.json();
  } catch {
    throw new Unreachable();
  }
  if (answer.status >= 500) throw new Unreachable();
  if (!answer.ok) throw new Refused(answer.status, data);
  return data;
}

/** Questions and acts under one address. */
export const door = (base) => ({
  get: (path) => call('GET', `${base}/${path}`),
  post: (path, body = {}) => call('POST', `${base}/${path}`, body),
});

export const { get, post } = door('/pupil');
