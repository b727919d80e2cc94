// The one file of the page's world that names chrome.*. `ask` never throws: a worker that sleeps, starts or was
// replaced is no reason for a lock to fall.

globalThis.bangkuSeam ??= (() => {
  const runtime = chrome.runtime;

  return Object.freeze({
    /** The host of our own pages. */
    host: runtime.id,

    /** Send to the worker; its answer, or null. */
    async ask(message) {
      try {
        return (await runtime.sendMessage(message)) ?? null;
      } catch {
        return null;
      }
    },

    /** `fn(message)` for what the worker sends on its own. */
    listen(fn) {
      runtime.onMessage.addListener((message, sender) => {
        if (sender.id === runtime.id) fn(message);
      });
    },

    /** False once this copy was replaced by a newer version of the extension. */
    alive: () => Boolean(runtime?.id),
  });
})();
