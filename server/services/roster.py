"""Participants in: read a sheet, show what it would do, then do all of it or nothing."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from sqlalchemy import Connection, select

from server.domain.errors import Invalid
from server.domain.roster import Problem, Roster, RosterRow, guess_columns, read
from server.domain.token import ALPHABET
from server.services import audit
from server.services.actor import Actor
from server.services.meta import get_meta
from server.services.runner import Runner, here
from server.store.database import BoardChanged, Database, Write
from server.store.tables import (
    exam_slots,
    exams,
    participants,
    registrations,
    rooms,
    schools,
    seat_plans,
    seats,
    sittings,
)

MAX_ROWS = 5_000
HEADING_SEARCH_ROWS = 15  # exports put titles above the headings


@dataclass(frozen=True, slots=True)
class Summary:
    """What an import would do, or did."""

    new: int
    changed: int
    same: int


def parse(c: Connection, file: Path | BinaryIO, file_name: str, run: Runner = here) -> Roster:
    """Understand a sheet; `run` reads its cells. Raises: Invalid (`sheet_unreadable`, `sheet_too_long`) naming the
    file.
    """
    rows = run(_rows, file, file_name)
    best = max(rows[:HEADING_SEARCH_ROWS], key=lambda r: len(guess_columns(r[1])), default=(0, ()))
    own = get_meta(c, "school_npsn") or ""
    known = c.execute(select(schools.c.npsn)).scalars().all()
    return read(best[1], ((n, cells) for n, cells in rows if n > best[0]), own, known)


def _rows(file: Path | BinaryIO, file_name: str) -> list[tuple[int, tuple[Any, ...]]]:
    """The first sheet's cells, numbered as a person counts them."""
    try:
        book = load_workbook(file, read_only=True, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, ValueError, OSError) as error:
        raise Invalid(
            f"{file_name}: not a readable XLSX file; save it again as XLSX and retry",
            code="sheet_unreadable",
            file=file_name,
        ) from error
    rows = list(enumerate(book.worksheets[0].iter_rows(values_only=True), 1))
    book.close()
    if len(rows) > MAX_ROWS:
        raise Invalid(
            f"{file_name}: {len(rows)} rows, at most {MAX_ROWS}",
            code="sheet_too_long",
            file=file_name,
            most=MAX_ROWS,
        )
    return rows


@dataclass(frozen=True, slots=True)
class Places:
    """The rooms, seats, sessions and schools that a row may name, by what it names them with."""

    rooms: frozenset[str]
    seats: dict[tuple[str, str], int]  # (room, seat label), lower case → seat id
    slots: dict[int, int]  # number → id
    schools: dict[str, int]  # NPSN → id

    @classmethod
    def of(cls, c: Connection, round_id: int) -> Places:
        seat_rows = c.execute(
            select(seats.c.id, seats.c.label, rooms.c.name).join(rooms, rooms.c.id == seats.c.room_id)
        )
        return cls(
            frozenset(name.lower() for name in c.execute(select(rooms.c.name)).scalars()),
            {(r.name.lower(), r.label.lower()): r.id for r in seat_rows},
            {
                r.number: r.id
                for r in c.execute(
                    select(exam_slots.c.number, exam_slots.c.id).where(exam_slots.c.round_id == round_id)
                )
            },
            {r.npsn: r.id for r in c.execute(select(schools.c.npsn, schools.c.id))},
        )

    def seat(self, row: RosterRow) -> int | None:
        return self.seats.get((row.room.lower(), row.seat.lower()))


def check_places(c: Connection, round_id: int, roster: Roster) -> Roster:
    """Add the problems that only the database can see: rooms, seats and sessions that do not exist."""
    _add_problems(Places.of(c, round_id), roster)
    return roster


def _add_problems(places: Places, roster: Roster) -> None:
    for row in roster.rows:
        if row.slot not in places.slots:
            roster.problems.append(
                Problem(
                    row.row, "slot", "slot_unknown", f"session {row.slot} is not in this round", str(row.slot)
                )
            )
        if row.room.lower() not in places.rooms:
            roster.problems.append(
                Problem(
                    row.row,
                    "room",
                    "room_unknown",
                    f"room '{row.room}' does not exist; make it first",
                    row.room,
                )
            )
        elif places.seat(row) is None:
            roster.problems.append(
                Problem(row.row, "seat", "seat_unknown", f"seat '{row.seat}' is not in {row.room}", row.seat)
            )


