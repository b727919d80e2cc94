"""Who did not sit an exam: the list that a susulan round is made from."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.sitting import SittingState
from server.services.exam_rows import get as get_exam
from server.store.tables import (
    exam_slots,
    exams,
    participants,
    registrations,
    rooms,
    schools,
    seats,
    sittings,
)


def of_exam(c: Connection, exam_id: int) -> list[Row[Any]]:
    """Absent pupils and those noted for the susulan, by number; not who was replaced or sits another session.

    Raises: NotFound (`exam_unknown`).
    """
    get_exam(c, exam_id)
    return list(
        c.execute(
            select(
                registrations.c.number,
                participants.c.name,
                participants.c.nisn,
                participants.c.class_name,
                schools.c.npsn,
                exam_slots.c.number.label("slot"),
                rooms.c.name.label("room"),
                seats.c.label.label("seat"),
                registrations.c.extra_minutes,
                registrations.c.username,
                sittings.c.state,
            )
            .select_from(sittings)
            .join(exams, exams.c.id == sittings.c.exam_id)
            .join(exam_slots, exam_slots.c.id == exams.c.slot_id)
            .join(rooms, rooms.c.id == exams.c.room_id)
            .join(registrations, registrations.c.id == sittings.c.registration_id)
            .join(participants, participants.c.id == registrations.c.participant_id)
            .join(schools, schools.c.id == participants.c.school_id)
            .outerjoin(seats, seats.c.id == sittings.c.seat_id)
            .where(
                sittings.c.exam_id == exam_id,
                registrations.c.replaced_by_id.is_(None),
                (sittings.c.state == str(SittingState.ABSENT))
                | ((sittings.c.state == str(SittingState.MOVED)) & (sittings.c.moved_kind == "susulan")),
            )
            .order_by(registrations.c.number)
        )
    )
