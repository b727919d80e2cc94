"""Reading for the exam list and the form that makes one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, func, select

from server.domain.exam import ExamState
from server.domain.profile import ExamProfile
from server.store.profiles import load_profiles
from server.store.tables import (
    exam_slots,
    exams,
    registrations,
    rooms,
    round_days,
    rounds,
    seat_plans,
    seats,
    sittings,
)

OWN_PROFILES = "exam_profiles"  # folder inside the data folder, for a school's own corrections


@dataclass(frozen=True, slots=True)
class ExamLine:
    """One exam in the list."""

    id: int
    title: str
    round_name: str
    purpose: str
    day: int
    date: str
    slot: int
    starts: str | None
    room: str
    state: ExamState
    client: str
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Choices:
    """What an exam can be made from."""

    rounds: tuple[Row[Any], ...]
    days: tuple[Row[Any], ...]
    slots: tuple[Row[Any], ...]
    rooms: tuple[Row[Any], ...]
    planned: dict[tuple[int, int], int] = field(default_factory=dict)  # (slot, room) → participants


def lines(c: Connection) -> list[ExamLine]:
    """All exams: those under way first, then by day, session and room."""
    counts: dict[int, Counter[str]] = {}
    for row in c.execute(
        select(sittings.c.exam_id, sittings.c.state, func.count()).group_by(
            sittings.c.exam_id, sittings.c.state
        )
    ):
        counts.setdefault(row[0], Counter())[row[1]] = row[2]
    rows = c.execute(
        select(
            exams.c.id,
            exams.c.title,
            exams.c.state,
            exams.c.client,
            rounds.c.name.label("round_name"),
            rounds.c.purpose,
            round_days.c.number.label("day"),
            round_days.c.date,
            exam_slots.c.number.label("slot"),
            exam_slots.c.starts,
            rooms.c.name.label("room"),
        )
        .join(round_days, round_days.c.id == exams.c.day_id)
        .join(rounds, rounds.c.id == round_days.c.round_id)
        .join(exam_slots, exam_slots.c.id == exams.c.slot_id)
        .join(rooms, rooms.c.id == exams.c.room_id)
        .order_by(round_days.c.date, exam_slots.c.number, rooms.c.name)
    ).all()
    found = [
        ExamLine(
            id=r.id,
            title=r.title,
            round_name=r.round_name,
            purpose=r.purpose,
            day=r.day,
            date=r.date,
            slot=r.slot,
            starts=r.starts,
            room=r.room,
            state=ExamState(r.state),
            client=r.client,
            counts=dict(counts.get(r.id, {})),
        )
        for r in rows
    ]
    under_way = {ExamState.RUNNING: 0, ExamState.PAUSED: 0, ExamState.OPEN: 1, ExamState.DRAFT: 2}
    return sorted(found, key=lambda line: under_way.get(line.state, 3))


def choices(c: Connection) -> Choices:
    planned = {
        (r[0], r[1]): r[2]
        for r in c.execute(
            select(seat_plans.c.slot_id, seats.c.room_id, func.count())
            .join(seats, seats.c.id == seat_plans.c.seat_id)
            .join(registrations, registrations.c.id == seat_plans.c.registration_id)
            .group_by(seat_plans.c.slot_id, seats.c.room_id)
        )
    }
    return Choices(
        rounds=tuple(c.execute(select(rounds).order_by(rounds.c.id.desc()))),
        days=tuple(
            c.execute(
                select(round_days, rounds.c.name.label("round_name"))
                .join(rounds, rounds.c.id == round_days.c.round_id)
                .order_by(round_days.c.date)
            )
        ),
        slots=tuple(
            c.execute(
                select(exam_slots, rounds.c.name.label("round_name"))
                .join(rounds, rounds.c.id == exam_slots.c.round_id)
                .order_by(exam_slots.c.round_id, exam_slots.c.number)
            )
        ),
        rooms=tuple(c.execute(select(rooms).order_by(rooms.c.name))),
        planned=planned,
    )


def profiles(data_dir: Path) -> dict[str, ExamProfile]:
    """Profiles that came with Bangku and the school's own. Raises: ProfileInvalid, NotFound."""
    return load_profiles(own=data_dir / OWN_PROFILES)


def seat_labels(c: Connection, exam_id: int) -> dict[int, str]:
    """sitting → seat label, of one exam."""
    rows = c.execute(
        select(sittings.c.id, seats.c.label)
        .outerjoin(seats, seats.c.id == sittings.c.seat_id)
        .where(sittings.c.exam_id == exam_id)
    )
    return {r.id: r.label or "–" for r in rows}
