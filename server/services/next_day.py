"""Day 2 is made from day 1: the same session, room and people, the profile of the next day."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.errors import Conflict
from server.services.exam_rows import get as get_exam
from server.store.tables import exams, round_days


def from_exam(c: Connection, exam_id: int, profile_keys: Container[str]) -> dict[str, str]:
    """The form of the next day's exam, filled in as far as this exam says. Nothing of this exam is touched.

    Who sits where comes from the plan, in which a reserve stands for the pupil it replaced.
    Raises: NotFound (`exam_unknown`), Conflict (`day_missing`) when the round has no later day.
    """
    exam = get_exam(c, exam_id)
    day = c.execute(select(round_days).where(round_days.c.id == exam.day_id)).one()
    following = c.execute(
        select(round_days)
        .where(round_days.c.round_id == day.round_id, round_days.c.number > day.number)
        .order_by(round_days.c.number)
        .limit(1)
    ).one_or_none()
    if following is None:
        raise Conflict(
            f"exam {exam_id}: its round has no day after day {day.number}; add the day first",
            code="day_missing",
            day=day.number,
        )

    def renumbered(text: str) -> str:
        return re.sub(rf"(?i)(hari[ -]){day.number}\b", rf"\g<1>{following.number}", text)

    key = renumbered(exam.profile_key)
    form = {
        "profile": key if key in profile_keys else exam.profile_key,
        "title": renumbered(exam.title),
        "day_id": str(following.id),
        "slot_id": str(exam.slot_id),
        "room_id": str(exam.room_id),
    }
    if exam.token_interval_minutes is not None:
        form["token_interval"] = str(exam.token_interval_minutes)
    if exam.start_url is not None:
        form["start_url"] = exam.start_url
        form["allowed_hosts"] = "\n".join(exam.allowed_hosts)
    return form


def without_exam(c: Connection, exam: Row[Any]) -> int | None:
    """Number of the round's next day, when this session and room have no exam on it yet. One query: boards ask it
    at every look."""
    here, following, made = round_days.alias("here"), round_days.alias("following"), exams.alias("made")
    row = c.execute(
        select(following.c.number, made.c.id)
        .select_from(here)
        .join(following, (following.c.round_id == here.c.round_id) & (following.c.number > here.c.number))
        .outerjoin(
            made,
            (made.c.day_id == following.c.id)
            & (made.c.slot_id == exam.slot_id)
            & (made.c.room_id == exam.room_id),
        )
        .where(here.c.id == exam.day_id)
        .order_by(following.c.number)
        .limit(1)
    ).one_or_none()
    return int(row.number) if row is not None and row.id is None else None
