// Which keys a page may have. Pure, and a plain script like hosts.js.

(() => {
  const MODIFIERS = new Set(['Control', 'Shift', 'AltGraph', 'CapsLock', 'NumLock', 'Fn', 'FnLock']);
  /** Alone they open menus or the launcher. */
  const MENU_MODIFIERS = new Set(['Alt', 'Meta']);
  /** Editing that a pupil needs inside a text field, with Ctrl alone. */
  const EDITING = new Set(['a', 'c', 'v', 'x', 'z', 'arrowleft', 'arrowright', 'backspace', 'delete', 'home', 'end']);
  /** Keys of a Chromebook's top row and of office keyboards that act on the browser. */
  const BROWSER_KEY = /^(?:Browser|Launch|F(?:[1-9]|1[0-9]|2[0-4])$|ZoomToggle$|PrintScreen$|ContextMenu$|Help$|Exit$|Close$|New$|Open$|Print$|Save$|Find$|Props$|MediaApps$)/;

  /**
   * leave: the page's own; stop: swallowed and counted; mute: swallowed silently (a modifier alone).
   * `key` is {key, ctrl, alt, meta, shift, altGraph, editable}.
   */
  function keyDecision({ key, ctrl, alt, meta, shift, altGraph, editable }) {
    if (MODIFIERS.has(key)) return 'leave';
    if (MENU_MODIFIERS.has(key)) return 'mute';
    if (BROWSER_KEY.test(key)) return 'stop';
    if (key === 'Escape' && (shift || ctrl || alt || meta)) return 'stop';
    // Third-level characters are typed with what looks like Ctrl+Alt.
    if (altGraph && !meta && key.length === 1) return 'leave';
    if (alt || meta) return 'stop';
    if (!ctrl) return 'leave';
    return editable && !shift && EDITING.has(key.toLowerCase()) ? 'leave' : 'stop';
  }

  globalThis.bangkuKeys = Object.freeze({ keyDecision });
})();
