// declarativeNetRequest rules made from allowed_hosts. Chrome keeps them across restarts and applies them before
// the worker has started, so a page is never loose while we boot.

const BLOCK_PAGE = '/pages/blocked.html';

/**
 * Chrome writes an address without its scheme's own port, and always with a path, so a prefix ending in "/" is an
 * exact origin. Prefixes, not regular expressions: Chrome refuses a whole rule set for one pattern over 2 KB.
 */
function originPrefixes(entry) {
  const host = entry.toLowerCase();
  if (host.endsWith(':443')) return [`|https://${host.slice(0, -4)}/`];
  if (host.endsWith(':80')) return [`|http://${host.slice(0, -3)}/`];
  return [`|https://${host}/`, `|http://${host}/`];
}

/** Everything in a frame is refused; the hosts named are let through. */
export function netRules(allowedHosts) {
  const refuse = [
    {
      priority: 1,
      condition: { urlFilter: '*', resourceTypes: ['main_frame'] },
      action: { type: 'redirect', redirect: { extensionPath: BLOCK_PAGE } },
    },
    {
      priority: 1,
      condition: { urlFilter: '*', resourceTypes: ['sub_frame'] },
      action: { type: 'block' },
    },
  ];
  const allow = allowedHosts.flatMap((host) => originPrefixes(host)).map((urlFilter) => ({
    priority: 2,
    condition: { urlFilter, resourceTypes: ['main_frame', 'sub_frame'] },
    action: { type: 'allow' },
  }));
  return [...refuse, ...allow].map((rule, index) => ({ id: index + 1, ...rule }));
}
