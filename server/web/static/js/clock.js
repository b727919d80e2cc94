// The school's clock on a laptop that may be set wrong: server time plus what passed since, in the school's zone.

let serverAt = Date.now();
let seenAt = performance.now();
let zoneMs = 7 * 3_600_000;

export function setZone(hours) {
  zoneMs = Number(hours) * 3_600_000;
}

export function setServerTime(at) {
  serverAt = Number(at);
  seenAt = performance.now();
}

export function now() {
  return serverAt + (performance.now() - seenAt);
}

/** 08.41.07 in the school's zone. */
export function clockText(at, seconds = true) {
  const iso = new Date(at + zoneMs).toISOString();
  return iso.slice(11, seconds ? 19 : 16).replaceAll(":", ".");
}

/** 12:03 or 1:02:03. */
export function leftText(ms) {
  const all = Math.max(0, Math.floor(ms / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(all / 3600), Math.floor((all % 3600) / 60), all % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

const LAST_MINUTES_MS = 2 * 60_000;

/** Once a second: the wall clock, and time left on every desk. */
export function tick() {
  const at = now();
  const clock = document.getElementById("clock");
  if (clock) clock.textContent = clockText(at);
  for (const element of document.querySelectorAll("[data-ends-at]")) {
    const left = Number(element.dataset.endsAt) - at;
    const text = leftText(left);
    if (element.textContent !== text) element.textContent = text;
    element.classList.toggle("soon", left < LAST_MINUTES_MS);
  }
  for (const element of document.querySelectorAll("[data-seconds-to]")) {
    const seconds = Math.max(0, Math.ceil((Number(element.dataset.secondsTo) - at) / 1000));
    element.textContent = String(seconds);
  }
}

export function start() {
  tick();
  setInterval(tick, 1000);
}
