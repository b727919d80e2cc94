"""How sure it is that a key is its Chromebook, and why: shown beside every grade."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, select

from server.services.lives import LIVE, QUARANTINED
from server.store.database import chunks
from server.store.tables import enrolments, remaps

ATTESTED, BOUND, MANAGED, CLAIMED, MANUAL = "attested", "bound", "managed", "claimed", "manual"


@dataclass(frozen=True, slots=True)
class Grade:
    """`grade` None: no key has ever come. `reason_code` has words in `web.grade_words`; times are epoch ms."""

    grade: str | None
    reason_code: str
    params: dict[str, Any] = field(default_factory=dict)


def reason(c: Connection, device_id: int) -> Grade:
    """The grade of the key that speaks for a device now, else of one that waits."""
    return reasons(c, [device_id])[device_id]


def reasons(c: Connection, device_ids: Collection[int]) -> dict[int, Grade]:
    """The same for many devices in a few queries."""
    lives: dict[int, Row[Any]] = {}
    by_remap: dict[int, Row[Any]] = {}
    for some in chunks(sorted(set(device_ids))):
        for life in c.execute(
            select(enrolments)
            .where(enrolments.c.device_id.in_(some), enrolments.c.standing.in_((LIVE, QUARANTINED)))
            .order_by(enrolments.c.standing == LIVE, enrolments.c.id)  # the live one is read last, and stands
        ):
            lives[life.device_id] = life
        rows = c.execute(
            select(remaps.c.enrolment_id, remaps.c.decided_at, remaps.c.decided_by, remaps.c.how)
            .where(remaps.c.device_id.in_(some), remaps.c.state == "accepted")
            .order_by(remaps.c.id)
        )
        by_remap |= {row.enrolment_id: row for row in rows if row.enrolment_id is not None}
    return {
        device_id: _of(lives[device_id], by_remap.get(lives[device_id].id))
        if device_id in lives
        else Grade(None, "no_key")
        for device_id in device_ids
    }


def _of(life: Row[Any], remap: Row[Any] | None) -> Grade:
    if life.standing == QUARANTINED:
        return Grade(CLAIMED, "serial_only", {"serial": life.serial, "since": life.first_seen_at})
    if life.grade == ATTESTED and life.attested_at is not None:
        proven = "machine_and_kiosk" if life.kiosk_at is not None else "machine"
        return Grade(ATTESTED, proven, {"at": life.attested_at, "kiosk_at": life.kiosk_at})
    if life.grade == MANUAL:
        return Grade(
            MANUAL,
            "vouched" if life.vouched_by else "vouched_before",
            {"who": life.vouched_by, "at": remap.decided_at if remap is not None else life.first_seen_at},
        )
    if life.grade == BOUND:
        return Grade(BOUND, "key_known", {"since": life.first_seen_at})
    if life.grade == MANAGED and remap is not None:
        saw = "console_saw_rule" if remap.how == "rule" else "console_saw"
        return Grade(MANAGED, saw, {"at": remap.decided_at, "who": life.vouched_by})
    if life.grade == MANAGED:
        return Grade(MANAGED, "secret_and_serial", {"serial": life.serial, "since": life.first_seen_at})
    return Grade(life.grade, "serial_only", {"serial": life.serial, "since": life.first_seen_at})
