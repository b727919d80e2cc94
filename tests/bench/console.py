"""`scripts/bench console`: the console's list and a large move, in calls and seconds, against the least there can be.

The emulated console runs in this process and is asked over HTTP through the production adapter, with Google's own
limits enforced on both sides: what takes a minute here because of a limit takes a minute at a school.
"""

from __future__ import annotations

import gc
import math
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from server import worker
from server.bootstrap import open_gateway
from server.domain.pacing import LIMITS, seconds_for
from server.services import console_sync, device_moves
from server.store.database import Database, Write
from server.store.tables import console_devices, device_move_items
from server.workspace.gateway import DEVICES_PER_PAGE, MOVE_MAX
from tests import synced_school
from tests.bench.measure import at
from tests.console_school import WAYAN
from tests.synced_school import Connected

PER_UNIT = 500
TARGET = "/Ujian"


class TimedDatabase(Database):
    """Remembers how long each write transaction held the others up."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.held: list[float] = []
        self.worked: list[float] = []  # CPU of the writer alone: what a busy machine does not blow up

    @contextmanager
    def write(self) -> Iterator[Write]:
        with super().write() as tx:
            began, worked = (
                time.perf_counter(),
                time.thread_time(),
            )  # the lock is taken by BEGIN, which has just run
            yield tx
        self.held.append((time.perf_counter() - began) * 1000)
        self.worked.append((time.thread_time() - worked) * 1000)


@dataclass
class Measured:
    """One job: `calls` by method; `floor` the least calls that the size of pages and batches allows."""

    name: str
    devices: int
    floor: int
    floor_seconds: int  # by the allowance of calls alone
    calls: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    write_p95_ms: float = 0.0
    longest_write_ms: float = 0.0
    longest_write_cpu_ms: float = 0.0
    failures: int = 0
    refused: int = 0

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "devices": self.devices,
            "calls": sum(self.calls.values()),
            "calls_by_method": dict(self.calls),
            "floor_calls": self.floor,
            "seconds": round(self.seconds, 2),
            "floor_seconds": self.floor_seconds,
            "write_p95_ms": round(self.write_p95_ms, 1),
            "longest_write_ms": round(self.longest_write_ms, 1),
            "longest_write_cpu_ms": round(self.longest_write_cpu_ms, 1),
            "quota_refusals": self.refused,
            "failures": self.failures,
        }


def measure(devices: int, moved: int) -> list[Measured]:
    """A first sync, the same again, and a move of the first so many devices."""
    with tempfile.TemporaryDirectory(prefix="bangku-bench-") as folder:
        data = synced_school.bare_school(Path(folder) / "data")
        seed = synced_school.school_of(generate={"devices": devices, "per_org_unit": PER_UNIT})
        school = synced_school.connect(data, Path(folder) / "console", seed)
        database = TimedDatabase(school.context.db.url)
        school = Connected(replace(school.context, db=database), school.console)
        # The emulated console's own records are no part of what is measured, so the collector leaves them alone.
        gc.collect()
        gc.freeze()
        try:
            found = [_sync("sync, all new", school, devices), _sync("sync, nothing new", school, devices)]
            return [*found, _move(school, moved)] if moved else found
        finally:
            school.close()


def _sync(name: str, school: Connected, devices: int) -> Measured:
    pages = math.ceil(devices / DEVICES_PER_PAGE)
    # the pages, their count, the org units
    one = Measured(name, devices, pages + 2, seconds_for(pages + 2, LIMITS["directory_read"], call_ms=0))
    job_id = school.order(accept=console_sync.ORDINARY)
    _timed(one, school, lambda: school.work(job_id))
    job = school.job(job_id)
    one.failures = int(job.state != "done" or (job.result or {}).get("fetched") != devices)
    return one


def _move(school: Connected, moved: int) -> Measured:
    writes, reads = math.ceil(moved / MOVE_MAX), math.ceil(moved / DEVICES_PER_PAGE)
    limit = LIMITS["directory_write"]
    one = Measured("move, read back", moved, writes + reads, seconds_for(writes, limit, call_ms=0))
    now = school.context.now()
    device_ids = [
        row.device_id
        for row in school.all(
            select(console_devices.c.device_id)
            .where(console_devices.c.device_id.is_not(None))
            .order_by(console_devices.c.console_id)
            .limit(moved)
        )
    ]
    planned = device_moves.plan(
        school.context.db, WAYAN, now, org_unit_id=school.unit(TARGET), device_ids=device_ids
    )
    device_moves.order(school.context.db, WAYAN, now, planned.digest)
    _timed(one, school, lambda: worker.run_one(school.context, open_gateway))
    done = school.all(
        select(device_move_items.c.id).where(
            device_move_items.c.move_id == planned.id, device_move_items.c.outcome == "done"
        )
    )
    one.failures = moved - len(done)
    return one


def _timed(one: Measured, school: Connected, act: Callable[[], Any]) -> None:
    database = school.context.db
    assert isinstance(database, TimedDatabase)
    before, refused = Counter(school.console.quota.calls), school.console.quota.refused.total()
    database.held.clear()
    database.worked.clear()
    began = time.monotonic()
    act()
    one.seconds = time.monotonic() - began
    one.calls = Counter(school.console.quota.calls) - before
    one.refused = school.console.quota.refused.total() - refused
    one.write_p95_ms = at(database.held, 0.95)
    one.longest_write_ms = max(database.held, default=0.0)
    one.longest_write_cpu_ms = max(database.worked, default=0.0)


WHAT = """\
sync   from the worker's claim to the summary and, for what is ordinary, the mirror written: org units, the count, all
       pages, the comparison. Floor: one call a page of 300, one count, one for the org units.
move   from the claim to every device read back in its new org unit. Floor: one call for each 50, one page of 300 to read
       back; its seconds are those of the writes alone at 60 a minute.
calls  all that left, with tokens and the customer's id. quota: calls that the console refused for going too fast.
write  write transactions from after BEGIN to after the commit: p95, the longest, and the most CPU one of them took."""


def table(rows: list[Measured]) -> list[str]:
    lines = [
        f"{'measured':22}{'devices':>8}{'calls':>7}{'floor':>7}{'seconds':>9}{'floor':>7}{'write p95':>11}"
        f"{'max ms':>8}{'cpu ms':>8}{'quota':>7}{'failed':>8}"
    ]
    for one in rows:
        lines.append(
            f"{one.name:22}{one.devices:>8,}{sum(one.calls.values()):>7}{one.floor:>7}{one.seconds:>9.1f}"
            f"{one.floor_seconds:>7}{one.write_p95_ms:>11.0f}{one.longest_write_ms:>8.0f}{one.longest_write_cpu_ms:>8.0f}"
            f"{one.refused:>7}{one.failures:>8}"
        )
        lines += [f"{'':4}{count:>5} x {method}" for method, count in one.calls.most_common()]
    return lines
