"""Events of devices: stored once, under their number; one number with two contents is a fork."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, select

from server.domain.protocol import Event, event_fault
from server.domain.sequence import contiguous
from server.services.newcomers import note_fork
from server.store.database import Write, chunks
from server.store.tables import device_events, device_seen

if TYPE_CHECKING:
    from server.services.intake import Ack, Waiting

Digests = dict[int, str]  # number → digest of the event under it


def append(tx: Write, now: int, pairs: Sequence[tuple[Waiting, Ack]], before: dict[int, Row[Any]]) -> None:
    """Insert what is new, and set `acked_seq`, `rejected` and, for a fork, `refusal` of each ack."""
    acked = {waiting.enrolment_id: 0 for waiting, _ in pairs} | {
        k: row.acked_seq for k, row in before.items()
    }
    tails = _beyond_gaps(tx, [waiting.enrolment_id for waiting, _ in pairs if waiting.report.events])
    new: list[dict[str, Any]] = []
    for waiting, ack in pairs:
        key, events = waiting.enrolment_id, waiting.report.events
        known = tails.setdefault(key, {})
        rows = [_row(key, event, now) for event in events]
        again = [row["seq"] for row in rows if row["seq"] <= acked[key] and row["seq"] not in known]
        here = {**known, **(_stored(tx, key, again) if again else {})}
        fresh: dict[int, dict[str, Any]] = {}
        for row in rows:
            digest = here.setdefault(row["seq"], row["digest"])
            if digest != row["digest"]:
                ack.refusal = "installation_forked"
                note_fork(tx, now, key, waiting.device_id, seq=row["seq"])
                break
            if row["seq"] > acked[key] and row["seq"] not in known:
                fresh[row["seq"]] = row
        if ack.refusal is not None:
            continue
        known |= {number: row["digest"] for number, row in fresh.items()}
        new += fresh.values()
        ack.rejected = [{"seq": r["seq"], "code": r["rejected"]} for r in rows if r["rejected"] is not None]
        ack.acked_seq = acked[key] = contiguous(acked[key], known)
    for some in chunks(new):
        tx.c.execute(device_events.insert(), some)


def _row(enrolment_id: int, event: Event, now: int) -> dict[str, Any]:
    text = json.dumps([event.at, event.kind, event.data], sort_keys=True, separators=(",", ":"))
    fault = event_fault(event.kind, event.data)
    return {
        "enrolment_id": enrolment_id,
        "seq": event.seq,
        "kind": event.kind[:30],
        "at": event.at,
        "received_at": now,
        "digest": hashlib.sha256(text.encode()).hexdigest(),
        "data": event.data if fault is None else {},
        "rejected": fault,
    }


def _beyond_gaps(tx: Write, enrolment_ids: list[int]) -> dict[int, Digests]:
    """What was stored above the acknowledged number: rarely anything, and never the whole history."""
    found: dict[int, Digests] = {}
    for some in chunks(enrolment_ids):
        for row in tx.c.execute(
            select(device_events.c.enrolment_id, device_events.c.seq, device_events.c.digest)
            .join(device_seen, device_seen.c.enrolment_id == device_events.c.enrolment_id)
            .where(
                device_seen.c.enrolment_id.in_(some),
                device_events.c.seq > device_seen.c.acked_seq,
            )
        ):
            found.setdefault(row.enrolment_id, {})[row.seq] = row.digest
    return found


def _stored(tx: Write, enrolment_id: int, numbers: list[int]) -> Digests:
    """Events that come again because their ack was lost."""
    rows = tx.c.execute(
        select(device_events.c.seq, device_events.c.digest).where(
            device_events.c.enrolment_id == enrolment_id,
            device_events.c.seq >= min(numbers),
            device_events.c.seq <= max(numbers),
        )
    )
    return {row.seq: row.digest for row in rows}
