import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { beforeEach, test } from 'node:test';

import { Hold } from '../../kiosk_ext/hold.js';
import { FakeBrowser } from './fake_browser.js';
import { until } from './poll.js';
import { REST_DOC } from './school_server.js';

const HOME = 'https://ujian.sch.id/pupil';
const EXAM = 'https://cbt.sch.id/mulai';
const BLOCK_PAGE = 'chrome-extension://abc/pages/blocked.html';
const OFFLINE_PAGE = 'chrome-extension://abc/pages/offline.html';

let browser;
let doc;
let blocked;
let hold;
let tab;

const makeHold = () => new Hold({
  api: browser,
  doc: () => doc,
  hosts: () => ({ allowed: ['ujian.sch.id', ...(doc?.allowed_hosts ?? [])], own: ['ujian.sch.id'] }),
  onBlocked: (host, how) => blocked.push([host, how]),
  onMoved: () => {},
});

const commit = (url) => hold.committed({ tabId: tab.id, frameId: 0, url });
const fail = (url, error) => hold.failed({ tabId: tab.id, frameId: 0, url, error });
const inExam = () => { doc = { ...doc, mode: 'exam', start_url: EXAM, allowed_hosts: ['cbt.sch.id'] }; };

beforeEach(async () => {
  browser = new FakeBrowser();
  blocked = [];
  doc = { ...REST_DOC, mode: 'waiting', start_url: HOME };
  tab = browser.add(HOME);
  hold = makeHold();
  await hold.begin();
});

test('one tab stays, the oldest; the rest of a restored session is closed', async () => {
  browser.add('https://ujian.sch.id/pupil');
  await makeHold().begin();
  assert.deepEqual([...browser.open.keys()], [tab.id]);
});

test('a pupil who is where they belong is not disturbed', () => {
  assert.deepEqual(browser.went, []);
});

test('an error page with the right address is not taken for the page', async () => {
  browser.errorPages.add(tab.id);
  await makeHold().begin();
  assert.deepEqual(browser.went, [HOME]);
});

test('a new start page in the document moves the pupil, a lock over it does not', async () => {
  inExam();
  await hold.settle();
  assert.deepEqual(browser.went, [EXAM]);
  commit(EXAM);
  doc = { ...doc, mode: 'locked', lock: { reason: 'proctor', text: '', expires_at: null, then: 'exam' } };
  await hold.settle();
  assert.equal(browser.went.length, 1);
});

test('nothing is held before there is a document', async () => {
  doc = null;
  hold = makeHold();
  await hold.begin();
  await hold.tabCreated(browser.add('https://elsewhere.com'));
  commit('https://elsewhere.com');
  assert.equal(browser.open.size, 2);
  assert.deepEqual(blocked, []);
});

test('the way home is taken at once, and once', async () => {
  commit(`${HOME}/card`);
  await hold.home();
  await hold.home();
  assert.deepEqual(browser.went, [HOME]);
});

test('another tab is closed and told of once, another window too', async () => {
  await hold.tabCreated({ ...browser.add('about:blank'), pendingUrl: 'https://elsewhere.com/x' });
  assert.equal(browser.open.size, 1);
  const window = browser.add('about:blank', 9);
  await hold.windowCreated({ id: 9 });
  await hold.tabCreated(window);
  assert.equal(browser.closedWindow, 9);
  assert.deepEqual(blocked, [['elsewhere.com', 'tab'], [null, 'window']]);
});

test('a tab that opens while the one is being chosen is closed too', async () => {
  hold = makeHold();
  const begun = hold.begin();
  browser.tabs.all = async () => [tab];
  const late = browser.add('about:blank');
  await Promise.all([begun, hold.tabCreated(late)]);
  assert.deepEqual([...browser.open.keys()], [tab.id]);
  assert.deepEqual(blocked, []);
});

test('a closed tab is opened again', async () => {
  browser.open.clear();
  await hold.tabRemoved(tab.id);
  assert.equal([...browser.open.values()][0].url, HOME);
});

