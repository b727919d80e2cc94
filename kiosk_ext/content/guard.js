// The guard: swallows shortcuts, links and gestures that lead out of the exam, in every frame, before the page
// sees them. When the page is covered it swallows everything.

globalThis.bangkuGuard ??= (() => {
  const { linkDecision, hostAllowed, webHost } = globalThis.bangkuHosts;
  const { keyDecision } = globalThis.bangkuKeys;
  const { ask, inCharge } = globalThis.bangkuSeam;

  const TELL_MS = 5_000;
  const TYPED = /^(?:text|search|url|tel|email|password|number|date|time|month|week|datetime-local)$/;
  const INPUTS = [
    'keydown', 'keypress', 'keyup', 'beforeinput', 'paste', 'cut', 'copy', 'drop', 'dragstart', 'pointerdown',
    'pointerup', 'mousedown', 'mouseup', 'click', 'dblclick', 'auxclick', 'contextmenu', 'touchstart', 'touchend',
    'wheel',
  ];

  let held = true; // until the worker says otherwise
  let frozen = false;
  let hosts = location.host ? [location.host] : [];
  let keys = 0;

  const capture = (type, listener) =>
    addEventListener(type, (event) => inCharge() && held && listener(event), { capture: true, passive: false });

  const swallow = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };

  const isEditable = (element) =>
    element instanceof Element && (element.isContentEditable || element.localName === 'textarea'
      || (element.localName === 'input' && TYPED.test(element.type)));

  // First of all: nothing passes while the page is covered. Only what a hand did; the page's own saving goes on.
  for (const type of INPUTS) {
    capture(type, (event) => frozen && event.isTrusted && swallow(event));
  }

  capture('keydown', (event) => {
    const decision = keyDecision({
      key: event.key ?? '', ctrl: event.ctrlKey, alt: event.altKey, meta: event.metaKey, shift: event.shiftKey,
      altGraph: event.getModifierState?.('AltGraph') ?? false, editable: isEditable(event.composedPath()[0]),
    });
    if (decision === 'leave') return;
    event.preventDefault(); // the page may still see it: its own shortcuts do no harm
    if (decision === 'stop' && !event.repeat) keys += 1;
  });

  const linkIn = (event) =>
    event.composedPath().find((node) => node instanceof Element && /^(?:a|area)$/.test(node.localName)
      && (node.hasAttribute('href') || node.hasAttribute('xlink:href')));

  const baseTarget = () => document.querySelector('base[target]')?.target ?? '';

  const describe = (link, event) => {
    const target = link.getAttribute('target') ?? baseTarget();
    return {
      href: link.href?.baseVal ?? link.href,
      page: document.baseURI,
      target,
      modified: event.button !== 0 || event.ctrlKey || event.shiftKey || event.altKey || event.metaKey,
      download: link.hasAttribute('download'),
      frameExists: target !== '' && [...document.querySelectorAll('iframe[name],frame[name]')]
        .some((frame) => frame.name === target),
    };
  };

  const turnedAway = (address) => ask({ kind: 'blocked', host: webHost(address) });

  const onLink = (event) => {
    const link = event.isTrusted && linkIn(event);
    if (!link) return;
    const asked = describe(link, event);
    const decision = linkDecision(asked, hosts);
    if (decision === 'leave') return;
    swallow(event);
    if (decision === 'stop') turnedAway(asked.href);
    else location.assign(asked.href);
  };
  capture('click', onLink);
  capture('auxclick', onLink);

  capture('submit', (event) => {
    const form = event.target;
    const action = event.submitter?.getAttribute('formaction') ? event.submitter.formAction : form.action;
    if (typeof action === 'string' && !hostAllowed(action || location.href, hosts)) {
      swallow(event);
      turnedAway(action);
    } else if ((form.getAttribute('target') ?? baseTarget()).toLowerCase() === '_blank') {
      form.target = '_self';
    }
  });

  capture('contextmenu', (event) => event.preventDefault());
  // The side buttons of a mouse go back and forward.
  for (const type of ['mousedown', 'mouseup']) {
    capture(type, (event) => event.button > 2 && swallow(event));
  }
  // A link or a file dropped on the page would open it.
  capture('dragstart', (event) => (linkIn(event) || event.target?.localName === 'img') && swallow(event));
  for (const type of ['dragover', 'drop']) {
    capture(type, (event) => {
      const kinds = event.dataTransfer?.types ?? [];
      if (kinds.includes('Files') || kinds.includes('text/uri-list')) swallow(event);
    });
  }

  setInterval(() => {
    if (keys === 0) return;
    ask({ kind: 'keys', count: keys });
    keys = 0;
  }, TELL_MS);

  return Object.freeze({
    /** From the worker's view: which hosts are allowed, and whether anything is held at all. */
    setView(view) {
      held = view.held;
      hosts = view.allowed_hosts;
    },

    freeze(wanted) {
      if (wanted && !frozen) document.activeElement?.blur?.();
      frozen = wanted;
    },
  });
})();
