"""Whose record in the console is to be asked for soon: of proposals for an unknown key, while they are not sure.

Fifteen at once are one job (`remap_look`). Google may learn of an enrolment later than we do, so it is asked a few
times more.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, select

from server.domain.console_record import serial_key
from server.services import google_jobs
from server.services.actor import SYSTEM
from server.store.database import Database, Write
from server.store.tables import console_devices, remaps

Json = dict[str, Any]

KIND = "remap_look"
#: When a proposal is looked at while its evidence is not strong, ms after it was opened.
AFTER_MS = (0, 30_000, 120_000, 600_000, 1_800_000)
AFTER_FAILURE_MS = 300_000
#: What the search takes: three characters at least, and none that would end the word.
_SEARCHABLE = re.compile(r"[A-Za-z0-9._/-]{3,80}")


def ask(tx: Write, now: int) -> None:
    """In the transaction that opened a proposal: have the console asked soon, where there is one."""
    if tx.c.execute(select(console_devices.c.console_id).limit(1)).first() is None:
        return
    newest = next(iter(google_jobs.newest(tx.c, KIND, limit=1)), None)
    if newest is None:
        google_jobs.enqueue(tx, SYSTEM, now, KIND, {})
    elif not newest.active:
        google_jobs.again(tx, newest)


def look_again(db: Database, now: int) -> bool:
    """For the worker's idle moments: put the job in line again once a proposal is due for another look."""
    with db.read() as c:
        newest = next(iter(google_jobs.newest(c, KIND, limit=1)), None)
        if newest is None or newest.active or newest.state == "cancelled":
            return False
        if newest.state == "failed" and now - (newest.ended_at or 0) < AFTER_FAILURE_MS:
            return False
        if not due(c, now, looks_of(newest.result)):
            return False
    with db.write() as tx:
        return google_jobs.again(tx, newest)


def due(c: Connection, now: int, looks: dict[str, int]) -> dict[str, str]:
    """Serial numbers to ask for now, as they are compared → as they are written."""
    wanted: dict[str, str] = {}
    for serial, opened_at, strength in open_ones(c):
        key = serial_key(serial)
        if key is None or not _SEARCHABLE.fullmatch(serial.strip()):
            continue
        count = looks.get(key, 0)
        if (
            count < len(AFTER_MS)
            and now - opened_at >= AFTER_MS[count]
            and not (count and strength == "strong")
        ):
            wanted[key] = serial.strip()
    return wanted


def passed(c: Connection, now: int) -> dict[str, int]:
    """Serial number as it is compared → how many of the looks were due by now."""
    found: dict[str, int] = {}
    for serial, opened_at, _ in open_ones(c):
        if (key := serial_key(serial)) is not None:
            found[key] = sum(now - opened_at >= after for after in AFTER_MS)
    return found


def open_ones(c: Connection) -> list[tuple[str, int, str]]:
    """Serial number, moment, strength of proposals for a key that waits."""
    rows = c.execute(
        select(remaps.c.serial, remaps.c.opened_at, remaps.c.strength).where(
            remaps.c.state == "open", remaps.c.enrolment_id.is_not(None)
        )
    )
    return [(row.serial, row.opened_at, row.strength) for row in rows]


def looks_of(result: Json | None) -> dict[str, int]:
    """Serial number → how often it was asked for."""
    found: dict[str, int] = (result or {}).get("looks", {})
    return dict(found)
