"""What must hold before a seat is acted on; each refusal names the seat or the field."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.errors import Conflict, Invalid
from server.domain.exam import Client
from server.domain.sitting import ACTIVE
from server.domain.sitting import SittingState as S
from server.store.tables import exams, registrations

TEXT_MAX = 300
EXTRA_MAX_MINUTES = 240


def raise_if_not_seated(row: Row[Any]) -> None:
    if S(row.state) not in ACTIVE:
        raise Conflict(f"seat {row.seat}: nobody is working there now", code="seat_not_active", seat=row.seat)


def raise_if_not_our_clock(row: Row[Any]) -> None:
    if row.client == Client.EXAM_BROWSER:
        raise Conflict(
            f"seat {row.seat}: its clock belongs to the centre; use Proktor Browser",
            code="clock_not_ours",
            seat=row.seat,
        )


def raise_if_replaced(c: Connection, row: Row[Any]) -> None:
    """A reserve stands for this pupil, in every exam of the round."""
    by = c.execute(select(registrations.c.replaced_by_id).where(registrations.c.id == row.registration_id))
    if by.scalar() is not None:
        raise Conflict(
            f"{row.number} ({row.name}): already replaced by a reserve",
            code="reserve_seat_replaced",
            number=row.number,
            name=row.name,
        )


def raise_if_followed(c: Connection, row: Row[Any]) -> None:
    """The devices went to the next session: there is no token and perhaps no place any more."""
    if c.execute(select(exams.c.followed_by_id).where(exams.c.id == row.exam_id)).scalar() is not None:
        raise Conflict(
            f"seat {row.seat}: the next session has taken over; move {row.name} to another session",
            code="exam_followed",
            seat=row.seat,
        )


def raise_if_no_text(text: str) -> None:
    if not text.strip() or len(text) > TEXT_MAX:
        raise Invalid(
            f"text: empty or over {TEXT_MAX} characters", code="text_invalid", field="text", most=TEXT_MAX
        )


def raise_if_no_minutes(minutes: int) -> None:
    if not 1 <= minutes <= EXTRA_MAX_MINUTES:
        raise Invalid(
            f"minutes: {minutes} is not between 1 and {EXTRA_MAX_MINUTES}",
            code="minutes_invalid",
            field="minutes",
            most=EXTRA_MAX_MINUTES,
        )
