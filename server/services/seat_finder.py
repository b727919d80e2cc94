"""Which seat of an exam a scanned card or sticker stands for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from server.domain.errors import NotFound
from server.domain.sitting import ACTIVE
from server.store.tables import assignments, participants, registrations, seats, sittings


@dataclass(frozen=True, slots=True)
class SeatFound:
    sitting_id: int
    seat: str
    name: str


def of_card(c: Connection, exam_id: int, registration_id: int) -> SeatFound:
    """Raises: NotFound (`card_not_here`): the card's pupil sits no seat of this exam."""
    row = c.execute(
        _sittings().where(sittings.c.exam_id == exam_id, sittings.c.registration_id == registration_id)
    ).one_or_none()
    if row is not None:
        return _found(row)
    who = c.execute(
        select(participants.c.name, registrations.c.number)
        .join(registrations, registrations.c.participant_id == participants.c.id)
        .where(registrations.c.id == registration_id)
    ).one()
    raise NotFound(
        f"{who.number} ({who.name}): not in exam {exam_id}",
        code="card_not_here",
        name=who.name,
        number=who.number,
    )


def of_device(c: Connection, exam_id: int, device_id: int) -> SeatFound | None:
    """Who of this exam needs this device now: scanning the broken one names its seat."""
    row = c.execute(
        _sittings()
        .join(assignments, (assignments.c.sitting_id == sittings.c.id) & assignments.c.to_at.is_(None))
        .where(
            sittings.c.exam_id == exam_id,
            sittings.c.state.in_([str(s) for s in ACTIVE]),
            assignments.c.device_id == device_id,
        )
    ).one_or_none()
    return _found(row) if row is not None else None


def _sittings() -> Select[Any]:
    return (
        select(sittings.c.id, seats.c.label.label("seat"), participants.c.name)
        .select_from(sittings)
        .join(registrations, registrations.c.id == sittings.c.registration_id)
        .join(participants, participants.c.id == registrations.c.participant_id)
        .outerjoin(seats, seats.c.id == sittings.c.seat_id)
    )


def _found(row: Row[Any]) -> SeatFound:
    return SeatFound(row.id, row.seat or "–", row.name)
