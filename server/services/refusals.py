"""What is written down of devices that were not let in: little, however much somebody knocks.

A laptop that makes up serial numbers must fill neither the trail nor the memory, and must not hold up reports with its
lines; what a person has to look at is told once.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from server.domain.protocol import Prove, Refused
from server.services import audit, incidents
from server.services.actor import SYSTEM, Actor
from server.store.database import Database, Write
from server.store.tables import assignments, sittings

REFUSAL_AUDIT_MS = 60_000  # one line a minute for each thing that keeps knocking
REFUSAL_LINES = 30  # a minute, whatever knocks
UNKNOWN_MOST = 20  # serial numbers that are asked about at one time


class Refusals:
    """Remembers only when it last wrote a line about whom."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self._told: dict[tuple[str, str], int] = {}
        self._minute = (0, 0)  # when the present minute of refusals began, and how many lines it has

    def note(self, now: int, proof: Prove, refused: Refused, address: str | None) -> None:
        """An audit line and, for an unknown serial number, an incident: at most one a minute each, and few in all."""
        key = (proof.serial, refused.code)
        since, lines = self._minute
        if not 0 <= now - since < REFUSAL_AUDIT_MS:
            since, lines = now, 0
        if lines >= REFUSAL_LINES or now - self._told.get(key, -REFUSAL_AUDIT_MS) < REFUSAL_AUDIT_MS:
            return
        if len(self._told) > 1_000:
            self._told.clear()
        self._told[key] = now
        self._minute = (since, lines + 1)
        with self.db.write() as tx:
            who = Actor("device ?", address=address)
            audit.record(
                tx, who, "device.prove", f"serial {proof.serial}", now, outcome="refused", code=refused.code
            )
            if (
                refused.code == "unknown_device"
                and incidents.open_count(tx.c, "unknown_device") < UNKNOWN_MOST
            ):
                incidents.open_once(tx, now, "unknown_device", serial=proof.serial)


def note_fork(tx: Write, now: int, enrolment_id: int, device_id: int, **detail: Any) -> None:
    """One incident and one audit line, however often it knocks."""
    if incidents.open_once(
        tx,
        now,
        "fork",
        device_id=device_id,
        exam_id=exam_of(tx.c, device_id),
        enrolment=enrolment_id,
        **detail,
    ):
        audit.record(
            tx,
            SYSTEM,
            "device.fork",
            f"enrolment {enrolment_id}",
            now,
            outcome="refused",
            code="installation_forked",
        )


def exam_of(c: Connection, device_id: int) -> int | None:
    """The exam whose pupil sits at this device."""
    found: int | None = c.execute(
        select(sittings.c.exam_id)
        .join(assignments, assignments.c.sitting_id == sittings.c.id)
        .where(assignments.c.device_id == device_id, assignments.c.to_at.is_(None))
        .limit(1)
    ).scalar()
    return found
