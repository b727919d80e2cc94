// Desks by keyboard and mouse: one is current (roving tabindex), any number are chosen.

export class Desks {
  constructor(root, onChange) {
    this.root = root;
    this.onChange = onChange;
    this.filter = "all";
    this.last = null;
    root.addEventListener("click", (event) => this.#click(event));
    root.addEventListener("focusin", (event) => this.#current(event.target.closest(".desk")));
    this.#current(this.visible()[0] ?? null);
  }

  all() {
    return [...this.root.querySelectorAll(".desk")];
  }

  visible() {
    return this.all().filter((desk) => !desk.classList.contains("dimmed"));
  }

  chosen() {
    return this.all().filter((desk) => desk.getAttribute("aria-selected") === "true");
  }

  /** Those an act goes to: the chosen ones, else the one that has the focus. */
  target() {
    const chosen = this.chosen();
    if (chosen.length) return chosen;
    return this.root.contains(document.activeElement) && this.current ? [this.current] : [];
  }

  choose(desks, on = true) {
    for (const desk of desks) desk.setAttribute("aria-selected", String(on));
    this.onChange();
  }

  clear() {
    this.choose(this.chosen(), false);
  }

  /** These are chosen no longer; the desks themselves may have been drawn anew since. */
  letGo(desks) {
    const ids = new Set(desks.map((desk) => desk.dataset.id));
    this.choose(this.chosen().filter((desk) => ids.has(desk.dataset.id)), false);
  }

  bySeat(label) {
    const there = this.all().filter((desk) => desk.dataset.seat.toLowerCase() === label.toLowerCase());
    // A reserve sits where an absent pupil would have: whoever is there is meant.
    return there.find((desk) => desk.dataset.group !== "gone") ?? there[0];
  }

  focus() {
    (this.current ?? this.all()[0])?.focus();
  }

  /** Desks keep their place; those outside the filter fade. */
  applyFilter(filter = this.filter) {
    this.filter = filter;
    for (const desk of this.all()) {
      const shown = filter === "all" || (filter === "needs" ? desk.dataset.needs === "1" : desk.dataset.group === filter);
      desk.classList.toggle("dimmed", !shown);
      if (!shown && desk.getAttribute("aria-selected") === "true") desk.setAttribute("aria-selected", "false");
    }
    if (this.current?.classList.contains("dimmed")) this.#current(this.visible()[0] ?? null);
    this.onChange();
  }

  move(key) {
    const from = this.current;
    if (!from) return;
    const at = (desk) => [Number(desk.dataset.row), Number(desk.dataset.col)];
    const [row, col] = at(from);
    const [axis, sign] = { ArrowLeft: [1, -1], ArrowRight: [1, 1], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    const distance = (desk) => {
      const step = (at(desk)[axis] - [row, col][axis]) * sign;
      const aside = Math.abs(at(desk)[1 - axis] - [row, col][1 - axis]);
      return step > 0 ? step + aside * 4 : Infinity;
    };
    let best = null;
    for (const desk of this.visible()) {
      if (desk !== from && distance(desk) < (best ? distance(best) : Infinity)) best = desk;
    }
    best?.focus();
  }

  #click(event) {
    const desk = event.target.closest(".desk");
    if (!desk) return;
    const on = desk.getAttribute("aria-selected") !== "true";
    if (event.shiftKey && this.last) {
      const all = this.visible();
      const [a, b] = [all.indexOf(this.last), all.indexOf(desk)].sort((x, y) => x - y);
      this.choose(all.slice(a, b + 1));
    } else {
      this.choose([desk], on);
    }
    this.last = desk;
    desk.focus();
  }

  #current(desk) {
    if (!desk) return;
    for (const other of this.root.querySelectorAll('.desk[tabindex="0"]')) other.tabIndex = -1;
    desk.tabIndex = 0;
    this.current = desk;
  }
}
