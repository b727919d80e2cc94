"""What the devices' newest words show, once a second: incidents open with it, and close by themselves when it is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Row, select

from server.domain.exam import LIVE, Client
from server.domain.incident import CAUSES, DERIVED, ON_THE_EXAM, RESTARTED, Sign, present
from server.domain.incident_groups import subnet
from server.domain.presence import MISSING_AFTER_MS, Presence, presence
from server.domain.sitting import ACTIVE, SittingState
from server.services import incident_outages
from server.store.database import BoardChanged, Write, chunks
from server.store.tables import assignments, device_events, device_seen, enrolments, exams, sittings
from server.store.tables import incidents as rows

#: Who is lost again so soon after coming back was never rid of it: one incident that counts, not one every few seconds.
AGAIN_MS = incident_outages.SETTLE_MS

Told = Callable[[int], bool]
Key = tuple[int, str]  # sitting, kind
Begun = tuple[Row[Any], str, Sign]  # the seat, what is new there, what shows it


def look(tx: Write, now: int, connected: Told, lost: Told, listening_since: int = 0) -> None:
    """`connected(device_id)`: a proven connection is open; `lost(device_id)`: it broke or stopped answering;
    `listening_since`: as in `services.sweep`."""
    seated = _seated(tx)
    standing = _standing(tx)
    seen_to = _seen_to(tx)
    holding: set[Key] = set()
    begun: list[Begun] = []
    for row in seated:
        if row.device_id is None or SittingState(row.state) not in ACTIVE or row.reported_at is None:
            continue
        if row.reported_at < listening_since and now - listening_since < MISSING_AFTER_MS:
            # We were off and it had no time to come back: nothing new is known, so nothing changes.
            holding |= {key for key in standing.keys() | seen_to.keys() if key[0] == row.id}
            continue
        sign = _sign(row, now, connected, lost, listening_since)
        kinds = present(sign)
        if (row.id, RESTARTED) in standing and not _settled(row):
            kinds.add(RESTARTED)
        for kind in kinds:
            holding.add((row.id, kind))
            if (row.id, kind) not in standing and (row.id, kind) not in seen_to:
                begun.append((row, kind, sign))
    again = _just_over(tx, now) if begun else {}
    new: list[Begun] = []
    going_on: list[tuple[Row[Any], int]] = []
    for row, kind, sign in begun:
        before = again.get((row.id, kind))
        if before is not None and before.device_id == row.device_id:
            going_on.append((before, sign.heard_at))
        else:
            new.append((row, kind, sign))
    incident_outages.go_on(tx, going_on)
    _open(tx, now, new)
    for key, settled in seen_to.items():
        if key not in holding:
            tx.c.execute(
                rows.update().where(rows.c.id == settled.id).values(detail={**settled.detail, "over_at": now})
            )
    _close(tx, now, [row for key, row in standing.items() if key not in holding])
    incident_outages.look(tx, now)


def _seated(tx: Write) -> list[Row[Any]]:
    return list(
        tx.c.execute(
            select(
                sittings.c.id,
                sittings.c.exam_id,
                sittings.c.state,
                assignments.c.device_id,
                device_seen.c.reported_at,
                device_seen.c.observed,
                device_seen.c.address,
            )
            .join(exams, exams.c.id == sittings.c.exam_id)
            .join(assignments, (assignments.c.sitting_id == sittings.c.id) & assignments.c.to_at.is_(None))
            .outerjoin(
                enrolments,
                (enrolments.c.device_id == assignments.c.device_id) & (enrolments.c.standing == "live"),
            )
            .outerjoin(device_seen, device_seen.c.enrolment_id == enrolments.c.id)
            .where(exams.c.state.in_([str(s) for s in LIVE]), exams.c.client == str(Client.WEB))
        )
    )


def _standing(tx: Write) -> dict[Key, Row[Any]]:
    kinds = sorted({*DERIVED, RESTARTED})
    found = tx.c.execute(select(rows).where(rows.c.closed_at.is_(None), rows.c.kind.in_(kinds)))
    return {(row.sitting_id, row.kind): row for row in found}


def _just_over(tx: Write, now: int) -> dict[Key, Row[Any]]:
    """Losses that were over by themselves a moment ago."""
    found = tx.c.execute(
        select(rows)
        .where(
            rows.c.kind == "missing",
            rows.c.cause == str(CAUSES["missing"]),  # one that was a restart is told as that
            rows.c.closed_by == "system",
            rows.c.closed_at > now - AGAIN_MS,
        )
        .order_by(rows.c.id)
    )
    return {(row.sitting_id, row.kind): row for row in found}


def _seen_to(tx: Write) -> dict[Key, Any]:
    """What a person has seen to: not opened again every second, only when it is over and happens anew."""
    found = tx.c.execute(
        select(rows.c.id, rows.c.sitting_id, rows.c.kind, rows.c.detail)
        .join(exams, exams.c.id == rows.c.exam_id)
        .where(
            exams.c.state.in_([str(s) for s in LIVE]),
            rows.c.closed_at.is_not(None),
            rows.c.closed_by != "system",
            rows.c.kind.in_(sorted(DERIVED)),
        )
    )
    return {(r.sitting_id, r.kind): r for r in found if "over_at" not in r.detail}


def _sign(row: Row[Any], now: int, connected: Told, lost: Told, listening_since: int) -> Sign:
    seen = row.observed or {}
    heard = max(row.reported_at, listening_since)
    silent = presence(heard, connected(row.device_id), now) is Presence.MISSING
    return Sign(
        heard_at=heard,
        missing=silent or lost(row.device_id),
        state=SittingState(row.state),
        battery=seen.get("battery"),
        charging=seen.get("charging"),
        focused=bool(seen.get("focused", True)),
        clock_offset_ms=int(seen.get("clock_offset_ms") or 0),
    )


def _settled(row: Row[Any]) -> bool:
    """After a restart: the exam is in front again, or nobody works here now."""
    seen = row.observed or {}
    return row.state != SittingState.WORKING or (
        seen.get("page") in ON_THE_EXAM and bool(seen.get("focused", True))
    )


def _open(tx: Write, now: int, begun: list[Begun]) -> None:
    """All at once: an access point may take hundreds with it."""
    new = [
        {
            "kind": kind,
            "cause": str(CAUSES[kind]),
            "exam_id": row.exam_id,
            "sitting_id": row.id,
            "device_id": row.device_id,
            "detail": {
                "since": sign.heard_at,
                "battery": sign.battery,
                "by_ms": sign.clock_offset_ms,
                "subnet": subnet(row.address),
            },
            "opened_at": now,
        }
        for row, kind, sign in begun
    ]
    for some in chunks(new):
        tx.c.execute(rows.insert(), some)
    if new:
        tx.tell(BoardChanged(frozenset(row.exam_id for row, _, _ in begun)))


def _close(tx: Write, now: int, over: list[Row[Any]]) -> None:
    if not over:
        return
    tx.c.execute(
        rows.update().where(rows.c.id.in_([row.id for row in over])).values(closed_at=now, closed_by="system")
    )
    alone = [row for row in over if row.kind == "missing" and row.group_id is None]
    for row in _restarted_meanwhile(tx, alone):
        tx.c.execute(rows.update().where(rows.c.id == row.id).values(cause="restart"))
    tx.tell(BoardChanged(None))


def _restarted_meanwhile(tx: Write, losses: list[Row[Any]]) -> list[Row[Any]]:
    """Losses of which the device itself says, once it is back, that its browser was started anew meanwhile."""
    found: set[int] = set()
    for some in chunks(losses):
        started = tx.c.execute(
            select(enrolments.c.device_id, device_events.c.received_at, device_events.c.data)
            .join(enrolments, enrolments.c.id == device_events.c.enrolment_id)
            .where(
                enrolments.c.device_id.in_([row.device_id for row in some]),
                device_events.c.kind == "worker_started",
                device_events.c.received_at >= min(row.opened_at for row in some),
            )
        ).all()
        found |= {
            row.id
            for row in some
            for event in started
            if event.device_id == row.device_id
            and event.received_at >= row.opened_at
            and event.data.get("cause") == "browser"
        }
    return [row for row in losses if row.id in found]
