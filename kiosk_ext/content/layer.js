// A layer of ours over a page we do not own: a host element with a closed shadow root, put back when it is removed.

globalThis.bangkuLayer ??= (() => {
  const { inCharge, onHandover } = globalThis.bangkuSeam;
  const XHTML = 'http://www.w3.org/1999/xhtml';

  /** Elements by their XHTML name: the page may be an SVG or XML document. */
  function html(name, className = '') {
    const element = document.createElementNS(XHTML, name);
    if (className) element.className = className;
    return element;
  }

  /**
   * Build the layer `name`. `isWanted()` says whether it should be there; `onBack()` is called when it was put back.
   * A constructed style sheet is not subject to the page's content security policy.
   */
  function layer(name, style, isWanted, onBack = () => {}) {
    const host = html('div');
    host.dataset.bangku = name;
    const root = host.attachShadow({ mode: 'closed' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    root.adoptedStyleSheets = [sheet];
    let watched = null;

    const observer = new MutationObserver(() => keep());

    function watch() {
      if (watched === document.documentElement) return;
      watched = document.documentElement;
      observer.disconnect();
      observer.observe(document, { childList: true });
      if (watched) observer.observe(watched, { childList: true });
    }

    /** There when wanted, gone when not, or when a newer copy of us draws its own. */
    function keep() {
      watch();
      if (!isWanted() || !inCharge()) {
        host.remove();
      } else if (!host.isConnected && document.documentElement) {
        document.documentElement.append(host);
        onBack();
      }
    }

    onHandover(keep);
    return { host, root, keep };
  }

  return Object.freeze({ html, layer });
})();
