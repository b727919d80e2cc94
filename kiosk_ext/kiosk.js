// How the parts are put together, and the one order of steps after anything has changed (#refresh). Knows everyone;
// nobody knows it but background.js and messages.js.

import { Clock } from './clock.js';
import { ManagedConfig } from './config.js';
import { Database } from './database.js';
import { Desired, restDoc } from './desired.js';
import { Hold } from './hold.js';
import { Identity } from './identity.js';
import { tolerance } from './incoming.js';
import { Journal } from './journal.js';
import { netRules } from './net_rules.js';
import { observed, pageInFront } from './observe.js';
import { PupilPage } from './pupil_page.js';
import { EventQueue } from './queue.js';
import { effectiveMode, hostAllowed, nextChange } from './rules.js';
import { SiteData } from './site_data.js';
import { loadTexts } from './texts.js';
import { Updates } from './update.js';
import { Uplink } from './uplink.js';
import { pageView } from './view.js';

const TICK_MS = 5_000;

export class Kiosk {
  battery = null; // {level, charging} as the offscreen page last said
  #api;
  #io;
  #rulesSet = null;
  #shownMode = null;
  #refreshing = null;
  #refreshAgain = false;
  #changeTimer = null;
  #texts = null;
  #dismissed = null; // id of the notice the pupil has read

  constructor(api, io) {
    this.#api = api;
    this.#io = io;
  }

  /** From nothing to holding and connecting. What was stored is obeyed before the network is asked. */
  async start() {
    const cause = await this.#open();
    this.#wire();
    await this.journal.add('worker_started', { cause });
    await this.hold.begin();
    await this.refresh();
    this.#api.wakeUpAlarm();
    setInterval(() => this.tick(), TICK_MS);
    this.#api.watchBattery().catch(() => {}); // no battery page: the report says null
  }

