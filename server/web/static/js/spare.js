// Another Chromebook for a seat: by click, by scanner, and what a swap still wants.

import { ask } from "./ask.js";
import { post } from "./post.js";
import { fill, toast } from "./say.js";

/** A sticker waits this long for its card, a card for its sticker. */
const PAIR_MS = 30_000;
/** The same code again so soon is a trigger pressed too long. */
const TWICE_MS = 1_500;

export class Spare {
  constructor(examId, desks, acts, words) {
    Object.assign(this, { examId, desks, acts, words, half: null, timer: null, last: null, line: Promise.resolve() });
    this.note = document.getElementById("scanned");
    document.getElementById("board").addEventListener("click", (event) => this.#click(event));
  }

  /** Whatever was scanned no longer waits for its other half. */
  forget() {
    clearTimeout(this.timer);
    this.half = null;
    this.note.hidden = true;
  }

  /** One after the other, in the order they were scanned in, however slow the server is. */
  scanned(text) {
    const twice = this.last?.text === text && performance.now() - this.last.at < TWICE_MS;
    this.last = { text, at: performance.now() };
    if (twice) return this.line;
    if (!this.#inDialog()) this.line = this.line.then(() => this.#read(text)).catch(() => this.forget());
    return this.line;
  }

  /** A code means nothing beside an open question: it is said, and the code is let go. */
  #inDialog() {
    const open = document.querySelector("dialog[open]") !== null;
    if (open) toast(this.words.scan_dialog, "warn");
    return open;
  }

  /** A card, or the sticker of a Chromebook in use, names a seat; any other sticker is the one to take. */
  async #read(text) {
    if (this.#inDialog()) return; // it opened while this code stood in line
    const answer = await post(`/exams/${this.examId}/scan.json`, { text });
    if (!answer.ok) {
      this.acts.tell("", answer);
      return;
    }
    if (answer.seat) await this.#seat(answer.seat);
    else await this.#device(answer);
  }

  async #seat(seat) {
    const desk = document.getElementById(`desk-${seat.sitting_id}`);
    if (!desk) return;
    this.desks.clear();
    this.desks.choose([desk]);
    const device = this.half?.device;
    if (device) await this.#go(desk, device);
    else this.#wait({ desk }, fill(this.words.scanned_seat, seat));
  }

  async #device(answer) {
    if (!answer.takeable) {
      toast(fill(this.words.not_takeable, { device: answer.label, why: answer.reasons.join("; ") }), "warn");
      return;
    }
    const chosen = this.desks.chosen(); // a scanned card has chosen its seat; a click since then counts more
    const desk = chosen.length === 1 ? chosen[0] : chosen.length ? null : this.half?.desk;
    if (desk) await this.#go(desk, answer.label);
    else this.#wait({ device: answer.label }, fill(this.words.scanned_device, { device: answer.label }));
  }

  #wait(half, text) {
    this.forget();
    this.half = half;
    this.note.textContent = `${text} ${this.words.scanned_forget}`;
    this.note.hidden = false;
    this.timer = setTimeout(() => {
      this.forget();
      toast(this.words.scan_gone, "warn");
    }, PAIR_MS);
  }

  #go(desk, device) {
    this.forget();
    return this.acts.run(this.acts.named("place"), [desk], { device });
  }

  async #click(event) {
    const button = event.target.closest("button");
    if (!button) {
      const desk = event.target.closest(".desk");
      if (desk && this.half?.device) await this.#go(desk, this.half.device); // scanned a sticker, clicked the seat
      return;
    }
    if (button.dataset.spare) await this.#take(button);
    else if (button.dataset.else) await this.acts.run(this.acts.named(button.dataset.else));
    else if (button.dataset.undo) await this.#undo(button);
    else if (button.dataset.tick) await this.#tick(button);
    else if (button.dataset.lost) await this.#makeGood(button);
  }

  async #take(button) {
    const device = button.dataset.spare;
    if (button.getAttribute("aria-disabled") === "true") {
      toast(fill(this.words.not_takeable, { device, why: button.title }), "warn");
      return;
    }
    const chosen = this.desks.chosen();
    if (chosen.length !== 1) toast(this.words.one_seat, "warn");
    else await this.#go(chosen[0], device);
  }

  async #undo(button) {
    button.disabled = true;
    const answer = await post(`/exams/${this.examId}/swaps/${button.dataset.undo}/undo`, {});
    button.disabled = false;
    if (answer.ok) toast(this.words.undone);
    else this.acts.tell(this.words.undo, answer);
  }

  async #tick(button) {
    const done = button.getAttribute("aria-pressed") !== "true";
    const path = `/exams/${this.examId}/swaps/${button.dataset.tick}/steps/${button.dataset.step}`;
    const answer = await post(path, { done });
    if (!answer.ok) this.acts.tell(button.textContent, answer);
  }

  /** The existing act, with the minutes filled in; the proktor decides. */
  async #makeGood(button) {
    const desk = document.getElementById(`desk-${button.dataset.sitting}`);
    const act = this.acts.named("extra-time");
    if (desk && act) await this.acts.run(act, [desk], {}, { minutes: button.dataset.lost });
  }
}

/** What speaks against a Chromebook, and whether to take it all the same. */
export function takeAnyway(device, reasons, words) {
  return ask({
    title: fill(words.not_ready, { device }),
    say: reasons.map((reason) => `• ${reason}`).join("\n"),
    go: words.take_anyway,
    danger: true,
  });
}
