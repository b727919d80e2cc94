// The one file of the page's world that names chrome.*. `ask` never throws: a worker that sleeps, starts or was
// replaced is no reason for a lock to fall.

globalThis.bangkuSeam ??= (() => {
  const runtime = chrome.runtime;
  const HANDOVER = 'bangku-handover';

  // When the extension is updated or crashes, its old scripts stay in the page without a worker. They go on guarding
  // until a newer copy has shown itself; a page that forges the event moves nobody who still has a worker.
  let retired = false;
  addEventListener(HANDOVER, () => {
    retired ||= !runtime?.id;
  });

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

    /** False once a newer copy of this script has taken over. */
    inCharge: () => !retired,

    /** Tell older copies that this one is up. */
    takeOver: () => dispatchEvent(new Event(HANDOVER)),

    /** `fn()` runs when a handover was announced, perhaps to this copy. */
    onHandover: (fn) => addEventListener(HANDOVER, fn),
  });
})();
