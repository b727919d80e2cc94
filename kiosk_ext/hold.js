// Holding the pupil: one window, one tab, on the pages the document allows. Everything here is reaction; the
// guard in the page and the school's policies stop most of it before.

import { reachable } from './reachable.js';
import { alreadyThere, baseMode, mayStay, returnPlan, wasBlocked, wasDropped } from './returning.js';
import { hostAllowed, webHost } from './rules.js';

const NAVIGATION_MS = 10_000;
const OFFLINE_PAGE = 'pages/offline.html';
const BLOCK_PAGE = 'pages/blocked.html';

export class Hold {
  /** Address of the page in front, as last committed. */
  url = 'about:blank';
  tabId = null;
  #api;
  #doc;
  #hosts;
  #onBlocked;
  #onMoved;
  #windowId = null;
  #sentTo = null; // the start page we last opened; a new one in the document is a reason to move
  #goodUrl = null;
  #returnTo = null;
  #attempt = null;
  #pendingUntil = 0;
  #returns = [];
  #timer = null; // a return that is planned
  #beginning = null;
  #expected = null; // the address a return should lead to
  #waited = false;
  #wentBack = false; // from this very block page, and it is still there: history had nothing
  #steps = 0; // how far back the pupil's page lies behind our block page, when we opened it ourselves

  /**
   * `doc()` is the document in force or null (nothing is held then), `hosts()` is {allowed, own}: where a pupil may be,
   * and the school servers among them.
   * `onBlocked(host, how)` and `onMoved()` tell of what happened.
   */
  constructor({ api, doc, hosts, onBlocked, onMoved }) {
    this.#api = api;
    this.#doc = doc;
    this.#hosts = hosts;
    this.#onBlocked = onBlocked;
    this.#onMoved = onMoved;
  }

