// How to bring the pupil back, as pure rules: where a tab may rest, and how often we try before we wait.

import { hostAllowed } from './rules.js';

/** The mode under a lock: the page below stays where it was. */
export const baseMode = (doc) => (doc.mode === 'locked' ? doc.lock.then : doc.mode);

/** In the resting modes the pupil belongs on the start page or below it. */
function restsAt(address, startUrl) {
  if (!URL.canParse(address)) return false;
  const here = new URL(address);
  const home = new URL(startUrl);
  const base = home.pathname.replace(/\/$/, '');
  return here.origin === home.origin && (here.pathname === home.pathname || here.pathname === base
    || here.pathname.startsWith(`${base}/`));
}

/**
 * May the tab stay at `address`? In the exam on any allowed page, except that an exam on another site is not on the
 * server's pages; otherwise at the start page. `hosts` is {allowed, own}.
 */
export function mayStay(address, doc, hosts) {
  if (!hostAllowed(address, hosts.allowed)) return false;
  if (baseMode(doc) !== 'exam') return restsAt(address, doc.start_url);
  return hostAllowed(doc.start_url, hosts.own) || !hostAllowed(address, hosts.own);
}

/**
 * A worker that starts anew does not know what it had opened. Is the page in front already what the document asks for?
 * In the exam any page but the server's own is (a crash of the extension must not cost the pupil their page); the
 * server's own must be the start page, for that is where a browser that was restarted begins.
 */
export function alreadyThere(address, doc, hosts) {
  return mayStay(address, doc, hosts) && (!hostAllowed(address, hosts.own) || restsAt(address, doc.start_url));
}

const SOON_MS = 5_000;
const LATER_MS = 60_000;

/**
 * What to do when the tab is where it should not be. `recent` are the times of earlier returns. Back to the page the
 * pupil had, with what is typed in it; where there is none, the start page. When it goes on, a pause and the start
 * page: a page that itself leads away would spin for ever.
 */
export function returnPlan(recent, now, hasPageBehind) {
  const soon = recent.filter((time) => now - time < SOON_MS).length;
  const later = recent.filter((time) => now - time < LATER_MS).length;
  if (later >= 12) return { how: 'start', wait_ms: 15_000 };
  if (soon >= 3) return { how: 'start', wait_ms: 5_000 };
  return { how: hasPageBehind ? 'back' : 'start', wait_ms: 0 };
}

/** Chrome's words for "refused by a rule", ours or the school's policy. */
export const wasBlocked = (error) => error.startsWith('net::ERR_BLOCKED_BY');

/** A navigation that gave way to another, a download or an empty answer is no failure. */
export const wasDropped = (error) => error === 'net::ERR_ABORTED';
