// Bytes, hex, base64url and the two hashes the protocol uses. WebCrypto only: the same in the worker and in Node.

const encoder = new TextEncoder();

export const utf8 = (text) => encoder.encode(text);

export const hex = (bytes) =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

export const fromHex = (text) => {
  if (!/^(?:[0-9a-f]{2})*$/.test(text)) throw new TypeError('not lower-case hex');
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
};

export const base64url = (bytes) =>
  btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');

export const fromBase64url = (text) => {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new TypeError('not base64url');
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (sign) => sign.charCodeAt(0));
};

export const randomHex = (count) => hex(crypto.getRandomValues(new Uint8Array(count)));

export const sha256Hex = async (data) =>
  hex(await crypto.subtle.digest('SHA-256', typeof data === 'string' ? utf8(data) : data));

const hmacKey = (raw) =>
  crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);

/** HMAC-SHA256 of a text; returns raw bytes. */
export async function hmac(rawKey, text) {
  return new Uint8Array(await crypto.subtle.sign('HMAC', await hmacKey(rawKey), utf8(text)));
}

/** True when `macHex` fits. WebCrypto compares in constant time, a string comparison would not. */
export async function hmacFits(rawKey, text, macHex) {
  if (typeof macHex !== 'string' || !/^[0-9a-f]{64}$/.test(macHex)) return false;
  return crypto.subtle.verify('HMAC', await hmacKey(rawKey), fromHex(macHex), utf8(text));
}
