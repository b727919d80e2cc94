// The page that stands in when the server cannot be reached: what this phone saw last, and when.
import { kept } from './technician_kept.js';

const part = (name) => document.querySelector(`[data-part=${name}]`);
const { own, all } = await kept(location.pathname);

if (own) {
  document.title = own.label;
  for (const name of ['label', 'place', 'title', 'at']) part(name).textContent = own[name];
  if (own.card) part('title').closest('.card').className = own.card;
  for (const line of own.lines) item(part('lines'), line);
  for (const [state, name, word, text] of own.steps) {
    const box = document.createElement('div');
    box.append(made('b', name), ` ${word}`, made('p', text));
    const line = item(part('steps'), '');
    line.className = `is-${state}`;
    line.append(box);
  }
  document.getElementById('kept').hidden = false;
}
const others = all.filter((one) => one.label !== own?.label);
for (const one of others) {
  const link = document.createElement('a');
  link.href = `/d/${encodeURIComponent(one.label)}`;
  link.textContent = `${one.label} · ${one.title} · ${one.at}`;
  item(document.querySelector('#others ul'), '').append(link);
}
document.getElementById('others').hidden = others.length === 0;
part('again').href = location.href;
addEventListener('online', () => location.reload());

function item(list, text) {
  const line = made('li', text);
  list.append(line);
  return line;
}

function made(tag, text) {
  const one = document.createElement(tag);
  one.textContent = text;
  return one;
}
