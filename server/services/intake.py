"""Reports in, by group commit: many devices' reports in one transaction, acknowledged after it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.dialects import postgresql, sqlite

from server.domain.protocol import Report, event_fault
from server.domain.sequence import contiguous
from server.services import desired
from server.services.enrol import note_fork
from server.store.database import CHUNK, BoardChanged, Database, Write
from server.store.tables import (
    assignments,
    device_desired,
    device_events,
    device_seen,
    enrolments,
    sittings,
)

BATTERY_STEP = 5  # percent: smaller changes are not news for a board


@dataclass(frozen=True, slots=True)
class Waiting:
    """A validated report of a proven device, waiting for the next commit."""

    device_id: int
    enrolment_id: int
    standing: str
    n: int
    first: bool  # of its session: it confirms the connection ticket
    report: Report


@dataclass(slots=True)
class Ack:
    """What is answered after the commit. `forked`: the session must be closed instead."""

    report_n: int
    acked_seq: int
    rejected: list[dict[str, object]] = field(default_factory=list)
    desired: dict[str, object] | None = None
    forked: bool = False

    def as_message(self, now: int) -> dict[str, object]:
        body: dict[str, object] = {
            "report_n": self.report_n,
            "acked_seq": self.acked_seq,
            "server_time": now,
            "rejected": self.rejected,
        }
        if self.desired is not None:
            body["desired"] = self.desired
        return body


def commit(db: Database, now: int, batch: Sequence[Waiting]) -> list[Ack]:
    """Store a batch; one ack for each report, in order. Either all of the batch is on disk or none of it."""
    with db.write() as tx:
        return [_take(tx, now, waiting) for waiting in batch]


def _take(tx: Write, now: int, waiting: Waiting) -> Ack:
    report, enrolment_id = waiting.report, waiting.enrolment_id
    seen = tx.c.execute(select(device_seen).where(device_seen.c.enrolment_id == enrolment_id)).one_or_none()
    acked = seen.acked_seq if seen is not None else 0
    ack = Ack(report_n=waiting.n, acked_seq=acked)
    if report.events and not _events(tx, now, waiting, acked, ack):
        ack.forked = True
        return ack
    _seen(tx, now, waiting, seen, ack)
    if waiting.first:
        tx.c.execute(
            enrolments.update()
            .where(enrolments.c.id == enrolment_id, enrolments.c.ticket_confirmed.is_(False))
            .values(ticket_confirmed=True)
        )
    if waiting.standing == "live":
        _sitting(tx, waiting, seen)
        order = tx.c.execute(
            select(device_desired.c.epoch, device_desired.c.digest).where(
                device_desired.c.device_id == waiting.device_id
            )
        ).one_or_none()
        applied = (report.applied.epoch, report.applied.digest) if report.applied else None
        if order is not None and applied != (order.epoch, order.digest):
            ack.desired = desired.current(tx.c, waiting.device_id).as_message()
    elif report.applied is None:
        ack.desired = desired.quarantine(tx.c).as_message()
    return ack


def _events(tx: Write, now: int, waiting: Waiting, acked: int, ack: Ack) -> bool:
    """Insert what is new. False when one number came with two contents: a fork."""
    rows: dict[int, dict[str, Any]] = {}
    for event in waiting.report.events:
        text = json.dumps([event.at, event.kind, event.data], sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()
        fault = event_fault(event.kind, event.data)
        if fault is not None:
            ack.rejected.append({"seq": event.seq, "code": fault})
        twin = rows.get(event.seq)
        if twin is not None and twin["digest"] != digest:
            note_fork(tx, now, waiting.enrolment_id, waiting.device_id, seq=event.seq)
            return False
        rows[event.seq] = {
            "enrolment_id": waiting.enrolment_id,
            "seq": event.seq,
            "kind": event.kind[:30],
            "at": event.at,
            "received_at": now,
            "digest": digest,
            "data": event.data if fault is None else {},
            "rejected": fault,
        }
    numbers = sorted(rows)
    here = {
        r.seq: r.digest
        for r in tx.c.execute(
            select(device_events.c.seq, device_events.c.digest).where(
                device_events.c.enrolment_id == waiting.enrolment_id,
                device_events.c.seq >= numbers[0],
                device_events.c.seq <= numbers[-1],
            )
        )
    }
    for number, digest in here.items():
        if number in rows and rows[number]["digest"] != digest:
            note_fork(tx, now, waiting.enrolment_id, waiting.device_id, seq=number)
            return False
    new = [row for number, row in rows.items() if number not in here]
    for start in range(0, len(new), CHUNK):
        tx.c.execute(device_events.insert(), new[start : start + CHUNK])
    later = tx.c.execute(
        select(device_events.c.seq).where(
            device_events.c.enrolment_id == waiting.enrolment_id, device_events.c.seq > acked
        )
    ).scalars()
    ack.acked_seq = contiguous(acked, later)
    return True


def _seen(tx: Write, now: int, waiting: Waiting, before: Row[Any] | None, ack: Ack) -> None:
    applied = waiting.report.applied
    values: dict[str, Any] = {
        "reported_at": now,
        "acked_seq": ack.acked_seq,
        "last_seq": max(waiting.report.last_seq, ack.acked_seq),
        "applied_epoch": applied.epoch if applied else None,
        "applied_version": applied.version if applied else None,
        "applied_digest": applied.digest if applied else None,
        "applied_mode": applied.mode if applied else None,
        "applied_at": now,
        "observed": {
            name: getattr(waiting.report.observed, name)
            for name in type(waiting.report.observed).model_fields
        },
    }
    if before is not None and before.applied_digest == values["applied_digest"]:
        values["applied_at"] = before.applied_at
    insert = postgresql.insert if tx.c.dialect.name == "postgresql" else sqlite.insert
    tx.c.execute(
        insert(device_seen)
        .values(enrolment_id=waiting.enrolment_id, **values)
        .on_conflict_do_update(index_elements=["enrolment_id"], set_=values)
    )


def _sitting(tx: Write, waiting: Waiting, before: Row[Any] | None) -> None:
    """The device's word on its sitting, and news for the board when something shown changed."""
    row = tx.c.execute(
        select(sittings.c.id, sittings.c.exam_id, sittings.c.unsent_answers)
        .join(assignments, assignments.c.sitting_id == sittings.c.id)
        .where(assignments.c.device_id == waiting.device_id, assignments.c.to_at.is_(None))
    ).one_or_none()
    if row is None:
        return
    unsent = waiting.report.observed.unsent_answers
    if unsent != row.unsent_answers:
        tx.c.execute(sittings.update().where(sittings.c.id == row.id).values(unsent_answers=unsent))
    if before is None or _shown(before, waiting.report):
        tx.tell(BoardChanged(frozenset({row.exam_id})))


def _shown(before: Row[Any], report: Report) -> bool:
    old, new = before.observed, report.observed
    battery = abs((old.get("battery") or 0) - (new.battery or 0)) >= BATTERY_STEP
    fields = ("charging", "focused", "page", "unsent_answers")
    digest = report.applied.digest if report.applied else None
    mode = report.applied.mode if report.applied else None
    return (
        battery
        or any(old.get(name) != getattr(new, name) for name in fields)
        or (before.applied_digest, before.applied_mode) != (digest, mode)
    )
