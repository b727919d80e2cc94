// The room board: puts live pieces, keys, acts and the clock together.

import { Acts } from "./acts.js";
import { ask } from "./ask.js";
import * as clock from "./clock.js";
import * as command from "./command.js";
import { Desks } from "./desks.js";
import { connect } from "./live.js";
import { post } from "./post.js";
import { announce, fill } from "./say.js";
import { Scanner } from "./scanner.js";
import { Spare } from "./spare.js";
import { swapDesk, swapPart } from "./swap.js";

const board = document.getElementById("board");
const words = JSON.parse(document.getElementById("words").textContent);
const examId = Number(board.dataset.exam);
const control = board.dataset.control === "1";
const live = document.getElementById("live");
const chosenText = document.getElementById("chosen");
const SLOWER_MS = 30_000;
let freshAt = Number(board.dataset.at);

clock.setZone(board.dataset.zoneHours);
clock.setServerTime(freshAt);
clock.start();

let acts = null;
const desks = new Desks(document.getElementById("desks"), () => {
  const seats = desks?.chosen().map((desk) => desk.dataset.seat) ?? [];
  acts?.refit();
  if (chosenText) chosenText.textContent = seats.length ? fill(words.chosen, { count: seats.length, seats: seats.join(", ") }) : words.none;
});
if (control) acts = new Acts(examId, desks, words);
const swapsPart = document.getElementById("part-swaps");
const spare = control ? new Spare(examId, desks, acts, words) : null;
if (control) command.attach(document.getElementById("command"), desks, acts, words);

swapsPart.addEventListener("mouseleave", () => {
  swapsPart.style.minHeight = "";
  swapsPart.classList.remove("held");
});

function markFilter() {
  for (const chip of document.querySelectorAll("[data-filter]")) {
    chip.setAttribute("aria-pressed", String(chip.dataset.filter === desks.filter));
  }
}

function show(parts) {
  // An older picture that was slower on its way; one that is much older comes from a server whose clock was set back.
  if (parts.at < freshAt && freshAt - parts.at < SLOWER_MS) return;
  freshAt = parts.at;
  clock.setServerTime(parts.at);
  // What goes from under the pointer must not bring another button there.
  if (swapsPart.matches(":hover")) {
    swapsPart.style.minHeight = `${swapsPart.getBoundingClientRect().height}px`;
    swapsPart.classList.add("held");
  }
  for (const part of ["counts", "swaps", "spares", "incidents", "token", "centre", "steps"]) {
    if (parts[part] !== undefined) swapPart(`part-${part}`, parts[part]);
  }
  const heard = [];
  for (const [id, html] of Object.entries(parts.seats ?? {})) {
    const before = document.getElementById(`desk-${id}`)?.getAttribute("aria-label");
    const desk = swapDesk(desks.root, html);
    const label = desk.getAttribute("aria-label");
    if (before !== label) heard.push(label);
  }
  if (parts.seats) desks.applyFilter();
  if (heard.length && heard.length <= 3) announce(heard.join(". "));
  markFilter();
  clock.tick();
}

function setLive(state) {
  live.dataset.state = state;
  board.classList.toggle("is-down", state === "off");
  document.getElementById("live-text").textContent =
    state === "on" ? words.live : fill(words.down, { time: clock.clockText(freshAt, false) });
}

function seatOfAddress() { // a scanned card leads here with the pupil's seat
  const seat = location.hash.startsWith("#seat-") && desks.bySeat(decodeURIComponent(location.hash.slice(6)));
  if (!seat) return;
  desks.clear();
  desks.choose([seat]);
  seat.focus();
}
seatOfAddress();
window.addEventListener("hashchange", seatOfAddress);

connect({
  event: "join_board",
  examId,
  poll: `/exams/${examId}/board.json`,
  onParts: (parts) => {
    show(parts);
    if (live.dataset.state === "off") setLive("off");
  },
  onState: setLive,
  onSignedOut: () => location.assign(board.dataset.signIn),
});

board.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.filter) {
    desks.applyFilter(button.dataset.filter);
    markFilter();
  } else if (button.dataset.look) {
    desks.clear();
    desks.choose(button.dataset.look.split(",").map((seat) => desks.bySeat(seat)).filter(Boolean));
    desks.chosen()[0]?.focus();
  } else if (button.dataset.admit) {
    const { title, for: forWhom, say } = button.dataset;
    const sure = await ask({ title, forWhom, say, go: button.textContent });
    if (sure) acts.tell(button.textContent, await post(`/exams/${examId}/newcomers/${button.dataset.admit}/admit`, {}));
  } else if (button.dataset.close) {
    acts.tell(button.textContent, await post(`/exams/${examId}/incidents/close`, { ids: button.dataset.close.split(",").map(Number) }));
  }
});

const help = document.getElementById("help");
document.getElementById("open-help").addEventListener("click", () => help.showModal());

/** A key pressed by a person, outside any field. True when it meant something. */
function pressed({ key, target, ctrlKey }) {
  const onDesks = desks.root.contains(target) || target === document.body || target.id === "main";
  if (ctrlKey) {
    if (key.toLowerCase() !== "a") return false;
    desks.choose(desks.visible());
    return true;
  }
  if (key === "?") help.showModal();
  else if (key === "/" && control) document.getElementById("command-text").focus();
  else if (key === "Escape") {
    spare?.forget();
    desks.clear();
  } else if (key.startsWith("Arrow") && onDesks) {
    if (desks.root.contains(target)) desks.move(key);
    else desks.focus();
  } else if (key === " " && desks.root.contains(target)) {
    desks.choose([desks.current], desks.current.getAttribute("aria-selected") !== "true");
  } else if (acts && key.length === 1 && acts.byKey(key)) acts.run(acts.byKey(key));
  else return false;
  return true;
}

if (control) {
  // Before the listener below: what a scanner types must not be taken for shortcuts.
  new Scanner({
    onCode: (text) => spare.scanned(text),
    onKey: (event) => !document.querySelector("dialog[open]") && pressed(event),
    // "7 → " and then a scan belongs to the command; the box that asks for a sticker takes one itself.
    mayTake: (field, before) => !["ask-choice"].includes(field.id) && !(field.id === "command-text" && before.trim()),
  });
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
  if (event.target.matches("input, textarea, select")) return;
  if (pressed(event)) event.preventDefault();
});
