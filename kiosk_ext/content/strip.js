// The strip at the edge of the page: notice, offline hint, clock. It takes no clicks but for the notice's button.

globalThis.bangkuStrip ??= (() => {
  const { html, layer } = globalThis.bangkuLayer;
  // Pixels, since a page may set any size for rem.
  const STYLE = `
    :host { all: initial !important; position: fixed !important; inset: auto 0 0 auto !important;
      display: block !important; z-index: 2147483647 !important; pointer-events: none !important; }
    main { display: flex; flex-direction: column; align-items: flex-end; gap: 8px; padding: 12px;
      max-width: min(512px, 90vw); font: 16px/1.4 system-ui, "Noto Sans", sans-serif; }
    div { background: #14324a; color: #fff; border-radius: 8px; padding: 6px 12px; box-shadow: 0 1px 6px #0006; }
    .notice { pointer-events: auto; background: #fff3c4; color: #222; border: 2px solid #b58900; white-space: pre-line;
      overflow-wrap: anywhere; }
    .clock { font-variant-numeric: tabular-nums; font-weight: 600; }
    .offline { background: #fff; color: #222; border: 2px solid #14324a; }
    button { display: block; margin-top: 8px; font: inherit; padding: 5px 16px; border: 2px solid #222;
      border-radius: 6px; background: #fff; color: #222; cursor: pointer; }
    [hidden] { display: none; }`;

  let built = null;
  let wanted = false;
  let onRead = () => {};

  function build() {
    const [notice, offline, clock] = ['notice', 'offline', 'clock'].map((name) => html('div', name));
    const [text, button] = [html('span'), html('button')];
    notice.setAttribute('role', 'status');
    notice.append(text, button);
    button.addEventListener('click', (event) => event.isTrusted && onRead());
    const { root, keep } = layer('strip', STYLE, () => wanted);
    const main = html('main');
    main.append(notice, offline, clock);
    root.append(main);
    return { keep, notice, offline, clock, text, button };
  }

  function fill(part, target, words) {
    part.hidden = words === null;
    if (words !== null && target.textContent !== words) target.textContent = words;
  }

  return Object.freeze({
    /** `words` is {notice, button, offline, clock}, each a text or null. `read()` is called by the notice's button. */
    show(words, read) {
      wanted = [words.notice, words.offline, words.clock].some((text) => text !== null);
      if (!wanted && !built) return;
      built ??= build();
      onRead = read;
      fill(built.notice, built.text, words.notice);
      fill(built.offline, built.offline, words.offline);
      fill(built.clock, built.clock, words.clock);
      built.button.textContent = words.button ?? '';
      built.keep();
    },
  });
})();
