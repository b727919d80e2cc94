"""Ganti sesi, before anything is done: what stands on each Chromebook, who is next there, what to plug in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, select

from server.domain.exam import Client, ExamState
from server.domain.presence import Presence, presence
from server.domain.sitting import (
    ACTIVE,
    MINUTE_MS,
    TO_BEGIN,
    Block,
    SittingState,
    current_block,
    time_left_ms,
)
from server.services import batteries, ledger
from server.services.batteries import Battery
from server.services.exam_rows import get as get_exam
from server.store import blocks as block_rows
from server.store.tables import (
    assignments,
    device_seen,
    devices,
    enrolments,
    exam_slots,
    exams,
    participants,
    registrations,
    seats,
    sitting_blocks,
    sittings,
)

S = SittingState
Connected = Callable[[int], bool]


class Place(StrEnum):
    """How far a seat is from its next pupil."""

    FREE = "free"
    CLEARING = "clearing"  # done; a few seconds more
    UNSENT = "unsent"  # done, but what was written is not here: the device holds it, or is silent
    WORKING = "working"  # a pupil with time left
    NO_DEVICE = "no_device"
    SILENT = "silent"  # free, but not heard: nobody knows what it shows


@dataclass(frozen=True, slots=True)
class Line:
    """One seat of the next session. `before` and `time_left_ms`: of the pupil who still needs the device."""

    sitting_id: int
    seat: str
    name: str
    number: str
    device_id: int | None
    device: str | None
    place: Place
    before: str | None
    time_left_ms: int | None
    unsent: int


@dataclass(frozen=True, slots=True)
class SessionPlan:
    exam: Row[Any]
    next: Row[Any] | None
    slots: dict[int, int]  # exam → number of its session
    lines: tuple[Line, ...]
    spares: tuple[Row[Any], ...]
    charges: tuple[Battery, ...]  # at the end of the next session, those to plug in first
    until: int  # planned end of the next session
    at: int

    @property
    def unsent(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.place is Place.UNSENT)

    @property
    def need_spare(self) -> tuple[Line, ...]:
        """Seats whose next pupil has to sit elsewhere or wait: a pupil with time left is there, or no Chromebook."""
        return tuple(line for line in self.lines if line.place in {Place.WORKING, Place.NO_DEVICE})


def plan(c: Connection, exam_id: int, now: int, connected: Connected = lambda _id: False) -> SessionPlan:
    """Raises: NotFound (`exam_unknown`)."""
    exam = get_exam(c, exam_id)
    following = next_exam(c, exam)
    lines = _lines(c, exam, following, now, connected) if following is not None else ()
    until = _until(c, following, now)
    charges = tuple(batteries.of_room(c, exam.room_id, until))
    both = [exam] if following is None else [exam, following]
    numbers = {r.id: r.number for r in c.execute(select(exam_slots.c.id, exam_slots.c.number))}
    slots = {e.id: numbers[e.slot_id] for e in both}
    return SessionPlan(
        exam, following, slots, lines, tuple(ledger.spares(c, exam.room_id)), charges, until, now
    )


def next_exam(c: Connection, exam: Row[Any]) -> Row[Any] | None:
    """The exam that took over, or the next draft of the same round, day and room."""
    if exam.followed_by_id is not None:
        return get_exam(c, exam.followed_by_id)
    number = select(exam_slots.c.number).where(exam_slots.c.id == exam.slot_id).scalar_subquery()
    return c.execute(
        select(exams)
        .join(exam_slots, exam_slots.c.id == exams.c.slot_id)
        .where(
            exams.c.day_id == exam.day_id,
            exams.c.room_id == exam.room_id,
            exams.c.state == str(ExamState.DRAFT),
            exam_slots.c.number > number,
        )
        .order_by(exam_slots.c.number)
        .limit(1)
    ).one_or_none()


def _lines(
    c: Connection, exam: Row[Any], following: Row[Any], now: int, connected: Connected
) -> tuple[Line, ...]:
    rows = c.execute(
        select(
            sittings.c.id,
            sittings.c.seat_id,
            seats.c.label,
            participants.c.name,
            registrations.c.number,
            assignments.c.device_id,
        )
        .join(registrations, registrations.c.id == sittings.c.registration_id)
        .join(participants, participants.c.id == registrations.c.participant_id)
        .outerjoin(seats, seats.c.id == sittings.c.seat_id)
        .outerjoin(assignments, (assignments.c.sitting_id == sittings.c.id) & assignments.c.to_at.is_(None))
        .where(sittings.c.exam_id == following.id, sittings.c.state.not_in([str(S.MOVED), str(S.ABSENT)]))
        .order_by(seats.c.row, seats.c.column, sittings.c.id)
    ).all()
    homes = ledger.homes(c, [r.seat_id for r in rows if r.seat_id is not None])
    wanted = {d for ids in homes.values() for d in ids} | {
        r.device_id for r in rows if r.device_id is not None
    }
    labels = {r.id: r.label for r in c.execute(select(devices.c.id, devices.c.label)) if r.id in wanted}
    held = _held(c, wanted, exam.id, now, connected)
    silent = _silent(c, wanted, now, connected) if following.client == Client.WEB else set()
    lines = []
    for row in rows:
        mine = [row.device_id] if row.device_id is not None else homes.get(row.seat_id, [])
        device_id = next((d for d in mine if d not in held or d == row.device_id), mine[0] if mine else None)
        holder = held.get(device_id) if device_id is not None and device_id != row.device_id else None
        lines.append(
            Line(
                sitting_id=row.id,
                seat=row.label or "+",
                name=row.name,
                number=row.number,
                device_id=device_id,
                device=labels.get(device_id) if device_id is not None else None,
                place=_place(device_id, holder, silent),
                before=holder.name if holder else None,
                time_left_ms=holder.time_left_ms if holder else None,
                unsent=holder.unsent if holder else 0,
            )
        )
    return tuple(lines)


def _place(device_id: int | None, holder: _Holder | None, silent: set[int]) -> Place:
    if device_id is None:
        return Place.NO_DEVICE
    if holder is not None:
        return holder.place
    return Place.SILENT if device_id in silent else Place.FREE


def _silent(c: Connection, device_ids: set[int], now: int, connected: Connected) -> set[int]:
    """Devices that never reported, or no longer do. In the ministry's client none does, so nothing follows there."""
    reported = {
        row.device_id: row.reported_at
        for row in c.execute(
            select(enrolments.c.device_id, device_seen.c.reported_at)
            .join(device_seen, device_seen.c.enrolment_id == enrolments.c.id)
            .where(enrolments.c.standing == "live", enrolments.c.device_id.in_(device_ids))
        )
    }
    return {d for d in device_ids if presence(reported.get(d), connected(d), now) is not Presence.HERE}


