// Stands inside the page itself, so that it is there when nothing else came. A page whose script got lost (a hiccup of
// the Wi-Fi; Chrome cuts loading files off when it installs the extension) would say "connecting" for ever, and without
// its style sheet it is hard to read: it starts over as soon as the server answers.

{
  const AGAIN_MS = 2_000;
  let planned = false;

  const startOver = async () => {
    try {
      await fetch(location.href, { method: 'HEAD', cache: 'no-store', redirect: 'manual' });
      location.reload();
    } catch {
      setTimeout(startOver, AGAIN_MS); // reloading now would leave the pupil with the browser's own error page
    }
  };

  const isOurs = (part) => part instanceof HTMLScriptElement
    || (part instanceof HTMLLinkElement && part.rel === 'stylesheet');

  // What is told of a file that failed does not bubble: it is caught on its way down.
  addEventListener('error', ({ target }) => {
    if (planned || !isOurs(target)) return;
    planned = true;
    setTimeout(startOver, AGAIN_MS);
  }, true);
}