test('our network rule sent the tab to the block page: one step back to the page the pupil had', async () => {
  inExam();
  await hold.settle();
  commit(EXAM);
  hold.navigating({ tabId: tab.id, frameId: 0, url: 'https://elsewhere.com/x' });
  commit(BLOCK_PAGE);
  assert.deepEqual(blocked, [['elsewhere.com', 'navigation']]);
  assert.deepEqual(await hold.leaveBlockPage(), { back: 1 });
  commit(EXAM);
  assert.equal(browser.went.length, 1, 'back in history, not opened anew: what was typed is still there');
});

test('the school\'s policy refused the page: over our block page, two steps back', async () => {
  inExam();
  await hold.settle();
  commit(EXAM);
  fail('https://elsewhere.com/x', 'net::ERR_BLOCKED_BY_ADMINISTRATOR');
  assert.equal(browser.went.at(-1), BLOCK_PAGE);
  commit(BLOCK_PAGE);
  assert.deepEqual(await hold.leaveBlockPage(), { back: 2 });
  assert.deepEqual(blocked, [['elsewhere.com', 'navigation']], 'told once');
});

test('when history leads elsewhere the start page is opened', async () => {
  inExam();
  await hold.settle();
  commit(EXAM);
  commit('chrome://history/');
  commit(BLOCK_PAGE);
  await hold.leaveBlockPage();
  commit(HOME);
  await until('sent to the exam', () => browser.went.at(-1) === EXAM);
});

test('when history has nothing to go back to, the start page is opened', async () => {
  inExam();
  await hold.settle();
  commit(EXAM);
  commit(BLOCK_PAGE);
  assert.deepEqual(await hold.leaveBlockPage(), { back: 1 });
  assert.equal(await hold.leaveBlockPage(), null);
  assert.equal(browser.went.at(-1), EXAM);
});

test('while waiting there is no going back, only home', async () => {
  commit('chrome://settings/');
  commit(BLOCK_PAGE);
  assert.equal(await hold.leaveBlockPage(), null);
  assert.equal(browser.went.at(-1), HOME);
});

test('a start page that leads away by itself is not opened in a spin', async () => {
  inExam();
  await hold.settle();
  for (let round = 0; round < 3; round += 1) {
    commit(BLOCK_PAGE);
    await hold.leaveBlockPage();
  }
  commit(BLOCK_PAGE);
  assert.ok((await hold.leaveBlockPage()).wait_ms > 0);
});

test('a page of ours where the pupil does not belong now is left', async () => {
  commit('https://ujian.sch.id/login');
  await hold.settle();
  await until('sent home', () => browser.went.at(-1) === HOME);
  assert.deepEqual(blocked, []);
});

test('a server that is away: our own page waits, and goes where the pupil wanted once it answers', async (t) => {
  const server = createServer((_, response) => response.end('ok'));
  await new Promise((ready) => { server.listen(0, '127.0.0.1', ready); });
  t.after(() => server.close());
  doc = { ...doc, start_url: `http://127.0.0.1:${server.address().port}/pupil`, allowed_hosts: [`127.0.0.1:${server.address().port}`] };
  await hold.settle();
  fail(doc.start_url, 'net::ERR_CONNECTION_REFUSED');
  assert.equal(browser.went.at(-1), OFFLINE_PAGE);
  commit(OFFLINE_PAGE);
  await hold.leaveOfflinePage();
  assert.equal(browser.went.at(-1), doc.start_url);
  assert.deepEqual(blocked, [], 'nobody is blamed for the network');
});

test('a navigation that gave way to another is no failure', () => {
  fail(HOME, 'net::ERR_ABORTED');
  assert.deepEqual(browser.went, []);
});

test('a ticket that comes late does not undo an order', async () => {
  inExam();
  await hold.settle();
  await hold.open(`${HOME}#t=ticket`);
  commit(EXAM);
  await hold.open(`${HOME}#t=ticket`);
  assert.deepEqual(browser.went, [EXAM]);
});

test('a page that renames itself counts as where it says it is', async () => {
  await hold.open(`${HOME}#t=ticket`);
  hold.renamed({ tabId: tab.id, frameId: 0, url: `${HOME}#t=ticket` });
  assert.equal(hold.url, `${HOME}#t=ticket`);
});
