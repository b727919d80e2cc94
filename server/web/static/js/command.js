// The command box: "7 kunci", "3,4 pesan Lihat layar sendiri", "1-5 tambah 10", "semua jeda", "7 → C03".

import { fill, toast } from "./say.js";

/** `{seats: ["7"] | "all", verb, rest}`, or null when it is not a command. */
export function parse(line) {
  const said = line.replace(/^\s*(?:meja|seat)\s+/i, "");
  // With an arrow of any make, or with none: a word with a number in it is no verb, so it is a sticker.
  const swap =
    /^\s*([\w.-]*[\w.])\s*(?:→|[-=–—]*>)\s*(\S.*?)\s*$/.exec(said) ?? // a label may have a blank in it
    /^\s*(\w+)\s+([a-z]+-?\d+|https?:\S+)\s*$/i.exec(said); // an address: a sticker scanned after the seat
  const turned = /^\s*([a-z]+)\s+(?:meja\s+)?(\d[\d.,\s-]*)$/i.exec(said); // "kunci 7"
  if (turned && !/^(semua|all)$/i.test(turned[1])) return { seats: seatsOf(turned[2]), verb: turned[1], rest: "" };
  if (swap) return { seats: [swap[1]], verb: "place", rest: swap[2] };
  const match = /^\s*(semua|all|[\w.,\s-]*?\d[\w.,-]*)\s+([a-z]+)\s*(.*)$/i.exec(said);
  if (!match) return null;
  const [, who, verb, rest] = match;
  if (/^(semua|all)$/i.test(who)) return { seats: "all", verb, rest: rest.trim() };
  return { seats: seatsOf(who), verb, rest: rest.trim() };
}

/** "1-3, 7" and "3-1 7" are 1, 2, 3, 7. */
function seatsOf(who) {
  const seats = [];
  for (const piece of who.split(/[,\s]+/).filter(Boolean)) {
    const range = /^(\d+)-(\d+)$/.exec(piece);
    if (!range) {
      seats.push(piece);
      continue;
    }
    const [from, to] = [Number(range[1]), Number(range[2])].sort((a, b) => a - b);
    for (let n = from; n <= to && seats.length < 200; n += 1) seats.push(String(n));
  }
  return seats;
}

export function attach(form, desks, acts, words) {
  const input = form.querySelector("input");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const order = parse(input.value);
    const button = order && acts.byWord(order.verb);
    if (!button) {
      const arrow = /→|>/.test(input.value);
      toast(arrow ? words.no_device : fill(words.no_verb, { verb: order?.verb ?? input.value }), "warn");
      return;
    }
    const targets = order.seats === "all" ? desks.visible() : order.seats.map((seat) => desks.bySeat(seat));
    const unknown = targets.findIndex((desk) => !desk);
    if (unknown !== -1) {
      toast(fill(words.no_seat, { seat: order.seats[unknown] }), "warn");
      return;
    }
    const given = {};
    if (button.dataset.ask.includes("text") && order.rest) given.text = order.rest;
    if (button.dataset.ask.includes("device") && order.rest) given.device = order.rest;
    if (button.dataset.ask.includes("minutes!") && /^\d+/.test(order.rest)) given.minutes = parseInt(order.rest, 10);
    input.value = "";
    acts.run(button, targets, given);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "?" && !input.value) {
      // No command begins with it: the help, as anywhere else on the board.
      event.preventDefault();
      document.getElementById("open-help").click();
    } else if (event.key === "Escape") {
      input.value = "";
      desks.focus();
    }
  });
}
