"""Clearing a device of what a pupil wrote: ordered once every answer and event is here, noted when it says so.

Everything is here when the device's newest report, made after the pupil was done there, shows no event beyond what
was acknowledged and no unsent answer. A page that cannot say (null: somebody else's exam page) does not count
against it; the exam's own server has those answers.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from server.domain.exam import Client
from server.domain.paths import PRACTICE
from server.domain.sitting import SittingState
from server.services import audit, desired, desired_inputs
from server.services.actor import SYSTEM
from server.services.ledger import owing
from server.store.database import BoardChanged, Write
from server.store.tables import assignments, device_events, device_seen, devices, enrolments, exams, sittings

_SEEN = (
    device_seen.c.reported_at,
    device_seen.c.acked_seq,
    device_seen.c.last_seq,
    device_seen.c.applied_mode,
    device_seen.c.observed,
    exams.c.start_url,
)


def order(tx: Write, now: int) -> set[int]:
    """Order the devices of done sittings to clear; the sittings it was ordered for."""
    rows = tx.c.execute(
        select(sittings.c.id, sittings.c.state, sittings.c.state_at, *_SEEN)
        .join(exams, exams.c.id == sittings.c.exam_id)
        .join(assignments, (assignments.c.sitting_id == sittings.c.id) & assignments.c.to_at.is_(None))
        .join(
            enrolments,
            (enrolments.c.device_id == assignments.c.device_id) & (enrolments.c.standing == "live"),
        )
        .join(device_seen, device_seen.c.enrolment_id == enrolments.c.id)
        .where(
            # a moved pupil who had begun has a time of finish too
            sittings.c.state.in_([str(SittingState.FINISHED), str(SittingState.MOVED)]),
            sittings.c.finished_at.is_not(None),
            sittings.c.clear_ordered_at.is_(None),
            exams.c.client == str(Client.WEB),
        )
    ).all()
    touched: set[int] = set()
    for row in rows:
        if not _everything_in(row, row.state_at, "finished"):
            continue
        done = tx.c.execute(
            sittings.update()
            # a finish taken back meanwhile must not be cleared under the pupil
            .where(
                sittings.c.id == row.id, sittings.c.state == row.state, sittings.c.state_at == row.state_at
            )
            .values(clear_ordered_at=now)
        )
        if done.rowcount == 1:
            audit.record(tx, SYSTEM, "device.clear_ordered", f"sitting {row.id}", now)
            touched.add(row.id)
    return touched


def order_owed(tx: Write, now: int) -> set[int]:
    """The same for devices that were taken from their pupil meanwhile; the devices."""
    rows = tx.c.execute(
        select(
            assignments.c.id, assignments.c.to_at, devices.c.id.label("device_id"), devices.c.label, *_SEEN
        )
        .join(sittings, sittings.c.id == assignments.c.sitting_id)
        .join(exams, exams.c.id == sittings.c.exam_id)
        .join(devices, devices.c.id == assignments.c.device_id)
        .join(enrolments, (enrolments.c.device_id == devices.c.id) & (enrolments.c.standing == "live"))
        .join(device_seen, device_seen.c.enrolment_id == enrolments.c.id)
        .where(owing(), assignments.c.clear_ordered_at.is_(None))
    ).all()
    ready = [row for row in rows if _everything_in(row, row.to_at, "idle")]
    for row in ready:
        tx.c.execute(assignments.update().where(assignments.c.id == row.id).values(clear_ordered_at=now))
        audit.record(tx, SYSTEM, "device.clear_ordered", f"device {row.label}", now)
    return {row.device_id for row in ready}


def note_done(tx: Write, now: int) -> set[int]:
    """The device's own word that it cleared, as an event of its enrolment; devices that owe nothing any more."""
    for row in tx.c.execute(
        select(sittings.c.id, sittings.c.exam_id, sittings.c.finished_at, device_events.c.data)
        .join(assignments, (assignments.c.sitting_id == sittings.c.id) & assignments.c.to_at.is_(None))
        .join(enrolments, enrolments.c.device_id == assignments.c.device_id)
        .join(device_events, device_events.c.enrolment_id == enrolments.c.id)
        .where(
            sittings.c.clear_ordered_at.is_not(None),
            sittings.c.cleared_at.is_(None),
            device_events.c.kind == "site_data_cleared",
            device_events.c.received_at >= sittings.c.clear_ordered_at,
        )
    ).all():
        if row.data.get("clear_id") == desired_inputs.clear_id(row.id, row.finished_at):
            tx.c.execute(sittings.update().where(sittings.c.id == row.id).values(cleared_at=now))
            audit.record(tx, SYSTEM, "device.cleared", f"sitting {row.id}", now)
            tx.tell(BoardChanged(frozenset({row.exam_id})))
    freed: set[int] = set()
    for owed in tx.c.execute(
        select(
            assignments.c.id,
            assignments.c.to_at,
            assignments.c.device_id,
            devices.c.label,
            device_events.c.data,
        )
        .join(devices, devices.c.id == assignments.c.device_id)
        .join(enrolments, enrolments.c.device_id == assignments.c.device_id)
        .join(device_events, device_events.c.enrolment_id == enrolments.c.id)
        .where(
            owing(),
            assignments.c.clear_ordered_at.is_not(None),
            device_events.c.kind == "site_data_cleared",
            device_events.c.received_at >= assignments.c.clear_ordered_at,
        )
    ).all():
        if owed.data.get("clear_id") == desired_inputs.owed_clear_id(owed.id, owed.to_at):
            tx.c.execute(assignments.update().where(assignments.c.id == owed.id).values(cleared_at=now))
            audit.record(tx, SYSTEM, "device.cleared", f"device {owed.label}", now)
            freed.add(owed.device_id)
    return freed


def wiped(tx: Write, device_ids: Collection[int], now: int, born_at: int) -> None:
    """A life that began at `born_at` holds nothing of what was written before: a wipe took it, and so the debt.

    A key that comes back after a person had ended it is no new life: it was born before the debt and keeps it.
    """
    tx.c.execute(
        assignments.update()
        .where(assignments.c.device_id.in_(device_ids), owing(), assignments.c.to_at <= born_at)
        .values(cleared_at=now)
    )
    desired.refresh(tx, device_ids, now)


def _everything_in(row: Any, since: int, mode: str) -> bool:
    unsent = row.observed.get("unsent_answers")
    return (
        row.reported_at > since
        and row.applied_mode == mode
        and row.acked_seq >= row.last_seq
        and (unsent == 0 or (unsent is None and row.start_url != PRACTICE))
    )
