"""What refers to a school, room, round, day, session or seat: named, so that a refusal says what is in the way."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Executable, func, select

from server.domain.errors import Conflict
from server.domain.exam import ExamState
from server.store.tables import (
    assignments,
    device_loans,
    device_places,
    devices,
    enrolments,
    exams,
    participants,
    registrations,
    seat_plans,
    seats,
    sittings,
)


@dataclass(frozen=True, slots=True)
class Use:
    """One kind of thing in the way: exam, participant or device; how many, and the name of one."""

    kind: str
    count: int
    example: str = ""


def raise_if_used(what: str, code: str, uses: list[Use], **params: object) -> None:
    """Raises: Conflict with `uses` when there are any."""
    if uses:
        told = ", ".join(f"{u.count} {u.kind}{f' ({u.example})' if u.example else ''}" for u in uses)
        raise Conflict(f"{what}: in use by {told}; free it first", code=code, uses=tuple(uses), **params)


def exams_of(c: Connection, where: ColumnElement[bool], *, begun: bool = False) -> list[Use]:
    """Exams made from it; `begun`: only those that are past their draft."""
    query = select(func.count(), func.min(exams.c.title)).where(where)
    if begun:
        query = query.where(exams.c.state != str(ExamState.DRAFT))
    return _use(c, "exam", query)


def of_school(c: Connection, school_id: int) -> list[Use]:
    return _use(
        c,
        "participant",
        select(func.count(), func.min(participants.c.name)).where(participants.c.school_id == school_id),
    ) + _use(
        c,
        "device",
        select(func.count(devices.c.id.distinct()), func.min(devices.c.label))
        .select_from(device_loans.join(devices, devices.c.id == device_loans.c.device_id))
        .where(device_loans.c.owner_school_id == school_id),
    )


def enrolled_devices(c: Connection) -> list[Use]:
    """Chromebooks that carry the present NPSN in their policy."""
    return _use(
        c,
        "device",
        select(func.count(), func.min(devices.c.label))
        .select_from(enrolments.join(devices, devices.c.id == enrolments.c.device_id))
        .where(enrolments.c.standing == "live"),
    )


def of_round(c: Connection, round_id: int) -> list[Use]:
    return _use(
        c,
        "participant",
        select(func.count(), func.min(participants.c.name))
        .select_from(registrations.join(participants, participants.c.id == registrations.c.participant_id))
        .where(registrations.c.round_id == round_id),
    )


def of_slot(c: Connection, slot_id: int) -> list[Use]:
    return _planned(c, seat_plans.c.slot_id == slot_id)


def of_seats(c: Connection, seat_ids: list[int]) -> list[Use]:
    """Whoever sits, sat or is planned at these seats, and the Chromebooks that stand or stood there."""
    found = _planned(c, seat_plans.c.seat_id.in_(seat_ids))
    if not found:
        found = _use(
            c,
            "sitting",
            select(func.count(), func.min(seats.c.label))
            .select_from(seats)
            .where(
                seats.c.id.in_(seat_ids),
                seats.c.id.in_(select(sittings.c.seat_id).where(sittings.c.seat_id.is_not(None)))
                | seats.c.id.in_(select(assignments.c.seat_id).where(assignments.c.seat_id.is_not(None))),
            ),
        )
    return [*found, *_placed(c, device_places.c.seat_id.in_(seat_ids))]


def devices_placed(c: Connection, room_id: int) -> list[Use]:
    return _placed(c, device_places.c.room_id == room_id)


def _planned(c: Connection, where: ColumnElement[bool]) -> list[Use]:
    return _use(
        c,
        "participant",
        select(func.count(registrations.c.id.distinct()), func.min(participants.c.name))
        .select_from(
            seat_plans.join(registrations, registrations.c.id == seat_plans.c.registration_id).join(
                participants, participants.c.id == registrations.c.participant_id
            )
        )
        .where(where),
    )


def _placed(c: Connection, where: ColumnElement[bool]) -> list[Use]:
    # closed places count too: they are a device's history, which a remap reads
    return _use(
        c,
        "device",
        select(func.count(devices.c.id.distinct()), func.min(devices.c.label))
        .select_from(device_places.join(devices, devices.c.id == device_places.c.device_id))
        .where(where),
    )


def _use(c: Connection, kind: str, query: Executable) -> list[Use]:
    count, example = c.execute(query).one()
    return [Use(kind, count, example or "")] if count else []
