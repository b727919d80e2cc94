"""The national school accounts (belajar.id): which addresses exist, and what is known about them on Chromebooks.

A table with source and date, because it was put together from many hands and will change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class BelajarGroup(StrEnum):
    """Who; the jenjang is asked apart."""

    PUPILS = "pupils"
    TEACHERS = "teachers"
    STAFF = "staff"  # head, operator
    OFFICE = "office"  # dinas, dikbud, instruktur, belajar.id itself


@dataclass(frozen=True, slots=True)
class BelajarDomain:
    """`chromebook`: named in the ministry's list for Chromebooks; None where that list is silent.

    `note`: a code for the screen, empty when there is nothing to say.
    """

    domain: str
    group: BelajarGroup
    level: str  # SD, SMP, …; "" for offices
    chromebook: bool | None
    note: str = ""
    source: str = "Paparan Chromebook belajar.id dari kementerian"
    date: str = "2026-11"


#: jenjang → the part of its addresses, whether the ministry's Chromebook list names it, note.
_LEVELS: dict[str, tuple[str, bool | None, str]] = {
    "SD": ("sd", True, ""),
    "SMP": ("smp", True, ""),
    "SMA": ("sma", True, "belajar_sma_guest"),
    "SMK": ("smk", True, ""),
    "SLB": ("slb", None, "belajar_not_listed"),
    "PAUD": ("paud", None, "belajar_not_listed"),
    "KESETARAAN": ("kesetaraan", None, "belajar_not_listed"),
}


def _table() -> tuple[BelajarDomain, ...]:
    rows: list[BelajarDomain] = []
    for level, (part, named, note) in _LEVELS.items():
        rows.append(BelajarDomain(f"{part}.belajar.id", BelajarGroup.PUPILS, level, named, note))
        # The list names the domains of pupils and of offices; on guru. and admin. it says nothing.
        for group, prefix in ((BelajarGroup.TEACHERS, "guru"), (BelajarGroup.STAFF, "admin")):
            rows.append(
                BelajarDomain(f"{prefix}.{part}.belajar.id", group, level, None, "belajar_not_listed")
            )
    for domain in ("dinas.belajar.id", "dikbud.belajar.id", "instruktur.belajar.id", "belajar.id"):
        rows.append(BelajarDomain(domain, BelajarGroup.OFFICE, "", True))
    return tuple(rows)


TABLE = _table()
LEVELS = tuple(_LEVELS)


def _row_level(level: str) -> str:
    """A community school (PKBM) teaches equivalence programmes; the table has them under that name."""
    return "KESETARAAN" if level == "PKBM" else level


def domains(level: str, groups: Iterable[BelajarGroup]) -> tuple[BelajarDomain, ...]:
    """The rows for a school of this jenjang; offices belong to every one."""
    wanted = set(groups)
    return tuple(row for row in TABLE if row.group in wanted and row.level in {_row_level(level), ""})


def allowlist(level: str, groups: Iterable[BelajarGroup], own_domains: Iterable[str] = ()) -> tuple[str, ...]:
    """Who may sign in, as `*@domain`: the school's own addresses first. A level not in the table gives offices only."""
    named = [*own_domains, *(row.domain for row in domains(level, groups))]
    return tuple(dict.fromkeys(f"*@{domain}" for domain in named))


def notes(level: str, groups: Iterable[BelajarGroup]) -> tuple[str, ...]:
    """Codes of what to know about these addresses."""
    found = [row.note for row in domains(level, groups) if row.note]
    if _row_level(level) not in _LEVELS:
        found.append("belajar_level_unknown")
    return tuple(dict.fromkeys(found))