@dataclass(frozen=True, slots=True)
class _Holder:
    place: Place
    name: str
    time_left_ms: int | None
    unsent: int


def _held(
    c: Connection, device_ids: set[int], exam_id: int, now: int, connected: Connected
) -> dict[int, _Holder]:
    """What keeps each device from its next pupil. Pupils of this exam who never began keep none."""
    rows = c.execute(
        select(
            sittings.c.id,
            sittings.c.exam_id,
            sittings.c.state,
            sittings.c.state_at,
            assignments.c.device_id,
            assignments.c.to_at,
            participants.c.name,
            device_seen.c.reported_at,
            device_seen.c.acked_seq,
            device_seen.c.last_seq,
            device_seen.c.observed,
        )
        .select_from(assignments)
        .join(sittings, sittings.c.id == assignments.c.sitting_id)
        .join(exams, exams.c.id == sittings.c.exam_id)
        .join(registrations, registrations.c.id == sittings.c.registration_id)
        .join(participants, participants.c.id == registrations.c.participant_id)
        .outerjoin(
            enrolments,
            (enrolments.c.device_id == assignments.c.device_id) & (enrolments.c.standing == "live"),
        )
        .outerjoin(device_seen, device_seen.c.enrolment_id == enrolments.c.id)
        .where(
            assignments.c.device_id.in_(device_ids),
            (assignments.c.to_at.is_(None) & ledger.holding()) | ledger.owing(),
        )
        .order_by(assignments.c.id)
    ).all()
    blocks = block_rows.of_sittings(c, [row.id for row in rows])
    found: dict[int, _Holder] = {}
    for row in rows:
        if row.exam_id == exam_id and row.to_at is None and row.state in TO_BEGIN:
            continue
        found[row.device_id] = _holder(row, blocks.get(row.id, []), now, connected)
    return found


def _holder(row: Any, blocks: list[Block], now: int, connected: Connected) -> _Holder:
    if row.to_at is None and row.state in ACTIVE:
        block = current_block(blocks)
        return _Holder(Place.WORKING, row.name, time_left_ms(block, now) if block else None, 0)
    unsent = int((row.observed or {}).get("unsent_answers") or 0)
    silent = presence(row.reported_at, connected(row.device_id), now) is not Presence.HERE
    since = row.to_at if row.to_at is not None else row.state_at
    newest = row.reported_at is not None and row.reported_at > since
    holds = newest and (unsent > 0 or row.acked_seq < row.last_seq)
    return _Holder(Place.UNSENT if silent or holds else Place.CLEARING, row.name, None, unsent)


def _until(c: Connection, following: Row[Any] | None, now: int) -> int:
    """Planned end of the next session: its start, or now if that has passed, and its longest sitting."""
    if following is None:
        return now
    length = (
        c.execute(
            select(func.sum(sitting_blocks.c.minutes + sitting_blocks.c.extra_minutes).label("minutes"))
            .join(sittings, sittings.c.id == sitting_blocks.c.sitting_id)
            .where(sittings.c.exam_id == following.id)
            .group_by(sittings.c.id)
            .order_by(func.sum(sitting_blocks.c.minutes + sitting_blocks.c.extra_minutes).desc())
            .limit(1)
        ).scalar()
        or 0
    )
    return max(now, following.opens_at or now) + int(length) * MINUTE_MS
