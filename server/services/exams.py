"""An exam from draft to ended: what happens, in order, at each step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Row, select

from server.domain.errors import Conflict, IllegalTransition, Invalid
from server.domain.exam import Client, ExamState, raise_if_no_arrow
from server.domain.sitting import Block, SittingState
from server.services import audit, desired, exam_ends, placement, tokens
from server.services import sittings as steps
from server.services.actor import Actor
from server.services.exam_checks import (
    blocks_of,
    planned_start,
    raise_if_devices_held,
    raise_if_no_place,
    raise_if_room_busy,
)
from server.services.exam_rows import get as get_exam
from server.store import blocks as block_rows
from server.store.database import BoardChanged, Database, Write
from server.store.tables import (
    exams,
    registrations,
    seat_plans,
    seats,
    sittings,
)


def create(
    db: Database,
    who: Actor,
    now: int,
    *,
    day_id: int,
    slot_id: int,
    room_id: int,
    profile: dict[str, Any],
    title: str,
    start_url: str | None,
    allowed_hosts: list[str],
    minutes: list[int] | None = None,
    token_interval_minutes: int | None = 15,
    opens_at: int | None = None,
) -> int:
    """Make a draft exam and a sitting for everyone planned in this slot and room.

    `minutes` fills or replaces the profile's, one per block (1–600). `opens_at`: the planned start, by default what
    day and session say. Returns the exam's id.
    Raises: Invalid (`exam_minutes_missing`, `exam_url_missing`, `exam_choice_missing`),
    Conflict (`exam_exists`, `exam_nobody_planned`).
    """
    blocks = blocks_of(profile, minutes)
    client = Client(profile["client"])
    if client is Client.WEB and not start_url:
        raise Invalid(
            "exam: the address of the exam is missing; enter where the exam page is",
            code="exam_url_missing",
            field="start_url",
        )
    with db.write() as tx:
        raise_if_no_place(tx.c, day_id, slot_id, room_id)
        if tx.c.execute(
            select(exams.c.id).where(
                exams.c.day_id == day_id, exams.c.slot_id == slot_id, exams.c.room_id == room_id
            )
        ).first():
            raise Conflict(
                "exam: this room already has an exam on that day and session; open that one",
                code="exam_exists",
            )
        planned = tx.c.execute(
            select(seat_plans.c.registration_id, seat_plans.c.seat_id, registrations.c.extra_minutes)
            .join(seats, seats.c.id == seat_plans.c.seat_id)
            .join(registrations, registrations.c.id == seat_plans.c.registration_id)
            .where(seat_plans.c.slot_id == slot_id, seats.c.room_id == room_id)
            .order_by(seats.c.row, seats.c.column)
        ).all()
        if not planned:
            raise Conflict(
                "exam: nobody is planned in this room and session; import the participants first",
                code="exam_nobody_planned",
            )
        exam_id = tx.insert(
            exams,
            day_id=day_id,
            slot_id=slot_id,
            room_id=room_id,
            title=title,
            profile_key=profile["key"],
            profile=profile,
            client=str(client),
            start_url=start_url,
            allowed_hosts=allowed_hosts,
            state=str(ExamState.DRAFT),
            token_interval_minutes=token_interval_minutes,
            opens_at=opens_at if opens_at is not None else planned_start(tx.c, day_id, slot_id),
            created_at=now,
        )
        for plan in planned:
            sitting_id = tx.insert(
                sittings,
                exam_id=exam_id,
                registration_id=plan.registration_id,
                seat_id=plan.seat_id,
                state=str(SittingState.EXPECTED),
                told_by="person" if client is Client.EXAM_BROWSER else "device",
                state_at=now,
            )
            block_rows.add(
                tx,
                sitting_id,
                [Block(n, name, length, plan.extra_minutes) for n, (name, length) in enumerate(blocks, 1)],
            )
        audit.record(tx, who, "exam.create", f"exam {exam_id}", now, title=title, participants=len(planned))
    return exam_id


def open_exam(db: Database, who: Actor, now: int, exam_id: int) -> None:
    """Check-in: every planned seat gets the device whose home it is, and that device shows the waiting page."""

    def _open(tx: Write, exam: Row[Any]) -> None:
        raise_if_room_busy(tx.c, exam)
        placement.seat_everyone(tx, exam_id, now, who)

    _step(db, who, now, exam_id, ExamState.OPEN, "exam.open", {"opened_at": now}, _open)


def start(db: Database, who: Actor, now: int, exam_id: int) -> None:
    """From now on a token lets pupils begin. For a `web` exam a token is made at once."""

    def _start(tx: Write, exam: Row[Any]) -> None:
        if exam.client == Client.WEB:
            tokens.issue(tx, exam, who, now)

    _step(db, who, now, exam_id, ExamState.RUNNING, "exam.start", {"started_at": now}, _start, ExamState.OPEN)


def pause(db: Database, who: Actor, now: int, exam_id: int) -> None:
    """Everyone who is working stands still, clocks too."""

    def _pause(tx: Write, exam: Row[Any]) -> None:
        for sitting_id in _in_state(tx, exam_id, SittingState.WORKING):
            steps.stand(tx, sitting_id, exam_id, now)

    _step(db, who, now, exam_id, ExamState.PAUSED, "exam.pause", {"paused_at": now}, _pause)


def resume(db: Database, who: Actor, now: int, exam_id: int) -> None:
    """Everyone goes on with the time that was left."""

    def _resume(tx: Write, exam: Row[Any]) -> None:
        for sitting_id in _in_state(tx, exam_id, SittingState.PAUSED):
            steps.go_on(tx, sitting_id, exam_id, now)

    _step(
        db,
        who,
        now,
        exam_id,
        ExamState.RUNNING,
        "exam.resume",
        {"paused_at": None},
        _resume,
        ExamState.PAUSED,
    )


def end(db: Database, who: Actor, now: int, exam_id: int) -> None:
    """Close the exam: who works is finished, who never came is absent, tokens stop. Devices are let go
    by the sweep once everything they hold is here."""

    def _end(tx: Write, exam: Row[Any]) -> None:
        exam_ends.close_sittings(tx, exam_id, now)

    _step(db, who, now, exam_id, ExamState.ENDED, "exam.end", {"ended_at": now}, _end)


def archive(db: Database, who: Actor, now: int, exam_id: int) -> None:
    """Put an ended exam away: it is read only from now on, and out of the list of today.

    Raises: Conflict (`exam_devices_held`) naming the seats whose device still owes something.
    """

    def _archive(tx: Write, exam: Row[Any]) -> None:
        raise_if_devices_held(tx.c, exam_id)

    _step(db, who, now, exam_id, ExamState.ARCHIVED, "exam.archive", {}, _archive)


def _step(
    db: Database,
    who: Actor,
    now: int,
    exam_id: int,
    wanted: ExamState,
    action: str,
    values: dict[str, object],
    inside: Callable[[Write, Row[Any]], None],
    only_from: ExamState | None = None,
) -> None:
    """One arrow of the exam: conditional state change, what belongs to it, desired documents, audit."""
    with db.write() as tx:
        exam = get_exam(tx.c, exam_id)
        seen = ExamState(exam.state)
        if only_from is not None and seen is not only_from:
            raise IllegalTransition(
                f"exam {exam_id}: it is {seen}, not {only_from}; reload the page to see its present state",
                code="exam_state",
                seen=str(seen),
                wanted=str(wanted),
            )
        raise_if_no_arrow(seen, wanted)
        done = tx.c.execute(
            exams.update()
            .where(exams.c.id == exam_id, exams.c.state == str(seen))
            .values(state=str(wanted), **values)
        )
        if done.rowcount != 1:
            raise Conflict(f"exam {exam_id}: it changed meanwhile; reload the page", code="exam_moved_on")
        inside(tx, exam)
        ids = tx.c.execute(select(sittings.c.id).where(sittings.c.exam_id == exam_id)).scalars().all()
        desired.refresh(tx, desired.devices_of(tx.c, ids), now)
        tx.tell(BoardChanged(frozenset({exam_id})))
        audit.record(tx, who, action, f"exam {exam_id}", now)


def _in_state(tx: Write, exam_id: int, state: SittingState) -> list[int]:
    return list(
        tx.c.execute(
            select(sittings.c.id).where(sittings.c.exam_id == exam_id, sittings.c.state == str(state))
        ).scalars()
    )
