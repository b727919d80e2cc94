"""What is written down of devices that were not let in: little, however much somebody knocks.

A laptop that makes up serial numbers must fill neither the trail nor the memory, and must not hold up reports with its
lines; what a person has to look at is told once.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from server.domain.console_record import serial_key
from server.domain.protocol import Prove, Refused
from server.services import audit, incidents
from server.services.actor import Actor
from server.store.database import Database
from server.store.tables import device_serials, devices

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
                and not _put_away(tx.c, proof.serial)
                and incidents.open_count(tx.c, "unknown_device") < UNKNOWN_MOST
            ):
                incidents.open_once(tx, now, "unknown_device", serial=proof.serial)


def _put_away(c: Connection, serial: str) -> bool:
    """It is in the list and out of service: a person knows, and nobody has to register it."""
    known = (
        select(devices.c.id)
        .join(device_serials, device_serials.c.device_id == devices.c.id)
        .where(
            func.upper(func.trim(device_serials.c.serial)) == serial_key(serial),
            device_serials.c.to_at.is_(None),
            devices.c.in_service.is_(False),
        )
    )
    return c.execute(known.limit(1)).first() is not None