  async #open() {
    const api = this.#api;
    this.db = await Database.open();
    this.clock = new Clock(await this.db.get('clock'));
    this.queue = new EventQueue(this.db);
    this.journal = new Journal(this.db, this.queue, this.clock);
    this.desired = new Desired(this.db, this.queue, this.clock);
    const { db, queue, clock } = this;
    this.siteData = new SiteData({ db, queue, clock, remove: api.removeSiteData });
    this.identity = new Identity(api);
    this.config = new ManagedConfig(api.managedValues);
    tolerance.strict = await api.self.unpacked();
    await Promise.all([this.journal.load(), this.desired.load(), this.siteData.load(), this.identity.load()]);
    this.journal.focused = await api.windows.focused();
    this.#dismissed = (await api.memory.get('dismissed')) ?? null;
    return this.#cause();
  }

  /** Session storage lives as long as the browser: what it remembers tells a woken worker from a new start. */
  async #cause() {
    const woken = await this.#api.memory.get('started');
    await this.#api.memory.put('started', true);
    const before = await this.db.get('extension_version');
    const version = this.#api.self.version();
    if (before !== version) await this.db.put('extension_version', version);
    if (before === undefined) return 'install';
    if (before !== version) return 'update';
    return woken ? 'wake' : 'browser';
  }

  #wire() {
    const { db, queue, clock, journal, desired, config, identity } = this;
    this.hold = new Hold({
      api: this.#api,
      doc: () => this.doc(),
      hosts: () => this.hosts(),
      onBlocked: (host, how) => journal.blocked(host, how),
      onMoved: () => this.moved(),
    });
    this.uplink = new Uplink({
      io: this.#io, db, queue, clock, journal, desired, config, identity, challengeKey: this.#api.challengeKey,
      observe: () => this.observe(),
      onDocument: (message) => this.take(message),
      onChange: () => this.lineChanged(),
    });
    this.pupilPage = new PupilPage({
      channel: () => this.uplink.channel,
      ownOrigins: () => config.current?.servers ?? [],
      open: (url) => this.hold.open(url),
    });
    this.updates = new Updates(this.#api, () => (this.doc()?.mode ?? 'idle') === 'idle');
  }

  /** The document in force, or null before the school's policy has come for the first time. */
  doc() {
    return this.desired.doc ?? (this.config.current ? restDoc(this.config.current.servers) : null);
  }

  /** {allowed, own}: where a pupil may be, and the school servers, which are always among them. */
  hosts() {
    const own = (this.config.current?.servers ?? []).map((address) => new URL(address).host);
    return { allowed: [...new Set([...own, ...(this.doc()?.allowed_hosts ?? [])])].sort(), own };
  }

  /** Policy may come seconds after a fresh install, and waits at a restart: a stored lock waits for neither. */
  async configChanged() {
    const language = this.config.current?.language;
    if (await this.config.load()) this.uplink.reset('config');
    if (!this.#texts || language !== this.config.current?.language) await this.#loadTexts();
    if (this.hold.tabId === null) await this.hold.begin();
    await this.refresh();
    await this.uplink.wake();
  }

  async #loadTexts() {
    this.#texts = await loadTexts(this.#api.self.url, this.config.current?.language ?? 'id');
  }

  /** A document from a proven server. A bad one is refused; what is applied stays. */
  async take(message) {
    try {
      await this.desired.take(message);
    } catch (error) {
      if (error.code !== 'bad_message') throw error;
      console.warn(error.message);
    }
    await this.refresh();
  }

  async lineChanged() {
    await this.refresh();
    await this.pupilPage.bind();
  }

  /** Single-flight: many things change at once, and the steps below must not interleave. */
  refresh() {
    this.#refreshAgain = true;
    this.#refreshing ??= (async () => {
      while (this.#refreshAgain) {
        this.#refreshAgain = false;
        await this.#refresh();
      }
    })().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #refresh() {
    const doc = this.doc();
    if (!doc) return;
    const { mode } = effectiveMode(doc, this.clock.now());
    // 1. Record: the event is on disk before anyone can see what it tells of.
    await this.desired.settle();
    // 2. Open the network for where we send the pupil, close it for the rest.
    await this.#setRules();
    // 3. Cover or uncover the page, then move it.
    await this.tellPages();
    await this.hold.settle();
    this.#api.keepAwake(['waiting', 'exam', 'locked'].includes(mode));
    // 4. Clear only after the page has been left: a page of the school may stay, so it is led away.
    if (this.siteData.waitsFor(doc, this.hold.url)) await this.hold.home();
    await this.siteData.obey(doc, this.hold.url);
    this.#shownMode = mode;
    this.#planChange(doc);
    this.updates.consider();
  }

  async #setRules() {
    const { allowed } = this.hosts();
    if (this.#rulesSet === allowed.join()) return;
    await this.#api.replaceNetRules(netRules(allowed));
    this.#rulesSet = allowed.join();
  }

  #planChange(doc) {
    clearTimeout(this.#changeTimer);
    const now = this.clock.now();
    const moment = nextChange(doc, now);
    if (moment === null || moment - now > 2 * TICK_MS) return; // the tick plans it when it is near
    this.#changeTimer = setTimeout(() => this.refresh(), moment - now + 1);
  }

  async tick() {
    const moved = this.clock.check();
    if (moved !== 0) await this.journal.add('clock_jumped', { by_ms: moved });
    const doc = this.doc();
    if (doc && effectiveMode(doc, this.clock.now()).mode !== this.#shownMode) await this.refresh();
    else if (doc) this.#planChange(doc);
    await this.pupilPage.bind();
    await this.uplink.wake();
  }

  /** A page that outlived the worker tells the time it kept. */
  async pageTime(serverNow) {
    const ahead = this.clock.hint(serverNow);
    if (ahead !== 0) await this.journal.add('clock_jumped', { by_ms: ahead });
  }

  async moved() {
    this.pupilPage.left();
    // The server's own page tells which one it is a moment later.
    if (!hostAllowed(this.hold.url, this.hosts().own)) await this.journal.front(this.front());
    await this.refresh();
  }

  /** What the page in front says about itself. */
  async pageTold(origin, message) {
    if (!this.hold.url.startsWith(`${origin}/`)) return; // said by a page that has been left meanwhile
    await this.pupilPage.tell(origin, message);
    await this.journal.front(this.front());
  }

  front() {
    return pageInFront({
      doc: this.doc(),
      serverNow: this.clock.now(),
      hold: this.hold,
      pupilPage: this.pupilPage.state,
      hosts: this.hosts(),
    });
  }

  async observe() {
    const front = this.front();
    await this.journal.front(front);
    const { battery, clock, journal, pupilPage } = this;
    return observed({ front, battery, journal, clock, unsent: pupilPage.state.unsent, client: this.identity.client });
  }

  async view() {
    if (!this.#texts) await this.#loadTexts();
    return pageView({
      doc: this.doc(),
      serverNow: this.clock.now(),
      online: this.uplink.online,
      hosts: this.hosts(),
      dismissed: this.#dismissed,
      texts: this.#texts,
    });
  }

  async tellPages() {
    if (this.hold.tabId === null) return;
    await this.#api.tabs.tell(this.hold.tabId, { kind: 'view', view: await this.view() });
  }

  async noticeRead(id) {
    this.#dismissed = id;
    await this.#api.memory.put('dismissed', id);
    await this.tellPages();
  }
}
