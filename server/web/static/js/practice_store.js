// What the pupil answered, on this Chromebook, before anything is sent. One record per question; what was answered
// last stands. States: device (waiting to be sent), school, late, refused.

const NAME = 'bangku-pupil';

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

function open() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore('answers', { keyPath: ['sitting', 'item'] });
    request.result.createObjectStore('kept', { keyPath: 'name' });
  };
  return done(request);
}

export class Store {
  /** Rises each time the site's data was cleared under our hands. */
  era = 0;
  #opening = null;

  async #database() {
    this.#opening ??= open().then((database) => {
      const gone = () => {
        this.era += 1;
        this.#opening = null;
      };
      // An order to clear the site's data closes it under our hands; the next use opens an empty one.
      database.onclose = gone;
      database.onversionchange = () => {
        database.close();
        gone();
      };
      return database;
    }, (error) => {
      this.#opening = null;
      throw error;
    });
    return this.#opening;
  }

  /** Run `steps(objectStore)` in one transaction that is on the disk when it resolves. */
  async #write(name, steps) {
    const database = await this.#database();
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(name, 'readwrite', { durability: 'strict' });
      let result;
      transaction.oncomplete = () => resolve(result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
      steps(transaction.objectStore(name)).then((value) => { result = value; }, reject);
    });
  }

  async #all(name) {
    const database = await this.#database();
    return done(database.transaction(name).objectStore(name).getAll());
  }

  async ofSitting(sitting) {
    return (await this.#all('answers')).filter((record) => record.sitting === sitting);
  }

  async unsent() {
    return (await this.#all('answers')).filter((record) => record.state === 'device');
  }

  async sittings() {
    return [...new Set((await this.#all('answers')).map((record) => record.sitting))];
  }

  /** Keep an answer; its number rises with each change. */
  answer(sitting, item, value, answeredAt) {
    return this.#write('answers', async (answers) => {
      const before = await done(answers.get([sitting, item]));
      const record = { sitting, item, value, answered_at: answeredAt, seq: (before?.seq ?? 0) + 1, state: 'device' };
      answers.put(record);
      return record;
    });
  }

  /** Note what became of a number; an answer changed meanwhile stays to be sent. */
  mark(sitting, item, seq, state) {
    return this.#write('answers', async (answers) => {
      const record = await done(answers.get([sitting, item]));
      if (record?.seq === seq) answers.put({ ...record, state });
    });
  }

  /**
   * Take over what the school has, unless something waits here: that is newer, and the server will see so. What was
   * asked for in an earlier `era` belongs to the pupil before: it is not written into the empty store.
   */
  adopt(sitting, { item, seq, value, late }, era) {
    return this.#write('answers', async (answers) => {
      if (era !== this.era) return;
      const record = await done(answers.get([sitting, item]));
      if (record?.state === 'device') return;
      const answeredAt = record?.answered_at ?? 0;
      answers.put({ sitting, item, seq, value, answered_at: answeredAt, state: late ? 'late' : 'school' });
    });
  }

  /** Remember a thing by name (the last picture, the questions) for a reload without the server. */
  keep(name, value) {
    return this.#write('kept', async (kept) => { kept.put({ name, value }); });
  }

  async kept(name) {
    const database = await this.#database();
    return (await done(database.transaction('kept').objectStore('kept').get(name)))?.value ?? null;
  }
}
