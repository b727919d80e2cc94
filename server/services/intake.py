"""Reports in, by group commit: many devices' reports in one transaction, acknowledged after it.

A room reports in one breath and a write transaction must stay short, so a batch is read and written table by table,
not report by report.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from server.domain.incident import RESTARTED
from server.domain.protocol import Observed, Report
from server.domain.sitting import SittingState
from server.services import desired, event_log, incidents
from server.services.incidents import TurnedBack
from server.services.lives import LIVE
from server.store.database import BoardChanged, Database, Write, chunks
from server.store.tables import assignments, battery_marks, device_desired, device_seen, enrolments, sittings

log = logging.getLogger(__name__)

BATTERY_STEP = 5  # percent: crossing a multiple of it is news for a board, and a mark for the forecast


@dataclass(frozen=True, slots=True)
class Waiting:
    """A validated report of a proven device, waiting for the next commit."""

    device_id: int
    enrolment_id: int
    standing: str  # as its session was welcomed
    n: int
    confirms: str | None  # hash of the ticket that this session was given, until a report of it is committed
    report: Report
    address: str | None = None  # where its connection comes from


@dataclass(slots=True)
class Ack:
    """What is answered after the commit. `refusal`: the session must be closed with this code instead."""

    report_n: int
    acked_seq: int = 0
    rejected: list[dict[str, object]] = field(default_factory=list)
    desired: dict[str, object] | None = None
    refusal: str | None = None

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
    """Store a batch; one ack for each report, in order. What is acknowledged is on disk.

    Raises: OperationalError when the database cannot be written at all; then nothing was stored.
    """
    try:
        with db.write() as tx:
            return _store(tx, now, batch)
    except OperationalError:
        raise
    except Exception:  # one report that cannot be stored must not hold up its neighbours for ever
        if len(batch) > 1:
            return [commit(db, now, [waiting])[0] for waiting in batch]
        log.exception("enrolment %d: its report cannot be stored", batch[0].enrolment_id)
        return [Ack(batch[0].n, refusal="bad_message")]


def _store(tx: Write, now: int, batch: Sequence[Waiting]) -> list[Ack]:
    acks = [Ack(waiting.n) for waiting in batch]
    pairs = list(zip(batch, acks, strict=True))
    lives = _by_id(tx, enrolments, enrolments.c.id, {w.enrolment_id for w in batch})
    before = _by_id(tx, device_seen, device_seen.c.enrolment_id, lives)
    for waiting, ack in pairs:
        life = lives.get(waiting.enrolment_id)
        if life is None or life.standing != waiting.standing:
            ack.refusal = "session_gone"  # ended or admitted meanwhile: it must prove itself again
    event_log.append(tx, now, [p for p in pairs if p[1].refusal is None], before)
    kept = [(waiting, ack) for waiting, ack in pairs if ack.refusal is None]
    _seen(tx, now, kept, before)
    _marks(tx, now, kept, before)
    _confirm(tx, kept, lives)
    live = [(waiting, ack) for waiting, ack in kept if waiting.standing == LIVE]
    _sittings(tx, now, [waiting for waiting, _ in live], before)
    _orders(tx, live)
    _idle(tx, [(waiting, ack) for waiting, ack in kept if waiting.standing != LIVE])
    return acks


Kept = Sequence[tuple[Waiting, Ack]]


def _seen(tx: Write, now: int, kept: Kept, before: dict[int, Row[Any]]) -> None:
    rows: dict[int, dict[str, Any]] = {}
    for waiting, ack in kept:
        report, key = waiting.report, waiting.enrolment_id
        applied, old = report.applied, before.get(key)
        digest = applied.digest if applied else None
        rows[key] = {
            "enrolment_id": key,
            "reported_at": now,
            "address": waiting.address or (old.address if old is not None else None),
            "acked_seq": ack.acked_seq,
            "last_seq": max(report.last_seq, ack.acked_seq),
            "applied_epoch": applied.epoch if applied else None,
            "applied_version": applied.version if applied else None,
            "applied_digest": digest,
            "applied_mode": applied.mode if applied else None,
            "applied_at": old.applied_at if old is not None and old.applied_digest == digest else now,
            "observed": {name: getattr(report.observed, name) for name in type(report.observed).model_fields},
        }
    if not rows:
        return
    insert = (postgresql.insert if tx.c.dialect.name == "postgresql" else sqlite.insert)(device_seen)
    changed = {c.name: c for c in insert.excluded if c.name != "enrolment_id"}
    upsert = insert.on_conflict_do_update(index_elements=["enrolment_id"], set_=changed)
    for some in chunks(rows.values()):
        tx.c.execute(upsert, some)


def _marks(tx: Write, now: int, kept: Kept, before: dict[int, Row[Any]]) -> None:
    """How the battery falls, a row for each step: a report every few seconds would be a table nobody needs."""
    marks: dict[int, dict[str, Any]] = {}
    for waiting, _ in kept:
        seen, old = waiting.report.observed, before.get(waiting.enrolment_id)
        if seen.battery is not None and (old is None or _battery_news(old.observed, seen)):
            marks[waiting.enrolment_id] = {
                "enrolment_id": waiting.enrolment_id,
                "at": now,
                "percent": seen.battery,
                "charging": bool(seen.charging),
            }
    if not marks:
        return
    insert = (postgresql.insert if tx.c.dialect.name == "postgresql" else sqlite.insert)(battery_marks)
    for some in chunks(marks.values()):
        tx.c.execute(insert.on_conflict_do_nothing(), some)


def _battery_news(old: dict[str, Any], new: Observed) -> bool:
    before, percent = old.get("battery"), new.battery
    if before is None or percent is None:
        return before != percent
    return before // BATTERY_STEP != percent // BATTERY_STEP or old.get("charging") != new.charging


def _confirm(tx: Write, kept: Kept, lives: dict[int, Row[Any]]) -> None:
    """The first report of a session proves that its welcome, and the ticket in it, arrived."""
    sure = [
        {"life": waiting.enrolment_id, "ticket": waiting.confirms}
        for waiting, _ in kept
        if waiting.confirms is not None and not lives[waiting.enrolment_id].ticket_confirmed
    ]
    confirm = (
        enrolments.update()
        .where(enrolments.c.id == bindparam("life"), enrolments.c.ticket_hash == bindparam("ticket"))
        .values(ticket_confirmed=True)
    )
    for some in chunks(sure):
        tx.c.execute(confirm, some)


def _sittings(tx: Write, now: int, live: Sequence[Waiting], before: dict[int, Row[Any]]) -> None:
    """The devices' word on their sittings, and news for the boards on which something shown changed."""
    served: dict[int, Row[Any]] = {}
    for some in chunks(sorted({waiting.device_id for waiting in live})):
        served |= {
            row.device_id: row
            for row in tx.c.execute(
                select(
                    assignments.c.device_id,
                    assignments.c.from_at,
                    sittings.c.id,
                    sittings.c.exam_id,
                    sittings.c.state,
                    sittings.c.unsent_answers,
                )
                .join(sittings, sittings.c.id == assignments.c.sitting_id)
                .where(assignments.c.device_id.in_(some), assignments.c.to_at.is_(None))
            )
        }
    unsent: dict[int, dict[str, Any]] = {}
    boards: set[int] = set()
    turned_back: dict[int, TurnedBack] = {}
    for waiting in live:
        sitting, old = served.get(waiting.device_id), before.get(waiting.enrolment_id)
        if sitting is None:
            continue
        word = waiting.report.observed.unsent_answers
        unsent[sitting.id] = {"sitting": sitting.id, "unsent": word, "before": sitting.unsent_answers}
        if old is None or _shown(old, waiting.report):
            boards.add(sitting.exam_id)
        if sitting.state == SittingState.WORKING and _restarted(old, waiting.report, sitting.from_at):
            incidents.open_once(
                tx,
                now,
                RESTARTED,
                exam_id=sitting.exam_id,
                sitting_id=sitting.id,
                device_id=waiting.device_id,
            )
        more = _turned_back(old, waiting.report) if sitting.state == SittingState.WORKING else 0
        if more > 0:  # the newest count of a batch stands for all of them
            turned_back[sitting.id] = TurnedBack(sitting.exam_id, sitting.id, waiting.device_id, more)
    differs = [row for row in unsent.values() if row["unsent"] != row["before"]]
    update = sittings.update().where(sittings.c.id == bindparam("sitting"))
    for rows in chunks(differs):
        tx.c.execute(update.values(unsent_answers=bindparam("unsent")), rows)
    if turned_back:
        incidents.note_turned_back(tx, now, list(turned_back.values()))
    if boards:
        tx.tell(BoardChanged(frozenset(boards)))


