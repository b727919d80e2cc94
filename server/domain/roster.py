"""What a participant list may contain, row by row. Pure: cells in, rows and problems out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from server.domain.sheet import Problem, Sheet, SheetKind, Spec, Values, column_problems, guess, values

SPEC = Spec(
    SheetKind.PARTICIPANTS,
    {
        "number": ("nomorpeserta", "nopeserta", "nomorujian", "participantnumber", "number", "nomor"),
        "name": ("namapeserta", "nama", "namalengkap", "namasiswa", "fullname", "name"),
        "nisn": ("nisn",),
        "class_name": ("kelas", "rombel", "rombelsaatini", "class"),
        "npsn": ("npsn", "npsnsekolah", "npsnasal", "schoolcode"),
        "slot": ("sesi", "session", "slot"),
        "room": ("ruang", "ruangan", "room"),
        "seat": ("meja", "nomormeja", "nomeja", "seat"),
        "extra_minutes": ("tambahanmenit", "tambahanwaktu", "extraminutes"),
        "username": ("username", "namapengguna"),
        "kind": (
            "jenispeserta",
            "kindofparticipant",
            "jenis",
            "utamacadangan",
            "kind",
            "cadangan",
            "reserve",
        ),
    },
    ("number", "name", "slot", "room", "seat"),
)
PLACE = ("slot", "room", "seat")
#: Not told by the file: what is known stays.
OPTIONAL = frozenset({"nisn", "class_name", "npsn", "extra_minutes", "username", "kind"})
EXTRA_MAX = 240
MAIN, RESERVE = "main", "reserve"
KINDS = {
    **dict.fromkeys(("", "utama", "main", "peserta utama", "tidak", "no"), MAIN),
    **dict.fromkeys(("cadangan", "reserve", "peserta cadangan", "ya", "yes"), RESERVE),
}
LENGTHS = (("number", 60), ("name", 160), ("seat", 10), ("room", 60), ("class_name", 40), ("username", 60))


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One participant. A reserve may have no session, room and seat; `told` are the optional fields of the file."""

    row: int
    number: str
    name: str
    nisn: str | None
    class_name: str | None
    npsn: str | None
    slot: int | None
    room: str
    seat: str
    extra_minutes: int
    username: str | None
    kind: str = MAIN
    told: frozenset[str] = OPTIONAL


@dataclass(slots=True)
class Roster:
    """What was understood. Nothing is imported while there are problems."""

    rows: list[RosterRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read(
    sheet: Sheet, own_npsn: str, known_npsn: Iterable[str], columns: Mapping[str, int] | None = None
) -> Roster:
    """Check every row and report every problem. `columns` (field → column) replaces what the headings say."""
    roster = Roster()
    if columns is None:
        columns = guess(SPEC, sheet.headings)
    # A list that says who is a reserve may be of reserves alone; the others then miss their places row by row.
    required = [n for n in SPEC.required if not (n in PLACE and "kind" in columns)]
    roster.problems += column_problems(SPEC, sheet, columns, required)
    if roster.problems:
        return roster
    schools = {own_npsn, *known_npsn}
    told = OPTIONAL & columns.keys()
    numbers: dict[str, int] = {}
    places: dict[tuple[int | None, str, str], int] = {}
    for found in values(sheet, columns):
        row = _row(found, told, schools, roster.problems)
        if row is None:
            continue
        if row.number in numbers:
            other = numbers[row.number]
            roster.problems.append(
                Problem(
                    found.row,
                    "number",
                    "number_doubled",
                    f"participant number '{row.number}' stands in row {other} too",
                    row.number,
                    {"other": other},
                )
            )
            continue
        place = (row.slot, row.room.lower(), row.seat.lower())
        if row.slot is not None and place in places:
            other = places[place]
            roster.problems.append(
                Problem(
                    found.row,
                    "seat",
                    "seat_doubled",
                    f"seat {row.seat} in {row.room}, session {row.slot}, is given in row {other} too",
                    row.seat,
                    {"other": other},
                )
            )
            continue
        numbers[row.number] = found.row
        places[place] = found.row
        roster.rows.append(row)
    if not roster.rows and not roster.problems:
        roster.problems.append(Problem(0, "", "roster_empty", "the sheet has headings but no participants"))
    return roster


def _row(found: Values, told: frozenset[str], schools: set[str], problems: list[Problem]) -> RosterRow | None:
    before = len(problems)
    cells = found.cells

    def wrong(column: str, code: str, message: str) -> None:
        problems.append(Problem(found.row, column, code, message, cells.get(column, "")))

    kind = KINDS.get(cells.get("kind", "").lower())
    if kind is None:
        wrong("kind", "kind_invalid", f"'{cells['kind']}' is neither main nor reserve (utama, cadangan)")
    placeless = kind == RESERVE and not any(cells.get(n) for n in PLACE)
    for name in SPEC.required:
        if not cells.get(name) and not (placeless and name in PLACE):
            wrong(name, "cell_empty", f"'{name}' is empty")
    nisn = cells.get("nisn") or None
    if nisn is not None and not re.fullmatch(r"[0-9]{10}", nisn):
        wrong("nisn", "nisn_invalid", f"NISN '{nisn}' is not 10 digits (leave it empty if there is none)")
    npsn = cells.get("npsn") or None
    if npsn is not None and npsn not in schools:
        wrong(
            "npsn",
            "foreign_school",
            f"school '{npsn}' is not this school nor a guest school; add the guest school first",
        )
    slot = cells.get("slot", "")
    if slot and not re.fullmatch(r"[1-9][0-9]?", slot):
        wrong("slot", "slot_invalid", f"session '{slot}' is not a number from 1 to 99")
    extra = cells.get("extra_minutes") or "0"
    if not re.fullmatch(r"[0-9]{1,3}", extra) or int(extra) > EXTRA_MAX:
        wrong(
            "extra_minutes",
            "minutes_invalid",
            f"extra minutes '{extra}' is not a number from 0 to {EXTRA_MAX}",
        )
    for name, most in LENGTHS:
        if len(cells.get(name, "")) > most:
            wrong(name, "cell_too_long", f"'{name}' is longer than {most} characters")
    if len(problems) > before or kind is None:
        return None
    return RosterRow(
        row=found.row,
        number=cells["number"],
        name=cells["name"],
        nisn=nisn,
        class_name=cells.get("class_name") or None,
        npsn=npsn,
        slot=int(slot) if slot else None,
        room=cells.get("room", ""),
        seat=cells.get("seat", ""),
        extra_minutes=int(extra),
        username=cells.get("username") or None,
        kind=kind,
        told=told,
    )
