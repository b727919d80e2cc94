"""The room board, as one picture: seats, counts, incidents and the token, read in one snapshot."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.exam import LIVE, Client, ExamState
from server.domain.presence import Presence, presence
from server.domain.sitting import ACTIVE, Block, SittingState, current_block, ends_at, time_left_ms
from server.domain.spare import BORROWED
from server.services import centre_spells, grades, incident_views, next_day, spares, swap_list, tokens
from server.services.board_views import Board, SeatView
from server.services.exam_rows import get as get_exam
from server.services.session_plan import next_exam
from server.store import blocks as block_rows
from server.store.tables import (
    assignments,
    device_desired,
    device_loans,
    device_seen,
    devices,
    enrolments,
    exam_slots,
    holds,
    participants,
    registrations,
    rooms,
    round_days,
    rounds,
    seats,
    sittings,
)


def board(
    c: Connection, exam_id: int, now: int, connected: Callable[[int], bool] = lambda _id: False
) -> Board:
    """Raises: NotFound (`exam_unknown`)."""
    exam = get_exam(c, exam_id)
    place = c.execute(
        select(
            rooms.c.name.label("room"),
            rooms.c.columns,
            rounds.c.name.label("round_name"),
            rounds.c.purpose,
            round_days.c.number.label("day"),
            round_days.c.date,
            exam_slots.c.number.label("slot"),
        )
        .select_from(rooms)
        .join(round_days, round_days.c.id == exam.day_id)
        .join(rounds, rounds.c.id == round_days.c.round_id)
        .join(exam_slots, exam_slots.c.id == exam.slot_id)
        .where(rooms.c.id == exam.room_id)
    ).one()
    views_of_incidents, kinds = incident_views.open_now(c, exam_id)
    rows = _seat_rows(c, exam_id)
    by_sitting = block_rows.of_sittings(c, [r.id for r in rows])
    locks: dict[int, Any] = {
        h.sitting_id: h
        for h in c.execute(
            select(holds.c.sitting_id, holds.c.reason, holds.c.text)
            .join(sittings, sittings.c.id == holds.c.sitting_id)
            .where(sittings.c.exam_id == exam_id, holds.c.released_at.is_(None))
            .order_by(holds.c.id)
        )
    }
    whys = grades.reasons(c, {r.device_id for r in rows if r.device_id is not None})
    views = tuple(
        _seat(r, by_sitting.get(r.id, []), locks.get(r.id), tuple(kinds.get(r.id, ())), exam, now, connected)
        for r in rows
    )
    views = tuple(
        replace(v, grade_why=whys.get(r.device_id)) if v.grade else v
        for v, r in zip(views, rows, strict=True)
    )
    counts = Counter(str(v.state) for v in views)
    counts["missing"] = sum(v.missing for v in views)
    counts["attention"] = sum(v.attention for v in views)
    counts["pending"] = sum(v.pending for v in views)
    counts["locked"] = sum(v.locked is not None for v in views)
    counts["all"] = len(views)
    following = next_exam(c, exam)
    return Board(
        exam_id=exam_id,
        title=exam.title,
        room=place.room,
        round_name=place.round_name,
        purpose=place.purpose,
        day=place.day,
        date=place.date,
        slot=place.slot,
        columns=place.columns,
        state=ExamState(exam.state),
        client=Client(exam.client),
        opened_at=exam.opened_at,
        started_at=exam.started_at,
        paused_at=exam.paused_at,
        ended_at=exam.ended_at,
        opens_at=exam.opens_at,
        seats=views,
        incidents=views_of_incidents,
        counts=dict(counts),
        token=tokens.current(c, exam_id, now),
        token_interval_minutes=exam.token_interval_minutes,
        followed_by=exam.followed_by_id,
        next_exam=following.id if following is not None else None,
        later_day=next_day.without_exam(c, exam),
        at=now,
        centre=centre_spells.view(c, exam, now),
        swaps=tuple(swap_list.waiting(c, exam, now)),
        spares=tuple(spares.of_room(c, exam, now, connected)) if ExamState(exam.state) in LIVE else (),
    )


def _seat_rows(c: Connection, exam_id: int) -> list[Row[Any]]:
    return list(
        c.execute(
            select(
                sittings,
                seats.c.label.label("seat"),
                seats.c.row,
                seats.c.column,
                participants.c.name,
                registrations.c.number,
                registrations.c.replaced_by_id,
                assignments.c.id.label("assignment_id"),
                assignments.c.seat_id.label("sits_at"),
                assignments.c.reason.label("placed_by"),
                devices.c.id.label("device_id"),
                devices.c.label.label("device"),
                enrolments.c.grade,
                device_seen.c.reported_at,
                device_seen.c.applied_digest,
                device_seen.c.applied_epoch,
                device_seen.c.applied_mode,
                device_seen.c.observed,
                device_desired.c.digest,
                device_desired.c.epoch,
                device_desired.c.doc,
                device_loans.c.owner,
            )
            .select_from(sittings)
            .join(registrations, registrations.c.id == sittings.c.registration_id)
            .join(participants, participants.c.id == registrations.c.participant_id)
            .outerjoin(seats, seats.c.id == sittings.c.seat_id)
            .outerjoin(
                assignments, (assignments.c.sitting_id == sittings.c.id) & assignments.c.to_at.is_(None)
            )
            .outerjoin(devices, devices.c.id == assignments.c.device_id)
            .outerjoin(
                enrolments, (enrolments.c.device_id == devices.c.id) & (enrolments.c.standing == "live")
            )
            .outerjoin(device_seen, device_seen.c.enrolment_id == enrolments.c.id)
            .outerjoin(device_desired, device_desired.c.device_id == devices.c.id)
            .outerjoin(
                device_loans,
                (device_loans.c.device_id == devices.c.id) & device_loans.c.returned_at.is_(None),
            )
            .where(sittings.c.exam_id == exam_id)
            .order_by(seats.c.row, seats.c.column, sittings.c.id)
        )
    )


def _seat(
    row: Row[Any],
    blocks: list[Block],
    hold: Any,
    kinds: tuple[str, ...],
    exam: Row[Any],
    now: int,
    connected: Callable[[int], bool],
) -> SeatView:
    state = SittingState(row.state)
    live = exam.client == Client.WEB
    # A sitting finished early leaves parts that never began: they are no clock any more.
    block = current_block(blocks) if live and state in ACTIVE else None
    seen = row.observed or {}
    ordered = _ordered_mode(row.doc)
    limit = ends_at(block) if block else None
    # Who was last heard before check-in speaks to the ministry's client now: not missing, only not seen by us.
    unseen = not live and (row.reported_at is None or row.reported_at < (exam.opened_at or now))
    return SeatView(
        sitting_id=row.id,
        seat=row.seat or "–",
        # Who was replaced has no desk any more: the reserve sits there.
        row=row.row or 0 if row.replaced_by_id is None else 0,
        column=row.column or 0 if row.replaced_by_id is None else 0,
        name=row.name,
        number=row.number,
        state=state,
        told=row.told_by == "person",
        device=row.device,
        grade=row.grade,
        presence=(
            presence(row.reported_at, row.device_id is not None and connected(row.device_id), now)
            if row.device_id is not None and not unseen
            else Presence.NEVER
        ),
        ordered=ordered,
        applied=row.applied_mode,
        pending=row.device_id is not None
        and not unseen
        and (row.applied_digest, row.applied_epoch) != (row.digest, row.epoch),
        locked=hold.reason if hold is not None else None,
        lock_text=hold.text if hold is not None else None,
        ends_at=limit,
        time_left_ms=time_left_ms(block, now) if block and limit is None else None,
        block=block.name if block else None,
        extra_ms=sum(b.extra_minutes * 60_000 + b.incident_ms for b in blocks) if live else 0,
        battery=seen.get("battery"),
        charging=seen.get("charging"),
        unsent=seen.get("unsent_answers"),
        page=seen.get("page"),
        reported_at=row.reported_at,
        incidents=kinds,
        cleared=row.cleared_at is not None,
        beside=row.assignment_id is not None and row.sits_at is None and row.seat_id is not None,
        moved_kind=row.moved_kind,
        owner=row.owner,
        borrowed=row.placed_by == BORROWED,
    )


def _ordered_mode(doc: str | None) -> str | None:
    return str(json.loads(doc)["mode"]) if doc else None
