// A USB scanner is a keyboard that types a code faster than any hand and mostly ends with Enter. Hear it anywhere on the
// page, and never swallow what a person types.

/** Longest pause between two characters of a scanner on a busy laptop. A hand that rolls over two keys may be as fast,
 *  but not all the way to Enter. */
const FAST_MS = 60;
/** The pause on average: scanners need 1 to 20 ms, people who type fast 100. */
const MEAN_MS = 40;
/** How long a letter is held back before it is a shortcut; and the rest of a code that is clearly on its way. */
const HOLD_MS = 90;
const REST_MS = 500;
/** Three keys within this pause each were no hand, even without an Enter after them. */
const NO_HAND_MS = 20;
/** A bare label read from a barcode has at least this many characters. */
const SHORTEST = 3;
/** What our stickers and cards carry: an address, or the end of one. Nobody types one by hand. */
const CODE = /^\S*\/[dk]\/\S+$/i;

const isField = (element) => element?.matches?.("input, textarea, select, [contenteditable]") ?? false;

export class Scanner {
  /**
   * @param {{onCode: (text: string) => void, onKey: (event: KeyboardEvent) => boolean, mayTake: (field: Element, before: string) => boolean}} options
   * `onKey`: a key pressed by a person, told when it is sure to be none of a scanner's; true when it meant something.
   * `mayTake`: whether a code scanned into this field, which held `before`, is for us and not for the field.
   */
  constructor({ onCode, onKey, mayTake }) {
    Object.assign(this, { onCode, onKey, mayTake });
    this.#reset();
    document.addEventListener("keydown", (event) => this.#key(event), true);
  }

  #reset() {
    clearTimeout(this.timer);
    this.text = "";
    this.held = [];
    this.at = 0;
    this.field = null;
    this.before = "";
  }

  #key(event) {
    if (event.repeat) return; // a key held down
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.key === "Shift" || event.key === "CapsLock") return; // a scanner types capitals with it
    const fast = event.timeStamp - this.at <= FAST_MS;
    if (event.key === "Enter" || event.key === "Tab") {
      const steady = CODE.test(this.text) || event.timeStamp - this.since <= MEAN_MS * this.text.length;
      if (fast && steady && this.#isCode()) this.#take(event);
      else this.#letGo();
      return;
    }
    if (event.key.length !== 1) {
      this.#letGo();
      return;
    }
    if (!fast || event.target !== this.target) this.#begin(event);
    this.at = event.timeStamp;
    this.text += event.key;
    // No code begins with these two, and a person's / and space act at once (space presses buttons).
    if (!this.field && (this.held.length || !"/ ".includes(event.key))) this.#hold(event);
  }

  #begin(event) {
    this.#letGo();
    this.target = event.target;
    this.field = isField(event.target) ? event.target : null;
    this.before = this.field?.value ?? "";
    this.since = event.timeStamp;
  }

  /** Outside fields a letter may be a shortcut or the first of a code: wait a moment before it means anything. */
  #hold(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
    this.held.push(event);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#pause(), this.held.length < SHORTEST ? HOLD_MS : REST_MS);
  }

  /** No Enter came: some scanners are set so. Their letters are no shortcuts either. */
  #pause() {
    const steady = this.at - this.since <= NO_HAND_MS * (this.text.length - 1);
    if ((CODE.test(this.text) || steady) && this.#isCode()) this.#take();
    else this.#letGo();
  }

  /** It was a person: what was held back happens now, in order, until one of the keys opened something. */
  #letGo() {
    const { held } = this;
    this.#reset();
    this.target = null;
    for (const event of held) {
      this.onKey(event);
      if (document.querySelector("dialog[open]")) break;
    }
  }

  #isCode() {
    if (CODE.test(this.text)) return !this.field || this.mayTake(this.field, this.before);
    return !this.field && this.text.trim().length >= SHORTEST;
  }

  #take(event) {
    event?.preventDefault();
    event?.stopImmediatePropagation();
    const { text, field, before } = this;
    this.#reset();
    this.target = null;
    if (field) {
      field.value = before; // what stood there before the scanner wrote into it
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    this.onCode(text.trim());
  }
}
