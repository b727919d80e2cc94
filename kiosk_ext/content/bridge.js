// What a page of the school's server tells through attributes of <html> (docs/protocol.md, section 5). Other pages
// are not read at all.

globalThis.bangkuBridge ??= (() => {
  const ATTRIBUTES = ['data-bangku-binding', 'data-bangku-unsent', 'data-bangku-page'];
  let started = false;

  function tell() {
    const { bangkuBinding: binding, bangkuUnsent: unsent, bangkuPage: page } = document.documentElement.dataset;
    globalThis.bangkuSeam.ask({
      kind: 'page',
      binding: binding ?? null,
      unsent: /^\d{1,9}$/.test(unsent ?? '') ? Number(unsent) : null,
      page: page ?? null,
    });
  }

  return Object.freeze({
    /** Called with each view; `ours` says that this page is the server's own. */
    watch(ours) {
      if (!ours) return;
      tell();
      if (started) return;
      started = true;
      // The page may replace <html> while it is parsed: watch the document, and filter by attribute.
      new MutationObserver(tell)
        .observe(document, { attributes: true, attributeFilter: ATTRIBUTES, subtree: true });
    },
  });
})();
