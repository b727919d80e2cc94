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


def parse(c: Connection, file: Path | BinaryIO, file_name: str) -> Roster:
    """Understand a sheet. Raises: Invalid (`sheet_unreadable`, `sheet_too_long`) naming the file."""
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
    best = max(rows[:HEADING_SEARCH_ROWS], key=lambda r: len(guess_columns(r[1])), default=(0, ()))
    own = get_meta(c, "school_npsn") or ""
    known = c.execute(select(schools.c.npsn)).scalars().all()
    return read(best[1], ((n, cells) for n, cells in rows if n > best[0]), own, known)


def check_places(c: Connection, round_id: int, roster: Roster) -> Roster:
    """Add the problems that only the database can see: rooms, seats and sessions that do not exist."""
    room_ids = {r.name.lower(): r.id for r in c.execute(select(rooms.c.id, rooms.c.name))}
    seat_ids = {(s.room_id, s.label.lower()) for s in c.execute(select(seats.c.room_id, seats.c.label))}
    slots = set(c.execute(select(exam_slots.c.number).where(exam_slots.c.round_id == round_id)).scalars())
    for row in roster.rows:
        room_id = room_ids.get(row.room.lower())
        if row.slot not in slots:
            roster.problems.append(
                Problem(
                    row.row, "slot", "slot_unknown", f"session {row.slot} is not in this round", str(row.slot)
                )
            )
        if room_id is None:
            roster.problems.append(
                Problem(
                    row.row,
                    "room",
                    "room_unknown",
                    f"room '{row.room}' does not exist; make it first",
                    row.room,
                )
            )
        elif (room_id, row.seat.lower()) not in seat_ids:
            roster.problems.append(
                Problem(row.row, "seat", "seat_unknown", f"seat '{row.seat}' is not in {row.room}", row.seat)
            )
    return roster


def import_participants(
    db: Database, who: Actor, now: int, round_id: int, roster: Roster, file_name: str
) -> Summary:
    """All rows in one transaction; the same file again changes nothing.

    Raises: Invalid (`roster_has_problems`); a change that would touch an exam already made: `roster_locked`.
    """
    with db.write() as tx:
        check_places(tx.c, round_id, roster)
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
        for row in roster.rows:
            outcome[_put(tx, round_id, row, file_name)] += 1
        summary = Summary(**outcome)
        audit.record(tx, who, "roster.import", f"round {round_id}", now, file=file_name, **outcome)
        tx.tell(BoardChanged(None))
    return summary


def _put(tx: Write, round_id: int, row: RosterRow, file_name: str) -> str:
    c = tx.c
    own = get_meta(c, "school_npsn") or ""
    school_id = c.execute(select(schools.c.id).where(schools.c.npsn == (row.npsn or own))).scalar_one()
    slot_id = c.execute(
        select(exam_slots.c.id).where(exam_slots.c.round_id == round_id, exam_slots.c.number == row.slot)
    ).scalar_one()
    seat_id = next(
        r.id
        for r in c.execute(
            select(seats.c.id, seats.c.label, rooms.c.name).join(rooms, rooms.c.id == seats.c.room_id)
        )
        if r.name.lower() == row.room.lower() and r.label.lower() == row.seat.lower()
    )
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
