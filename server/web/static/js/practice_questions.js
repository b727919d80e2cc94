// The four kinds of question as form controls, and what is in them as a text:
// choice "2" · choices "0,2" · true_false "1,0,-" · short as typed. Nothing chosen is the empty text.

import { say } from './pupil_words.js';

function html(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function option(type, name, value, text, checked) {
  const input = html('input', { type, name, value, checked });
  return html('label', { className: 'option' }, input, html('span', { textContent: text }));
}

const KINDS = {
  choice: {
    draw: ({ options }, value) => options.map((text, n) => option('radio', 'answer', String(n), text, value === String(n))),
    read: (set) => set.querySelector('input:checked')?.value ?? '',
  },
  choices: {
    draw({ options }, value) {
      const chosen = value.split(',');
      return options.map((text, n) => option('checkbox', 'answer', String(n), text, chosen.includes(String(n))));
    },
    read: (set) => [...set.querySelectorAll('input:checked')].map((input) => input.value).join(','),
  },
  true_false: {
    draw({ statements }, value) {
      const chosen = value.split(',');
      return statements.map((text, n) => {
        const group = html('div', { className: 'statement' }, html('p', { id: `statement-${n}`, textContent: text }));
        group.setAttribute('role', 'radiogroup');
        group.setAttribute('aria-labelledby', `statement-${n}`);
        group.append(
          option('radio', `statement-${n}`, '1', say('true'), chosen[n] === '1'),
          option('radio', `statement-${n}`, '0', say('false'), chosen[n] === '0'),
        );
        return group;
      });
    },
    read(set) {
      const chosen = [...set.querySelectorAll('.statement')].map((group) => group.querySelector('input:checked')?.value ?? '-');
      return chosen.every((one) => one === '-') ? '' : chosen.join(',');
    },
  },
  short: {
    draw(_question, value) {
      const input = html('input', { type: 'text', maxLength: 200, value, autocomplete: 'off', spellcheck: false });
      input.setAttribute('aria-label', say('answer'));
      return [input];
    },
    read: (set) => set.querySelector('input').value,
  },
};

/** Fill a fieldset with a question and the answer so far. */
export function draw(set, question, value, heading) {
  const text = html('div', { className: 'text' });
  for (const paragraph of question.text.split('\n\n')) text.append(html('p', { textContent: paragraph }));
  const kind = KINDS[question.kind];
  set.replaceChildren(
    html('legend', { textContent: heading, tabIndex: -1 }),
    text,
    html('p', { className: 'hint', textContent: say(`kind_${question.kind}`) }),
    ...kind.draw(question, value),
  );
}

/** The answer as it stands in the fieldset. */
export const read = (set, question) => KINDS[question.kind].read(set);
