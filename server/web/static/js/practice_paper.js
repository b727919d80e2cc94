// The sheet of one part: numbers, one question at a time, and by word and shape where each answer is.

import { draw, read } from './practice_questions.js';
import { say, write } from './pupil_words.js';

// Plain characters: an hourglass is missing from many fonts.
const SHAPES = { empty: '○', device: '↑', school: '✓', late: '✓', refused: '◇' };
const WHERE = 'bangku-question'; // which one lay open, for a reload
const id = (name) => document.getElementById(name);

export class Paper {
  questions = [];
  #records = new Map(); // item → record of the store
  #at = 0;
  #onAnswer;

  /** `onAnswer(item, value)` with each change. */
  constructor({ onAnswer }) {
    this.#onAnswer = onAnswer;
    id('question').addEventListener('input', () => this.#changed());
    id('question-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.go(this.#at + 1);
    });
    id('back').addEventListener('click', () => this.go(this.#at - 1));
  }

  #changed() {
    const question = this.questions[this.#at];
    this.#onAnswer(question.item, read(id('question'), question));
  }

  /** Another part, or the same after a reload. */
  lay(questions, records) {
    this.questions = questions;
    this.#records = new Map(records.map((record) => [record.item, record]));
    this.#at = Math.max(0, questions.findIndex(({ item }) => item === sessionStorage.getItem(WHERE)));
    id('numbers').querySelector('ol').replaceChildren(...questions.map((_question, n) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.addEventListener('click', () => this.go(n));
      const entry = document.createElement('li');
      entry.append(button);
      return entry;
    }));
    this.#show();
  }

  /** What the store has now. A question that another device answered meanwhile is drawn anew. */
  update(records) {
    const before = this.#records.get(this.questions[this.#at]?.item);
    this.#records = new Map(records.map((record) => [record.item, record]));
    const after = this.#records.get(this.questions[this.#at]?.item);
    const foreign = after && after.state !== 'device' && after.value !== before?.value;
    if (foreign && !id('question').contains(document.activeElement)) this.#show();
    else this.#marks();
  }

  go(n) {
    if (n < 0 || n >= this.questions.length) return;
    this.#at = n;
    sessionStorage.setItem(WHERE, this.questions[n].item);
    this.#show();
    id('question').querySelector('legend').focus({ preventScroll: true });
    scrollTo(0, 0);
  }

  freeze(frozen) {
    id('question').disabled = frozen;
    id('finish').disabled = frozen;
  }

  unanswered() {
    return this.questions.filter(({ item }) => this.#state(item) === 'empty').length;
  }

  #state(item) {
    const record = this.#records.get(item);
    if (!record || (record.value === '' && record.state !== 'device')) return 'empty';
    return record.state;
  }

  #show() {
    const question = this.questions[this.#at];
    if (!question) return;
    const heading = say('question', { number: this.#at + 1, count: this.questions.length });
    draw(id('question'), question, this.#records.get(question.item)?.value ?? '', heading);
    id('back').disabled = this.#at === 0;
    id('next').disabled = this.#at === this.questions.length - 1;
    this.#marks();
  }

  #marks() {
    const buttons = id('numbers').querySelectorAll('button');
    this.questions.forEach(({ item }, n) => {
      const state = this.#state(item);
      const button = buttons[n];
      write(button, `${n + 1} ${SHAPES[state]}`);
      button.dataset.state = state;
      button.setAttribute('aria-label', say('go_to', { number: n + 1, state: say(`state_${state}`) }));
      if (n === this.#at) button.setAttribute('aria-current', 'step');
      else button.removeAttribute('aria-current');
    });
    const state = this.#state(this.questions[this.#at]?.item);
    id('saved').dataset.state = state;
    write(id('saved'), state === 'empty' ? '' : `${SHAPES[state]} ${say(`state_${state}`)}`);
  }
}
