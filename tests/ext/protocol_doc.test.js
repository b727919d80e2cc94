// docs/protocol.md is the description; its tables and the exports of protocol.js must say the same.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import * as protocol from '../../kiosk_ext/protocol.js';

const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');

/** The rows under the table head that begins with `head`, as cells without the outer bars. */
function table(head) {
  const lines = page.split('\n');
  const start = lines.findIndex((line, at) => line.startsWith(head) && lines[at + 1].startsWith('| ---'));
  assert.notEqual(start, -1, `docs/protocol.md has no table "${head}"`);
  const rows = [];
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith('|')) break;
    rows.push(line.slice(1, -1).split('|').map((cell) => cell.trim()));
  }
  return rows;
}

const words = (text) => [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1]);
const names = (head) => table(head).map(([first]) => words(first)[0]);

const TABLES = [
  ['| `hello` |', protocol.HELLO_FIELDS],
  ['| `prove` |', protocol.PROVE_FIELDS],
  ['| `welcome` body |', protocol.WELCOME_FIELDS],
  ['| envelope |', protocol.ENVELOPE_FIELDS],
  ['| `report` body |', protocol.REPORT_FIELDS],
  ['| `observed` |', protocol.OBSERVED_FIELDS],
  ['| `ack` body |', protocol.ACK_FIELDS],
  ['| `attest` body (server → device) |', protocol.ATTEST_FIELDS],
  ['| `attested` body (device → server) |', protocol.ATTESTED_FIELDS],
  ['| desired document |', protocol.DESIRED_FIELDS],
  ['| `doc` |', protocol.DOC_FIELDS],
  ['| code | what happened |', protocol.REFUSAL_CODES],
];

for (const [head, fields] of TABLES) {
  test(`the table ${head} is what protocol.js has`, () => assert.deepEqual(names(head), fields));
}

test('event kinds, their data and the words in it', () => {
  const kinds = {};
  const closed = {};
  for (const [kind, data] of table('| event `kind` |')) {
    const [name] = words(kind);
    // `name`: `word`, `word` — the words after a colon belong to the name before it.
    const parts = data.split(':');
    kinds[name] = words(parts[0]);
    if (parts.length > 1) closed[name] = { [words(parts[0]).at(-1)]: words(parts[1]) };
  }
  assert.deepEqual(kinds, protocol.EVENT_KINDS);
  assert.deepEqual(closed, protocol.EVENT_WORDS);
});

test('modes, pages, grades, standings and lock reasons', () => {
  const cell = (head, name) => table(head).find(([first]) => words(first)[0] === name)[1];
  assert.deepEqual(words(cell('| `doc` |', 'mode')), protocol.MODES);
  assert.deepEqual(words(cell('| `observed` |', 'page')), protocol.PAGES);
  assert.deepEqual(words(cell('| `welcome` body |', 'grade')), protocol.GRADES);
  assert.deepEqual(words(cell('| `welcome` body |', 'standing')), protocol.STANDINGS);
  assert.deepEqual(words(cell('| `attest` body (server → device) |', 'scope')), protocol.SCOPES);
  assert.deepEqual(
    words(cell('| `attested` body (device → server) |', 'error')).filter((word) => word !== 'null'), protocol.ATTEST_ERRORS,
  );
  const reasons = /`lock\.reason` is one of ([^.]+)\./.exec(page)[1];
  assert.deepEqual(words(reasons), protocol.LOCK_REASONS);
});

test('limits and HTTP paths', () => {
  const tooLarge = table('| code | what happened |').find(([first]) => first === '`too_large`')[1];
  assert.match(tooLarge, new RegExp(`${protocol.LIMITS.messageBytes / 1024} KiB.*${protocol.LIMITS.eventsPerReport} events`));
  const interval = table('| `doc` |').find(([first]) => first === '`report_interval_ms`')[1];
  assert.deepEqual(
    interval.split('–').map((number) => Number(number.replace(',', ''))),
    [protocol.LIMITS.reportIntervalMinMs, protocol.LIMITS.reportIntervalMaxMs],
  );
  for (const { path } of Object.values(protocol.HTTP)) assert.ok(page.includes(`\`POST ${path}\``), path);
});
