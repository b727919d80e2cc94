// The one file of the worker's world that names chrome.*: thin, so that the rest can be read without knowing
// Chrome, and run without it.

const c = chrome;

/** Listeners must be added synchronously while the worker starts, or the event that woke it is lost. */
export const on = {
  managedChanged: (fn) => c.storage.onChanged.addListener((_, area) => area === 'managed' && fn()),
  alarm: (fn) => c.alarms.onAlarm.addListener(fn),
  tabCreated: (fn) => c.tabs.onCreated.addListener(fn),
  tabRemoved: (fn) => c.tabs.onRemoved.addListener(fn),
  windowCreated: (fn) => c.windows.onCreated.addListener(fn),
  windowFocused: (fn) => c.windows.onFocusChanged.addListener(fn),
  navigating: (fn) => c.webNavigation.onBeforeNavigate.addListener(fn),
  committed: (fn) => c.webNavigation.onCommitted.addListener(fn),
  renamed: (fn) => {
    c.webNavigation.onReferenceFragmentUpdated.addListener(fn);
    c.webNavigation.onHistoryStateUpdated.addListener(fn);
  },
  failed: (fn) => c.webNavigation.onErrorOccurred.addListener(fn),
  updateReady: (fn) => c.runtime.onUpdateAvailable.addListener(fn),
  /** `fn(message, sender)` may be async; only our own pages and content scripts are heard. */
  message: (fn) => c.runtime.onMessage.addListener((message, sender, reply) => {
    if (sender.id !== c.runtime.id || message?.for === 'offscreen') return false;
    fn(message, sender).then(reply, () => reply(null));
    return true; // the reply comes later
  }),
};

export const managedValues = () => c.storage.managed.get(null);

/** Survives the worker, not the browser. */
export const memory = {
  get: async (name) => (await c.storage.session.get(name))[name],
  put: (name, value) => c.storage.session.set({ [name]: value }),
};

export const tabs = {
  all: () => c.tabs.query({}),
  go: (id, url) => c.tabs.update(id, { url, active: true }),
  close: (id) => c.tabs.remove(id),
  /** To every frame of a tab; a frame without our script is no error. */
  tell: (id, message) => c.tabs.sendMessage(id, message).catch(() => null),
  open: async (url) => (await c.windows.create({ url, state: 'fullscreen' })).tabs[0],
};

export const windows = {
  close: (id) => c.windows.remove(id),
  focused: async () => (await c.windows.getAll()).some((one) => one.focused),
  NONE: c.windows.WINDOW_ID_NONE,
};

/** Put our content scripts into a page that was open before we arrived. */
export async function inject(tabId) {
  for (const entry of c.runtime.getManifest().content_scripts) {
    await c.scripting.executeScript({
      target: { tabId, allFrames: entry.all_frames === true }, files: entry.js, injectImmediately: true,
    });
  }
}

export async function replaceNetRules(rules) {
  const old = await c.declarativeNetRequest.getDynamicRules();
  await c.declarativeNetRequest.updateDynamicRules({ removeRuleIds: old.map((rule) => rule.id), addRules: rules });
}

export const removeSiteData = (origins) =>
  c.browsingData.remove({ origins }, {
    cache: true, cacheStorage: true, cookies: true, fileSystems: true, indexedDB: true, localStorage: true,
    serviceWorkers: true,
  });

export const keepAwake = (wanted) =>
  (wanted ? c.power.requestKeepAwake('display') : c.power.releaseKeepAwake());

/** A period below 30 s is not honoured. */
export const wakeUpAlarm = () => c.alarms.create('wake', { periodInMinutes: 0.5 });

/** Only a page may read the battery: an offscreen one does, and sends what it reads. */
export async function watchBattery() {
  const open = await c.runtime.getContexts({ contextTypes: ['OFFSCREEN_DOCUMENT'] });
  if (open.length > 0) {
    await c.runtime.sendMessage({ for: 'offscreen', kind: 'battery_now' }).catch(() => null);
    return;
  }
  await c.offscreen.createDocument({
    url: 'offscreen/battery.html', reasons: ['BATTERY_STATUS'], justification: 'Battery level for the proctor',
  });
}

/** The serial number where the platform tells it: ChromeOS, policy-installed. */
export async function deviceSerial() {
  const attributes = c.enterprise?.deviceAttributes;
  return attributes ? (await attributes.getDeviceSerialNumber()) ?? '' : '';
}

/**
 * This machine's own proof for a challenge: its answer as bytes. `scope` is `machine` or `kiosk`. Raises `unsupported`
 * where there is nothing to ask (only ChromeOS has it, for an extension that a policy installed).
 */
export async function challengeKey(scope, challenge) {
  const keys = c.enterprise?.platformKeys;
  if (typeof keys?.challengeKey !== 'function') throw Object.assign(new Error('no enterprise keys'), { code: 'unsupported' });
  return keys.challengeKey({ challenge, scope: scope === 'machine' ? 'MACHINE' : 'USER' });
}

export const self = {
  url: (path) => c.runtime.getURL(path),
  version: () => c.runtime.getManifest().version,
  platform: async () => (await c.runtime.getPlatformInfo()).os,
  unpacked: async () => (await c.management.getSelf()).installType === 'development',
  checkForUpdate: () => c.runtime.requestUpdateCheck().catch(() => null),
  reload: () => c.runtime.reload(),
};
