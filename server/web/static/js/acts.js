// What a button, a key or a command does to chosen desks, and what became of each.

import { ask } from "./ask.js";
import { post } from "./post.js";
import { fill, hush, toast } from "./say.js";
import { takeAnyway } from "./spare.js";

/** What an act can ask to choose: a sticker, another session, a reserve. */
const CHOICES = new Set(["device", "to", "reserve"]);

const fits = (button, desks) =>
  Boolean(button.dataset.when) && desks.length > 0 && desks.every((desk) => desk.dataset.state === button.dataset.when);

const menu = () => document.querySelector("details.more[open]");

/** Close "Lainnya"; the focus goes to its own button, never to one that is no longer seen. */
function foldMenu() {
  const open = menu();
  if (!open) return;
  if (open.contains(document.activeElement)) open.querySelector("summary").focus();
  open.open = false;
}

/** Escape closes the menu before it means anything else, and so does a click elsewhere. */
function followMenu() {
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || !menu() || document.querySelector("dialog[open]")) return;
      event.stopPropagation();
      event.preventDefault();
      foldMenu();
    },
    true,
  );
  document.addEventListener("click", (event) => {
    if (menu() && !menu().contains(event.target)) menu().open = false;
  });
}

export class Acts {
  constructor(examId, desks, words) {
    Object.assign(this, { examId, desks, words });
    this.buttons = [...document.querySelectorAll("[data-act]")];
    for (const button of this.buttons) {
      button.addEventListener("click", () => {
        foldMenu();
        this.run(button);
      });
    }
    followMenu();
    document.addEventListener("submit", (event) => this.#step(event));
  }

  /** Of the two acts on one key (pause and resume, absent and present) the one that fits these desks. */
  byKey(key, targets = this.desks.target()) {
    const twins = this.buttons.filter((button) => button.dataset.hot === key.toUpperCase());
    return twins.find((button) => fits(button, targets)) ?? twins.find((button) => !button.dataset.when);
  }

  /** The toolbar shows, of two twins, the one that fits what is chosen. */
  refit() {
    const targets = this.desks.target();
    for (const button of this.buttons.filter((b) => b.dataset.when)) {
      const twin = this.buttons.find((b) => b.dataset.hot === button.dataset.hot && !b.dataset.when);
      button.hidden = !fits(button, targets);
      if (twin) twin.hidden = !button.hidden;
    }
  }

  byWord(word) {
    return this.buttons.find((button) => button.dataset.words.split(" ").includes(word.toLowerCase()));
  }

  named(act) {
    return this.buttons.find((button) => button.dataset.act === act);
  }

  /** `given`: what a command already said (text, minutes); what is missing is asked for, with `filled` in its place. */
  async run(button, targets = this.desks.target(), given = {}, filled = {}) {
    if (!targets.length) return toast(this.words.none, "warn");
    const { act, title: label } = button.dataset;
    const seats = targets.map((desk) => desk.dataset.seat).join(", ");
    let values = given;
    const needs = button.dataset.ask;
    const kind = needs.split(" ").find((need) => CHOICES.has(need));
    const complete =
      (!needs.includes("text") || given.text) && (!needs.includes("minutes!") || given.minutes) && (!kind || given[kind]);
    if (needs && (!complete || needs === "sure")) {
      values = await ask({
        title: label,
        say: button.dataset.say,
        forWhom: fill(this.words.for_seats, { seats }),
        go: button.dataset.go,
        needs,
        danger: button.classList.contains("danger"),
        choice: kind ? await this.#choice(kind) : null,
        filled,
      });
      if (values === null) return undefined;
    }
    const order = { sitting_ids: targets.map((desk) => Number(desk.dataset.id)), ...values };
    if (button.dataset.state) order.state = button.dataset.state;
    const path = `/exams/${this.examId}/seats/${act}`;
    let answer = await post(path, order);
    const held = answer.outcomes?.find((outcome) => outcome.reasons);
    if (held) {
      if ((await takeAnyway(order.device, held.reasons, this.words)) === null) return undefined;
      answer = await post(path, { ...order, sure: true });
    }
    this.tell(label, answer, order.device);
    // What was not done stays chosen, to be tried again; so does what was chosen while the server was answering.
    if (!answer.error) this.desks.letGo(targets);
    return undefined;
  }

  /** What there is to choose from now. A sticker can be typed even when the server can't be asked. */
  async #choice(kind) {
    let options = [];
    try {
      const answer = await fetch(`/exams/${this.examId}/choices.json`, { headers: { Accept: "application/json" } });
      if (answer.ok) options = (await answer.json())[kind];
    } catch {
      // the act itself will say that the server is away
    }
    return { kind, label: this.words[kind], options, none: kind === "device" ? this.words.no_spare : undefined };
  }

  /** One note for those that took it, one for each that did not. */
  tell(label, answer, device = "") {
    hush();
    const outcomes = answer.outcomes ?? [];
    const done = outcomes.filter((o) => o.ok).map((o) => o.seat);
    // A scanned address says nothing to a person.
    if (done.length && device && !device.includes("://")) toast(fill(this.words.swapped, { seat: done.join(", "), device: device.toUpperCase() }));
    else if (done.length) toast(fill(this.words.done, { act: label.replace(/\?$/, ""), seats: done.join(", ") }));
    for (const o of outcomes.filter((one) => !one.ok)) {
      toast(fill(this.words.refused, { seat: o.seat, why: o.text }), "warn");
    }
    if (answer.error) toast(answer.error.message ?? this.words[answer.error.code] ?? this.words.failed, "warn");
    else if (!outcomes.length && answer.ok) toast(this.words.sent);
  }

  async #step(event) {
    const form = event.target.closest("form.send");
    if (!form) return;
    event.preventDefault();
    const button = event.submitter ?? form.querySelector("button");
    if (form.dataset.confirm) {
      const sure = await ask({
        title: button.textContent,
        say: form.dataset.confirm,
        go: form.dataset.go,
        danger: button.classList.contains("danger"),
      });
      if (sure === null) return;
    }
    button.disabled = true;
    const answer = await post(form.getAttribute("action"), new FormData(form));
    button.disabled = false;
    if (answer.ok) form.querySelector("input:focus")?.blur(); // what was typed is said: the fresh picture may come in
    if (answer.ok && form.dataset.done) toast(form.dataset.done);
    else this.tell(button.textContent, answer);
  }
}
