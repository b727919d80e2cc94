// The worker's entry. Listeners are registered here, at once and at top level: Chrome starts the worker for an
// event and forgets the event if nobody listens by the end of this file. All of them wait for `ready`.

import * as api from './chrome_api.js';
import { Kiosk } from './kiosk.js';
import { answer } from './messages.js';
import { io } from './vendor/socket.io.esm.min.js';

const kiosk = new Kiosk(api, io);
const ready = kiosk.start();
// A worker that could not start ends by itself; the alarm of an earlier one tries again.
ready.catch((error) => console.error('extension: could not start;', error));

const when = (work) => async (...args) => {
  await ready;
  return work(...args);
};

const ownOrigin = new URL(api.self.url('')).origin;

api.on.managedChanged(when(() => kiosk.configChanged()));
api.on.alarm(when(() => kiosk.tick()));
api.on.tabCreated(when((tab) => kiosk.hold.tabCreated(tab)));
api.on.tabRemoved(when((id) => kiosk.hold.tabRemoved(id)));
api.on.windowCreated(when((window) => kiosk.hold.windowCreated(window)));
api.on.windowFocused(when((id) => kiosk.journal.focus(id !== api.windows.NONE)));
api.on.navigating(when((details) => kiosk.hold.navigating(details)));
api.on.committed(when((details) => kiosk.hold.committed(details)));
api.on.renamed(when((details) => kiosk.hold.renamed(details)));
api.on.failed(when((details) => kiosk.hold.failed(details)));
api.on.updateReady(when(() => kiosk.updates.arrived()));
api.on.message(when((message, sender) => answer(kiosk, message, sender, ownOrigin)));

// The policy, and with it the connection, come after the stored lock is up.
ready.then(() => kiosk.configChanged());
