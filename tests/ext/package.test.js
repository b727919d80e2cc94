// What the package promises: every file named is there, texts are complete, and chrome.* is named in two files only.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

import { LOCK_REASONS } from '../../kiosk_ext/protocol.js';

const root = new URL('../../kiosk_ext/', import.meta.url);
const read = (path) => readFileSync(new URL(path, root), 'utf8');
const json = (path) => JSON.parse(read(path));
const manifest = json('manifest.json');
const sources = readdirSync(root, { recursive: true })
  .filter((path) => path.endsWith('.js') && !path.startsWith('vendor'));

test('every file that the manifest, the pages and the imports name is there', () => {
  const named = [
    manifest.background.service_worker, manifest.storage.managed_schema,
    ...manifest.content_scripts.flatMap(({ js }) => js),
    ...manifest.web_accessible_resources.flatMap(({ resources }) => resources),
  ];
  for (const page of ['pages/blocked.html', 'pages/offline.html', 'offscreen/battery.html']) {
    for (const [, path] of read(page).matchAll(/(?:src|href)="([^"]+)"/g)) named.push(new URL(path, new URL(page, root)));
  }
  for (const source of sources) {
    for (const [, path] of read(source).matchAll(/from '(\.[^']+)'/g)) named.push(new URL(path, new URL(source, root)));
  }
  const missing = named.filter((path) => !existsSync(new URL(path, root)) && !`${path}`.includes('/vendor/'));
  assert.deepEqual(missing.map(String), []);
});

test('our pages carry the same guard and cover as every other page', () => {
  const inPages = manifest.content_scripts.flatMap(({ js }) => js).filter((path) => path !== 'content/bridge.js');
  for (const page of ['pages/blocked.html', 'pages/offline.html']) {
    const scripts = [...read(page).matchAll(/src="\.\.\/([^"]+)"/g)].map(([, path]) => path);
    assert.deepEqual(scripts, inPages, page);
  }
});

test('both languages have the same texts, and every text that is used', () => {
  const [id, en] = ['id', 'en'].map((language) => Object.keys(json(`_locales/${language}/messages.json`)));
  assert.deepEqual(id, en);
  const used = [
    ...LOCK_REASONS.map((reason) => `lock_${reason}`),
    ...sources.flatMap((path) => [...read(path).matchAll(/\btexts\.(\w+)(?!\w*')/g)].map(([, key]) => key)),
    ...['blocked', 'offline'].flatMap((page) => [...read(`pages/${page}.html`).matchAll(/data-text="(\w+)"/g)].map(([, key]) => key)),
  ];
  assert.deepEqual(used.filter((key) => !id.includes(key)), []);
});

test('chrome.* is named in one file of the worker and one of the page', () => {
  const naming = sources.filter((path) => /(?<![\w.'`/-])chrome(?:\.\w|;|\?)/.test(read(path).replaceAll(/\/\/.*|\/\*[^]*?\*\//g, '')));
  assert.deepEqual(naming.sort(), ['chrome_api.js', 'content/seam.js']);
});

test('the managed schema is one Chrome accepts and holds nothing of a pupil', () => {
  const schema = json(manifest.storage.managed_schema);
  assert.equal(schema.type, 'object');
  assert.ok(!('additionalProperties' in schema), 'Chrome refuses the extension for it');
  assert.deepEqual(Object.keys(schema.properties), ['servers', 'enrolment_secret', 'school', 'serial', 'language']);
});
