// Words from the page, in its language.

const words = JSON.parse(document.getElementById('words').textContent);

/** The words of a name, with `{gaps}` filled. */
export function say(name, gaps = {}) {
  return (words[name] ?? name).replace(/\{(\w+)\}/g, (_all, gap) => String(gaps[gap] ?? ''));
}

const two = (number) => String(number).padStart(2, '0');

/** 1:05:09, or 05:09 under an hour; a begun second counts, so that 00:00 means the end. */
export function clockText(ms) {
  const seconds = Math.ceil(Math.max(0, ms) / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${two(minutes)}:${two(seconds % 60)}`;
}

/** Change a text only when it differs: a screen reader repeats what is written anew. */
export function write(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

/** Fill every `data-fill` of a name. */
export function fill(name, text) {
  document.querySelectorAll(`[data-fill="${name}"]`).forEach((element) => write(element, text ?? ''));
}

/** Show or hide the line at the top; null hides it. */
export function banner(text) {
  const line = document.getElementById('banner');
  write(line, text ?? '');
  line.hidden = text === null;
}
