// Our two pages for the pupil: turned back, and waiting for the server. Both leave by themselves; the worker decides
// where to.

(() => {
  const { page } = document.documentElement.dataset;
  const ASK_MS = page === 'offline' ? 3_000 : 5_000;

  function fill() {
    const texts = globalThis.bangkuMain.texts();
    if (!texts) {
      setTimeout(fill, 100);
      return;
    }
    for (const element of document.querySelectorAll('[data-text]')) {
      element.textContent = texts[element.dataset.text];
    }
  }

  fill();
  setInterval(() => globalThis.bangkuSeam.ask({ kind: `${page === 'offline' ? 'offline' : 'block'}_page` }), ASK_MS);
})();
