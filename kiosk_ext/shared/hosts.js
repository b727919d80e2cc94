// Which addresses a pupil may reach. A plain script, not a module: it runs in content scripts, where modules
// cannot be loaded before the page, and the worker imports the same file for its effect (rules.js).

(() => {
  const DEFAULT_PORT = { 'http:': '80', 'https:': '443' };

  const parse = (address, base) => {
    try {
      return new URL(address, base);
    } catch {
      return null;
    }
  };

  /** Exact: `host` means the scheme's own port, `host:port` that port alone; no wildcard, no subdomain. */
  function hostAllowed(address, allowedHosts) {
    const url = parse(address);
    if (!url || !(url.protocol in DEFAULT_PORT)) return false;
    const withPort = `${url.hostname}:${url.port || DEFAULT_PORT[url.protocol]}`;
    return allowedHosts.some((entry) => {
      const wanted = entry.toLowerCase();
      return wanted === url.host || wanted === withPort;
    });
  }

  const webHost = (address) => {
    const url = parse(address);
    return url && url.protocol in DEFAULT_PORT ? url.host : null;
  };

  /**
   * What to do with a click on a link.
   *   leave   the page may have it as it is
   *   here    an allowed page that wanted a tab or window of its own: open it in place
   *   stop    swallow it; the pupil never lands on a block page
   * `link` is {href, page, target, modified, download}; `modified`: a middle, ctrl, shift, alt or meta click.
   */
  function linkDecision(link, allowedHosts) {
    const url = parse(link.href, link.page);
    if (!url) return 'stop';
    if (url.protocol === 'javascript:') return link.modified ? 'stop' : 'leave';
    const page = parse(link.page);
    const samePlace = page && url.hash && url.href.split('#')[0] === page.href.split('#')[0];
    if (!samePlace && !hostAllowed(url.href, allowedHosts)) return 'stop';
    if (link.modified || link.download) return 'stop';
    const own = ['', '_self', '_top', '_parent'].includes((link.target ?? '').toLowerCase());
    return own || link.frameExists ? 'leave' : 'here';
  }

  globalThis.bangkuHosts = Object.freeze({ hostAllowed, webHost, linkDecision });
})();
