// The browser as Hold sees it through chrome_api.js: tabs, session memory and our own pages. It stands in for Chrome
// alone; what it answers was seen in a real one (tests/browser/test_extension.py).

const OWN = 'chrome-extension://abc/';

export class FakeBrowser {
  open = new Map(); // tab id -> {id, windowId, url}
  went = []; // addresses the tab was sent to
  #next = 10;
  #memory = new Map();

  memory = {
    get: async (name) => this.#memory.get(name),
    put: async (name, value) => { this.#memory.set(name, value); },
  };

  tabs = {
    all: async () => [...this.open.values()],
    go: async (id, url) => { this.went.push(url); },
    close: async (id) => { this.open.delete(id); },
    open: async (url) => this.add(url, 2),
  };

  /** A page of Chrome's own, an error page too, takes no script. */
  inject = async (id) => {
    if (this.errorPages.has(id)) throw new Error('Frame with ID 0 is showing error page');
  };

  errorPages = new Set();

  windows = { close: async (id) => { this.closedWindow = id; } };

  self = { url: (path) => `${OWN}${path}` };

  add(url, windowId = 1) {
    const tab = { id: this.#next += 1, windowId, url };
    this.open.set(tab.id, tab);
    return tab;
  }
}
