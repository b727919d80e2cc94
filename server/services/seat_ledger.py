"""Reading the seat ledger: who, seat, device, from, to, why and by whom; and who it was at one instant.

Rows are never rewritten, so what is read here outlives swaps, wipes and new names. Names and labels are today's;
where a swap had written down another one, that one is told beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from server.domain.seating import Answer, Row, answer
from server.domain.sitting import ACTIVE, SittingState
from server.store.database import chunks
from server.store.tables import (
    assignments,
    device_serials,
    devices,
    enrolments,
    exam_slots,
    exams,
    minutes_lines,
    participants,
    registrations,
    rooms,
    round_days,
    seats,
    sitting_blocks,
    sittings,
    staff,
    swaps,
)

PAGE = 200
EXPORT_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Filter:
    """Empty fields do not filter. `room` and `seat` are names as on paper, `device` a label; `person` is looked for in
    name and number. `at` and `until` (epoch ms): rows that overlap the time between them, both ends included."""

    exam_id: int | None = None
    date: str = ""
    room: str = ""
    seat: str = ""
    device: str = ""
    person: str = ""
    at: int | None = None
    until: int | None = None


def page(c: Connection, wanted: Filter) -> tuple[list[Row], bool]:
    """(the newest `PAGE` rows, whether there are others)."""
    found = rows(c, wanted, PAGE + 1)
    return found[:PAGE], len(found) > PAGE


def rows(c: Connection, wanted: Filter, limit: int) -> list[Row]:
    """The newest first."""
    found = c.execute(
        _select(wanted).order_by(assignments.c.from_at.desc(), assignments.c.id.desc()).limit(limit)
    ).all()
    serials = _serials(c, {r.device_id for r in found if r.device_id is not None})
    then, undone = _then(c, [r.id for r in found])
    return [_row(r, serials.get(r.device_id, []), then.get(r.id, {}), undone.get(r.id)) for r in found]


def at(c: Connection, wanted: Filter, instant: int) -> Answer:
    """Who it was at an instant, for one seat of a room, one device or one pupil."""
    span = Filter(
        wanted.exam_id, wanted.date, wanted.room, wanted.seat, wanted.device, wanted.person, None, None
    )
    return answer(rows(c, span, EXPORT_MAX), instant)


def choices(c: Connection) -> tuple[list[Any], list[str]]:
    """(exams that have rows, newest first; room names) to filter by."""
    listed = c.execute(
        select(
            exams.c.id,
            exams.c.title,
            round_days.c.date,
            exam_slots.c.number.label("slot"),
            rooms.c.name.label("room"),
        )
        .join(round_days, round_days.c.id == exams.c.day_id)
        .join(exam_slots, exam_slots.c.id == exams.c.slot_id)
        .join(rooms, rooms.c.id == exams.c.room_id)
        .where(
            exams.c.id.in_(
                select(sittings.c.exam_id).join(assignments, assignments.c.sitting_id == sittings.c.id)
            )
        )
        .order_by(round_days.c.date.desc(), exam_slots.c.number.desc(), exams.c.id.desc())
    ).all()
    return list(listed), list(c.execute(select(rooms.c.name).order_by(rooms.c.name)).scalars())


def _select(wanted: Filter) -> Select[Any]:
    planned = seats.alias("planned")
    begun = (
        select(func.min(sitting_blocks.c.started_at))
        .where(sitting_blocks.c.sitting_id == sittings.c.id)
        .scalar_subquery()
    )
    query = (
        select(
            assignments.c.id,
            assignments.c.sitting_id,
            assignments.c.device_id,
            assignments.c.from_at,
            assignments.c.to_at,
            assignments.c.reason,
            assignments.c.end_reason,
            exams.c.id.label("exam_id"),
            exams.c.title,
            round_days.c.date,
            exam_slots.c.number.label("slot"),
            rooms.c.name.label("room"),
            seats.c.label.label("seat"),
            planned.c.label.label("planned"),
            participants.c.name,
            registrations.c.number,
            devices.c.label.label("device"),
            staff.c.name.label("by_name"),
            sittings.c.state,
            sittings.c.state_at,
            sittings.c.finished_at,
            begun.label("begun_at"),
        )
        .select_from(assignments)
        .join(sittings, sittings.c.id == assignments.c.sitting_id)
        .join(exams, exams.c.id == sittings.c.exam_id)
        .join(round_days, round_days.c.id == exams.c.day_id)
        .join(exam_slots, exam_slots.c.id == exams.c.slot_id)
        .join(rooms, rooms.c.id == exams.c.room_id)
        .join(registrations, registrations.c.id == sittings.c.registration_id)
        .join(participants, participants.c.id == registrations.c.participant_id)
        .outerjoin(seats, seats.c.id == assignments.c.seat_id)
        .outerjoin(planned, planned.c.id == sittings.c.seat_id)
        .outerjoin(devices, devices.c.id == assignments.c.device_id)
        .outerjoin(staff, staff.c.id == assignments.c.by_staff_id)
    )
    return query.where(*_where(wanted))


def _where(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.exam_id is not None:
        found.append(exams.c.id == wanted.exam_id)
    if wanted.date:
        found.append(round_days.c.date == wanted.date)
    if wanted.room:
        found.append(func.lower(rooms.c.name) == func.lower(wanted.room))
    if wanted.seat:
        found.append(func.lower(seats.c.label) == func.lower(wanted.seat))
    if wanted.device:
        found.append(func.lower(devices.c.label) == func.lower(wanted.device))
    if wanted.person:
        found.append(
            participants.c.name.icontains(wanted.person, autoescape=True)
            | registrations.c.number.contains(wanted.person, autoescape=True)
        )
    if wanted.at is not None:
        until = wanted.until if wanted.until is not None else wanted.at
        found += [
            assignments.c.from_at <= until,
            or_(assignments.c.to_at.is_(None), assignments.c.to_at > wanted.at),
        ]
    return found


def _row(r: Any, numbers: list[Any], then: dict[str, str], undone_at: int | None) -> Row:
    state = SittingState(r.state)
    left = None if state in ACTIVE else r.finished_at if r.finished_at is not None else r.state_at
    label, name = then.get("device"), then.get("name")
    return Row(
        id=r.id,
        sitting_id=r.sitting_id,
        exam_id=r.exam_id,
        exam=r.title,
        date=r.date,
        slot=r.slot,
        room=r.room,
        seat=r.seat,
        planned_seat=r.planned,
        name=r.name,
        number=r.number,
        device=r.device,
        serial=_serial(numbers, r.from_at),
        from_at=r.from_at,
        to_at=r.to_at,
        began=r.reason,
        ended=r.end_reason,
        by_name=r.by_name,
        state=state,
        begun_at=r.begun_at,
        left_at=left,
        undone_at=undone_at,
        label_then=label if label != r.device else None,
        name_then=name if name != r.name else None,
    )


def _serials(c: Connection, device_ids: Iterable[int]) -> dict[int, list[Any]]:
    """device → (from_at, to_at, serial), the oldest first; what a life said of itself comes after the inventory."""
    found: dict[int, list[Any]] = {}
    for some in chunks(device_ids):
        for t, since, until in (
            (device_serials, device_serials.c.from_at, device_serials.c.to_at),
            (enrolments, enrolments.c.first_seen_at, enrolments.c.ended_at),
        ):
            for r in c.execute(
                select(t.c.device_id, t.c.serial, since.label("since"), until.label("until"))
                .where(t.c.device_id.in_(some), t.c.serial != "")
                .order_by(since, t.c.id)
            ):
                found.setdefault(r.device_id, []).append(r)
    return found


def _serial(numbers: list[Any], at_: int) -> str | None:
    """The number it had then; the first one known, when it was entered only later."""
    for r in numbers:
        if r.since <= at_ and (r.until is None or at_ < r.until):
            return str(r.serial)
    return str(numbers[0].serial) if numbers else None


def _then(c: Connection, assignment_ids: list[int]) -> tuple[dict[int, dict[str, str]], dict[int, int]]:
    """What the minutes wrote down of a row when it was swapped, and when that swap was undone."""
    then: dict[int, dict[str, str]] = {}
    undone: dict[int, int] = {}
    for some in chunks(assignment_ids):
        for r in c.execute(
            select(
                swaps.c.from_assignment_id,
                swaps.c.to_assignment_id,
                swaps.c.undone_at,
                minutes_lines.c.params,
            )
            .outerjoin(minutes_lines, minutes_lines.c.id == swaps.c.minutes_line_id)
            .where(swaps.c.from_assignment_id.in_(some) | swaps.c.to_assignment_id.in_(some))
        ):
            said = r.params or {}
            for key, label in (
                (r.from_assignment_id, said.get("before")),
                (r.to_assignment_id, said.get("after")),
            ):
                if key is not None:
                    known = {"device": label, "name": said.get("name")}
                    then.setdefault(key, {}).update({k: v for k, v in known.items() if v})
                    if r.undone_at is not None:
                        undone[key] = r.undone_at
    return then, undone
