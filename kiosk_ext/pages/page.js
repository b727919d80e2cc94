// Our two pages for the pupil: turned back, and waiting for the server. Both leave by themselves; the worker decides
// where to.

(() => {
  const { page } = document.documentElement.dataset;
  const { ask } = globalThis.bangkuSeam;

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

  async function leave() {
    if (page === 'offline') {
      setTimeout(leave, 3_000);
      ask({ kind: 'offline_page' });
      return;
    }
    const answer = await ask({ kind: 'block_page' });
    setTimeout(leave, answer?.wait_ms ?? 1_000);
    if (answer?.back) history.go(-answer.back);
  }

  fill();
  leave();
})();
