// One frame's part: ask for the view, keep it fresh, keep time by the monotonic clock, and show what follows.
// Every frame is frozen when the page is covered; only the top frame draws.

globalThis.bangkuMain ??= (() => {
  const { ask, listen, inCharge, takeOver, host: extensionHost } = globalThis.bangkuSeam;
  const { cover, timeLeft } = globalThis.bangkuMode;
  const { coverWords, stripWords } = globalThis.bangkuWords;
  const { hostAllowed } = globalThis.bangkuHosts;

  /** Also keeps the worker awake while the network is away, so that its clock runs on. */
  const ASK_MS = 15_000;
  const TICK_MS = 500;
  /** A short loss, or the moments before the first connection, are nothing to tell a pupil. */
  const AWAY_MS = 10_000;
  const isTop = window === window.top;

  let view = null;
  let anchor = 0;
  let offlineSince = null;

  const serverNow = () => Math.round(view.server_now + performance.now() - anchor);

  function take(next) {
    if (!next?.texts) return;
    const first = view === null;
    view = next;
    anchor = performance.now();
    offlineSince = view.online ? null : (offlineSince ?? anchor);
    globalThis.bangkuGuard.setView(view);
    if (isTop) globalThis.bangkuBridge?.watch(hostAllowed(location.href, view.own_hosts));
    show();
    if (first) takeOver();
  }

  async function refresh() {
    const answer = await ask({ kind: 'hello', server_now: view ? serverNow() : null });
    if (answer) forget(answer.forget);
    take(answer);
  }

  /**
   * Chrome cannot clear sessionStorage by origin, so the first page after an order to clear does it for itself, and
   * starts over if anything was there.
   */
  function forget(order) {
    const MARK = 'bangku-clear';
    if (!order) return;
    try {
      if (sessionStorage.getItem(MARK) === order) return;
      const dirty = sessionStorage.length > 0;
      sessionStorage.clear();
      sessionStorage.setItem(MARK, order);
      if (dirty) location.reload();
    } catch {
      // A page without storage has nothing to forget.
    }
  }

  function show() {
    if (!view || !inCharge()) return;
    const now = serverNow();
    const covered = view.held && view.doc ? cover(view.doc, now, view.online) : null;
    globalThis.bangkuGuard.freeze(covered !== null);
    if (!isTop || !globalThis.bangkuCover) return;
    const words = coverWords(view, now, covered);
    if (words) globalThis.bangkuCover.show(words);
    else globalThis.bangkuCover.hide();
    const left = view.doc ? timeLeft(view.doc, now) : null;
    const strip = stripWords(view, left, {
      onOwnPage: hostAllowed(location.href, view.own_hosts),
      // Our own waiting page says it in large letters already.
      isAway: offlineSince !== null && performance.now() - offlineSince > AWAY_MS && location.host !== extensionHost,
    });
    globalThis.bangkuStrip.show(strip, () => ask({ kind: 'notice_read', id: view.doc?.notice?.id }));
  }

  listen((message) => message.kind === 'view' && take(message.view));
  addEventListener('pageshow', (event) => event.persisted && refresh());
  setInterval(show, TICK_MS);
  setInterval(refresh, ASK_MS);
  refresh();

  return Object.freeze({ texts: () => view?.texts ?? null });
})();
