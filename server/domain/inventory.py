"""What a list of Chromebooks may contain, row by row. Pure: cells in, rows and problems out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from server.domain import school_day
from server.domain.sheet import Problem, Sheet, SheetKind, Spec, Values, column_problems, guess, values

SPEC = Spec(
    SheetKind.DEVICES,
    {
        "label": (
            "label",
            "stiker",
            "kode",
            "kodeperangkat",
            "nomorstiker",
            "sticker",
            "assetid",
            "annotatedassetid",
        ),
        "serial": ("nomorseri", "noseri", "serialnumber", "serial", "sn"),
        "model": ("model", "tipe", "type", "merek", "merk"),
        "room": ("ruang", "ruangan", "room"),
        "seat": ("meja", "nomormeja", "nomeja", "seat"),
        "spare": ("chromebookcadangan", "sparechromebook", "cadangan", "spare"),
        "owner": ("dipinjamdari", "pinjamandari", "sekolahpemilik", "pemilik", "borrowedfrom", "owner"),
        "until": ("sampaitanggal", "dipinjamsampai", "untildate", "borroweduntil", "until"),
    },
    ("label",),
)
LENGTHS = (("label", 20), ("serial", 80), ("model", 80), ("room", 60), ("seat", 10), ("owner", 160))
#: Cells that say yes or no. An empty one says nothing, and what is known stays.
SAID = {
    **dict.fromkeys(("ya", "y", "yes", "true", "1", "cadangan", "spare", "x"), True),
    **dict.fromkeys(("tidak", "t", "no", "n", "false", "0", "bukan", "-"), False),
}
_NO_SERIAL = frozenset(
    re.sub(r"[^a-z0-9]", "", words)
    for words in (
        *("none", "no serial", "n/a", "na", "nil", "null", "unknown", "undefined", "default string", "empty"),
        *("system serial number", "chassis serial number", "serial number", "serial", "not applicable"),
        *("to be filled by o.e.m.", "to be filled by oem", "not specified", "not available", "invalid"),
        *(
            "oem",
            "tidak ada",
            "tidak diketahui",
            "kosong",
            "belum ada",
            "0123456789",
            "123456789",
            "1234567890",
        ),
    )
)


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One Chromebook. None: the file says nothing about it, and what is known stays."""

    row: int
    label: str
    serial: str | None = None
    model: str | None = None
    room: str | None = None
    seat: str | None = None
    spare: bool | None = None
    owner: str | None = None  # the school that lends it, and until when (yyyy-mm-dd): both or neither
    until: str | None = None


@dataclass(slots=True)
class Inventory:
    """What was understood. Nothing is imported while there are problems."""

    rows: list[DeviceRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def real_serial(text: str) -> str | None:
    """A serial number that tells one device from another; None for an empty or placeholder one."""
    word = re.sub(r"[^a-z0-9]", "", text.lower())
    return None if not word or word in _NO_SERIAL or len(set(word)) == 1 else text


def read(sheet: Sheet, columns: Mapping[str, int] | None = None) -> Inventory:
    """Check every row and report every problem. `columns` (field → column) replaces what the headings say."""
    found = Inventory()
    if columns is None:
        columns = guess(SPEC, sheet.headings)
    found.problems += column_problems(SPEC, sheet, columns, SPEC.required)
    if found.problems:
        return found
    seen: dict[tuple[str, str], int] = {}

    def doubled(row: DeviceRow, column: str, code: str, key: str, value: str) -> None:
        """Both rows are named; the first keeps its place in the list."""
        other = seen.setdefault((column, key.lower()), row.row)
        if other != row.row:
            found.problems.append(
                Problem(
                    row.row,
                    column,
                    code,
                    f"{column} '{value}' stands in row {other} too",
                    value,
                    {"other": other},
                )
            )

    for cells in values(sheet, columns):
        row = _row(cells, found.problems)
        if row is None:
            continue
        doubled(row, "label", "label_doubled", row.label, row.label)
        if row.serial is not None:
            doubled(row, "serial", "serial_doubled", row.serial, row.serial)
        if row.room is not None and row.seat is not None:
            doubled(row, "seat", "place_doubled", f"{row.room}\n{row.seat}", row.seat)
        found.rows.append(row)
    if not found.rows and not found.problems:
        found.problems.append(Problem(0, "", "inventory_empty", "the sheet has headings but no devices"))
    return found


def _row(found: Values, problems: list[Problem]) -> DeviceRow | None:
    before = len(problems)
    cells = found.cells

    def wrong(column: str, code: str, message: str) -> None:
        problems.append(Problem(found.row, column, code, message, cells.get(column, "")))

    if not cells.get("label"):
        wrong("label", "cell_empty", "'label' is empty")
    if cells.get("seat") and not cells.get("room"):
        wrong("room", "cell_empty", "a seat is given and 'room' is empty")
    spare = cells.get("spare", "").lower()
    if spare and spare not in SAID:
        wrong("spare", "spare_invalid", f"'{spare}' is neither yes nor no (ya, tidak)")
    owner, until = cells.get("owner", ""), school_day.read(cells.get("until", ""))
    if cells.get("until") and until is None:
        wrong("until", "day_invalid", f"'{cells['until']}' is not a day such as 30/11/2026")
    elif bool(owner) != bool(until):
        empty = "until" if owner else "owner"
        wrong(empty, "cell_empty", f"a borrowed device needs '{empty}' too")
    for name, most in LENGTHS:
        if len(cells.get(name, "")) > most:
            wrong(name, "cell_too_long", f"'{name}' is longer than {most} characters")
    if len(problems) > before:
        return None
    return DeviceRow(
        row=found.row,
        label=cells["label"],
        serial=real_serial(cells.get("serial", "")),
        model=cells.get("model") or None,
        room=cells.get("room") or None,
        seat=cells.get("seat") or None,
        spare=SAID.get(spare),
        owner=owner or None,
        until=until,
    )
