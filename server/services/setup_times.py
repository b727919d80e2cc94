"""The days and sessions of a round: numbered in the order they fall, and kept while something refers to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, Table, select

from server.domain import school_day, setup
from server.domain.errors import Invalid
from server.services import setup_uses
from server.services.setup_uses import Use
from server.store.database import Write
from server.store.tables import exam_slots, exams, round_days

MOST = 30


@dataclass(frozen=True, slots=True)
class When:
    """A day (24/11/2026 or yyyy-mm-dd) or a session's start (7.30); `id` names the one it was, `field` where it was typed."""

    value: str
    id: int | None = None
    field: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """What days and sessions have in common, and where they differ."""

    word: str  # in codes, fields and the log
    table: Table
    column: str
    read: Callable[[str], str | None]  # what was typed → as it is stored
    exam_column: str
    planned: Callable[[Connection, int], list[Use]]


def _date(text: str) -> str | None:
    return school_day.read(text.strip())


DAY = Kind("day", round_days, "date", _date, "day_id", lambda _c, _id: [])
SLOT = Kind("slot", exam_slots, "starts", setup.clock, "slot_id", setup_uses.of_slot)


def checked(kind: Kind, typed: list[When]) -> tuple[list[When], list[Invalid]]:
    """What was typed, in order and without empty lines, and everything wrong with it."""
    problems: list[Invalid] = []
    found: dict[str, When] = {}
    for n, when in enumerate(typed, 1):
        field = when.field or f"{kind.word}.{n}"
        if not when.value.strip():
            continue
        value = kind.read(when.value)
        told: dict[str, object] = {"field": field, "value": when.value[:40]}
        if value is None:
            problems.append(_invalid(f"{field} '{when.value}': not readable", f"{kind.word}_invalid", told))
        elif value in found:
            problems.append(_invalid(f"{field} {value}: twice", f"{kind.word}_twice", told))
        else:
            found[value] = When(value, when.id, field)
    if not found and not problems:
        first = typed[0].field if typed and typed[0].field else f"{kind.word}.1"
        problems.append(_invalid(f"{kind.word}s: none", f"{kind.word}s_missing", {"field": first}))
    if len(found) > MOST:
        problems.append(
            _invalid(
                f"{kind.word}s: {len(found)}, at most {MOST}", "too_many", {"field": "form", "most": MOST}
            )
        )
    return [found[value] for value in sorted(found)], problems


def put(tx: Write, kind: Kind, round_id: int, wanted: list[When]) -> None:
    """Make the round's days or sessions be these (as `checked` gave them).

    Raises: Conflict (`day_in_use`, `slot_in_use`): one that goes is used, or one that moves has an exam begun.
    """
    table = kind.table
    there = {r.id: r for r in tx.c.execute(select(table).where(table.c.round_id == round_id))}
    kept = {when.id for when in wanted}
    for row_id, row in there.items():
        if row_id not in kept:
            uses = [
                *setup_uses.exams_of(tx.c, exams.c[kind.exam_column] == row_id),
                *kind.planned(tx.c, row_id),
            ]
            _raise_if_used(kind, row, uses, f"{kind.word}.{row_id}")
            tx.c.execute(table.delete().where(table.c.id == row_id))
    moves: list[tuple[int, int, str]] = []
    for number, when in enumerate(wanted, 1):
        if when.id not in there:
            continue
        row = there[when.id]
        if (row.number, getattr(row, kind.column)) != (number, when.value):
            uses = setup_uses.exams_of(tx.c, exams.c[kind.exam_column] == row.id, begun=True)
            if row.number != number:  # cards and lists name the session by its number
                uses += kind.planned(tx.c, row.id)
            _raise_if_used(kind, row, uses, when.field)
            moves.append((row.id, number, when.value))
    for row_id, number, _ in moves:  # out of the way first: numbers are unique in a round
        tx.c.execute(table.update().where(table.c.id == row_id).values(number=-number))
    for row_id, number, value in moves:
        where = table.c.id == row_id
        tx.c.execute(table.update().where(where).values({"number": number, kind.column: value}))
    for number, when in enumerate(wanted, 1):
        if when.id not in there:
            tx.insert(table, round_id=round_id, number=number, **{kind.column: when.value})


def _raise_if_used(kind: Kind, row: object, uses: list[Use], field: str) -> None:
    value = getattr(row, kind.column) or ""
    number = row.number  # type: ignore[attr-defined]
    setup_uses.raise_if_used(
        f"{kind.word} {number}", f"{kind.word}_in_use", uses, field=field, number=number, value=value
    )


def _invalid(message: str, code: str, params: dict[str, object]) -> Invalid:
    return Invalid(message, code=code, **params)
