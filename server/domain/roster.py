"""What a participant list may contain, row by row. Pure: cells in, rows and problems out.

Only what an exam needs is read. NIK, parents, address and the like are never looked at, so they cannot be stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

#: field → headings it is known by (lower case, spaces and punctuation removed)
HEADINGS: dict[str, tuple[str, ...]] = {
    "number": ("nomorpeserta", "nopeserta", "participantnumber", "nomor", "number"),
    "name": ("nama", "namapeserta", "namalengkap", "name"),
    "nisn": ("nisn",),
    "class_name": ("kelas", "rombel", "class"),
    "npsn": ("npsn", "npsnsekolah", "schoolcode"),
    "slot": ("sesi", "session", "slot"),
    "room": ("ruang", "ruangan", "room"),
    "seat": ("meja", "nomormeja", "seat"),
    "extra_minutes": ("tambahanmenit", "tambahanwaktu", "extraminutes"),
    "username": ("username",),
}
REQUIRED = ("number", "name", "slot", "room", "seat")
EXTRA_MAX = 240

# Zero-width characters and the byte order mark are seen in real exports, inside the NISN above all.
_INVISIBLE = re.compile("[​‌‍⁠﻿]")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct: row number as the sheet shows it (0: the sheet itself), column heading, code."""

    row: int
    column: str
    code: str
    message: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class RosterRow:
    row: int
    number: str
    name: str
    nisn: str | None
    class_name: str | None
    npsn: str | None
    slot: int
    room: str
    seat: str
    extra_minutes: int
    username: str | None


@dataclass(slots=True)
class Roster:
    """What was understood. Nothing is imported while there are problems."""

    rows: list[RosterRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def guess_columns(headings: Sequence[object]) -> dict[str, int]:
    """field → column index, by the headings' words."""
    known = {alias: name for name, aliases in HEADINGS.items() for alias in aliases}
    found: dict[str, int] = {}
    for index, heading in enumerate(headings):
        plain = re.sub(r"[^a-z0-9]", "", clean(heading).lower())
        name = known.get(plain)
        if name is not None and name not in found:
            found[name] = index
    return found


def clean(cell: object) -> str:
    """A cell as text: no invisible characters, single spaces; 7.0 (a number cell) is 7; "null" is empty."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = re.sub(r"\s+", " ", _INVISIBLE.sub("", str(cell))).strip()
    return "" if text.lower() == "null" else text


def read(
    headings: Sequence[object],
    rows: Iterable[tuple[int, Sequence[object]]],
    own_npsn: str,
    known_npsn: Iterable[str],
) -> Roster:
    """Check every row and report every problem. `rows` are (row number in the sheet, cells)."""
    roster = Roster()
    columns = guess_columns(headings)
    for name in REQUIRED:
        if name not in columns:
            roster.problems.append(
                Problem(
                    0,
                    name,
                    "column_missing",
                    f"no column for '{name}'; known headings: {', '.join(HEADINGS[name])}",
                )
            )
    if roster.problems:
        return roster
    schools = {own_npsn, *known_npsn}
    numbers: dict[str, int] = {}
    places: dict[tuple[int, str, str], int] = {}
    for row_number, cells in rows:
        values = {name: clean(cells[i]) if i < len(cells) else "" for name, i in columns.items()}
        if not any(values.values()):
            continue
        row = _row(row_number, values, schools, roster.problems)
        if row is None:
            continue
        if row.number in numbers:
            roster.problems.append(
                Problem(
                    row_number,
                    "number",
                    "number_doubled",
                    f"participant number '{row.number}' stands in row {numbers[row.number]} too",
                    row.number,
                )
            )
            continue
        place = (row.slot, row.room.lower(), row.seat.lower())
        if place in places:
            roster.problems.append(
                Problem(
                    row_number,
                    "seat",
                    "seat_doubled",
                    f"seat {row.seat} in {row.room}, session {row.slot}, is given in row {places[place]} too",
                    row.seat,
                )
            )
            continue
        numbers[row.number] = row_number
        places[place] = row_number
        roster.rows.append(row)
    if not roster.rows and not roster.problems:
        roster.problems.append(Problem(0, "", "roster_empty", "the sheet has headings but no participants"))
    return roster


def _row(
    number: int, values: Mapping[str, str], schools: set[str], problems: list[Problem]
) -> RosterRow | None:
    before = len(problems)

    def wrong(column: str, code: str, message: str) -> None:
        problems.append(Problem(number, column, code, message, values.get(column, "")))

    for name in REQUIRED:
        if not values.get(name):
            wrong(name, "cell_empty", f"'{name}' is empty")
    nisn = values.get("nisn") or None
    if nisn is not None and not re.fullmatch(r"\d{10}", nisn):
        wrong("nisn", "nisn_invalid", f"NISN '{nisn}' is not 10 digits (leave it empty if there is none)")
    npsn = values.get("npsn") or None
    if npsn is not None and npsn not in schools:
        wrong(
            "npsn",
            "foreign_school",
            f"school '{npsn}' is not this school nor a guest school; add the guest school first",
        )
    slot = values.get("slot", "")
    if slot and not re.fullmatch(r"[1-9]\d?", slot):
        wrong("slot", "slot_invalid", f"session '{slot}' is not a number from 1 to 99")
    extra = values.get("extra_minutes") or "0"
    if not extra.isdigit() or int(extra) > EXTRA_MAX:
        wrong(
            "extra_minutes",
            "minutes_invalid",
            f"extra minutes '{extra}' is not a number from 0 to {EXTRA_MAX}",
        )
    for name, most in (("number", 60), ("name", 160), ("seat", 10), ("room", 60), ("class_name", 40)):
        if len(values.get(name, "")) > most:
            wrong(name, "cell_too_long", f"'{name}' is longer than {most} characters")
    if len(problems) > before:
        return None
    return RosterRow(
        row=number,
        number=values["number"],
        name=values["name"],
        nisn=nisn,
        class_name=values.get("class_name") or None,
        npsn=npsn,
        slot=int(slot),
        room=values["room"],
        seat=values["seat"],
        extra_minutes=int(extra),
        username=values.get("username") or None,
    )
