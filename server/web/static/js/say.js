// Short messages: seen as a note in the corner, heard by a screen reader.

const SHOWN_MS = 7000;

/** `fill("Meja {seat}", {seat: 7})` */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}

export function toast(text, kind = "good") {
  const box = document.getElementById("toasts");
  const note = document.createElement("p");
  note.className = `toast ${kind}`;
  note.textContent = text;
  note.addEventListener("click", () => note.remove());
  box.append(note);
  while (box.children.length > 4) box.firstElementChild.remove();
  setTimeout(() => note.remove(), SHOWN_MS);
}

/** What an act brought takes the place of older notes. */
export function hush() {
  document.getElementById("toasts").replaceChildren();
}

/** For what changed on the board: heard, not shown (the board shows it). */
export function announce(text) {
  document.getElementById("said").textContent = text;
}