  /** Choose the one tab, close the others. Called at each start and whenever the tab is gone. */
  begin() {
    this.#beginning ??= this.#begin().finally(() => {
      this.#beginning = null;
    });
    return this.#beginning;
  }

  async #begin() {
    if (!this.#doc()) return;
    this.tabId = null;
    this.#windowId = null; // a window we open now is not one to close
    const [known, sentTo] = [await this.#api.memory.get('tab'), await this.#api.memory.get('sent_to')];
    const all = (await this.#api.tabs.all()).sort((a, b) => a.id - b.id);
    const tab = all.find(({ id }) => id === known) ?? all[0] ?? await this.#api.tabs.open(this.#doc().start_url);
    this.tabId = tab.id;
    this.#windowId = tab.windowId;
    this.url = tab.url || 'about:blank';
    // A page that was open before us has no guard yet. One that takes none is Chrome's own, its error page perhaps,
    // whatever its address says: it is left.
    const guarded = await this.#api.inject(tab.id).then(() => true, () => false);
    const doc = this.#doc();
    const there = guarded && alreadyThere(this.url, doc, this.#hosts());
    this.#sentTo = guarded && sentTo ? sentTo : (there ? doc.start_url : null);
    if (hostAllowed(this.url, this.#hosts().allowed)) this.#goodUrl = this.url;
    await this.#api.memory.put('tab', tab.id);
    await Promise.all(all.filter(({ id }) => id !== tab.id).map(({ id }) => this.#close(id)));
    await this.settle();
  }

  /** The tab where it belongs, or on its way there. */
  async settle() {
    const doc = this.#doc();
    if (!doc || this.tabId === null) return;
    if (this.#sentTo !== doc.start_url) {
      await this.#goToStart();
      return;
    }
    if (!this.#onItsWay() && !this.onOwnPage() && !mayStay(this.url, doc, this.#hosts())) this.#bringHome();
  }

  /** A page was asked for and has not come yet. */
  #onItsWay() {
    return performance.now() < this.#pendingUntil;
  }

  onOwnPage() {
    return this.url.startsWith(this.#api.self.url(''));
  }

  onBlockPage() {
    return this.url.startsWith(this.#api.self.url(BLOCK_PAGE));
  }

  async #go(url, isStart = false) {
    this.#pendingUntil = performance.now() + NAVIGATION_MS;
    if (isStart) {
      this.#sentTo = url;
      await this.#api.memory.put('sent_to', url);
    }
    await this.#api.tabs.go(this.tabId, url).catch(() => this.begin());
  }

  /** Open the server's page with a ticket, unless an order has sent the pupil elsewhere meanwhile. */
  async open(url) {
    const wanted = hostAllowed(this.url, this.#hosts().own) && mayStay(url, this.#doc(), this.#hosts());
    if (!this.#onItsWay() && wanted) await this.#go(url);
  }

  /** To the start page, unless something is on its way already. */
  async home() {
    if (this.tabId !== null && !this.#onItsWay()) await this.#goToStart();
  }

  /** What to do with a page that must not stay. */
  #plan() {
    const now = performance.now();
    this.#returns = this.#returns.filter((time) => now - time < 60_000);
    return returnPlan(this.#returns, now, baseMode(this.#doc()) === 'exam' && this.#goodUrl !== null);
  }

  /** Returning to the page the pupil had. If history leads elsewhere, `committed` sees it and opens the start page. */
  #returning() {
    this.#returns.push(performance.now());
    this.#expected = this.#goodUrl;
  }

  /** A page of ours, but not where the pupil belongs now. */
  #bringHome() {
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#returning();
      this.#goToStart();
    }, this.#plan().wait_ms);
  }

  #goToStart() {
    this.#expected = null;
    return this.#go(this.#doc().start_url, true);
  }

  async #close(id) {
    await this.#api.tabs.close(id).catch(() => {}); // it may have closed itself
  }

  async tabCreated(tab) {
    if (!this.#doc()) return;
    // A choice under way may not have seen this tab.
    const choosing = this.tabId === null;
    if (choosing) await this.begin();
    if (tab.id === this.tabId) return;
    await this.#close(tab.id);
    // A window of its own is told of once, by windowCreated; what the browser itself opens at its start is no attempt.
    if (!choosing && tab.windowId === this.#windowId) this.#onBlocked(webHost(tab.pendingUrl ?? tab.url ?? ''), 'tab');
  }

  async tabRemoved(tabId) {
    if (tabId !== this.tabId) return;
    this.tabId = null;
    await this.begin();
  }

  async windowCreated({ id }) {
    if (!this.#doc() || this.#windowId === null || id === this.#windowId) return;
    await this.#api.windows.close(id).catch(() => {});
    this.#onBlocked(null, 'window');
  }

  navigating({ tabId, frameId, url }) {
    if (tabId === this.tabId && frameId === 0) this.#attempt = webHost(url);
  }

  committed({ tabId, frameId, url }) {
    if (tabId !== this.tabId || frameId !== 0) return;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#pendingUntil = 0;
    this.url = url;
    const expected = this.#expected;
    this.#expected = null;
    this.#wentBack = false;
    if (hostAllowed(url, this.#hosts().allowed)) {
      this.#steps = 0;
      if (expected !== null && expected !== url) this.#goToStart();
      else this.#goodUrl = url;
    } else if (this.onBlockPage()) {
      if (this.#steps === 0) this.#onBlocked(this.#attempt, 'navigation'); // our network rule sent it here
    } else if (this.#doc() && !this.onOwnPage()) {
      this.#turnedBack(url);
    }
    this.#onMoved();
  }

  /** The page changed its own address without loading anew: a fragment, or history.pushState. */
  renamed({ tabId, frameId, url }) {
    if (tabId !== this.tabId || frameId !== 0) return;
    this.#pendingUntil = 0;
    this.url = url;
    if (hostAllowed(url, this.#hosts().allowed)) this.#goodUrl = url;
  }

  /**
   * Away from a page we cannot be in (Chrome's own, or its error page) to our block page, which knows the way back:
   * two steps in history, past itself and past the page that was refused.
   */
  #turnedBack(url) {
    // The empty page a browser starts with is no attempt.
    if (url !== 'about:blank') this.#onBlocked(webHost(url), 'navigation');
    this.#steps = 2;
    this.#go(this.#api.self.url(BLOCK_PAGE));
  }

  failed({ tabId, frameId, url, error }) {
    if (tabId !== this.tabId || frameId !== 0 || wasDropped(error) || !this.#doc()) return;
    this.#pendingUntil = 0;
    this.url = url;
    if (wasBlocked(error) || !hostAllowed(url, this.#hosts().allowed)) {
      this.#turnedBack(url);
    } else {
      // Chrome's own error page carries no lock and no guard: ours does, and waits for the server.
      this.#returnTo = url;
      this.#go(this.#api.self.url(OFFLINE_PAGE));
    }
    this.#onMoved();
  }

  /** Our waiting page asks whether the way is free again. */
  async leaveOfflinePage() {
    const doc = this.#doc();
    if (!doc || !this.onOwnPage()) return;
    const to = this.#returnTo && mayStay(this.#returnTo, doc, this.#hosts()) ? this.#returnTo : doc.start_url;
    if (await reachable(to)) await this.#go(to);
  }

  /**
   * Our block page asks to leave. `{back}` is how many steps it goes in its own history, which skips nothing, where
   * tabs.goBack skips pages nobody has clicked in; `{wait_ms}` makes it ask again.
   */
  async leaveBlockPage() {
    if (!this.#doc() || !this.onBlockPage()) return null;
    const { how, wait_ms: wait } = this.#plan();
    if (wait > 0 && !this.#waited) {
      this.#waited = true;
      return { wait_ms: wait };
    }
    this.#waited = false;
    this.#returning();
    const back = this.#steps || 1;
    this.#steps = 0;
    if (how === 'back' && !this.#wentBack) {
      this.#wentBack = true;
      return { back };
    }
    await this.#goToStart();
    return null;
  }
}
