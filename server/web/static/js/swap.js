// Replacing pieces of the page without losing the focus, the selection or a half-typed word.

const waiting = new Map();

/** Replace the content of a part; while somebody types in it, wait until they leave. */
export function swapPart(id, html) {
  const part = document.getElementById(id);
  if (!part) return;
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  if (focused && focused.matches("input, textarea, select")) {
    if (!waiting.has(id)) part.addEventListener("focusout", () => later(id), { once: true });
    waiting.set(id, html);
    return;
  }
  waiting.delete(id);
  part.innerHTML = html;
  if (focused?.id) document.getElementById(focused.id)?.focus({ preventScroll: true });
}

function later(id) {
  const html = waiting.get(id);
  waiting.delete(id);
  // after the click that took the focus away has been handled by the old buttons
  if (html !== undefined) setTimeout(() => swapPart(id, html), 300);
}

const KEEP = new Set(["tabindex", "aria-selected", "id"]);

/** Take over a desk's new content and attributes; what the page itself keeps (focus, selection) stays. */
export function swapDesk(desks, html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  const fresh = template.content.firstElementChild;
  const desk = document.getElementById(fresh.id);
  if (!desk) {
    desks.append(fresh);
    return fresh;
  }
  const mine = [...desk.classList].filter((c) => c === "dimmed");
  for (const { name, value } of fresh.attributes) {
    if (!KEEP.has(name)) desk.setAttribute(name, value);
  }
  desk.classList.add(...mine);
  desk.replaceChildren(...fresh.childNodes);
  return desk;
}
