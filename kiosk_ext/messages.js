// What our scripts in pages may say to the worker. They run inside pages we do not own: each message is checked,
// and none can do more than its line here.

const text = (value) => (typeof value === 'string' ? value.slice(0, 300) : null);

const HANDLERS = {
  /** A frame has loaded, or a page asks again: the answer is what it should show. */
  async hello(kiosk, message, { frameId, origin }) {
    if (frameId === 0 && Number.isSafeInteger(message.server_now)) await kiosk.pageTime(message.server_now);
    return { ...(await kiosk.view()), forget: kiosk.siteData.orderFor(origin) };
  },

  keys: (kiosk, { count }) => kiosk.journal.keys(count),

  blocked: (kiosk, { host }) => kiosk.journal.blocked(text(host), 'page'),

  page: (kiosk, message, { frameId, origin }) => frameId === 0 && kiosk.pageTold(origin, message),

  notice_read: (kiosk, { id }, { frameId }) => frameId === 0 && kiosk.noticeRead(id),

  battery(kiosk, { level, charging }, { ours }) {
    if (ours && Number.isInteger(level)) kiosk.battery = { level, charging: charging === true };
  },

  offline_page: (kiosk, _, { ours }) => ours && kiosk.hold.leaveOfflinePage(),

  block_page: (kiosk, _, { ours }) => ours && kiosk.hold.leaveBlockPage(),
};

/** Answer one message. `ownOrigin` is the extension's. */
export async function answer(kiosk, message, sender, ownOrigin) {
  const handler = Object.hasOwn(HANDLERS, message?.kind) ? HANDLERS[message.kind] : null;
  if (!handler) return null;
  // A tab that is being closed has nothing to say about the pupil's page; our offscreen page has no tab.
  const ours = sender.origin === ownOrigin;
  if (!ours && sender.tab?.id !== kiosk.hold.tabId && kiosk.hold.tabId !== null) return null;
  return (await handler(kiosk, message, { frameId: sender.frameId, origin: sender.origin, ours })) ?? null;
}
