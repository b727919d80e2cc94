// What a proctor types into the board's command box, as hurried people type it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { parse } from "../../server/web/static/js/command.js";

test("an arrow of any make, or none, seats a pupil at another Chromebook", () => {
  for (const line of ["7->c14", "7 → c14", "7 => c14", "7>c14", "7 --> c14", "7 c14", "meja 7 -> c14"]) {
    assert.deepEqual(parse(line), { seats: ["7"], verb: "place", rest: "c14" }, line);
  }
  assert.deepEqual(parse("3-a->C14"), { seats: ["3-a"], verb: "place", rest: "C14" });
});

test("behind an arrow a sticker's label may have blanks", () => {
  for (const line of ["7 → CB 03", "meja 7->  CB 03 "]) {
    assert.deepEqual(parse(line), { seats: ["7"], verb: "place", rest: "CB 03" }, line);
  }
});

test("a sticker scanned after the seat ends the command", () => {
  for (const line of ["7 → HTTP://S.ID/D/C14.ABCDEF", "7 http://10.0.0.2:8410/d/C14.ABCDEF"]) {
    assert.deepEqual(parse(line), { seats: ["7"], verb: "place", rest: line.split(" ").at(-1) }, line);
  }
});

test("seats are many, in any order of words and numbers", () => {
  assert.deepEqual(parse("3 5 tambah 5"), { seats: ["3", "5"], verb: "tambah", rest: "5" });
  assert.deepEqual(parse("5-3,7 kunci"), { seats: ["3", "4", "5", "7"], verb: "kunci", rest: "" });
  assert.deepEqual(parse("meja 7 kunci Lihat layar"), { seats: ["7"], verb: "kunci", rest: "Lihat layar" });
  assert.deepEqual(parse("kunci 7, 8"), { seats: ["7", "8"], verb: "kunci", rest: "" });
  assert.deepEqual(parse("7 tidak hadir"), { seats: ["7"], verb: "tidak", rest: "hadir" });
  assert.deepEqual(parse("semua kunci"), { seats: "all", verb: "kunci", rest: "" });
});

test("what is no command is none", () => {
  for (const line of ["7", "halo", ""]) assert.equal(parse(line), null, line);
});
