// What a page is told: enough to keep the lock and the time by itself, no more.

/** `notice` is left out once the pupil has read it. */
export function pageView({ doc, serverNow, online, hosts, dismissed, texts }) {
  return {
    held: doc !== null,
    server_now: serverNow,
    online,
    doc: doc && {
      mode: doc.mode,
      lock: doc.lock,
      ends_at: doc.ends_at,
      time_left_ms: doc.time_left_ms,
      notice: doc.notice?.id === dismissed ? null : doc.notice,
      seat: doc.seat,
      device_label: doc.device_label,
    },
    allowed_hosts: hosts.allowed,
    own_hosts: hosts.own,
    texts,
  };
}
