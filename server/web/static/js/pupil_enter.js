// Trade the ticket behind the `#` for a cookie, and go on to the pupil's page. The ticket leaves the address before
// anything else happens.

import { post, Refused } from './pupil_api.js';
import { Store } from './practice_store.js';

const ticket = new URLSearchParams(location.hash.slice(1)).get('t');
history.replaceState(null, '', location.pathname);

async function enter(left) {
  try {
    await post('enter', { ticket });
    await new Store().keep('state', null).catch(() => {}); // whose page this was is not whose it is
  } catch (error) {
    // Out of reach: try again while the ticket lives. Refused: the page asks for a new one by itself.
    if (!(error instanceof Refused) && left > 0) {
      setTimeout(() => enter(left - 1), 2_000);
      return;
    }
  }
  location.replace('/pupil');
}

if (ticket) enter(10);
else location.replace('/pupil');
