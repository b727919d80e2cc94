"""What must be true before an exam is made, opened or put away."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.errors import Conflict, Invalid
from server.domain.exam import LIVE
from server.services import when
from server.services.school import host
from server.store.tables import (
    assignments,
    exam_slots,
    exams,
    rooms,
    round_days,
    seats,
    sittings,
)


def raise_if_no_place(c: Connection, day_id: int, slot_id: int, room_id: int) -> None:
    """Day, session and room must exist, the first two in one round: a form left open may name what is gone."""
    day = c.execute(select(round_days.c.round_id).where(round_days.c.id == day_id)).scalar()
    slot = c.execute(select(exam_slots.c.round_id).where(exam_slots.c.id == slot_id)).scalar()
    room = c.execute(select(rooms.c.id).where(rooms.c.id == room_id)).scalar()
    for field, fits in (
        ("day_id", day is not None),
        ("slot_id", slot in {day}),
        ("room_id", room is not None),
    ):
        if not fits:
            raise Invalid(
                f"exam: {field} is not one of the round's; choose again",
                code="exam_choice_missing",
                field=field,
            )


def blocks_of(profile: dict[str, Any], minutes: list[int] | None) -> list[tuple[str, int]]:
    """(name, minutes) of each part, from the profile or as filled in. Raises: Invalid (`exam_minutes_missing`)."""
    blocks = profile["blocks"]
    given = minutes if minutes is not None else [b.get("minutes") for b in blocks]
    if len(given) != len(blocks):
        raise Invalid(
            f"exam: {len(given)} lengths for {len(blocks)} parts; enter one for each",
            code="exam_minutes_missing",
            field="minutes",
        )
    for number, (block, length) in enumerate(zip(blocks, given, strict=True), 1):
        if not isinstance(length, int) or not 1 <= length <= 600:
            raise Invalid(
                f"exam: part {number} ({block['name']}) has no length; enter 1 to 600 minutes",
                code="exam_minutes_missing",
                field=f"minutes.{number}",
                part=block["name"],
            )
    return [(b["name"], int(m)) for b, m in zip(blocks, given, strict=True)]


def planned_start(c: Connection, day_id: int, slot_id: int) -> int | None:
    """When the session is planned to begin, by the school's clock; None: its hour is not known."""
    day = c.execute(select(round_days.c.date).where(round_days.c.id == day_id)).scalar_one()
    hour = c.execute(select(exam_slots.c.starts).where(exam_slots.c.id == slot_id)).scalar()
    return when.moment(day, hour, host(c).timezone) if hour else None


def raise_if_room_busy(c: Connection, exam: Row[Any]) -> None:
    """One session at a time in a room: the next one takes over by `session_change`, which loses nothing."""
    other = c.execute(
        select(exams.c.id, exams.c.title).where(
            exams.c.room_id == exam.room_id,
            exams.c.id != exam.id,
            exams.c.state.in_([str(s) for s in LIVE]),
            exams.c.followed_by_id.is_(None),
        )
    ).first()
    if other is not None:
        raise Conflict(
            f"exam {exam.id}: '{other.title}' is still open in this room; change sessions there, or end it first",
            code="room_busy",
            exam=other.title,
        )


def raise_if_devices_held(c: Connection, exam_id: int) -> None:
    """Devices that still serve an ended exam hold something that is not here, or not cleared."""
    held = c.execute(
        select(seats.c.label)
        .select_from(assignments)
        .join(sittings, sittings.c.id == assignments.c.sitting_id)
        .outerjoin(seats, seats.c.id == sittings.c.seat_id)
        .where(
            sittings.c.exam_id == exam_id, assignments.c.to_at.is_(None), assignments.c.device_id.is_not(None)
        )
        .order_by(seats.c.row, seats.c.column)
    ).scalars()
    labels = [label or "–" for label in held]
    if labels:
        raise Conflict(
            f"exam {exam_id}: the Chromebooks of seats {', '.join(labels)} are not cleared yet; let them report, or "
            "release those that will not",
            code="exam_devices_held",
            seats=", ".join(labels),
        )
