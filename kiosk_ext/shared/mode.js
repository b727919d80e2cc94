// What a desired document means at a moment of server time. Pure, and a plain script for the same reason as
// hosts.js: the page's overlay must keep time by itself when the worker sleeps or the network is gone.

(() => {
  /**
   * A lock that has run out stands for the mode behind it, offline too. Time is up when `ends_at` passed while
   * the pupil is in the exam; a paused exam has no `ends_at`, so a pause can never run out.
   */
  function effectiveMode(doc, serverNow) {
    const lock = doc.lock ?? null;
    const expired = lock !== null && lock.expires_at !== null && serverNow >= lock.expires_at;
    const locked = doc.mode === 'locked' && !expired;
    const mode = doc.mode === 'locked' && expired ? lock.then : doc.mode;
    const timeUp = mode === 'exam' && doc.ends_at !== null && serverNow >= doc.ends_at;
    return { mode, lock: locked ? lock : null, expired: doc.mode === 'locked' && expired, timeUp };
  }

  /** Milliseconds left on the exam clock, or null where there is none to show. */
  function timeLeft(doc, serverNow) {
    if (doc.time_left_ms !== null) return doc.time_left_ms;
    if (doc.ends_at === null) return null;
    return Math.max(0, doc.ends_at - serverNow);
  }

  /**
   * What lies over the page: nothing, a lock, or the end of time. With the server in reach its document decides
   * when the exam is over; alone, the device freezes input at `ends_at` and keeps everything.
   */
  function cover(doc, serverNow, online) {
    const now = effectiveMode(doc, serverNow);
    if (now.lock) {
      return { kind: 'lock', reason: now.lock.reason, text: now.lock.text, expires_at: now.lock.expires_at };
    }
    return now.timeUp && !online ? { kind: 'time_up' } : null;
  }

  /** When the picture changes next by the passing of time alone, or null. */
  function nextChange(doc, serverNow) {
    const moments = [doc.mode === 'locked' ? doc.lock?.expires_at : null, doc.ends_at];
    const ahead = moments.filter((moment) => typeof moment === 'number' && moment > serverNow);
    return ahead.length > 0 ? Math.min(...ahead) : null;
  }

  globalThis.bangkuMode = Object.freeze({ effectiveMode, timeLeft, cover, nextChange });
})();
