// What a browser can say of the machine it runs on. Null is "not known", never "fine".
//
// Battery, storage and camera exist only in a secure context: trusted https, or this very machine.

const TRIES = 3;
const ROUND_TRIP_MAX_MS = 600_000;

async function orNull(asked) {
  try {
    return (await asked()) ?? null;
  } catch {
    return null;
  }
}

/** Of several tries the quickest: the others waited for something else. `ask()` fetches the server's time. */
async function server(ask) {
  let best = null;
  for (let n = 0; n < TRIES; n += 1) {
    const began = performance.now();
    const told = await orNull(ask);
    const trip = Math.round(performance.now() - began);
    if (told !== null && trip <= ROUND_TRIP_MAX_MS && (best === null || trip < best.trip)) {
      best = { trip, offset: Math.round(Date.now() - (told.server_time + trip / 2)) };
    }
  }
  return best;
}

/** Everything at once, in the shape the server takes. `askTime()` resolves to `{server_time}`. */
export async function measure(askTime) {
  const battery = await orNull(() => navigator.getBattery?.());
  const storage = await orNull(() => navigator.storage?.estimate());
  const spoken = await server(askTime);
  const type = navigator.connection?.effectiveType;
  return {
    battery: battery ? Math.round(battery.level * 100) : null,
    charging: battery ? battery.charging : null,
    storage_free_mb: storage?.quota === undefined ? null : Math.max(0, Math.round((storage.quota - storage.usage) / 1e6)),
    online: typeof navigator.onLine === 'boolean' ? navigator.onLine : null,
    effective_type: ['slow-2g', '2g', '3g', '4g'].includes(type) ? type : null,
    round_trip_ms: spoken?.trip ?? null,
    clock_offset_ms: spoken?.offset ?? null,
    screen: screen.width > 0 && screen.height > 0 ? [Math.round(screen.width), Math.round(screen.height)] : null,
    touch_points: Math.min(256, navigator.maxTouchPoints ?? 0),
    secure: isSecureContext,
    browser: navigator.userAgent.slice(0, 200),
  };
}
