// Why a channel to a server could not be had, or was lost.

/** Nothing there that speaks to us: try another way or another server. */
export class Unreachable extends Error {
  constructor(address, why) {
    super(`server ${address}: not reachable (${why}); it is tried again by itself`);
    this.code = 'unreachable';
  }
}

/** The server said no, with a stable code (docs/protocol.md, section 6). */
export class Refused extends Error {
  constructor(address, { code, retry_after_ms: retryAfterMs }) {
    super(`server ${address}: it refused this device (${code})`);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The channel ended while an answer was awaited. */
export class ChannelLost extends Error {
  constructor(reason) {
    super(`connection: lost (${reason}); what was not acknowledged is sent again`);
    this.code = 'channel_lost';
    this.reason = reason;
  }
}
