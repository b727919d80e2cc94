"""What must be true before an exam is made."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from server.domain.errors import Invalid
from server.store.tables import exam_slots, rooms, round_days


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
