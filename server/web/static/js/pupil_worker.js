// The service worker that lets the pupil's pages reload while the server is away. Only where the browser has one
// (https or loopback); without it the extension's own waiting page stands in.

/** Keep this page for a reload without the server. */
export async function keepForOffline() {
  try {
    await navigator.serviceWorker.register('/pupil/sw.js', { scope: '/pupil' });
    const { active } = await navigator.serviceWorker.ready;
    active.postMessage({ keep: location.pathname });
  } catch {
    // Not here; the page itself goes on without.
  }
}
