"""Asking the console about just the Chromebooks that have come back, without waiting for the next sync (`remap_asks`).

The job reads each serial number by search and exact comparison, or, of very many, what synced lately in pages; takes
over what is ordinary; and has the proposals reckoned anew.
"""

from __future__ import annotations

from typing import Any

from server.domain.console_record import serial_key
from server.services import (
    console_links,
    console_staging,
    console_sync,
    console_take,
    remap_asks,
    remap_sync,
)
from server.services.console_times import day
from server.services.google_work import Work
from server.workspace.gateway import Page
from server.workspace.paging import every

Json = dict[str, Any]

MANY = 40  # more serial numbers than this are read as pages of what synced lately


def run(work: Work) -> Json:
    """The job. `looks` in its result: serial number → how often it was asked for."""
    db, looks, found = work.context.db, remap_asks.looks_of(work.job.result), 0
    while True:
        with db.read() as c:
            wanted = remap_asks.due(c, work.now, looks)
            passed = remap_asks.passed(c, work.now)  # after a pause, what is overdue is one look
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
        looks |= {key: max(looks[key] + 1, passed.get(key, 0)) for key in wanted}
        console_sync.keep(db, work.job, {"looks": looks})
    with db.read() as c:
        still = {serial_key(serial) for serial, _, _ in remap_asks.open_ones(c)}
    return {"looks": {key: n for key, n in looks.items() if key in still}, "found": found}


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
