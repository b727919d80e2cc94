// The cover over the page: the lock, or the end of time. A modal dialog: it is in the top layer, above the page's
// own dialogs and full-screen elements, and makes all below it inert.

globalThis.bangkuCover ??= (() => {
  const { html, layer } = globalThis.bangkuLayer;
  const PARTS = ['title', 'text', 'until', 'place'];
  // Pixels, since a page may set any size for rem.
  const STYLE = `
    :host { all: initial !important; display: block !important; }
    dialog { position: fixed; inset: 0; width: 100vw; height: 100vh; max-width: none; max-height: none; margin: 0;
      padding: 32px; border: 0; box-sizing: border-box; background: #14324a; color: #fff; outline: none;
      font: 24px/1.5 system-ui, "Noto Sans", sans-serif; text-align: center; user-select: none; cursor: default; }
    dialog[open] { display: grid; place-content: center; justify-items: center; gap: 16px; }
    dialog::backdrop { background: #14324a; }
    p { margin: 0; max-width: 34em; white-space: pre-line; overflow-wrap: anywhere; }
    .title { font-size: 40px; line-height: 1.2; font-weight: 700; }
    .until { font-variant-numeric: tabular-nums; }
    .place { font-size: 20px; border: 2px solid #9cc3e0; border-radius: 8px; padding: 4px 16px; }
    :empty { display: none; }`;

  let wanted = false;
  let built = null;

  function build() {
    const dialog = html('dialog');
    dialog.setAttribute('closedby', 'none');
    dialog.setAttribute('aria-live', 'assertive');
    dialog.tabIndex = -1;
    const parts = Object.fromEntries(PARTS.map((name) => [name, html('p', name)]));
    dialog.append(...Object.values(parts));
    dialog.addEventListener('cancel', (event) => event.preventDefault());
    const { host, root, keep } = layer('cover', STYLE, () => wanted, () => raise());
    dialog.addEventListener('close', () => wanted && raise()); // a removed dialog is not raised: keep() decides
    root.append(dialog);
    return { host, keep, dialog, parts };
  }

  function raise() {
    const { host, dialog } = built;
    if (!host.isConnected || dialog.open) return;
    dialog.showModal();
    dialog.focus();
  }

  /** The page may have opened a dialog or a full-screen element after ours: come out on top again. */
  function rise() {
    const { host, dialog } = built;
    const middle = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
    if (!dialog.open || !middle || middle === host) return;
    dialog.close();
    raise();
  }

  return Object.freeze({
    /** `words` is {title, text, until, place}. */
    show(words) {
      built ??= build();
      wanted = true;
      for (const [name, part] of Object.entries(built.parts)) {
        if (part.textContent !== words[name]) part.textContent = words[name];
      }
      built.keep();
      raise();
      rise();
    },

    hide() {
      if (!wanted) return;
      wanted = false;
      built.dialog.close();
      built.keep();
    },
  });
})();
