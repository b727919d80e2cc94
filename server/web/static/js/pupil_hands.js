// The hands test on the pupil's page: while no exam is here and a check is open. When either ends, back to waiting.

import { post } from './pupil_api.js';
import { ServerClock } from './pupil_clock.js';
import { Live } from './pupil_live.js';
import { write } from './pupil_words.js';
import { handsTest } from './hands.js';

const id = (name) => document.getElementById(name);
const back = () => location.replace('/pupil');

new Live({
  clock: new ServerClock(),
  onState: (state) => {
    write(id('room'), state.room ?? '');
    write(id('device'), state.device ?? '');
    if (!state.check) back();
  },
  onAway: (why) => why === 'unbound' && back(),
}).start();

handsTest((seen) => post('hands', { seen }));