def import_participants(
    db: Database, who: Actor, now: int, round_id: int, roster: Roster, file_name: str
) -> Summary:
    """All rows in one transaction; the same file again changes nothing.

    Raises: Invalid (`roster_has_problems`); a change that would touch an exam already made: `roster_locked`.
    """
    with db.write() as tx:
        places = Places.of(tx.c, round_id)
        _add_problems(places, roster)
        if roster.problems:
            first = roster.problems[0]
            raise Invalid(
                f"{file_name}: {len(roster.problems)} problems, the first in row {first.row}: {first.message}",
                code="roster_has_problems",
                file=file_name,
                count=len(roster.problems),
                row=first.row,
            )
        outcome: dict[str, Any] = {"new": 0, "changed": 0, "same": 0}
        own = get_meta(tx.c, "school_npsn") or ""
        for row in roster.rows:
            outcome[_put(tx, round_id, row, places, own, file_name)] += 1
        summary = Summary(**outcome)
        audit.record(tx, who, "roster.import", f"round {round_id}", now, file=file_name, **outcome)
        tx.tell(BoardChanged(None))
    return summary


def _put(tx: Write, round_id: int, row: RosterRow, places: Places, own_npsn: str, file_name: str) -> str:
    c = tx.c
    school_id = places.schools[row.npsn or own_npsn]
    slot_id, seat_id = places.slots[row.slot], places.seat(row)
    found = c.execute(
        select(registrations, participants.c.name, participants.c.nisn, participants.c.class_name)
        .join(participants, participants.c.id == registrations.c.participant_id)
        .where(registrations.c.round_id == round_id, registrations.c.number == row.number)
    ).one_or_none()
    person = {"school_id": school_id, "nisn": row.nisn, "name": row.name, "class_name": row.class_name}
    if found is None:
        participant_id = tx.insert(participants, **person)
        registration_id = tx.insert(
            registrations,
            round_id=round_id,
            participant_id=participant_id,
            number=row.number,
            username=row.username,
            extra_minutes=row.extra_minutes,
            card_code="".join(secrets.choice(ALPHABET) for _ in range(6)),
        )
        c.execute(
            seat_plans.insert().values(registration_id=registration_id, slot_id=slot_id, seat_id=seat_id)
        )
        return "new"
    plan = c.execute(
        select(seat_plans).where(seat_plans.c.registration_id == found.id, seat_plans.c.slot_id == slot_id)
    ).one_or_none()
    same_person = (found.name, found.nisn, found.class_name, found.extra_minutes, found.username) == (
        row.name,
        row.nisn,
        row.class_name,
        row.extra_minutes,
        row.username,
    )
    if same_person and plan is not None and plan.seat_id == seat_id:
        return "same"
    _refuse_if_seated(c, found.id, row, file_name)
    c.execute(participants.update().where(participants.c.id == found.participant_id).values(**person))
    c.execute(
        registrations.update()
        .where(registrations.c.id == found.id)
        .values(extra_minutes=row.extra_minutes, username=row.username)
    )
    c.execute(seat_plans.delete().where(seat_plans.c.registration_id == found.id))
    c.execute(seat_plans.insert().values(registration_id=found.id, slot_id=slot_id, seat_id=seat_id))
    return "changed"


def _refuse_if_seated(c: Connection, registration_id: int, row: RosterRow, file_name: str) -> None:
    exam: Any = c.execute(
        select(exams.c.title)
        .join(sittings, sittings.c.exam_id == exams.c.id)
        .where(sittings.c.registration_id == registration_id)
        .limit(1)
    ).scalar()
    if exam is not None:
        raise Invalid(
            f"{file_name} row {row.row}: {row.name} is already in '{exam}'; change that seat on its board instead",
            code="roster_locked",
            file=file_name,
            row=row.row,
            name=row.name,
            exam=exam,
        )
