// Number and card code, where no extension binds the page to its device.

import { post, Refused } from './pupil_api.js';
import { say, write } from './pupil_words.js';
import { Store } from './practice_store.js';

const form = document.getElementById('card-form');
const line = document.getElementById('card-say');
const button = form.querySelector('button');

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const empty = [form.number, form.code].find((input) => !input.value.trim());
  if (empty) {
    empty.focus();
    return;
  }
  button.disabled = true;
  write(line, '');
  try {
    await post('card', { number: form.number.value, code: form.code.value });
    await new Store().keep('state', null).catch(() => {}); // whose page this was is not whose it is
    location.replace('/pupil');
  } catch (error) {
    write(line, error instanceof Refused ? error.message : say('offline'));
    button.disabled = false;
    form.code.select();
  }
});
