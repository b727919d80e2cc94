"""Asking the console about just the Chromebooks that have come back, without waiting for the next sync.

A proposal that was opened for an unknown key puts one job in line; fifteen at once are one job. It reads each serial
number by search and exact comparison, or, of very many, what synced lately in pages; takes over what is ordinary; and
has the proposals reckoned anew. Google may learn of an enrolment later than we do, so it is asked a few times more.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, select

from server.domain.console_record import serial_key
from server.services import console_links, console_staging, console_sync, console_take, google_jobs
from server.services.actor import SYSTEM
from server.services.console_times import day
from server.services.google_work import Work
from server.store.database import Database, Write
from server.store.tables import console_devices, remaps
from server.store.tables import google_jobs as jobs
from server.workspace.gateway import Page
from server.workspace.paging import every

Json = dict[str, Any]

KIND = "remap_look"
#: When a proposal is looked at again while its evidence is not strong, ms after it was opened.
AFTER_MS = (0, 30_000, 120_000, 600_000, 1_800_000)
MANY = 40  # more serial numbers than this are read as pages of what synced lately
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
        _again(tx, newest)


def look_again(db: Database, now: int) -> bool:
    """For the worker's idle moments: put the job in line again once a proposal is due for another look."""
    with db.read() as c:
        newest = next(iter(google_jobs.newest(c, KIND, limit=1)), None)
        if newest is None or newest.active or newest.state == "cancelled":
            return False
        if newest.state == "failed" and now - (newest.ended_at or 0) < AFTER_FAILURE_MS:
            return False
        if not due(c, now, _looks(newest.result)):
            return False
    with db.write() as tx:
        return _again(tx, newest)


def run(work: Work) -> Json:
    """The job. `looks` in its result: serial number → how often it was asked for."""
    from server.services import remap_sync

    db, looks, found = work.context.db, _looks(work.job.result), 0
    while True:
        with db.read() as c:
            wanted = due(c, work.now, looks)
        if not wanted:
            break
        console_staging.forget(db, work.job.id)
        records = _lately(work, wanted) if len(wanted) > MANY else _each(work, wanted)
        with db.write() as tx:
            console_staging.stage(tx, work.job.id, work.now, records)
        found += len(records)
        _take(work)
        remap_sync.after_sync(db, work.now)
        looks = {key: looks.get(key, 0) for key in looks.keys() | wanted.keys()}
        looks |= {key: looks[key] + 1 for key in wanted}
        console_sync.keep(db, work.job, {"looks": looks})
    with db.read() as c:
        still = {serial_key(serial) for serial, _, _ in _open(c)}
    return {"looks": {key: n for key, n in looks.items() if key in still}, "found": found}


def due(c: Connection, now: int, looks: dict[str, int]) -> dict[str, str]:
    """Serial numbers to ask for now, as they are compared → as they are written."""
    wanted: dict[str, str] = {}
    for serial, opened_at, strength in _open(c):
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


def _open(c: Connection) -> list[tuple[str, int, str]]:
    """Serial number, moment, strength of proposals for a key that waits."""
    rows = c.execute(
        select(remaps.c.serial, remaps.c.opened_at, remaps.c.strength).where(
            remaps.c.state == "open", remaps.c.enrolment_id.is_not(None)
        )
    )
    return [(row.serial, row.opened_at, row.strength) for row in rows]


def _each(work: Work, wanted: dict[str, str]) -> list[Json]:
    """One search for each: it finds parts of serial numbers too, so the whole is compared."""
    found: list[Json] = []
    for count, (key, serial) in enumerate(wanted.items()):

        def page(token: str | None, serial: str = serial, count: int = count) -> Page:
            work.step("remap_asking", count, len(wanted))
            return work.gateway.list_devices(query=f"id:{serial}", fields=console_sync.MASK, page_token=token)

        found += [r for r in every(page) if serial_key(str(r.get("serialNumber") or "")) == key]
    return found


def _lately(work: Work, wanted: dict[str, str]) -> list[Json]:
    """What synced since yesterday: a machine that enrols fetches its policy too."""

    def page(token: str | None) -> Page:
        work.step("remap_asking", 0, len(wanted))
        query = f"sync:{day(work.now, 1)}.."
        return work.gateway.list_devices(query=query, fields=console_sync.MASK, page_token=token)

    return [r for r in every(page) if serial_key(str(r.get("serialNumber") or "")) in wanted]


def _take(work: Work) -> None:
    """What is ordinary, as a sync does; what is odd waits for the next one and a person."""
    db = work.context.db
    with db.read() as c:
        made, found = console_staging.against_mirror(c, work.job.id, full=False)
    console_take.take(db, work.now, made, found, held=made.odd_ids, odd=False)
    console_links.settle(db, work.now, made.odd_ids)
    console_staging.forget(db, work.job.id)


def _looks(result: Json | None) -> dict[str, int]:
    found: dict[str, int] = (result or {}).get("looks", {})
    return dict(found)


def _again(tx: Write, job: google_jobs.Job) -> bool:
    """The same row once more; what was asked already stands in its result."""
    done = tx.c.execute(
        jobs.update()
        .where(jobs.c.id == job.id, jobs.c.state == job.state)
        .values(state="queued", beat_at=None, ended_at=None, code=None, code_params=None, done=0)
    )
    return done.rowcount == 1