def _orders(tx: Write, live: Kept) -> None:
    """Who has not applied the newest order gets it again with the ack."""
    newest: dict[int, tuple[str, str]] = {}
    for some in chunks(sorted({waiting.device_id for waiting, _ in live})):
        rows = tx.c.execute(
            select(device_desired.c.device_id, device_desired.c.epoch, device_desired.c.digest).where(
                device_desired.c.device_id.in_(some)
            )
        )
        newest |= {row.device_id: (row.epoch, row.digest) for row in rows}
    behind = [
        (waiting, ack)
        for waiting, ack in live
        if (order := newest.get(waiting.device_id)) is not None and _applied(waiting.report) != order
    ]
    documents = desired.orders(tx.c, {waiting.device_id for waiting, _ in behind})
    for waiting, ack in behind:
        ack.desired = documents[waiting.device_id].as_message()


def _idle(tx: Write, waiting_for_person: Kept) -> None:
    if not waiting_for_person:
        return
    idle = desired.quarantine(tx.c)
    for waiting, ack in waiting_for_person:
        if _applied(waiting.report) != (idle.epoch, idle.digest):
            ack.desired = idle.as_message()


def _applied(report: Report) -> tuple[str, str] | None:
    return (report.applied.epoch, report.applied.digest) if report.applied else None


def _shown(before: Row[Any], report: Report) -> bool:
    old, new = before.observed, report.observed
    fields = ("charging", "focused", "page", "unsent_answers")
    digest = report.applied.digest if report.applied else None
    mode = report.applied.mode if report.applied else None
    return (
        _battery_news(old, new)
        or any(old.get(name) != getattr(new, name) for name in fields)
        or (before.applied_digest, before.applied_mode) != (digest, mode)
    )


def _turned_back(before: Row[Any] | None, report: Report) -> int:
    """Attempts to leave since the report before; a life's first report says nothing of when its attempts were."""
    count = before.observed.get("blocked_count") if before is not None else None
    return report.observed.blocked_count - count if isinstance(count, int) else 0


def _restarted(before: Row[Any] | None, report: Report, seated_at: int) -> bool:
    """Its browser was started anew while this pupil sat there; told for the first time by this report."""
    known = before.acked_seq if before is not None else 0
    return any(
        event.kind == "worker_started"
        and event.data.get("cause") == "browser"
        and event.seq > known
        and event.at >= seated_at
        for event in report.events
    )


def _by_id(tx: Write, table: Any, key: Any, ids: Any) -> dict[int, Row[Any]]:
    found: dict[int, Row[Any]] = {}
    for some in chunks(sorted(ids)):
        found |= {getattr(row, key.name): row for row in tx.c.execute(select(table).where(key.in_(some)))}
    return found
