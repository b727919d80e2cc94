"""A list from a school, before anyone knows what its rows mean: tables, headings, columns, problems. Pure.

What is nobody's business here (NIK, parents, address, income) is dropped in `choose`, before anything is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

HEADING_SEARCH_ROWS = 15  # exports put titles above the headings

# Zero-width characters and the byte order mark are seen in real exports, inside the NISN above all.
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")

_PRIVATE_WORDS = frozenset(
    {
        *(
            "nik",
            "kk",
            "kitas",
            "paspor",
            "ayah",
            "ibu",
            "wali",
            "ortu",
            "parent",
            "parents",
            "father",
            "mother",
        ),
        *("guardian", "alamat", "address", "rt", "rw", "dusun", "desa", "kelurahan", "kecamatan", "kodepos"),
        *("postcode", "penghasilan", "income", "gaji", "pekerjaan", "occupation", "telepon", "telp", "hp"),
        *(
            "handphone",
            "phone",
            "agama",
            "religion",
            "lahir",
            "birth",
            "kks",
            "kps",
            "kip",
            "pkh",
            "rekening",
        ),
        *("bank", "lintang", "bujur", "kependudukan"),
    }
)
_PRIVATE_PARTS = (
    *(
        "namaayah",
        "namaibu",
        "namawali",
        "ibukandung",
        "orangtua",
        "nokk",
        "kartukeluarga",
        "kodepos",
        "alamat",
    ),
    *("penghasilan", "pekerjaan", "tempatlahir", "tanggallahir", "tgllahir", "nohp"),
)


class SheetKind(StrEnum):
    """The kinds of list Bangku reads.

    A further kind joins as a member here with a `Spec`, a reader in the domain and a plan in the services; file
    reading, mapping, preview and confirmation are shared. The pupil list that Dapodik exports is meant to come in
    so: two rows of headings with merged cells (`choose` already copes with them), and it may only enrich pupils who
    are registered, never register anyone, because the list of participants is the ministry's.
    """

    PARTICIPANTS = "participants"
    DEVICES = "devices"


@dataclass(frozen=True, slots=True)
class Spec:
    """The columns of one kind of list: field → headings it is known by, the best first (see `plain`)."""

    kind: SheetKind
    headings: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet of a file: (row number as the file shows it, cells)."""

    name: str
    rows: tuple[tuple[int, tuple[object, ...]], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is kept of a file: text cells under headings. A dropped column has no heading and empty cells."""

    name: str
    heading_row: int
    headings: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    dropped: tuple[str, ...] = ()

    @property
    def choices(self) -> tuple[tuple[int, str], ...]:
        """Columns that a field can be read from."""
        return tuple((i, h) for i, h in enumerate(self.headings) if h)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct: row number as the sheet shows it (0: the sheet itself), field, code.

    `more` fills the sentence of `code` on screen, beside `column` and `value`.
    """

    row: int
    column: str
    code: str
    message: str
    value: str = ""
    more: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Values:
    """One row's cells by field."""

    row: int
    cells: Mapping[str, str]


def clean(cell: object) -> str:
    """A cell as text: no invisible characters, single spaces; 7.0 (a number cell) is 7; "null" is empty."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = re.sub(r"\s+", " ", _INVISIBLE.sub("", str(cell))).strip()
    return "" if text.lower() == "null" else text


def plain(heading: object) -> str:
    """A heading as it is compared: `No. Peserta` is `nopeserta`."""
    return re.sub(r"[^a-z0-9]", "", clean(heading).lower())


def is_private(heading: object) -> bool:
    """True for a heading over data that an exam does not need and Bangku must not keep."""
    words = re.sub(r"([a-z])([A-Z])", r"\1 \2", clean(heading)).lower()
    return not _PRIVATE_WORDS.isdisjoint(re.findall(r"[a-z]+", words)) or any(
        part in plain(heading) for part in _PRIVATE_PARTS
    )


def guess(spec: Spec, headings: Sequence[object]) -> dict[str, int]:
    """field → column, by the headings' words. Where two columns fit a field, the better known heading wins."""
    found: dict[str, int] = {}
    words = [plain(h) for h in headings]
    for name, aliases in spec.headings.items():
        at = next((words.index(alias) for alias in aliases if alias in words), None)
        if at is not None:
            found[name] = at
    return found


def choose(spec: Spec, tables: Sequence[Table]) -> Sheet:
    """The table and the row of headings that fit best, without what is private.

    A file in which nothing is recognised shows its first row with two cells or more as headings, so that a person
    can say which column is which.
    """
    best: tuple[int, int, Table, int] | None = None
    for table in tables:
        for position, (_row, cells) in enumerate(table.rows[:HEADING_SEARCH_ROWS]):
            found = guess(spec, cells)
            fit = 100 * sum(name in found for name in spec.required) + len(found)
            width = sum(1 for c in cells if clean(c))
            if best is None or fit > best[0] or (fit == best[0] == 0 and best[1] < 2 and width > best[1]):
                best = (fit, width, table, position)
    if best is None:
        return Sheet("", 0, (), ())
    _fit, _width, table, position = best
    return _keep(table, position)


def _keep(table: Table, position: int) -> Sheet:
    heading_row, cells = table.rows[position]
    groups = _groups(table.rows[position - 1][1]) if position else ()
    headings: list[str] = []
    dropped: list[str] = []
    for index, cell in enumerate(cells):
        heading = clean(cell)
        group = groups[index] if index < len(groups) else (groups[-1] if groups else "")
        if heading and (is_private(heading) or is_private(group)):
            dropped.append(heading)
            heading = ""
        headings.append(heading)
    rows = []
    for number, row in table.rows[position + 1 :]:
        kept = tuple(clean(row[i]) if heading and i < len(row) else "" for i, heading in enumerate(headings))
        if any(kept):
            rows.append((number, kept))
    return Sheet(table.name, heading_row, tuple(headings), tuple(rows), tuple(dropped))


def _groups(cells: Sequence[object]) -> tuple[str, ...]:
    """The group each column stands under, when the row above holds groups over several columns ("Data Ayah")."""
    words = [clean(c) for c in cells]
    if sum(map(bool, words)) < 2:
        return ()  # a title, not groups
    current, groups = "", []
    for word in words:
        current = word or current
        groups.append(current)
    return tuple(groups)


def column_problems(
    spec: Spec, sheet: Sheet, columns: Mapping[str, int], required: Sequence[str]
) -> list[Problem]:
    """Required fields without a column, and columns taken for two fields."""
    problems = [
        Problem(
            0,
            name,
            "column_missing",
            f"no column for '{name}'; known headings: {', '.join(spec.headings[name])}",
        )
        for name in required
        if name not in columns
    ]
    seen: dict[int, str] = {}
    for name, index in columns.items():
        if index in seen:
            heading = sheet.headings[index] if index < len(sheet.headings) else str(index)
            problems.append(
                Problem(
                    0,
                    name,
                    "column_doubled",
                    f"column '{heading}' is taken for '{seen[index]}' too",
                    heading,
                    {"other": seen[index]},
                )
            )
        seen.setdefault(index, name)
    return problems


def values(sheet: Sheet, columns: Mapping[str, int]) -> Iterator[Values]:
    """The rows by field; rows with nothing in any known column are left out."""
    for number, cells in sheet.rows:
        found = {name: cells[i] if i < len(cells) else "" for name, i in columns.items()}
        if any(found.values()):
            yield Values(number, found)
