// What a report says about the device now: exactly OBSERVED_FIELDS, nothing else.

import { effectiveMode, hostAllowed, webHost } from './rules.js';

/** Which page is in front, in the protocol's words. */
export function pageInFront({ doc, serverNow, hold, pupilPage, hosts }) {
  if (hold.tabId === null) return { page: 'none', host: null };
  const host = webHost(hold.url);
  const mode = doc && effectiveMode(doc, serverNow).mode;
  if (mode === 'locked') return { page: 'lock', host };
  if (hold.onBlockPage()) return { page: 'blocked', host: null };
  if (host === null) return { page: 'other', host };
  if (hostAllowed(hold.url, hosts.own)) return { page: pupilPage.page ?? 'other', host };
  return { page: mode === 'exam' && hostAllowed(hold.url, hosts.allowed) ? 'exam' : 'other', host };
}

/** Whole megabytes left, or null. Not a promise of the disk, but low is low. */
async function freeStorageMb() {
  try {
    const { quota, usage } = await navigator.storage.estimate();
    return Math.max(0, Math.floor((quota - usage) / (1024 * 1024)));
  } catch {
    return null;
  }
}

export async function observed({ front, battery, journal, unsent, client, clock }) {
  return {
    battery: battery?.level ?? null,
    charging: battery?.charging ?? null,
    focused: journal.focused,
    page: front.page,
    page_host: front.host,
    blocked_count: journal.blockedCount,
    unsent_answers: unsent,
    free_storage_mb: await freeStorageMb(),
    extension_version: client.extension,
    browser_version: client.browser,
    clock_offset_ms: clock.offset(),
  };
}
