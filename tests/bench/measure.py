"""The two measurements: orders to devices, and a check-in storm."""

from __future__ import annotations

import math
import os
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from server.services import demo
from tests.bench.devices import Came, Devices, Where
from tests.bench.proctor import ProctorsBrowser
from tests.bench.school import BenchSchool

TEXT = "Tunggu sebentar"


@dataclass
class Figure:
    """One line of the table. Times in ms; CPU is user + system of the server and of all device processes."""

    name: str
    devices: int
    times_ms: list[float] = field(repr=False)
    failures: int
    server_cpu_ms: float | None
    devices_cpu_ms: float
    notes: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {
            **{k: v for k, v in asdict(self).items() if k != "times_ms"},
            "count": len(self.times_ms),
            **{f"{name}_ms": round(value, 1) for name, value in self.quantiles().items()},
        }

    def quantiles(self) -> dict[str, float]:
        return {"p50": at(self.times_ms, 0.5), "p95": at(self.times_ms, 0.95), "max": at(self.times_ms, 1.0)}


def at(times: Sequence[float], share: float) -> float:
    """The nearest-rank quantile; NaN of nothing."""
    ordered = sorted(times)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


@dataclass(frozen=True)
class Plan:
    async_mode: str
    lock_devices: int = 200
    lock_rounds: int = 3
    single_locks: int = 40
    storm_devices: int = 500
    processes: int = 2
    light: bool = True


def storms(plan: Plan) -> list[Figure]:
    """First contact of every key, then, after the server too came back, all of them again."""
    with tempfile.TemporaryDirectory(prefix="bangku-bench-") as folder:
        school = BenchSchool(Path(folder), plan.storm_devices, plan.async_mode)
        school.server.start()
        try:
            devices = Devices(_where(school, plan), school.serials(), plan.processes)
            try:
                first = _storm("storm, first contact", school, devices)
                devices.cut()
                school.server.stop()
                school.server.start()
                again = _storm("storm, keys known", school, devices)
            finally:
                devices.close()
        finally:
            school.server.stop()
            school.context.db.close()
    return [again, first]


def _storm(name: str, school: BenchSchool, devices: Devices) -> Figure:
    before = cpu_ms(school)
    came = devices.storm()
    spent = _since(before, cpu_ms(school))
    start = min(c.began for c in came)
    good = [c for c in came if not c.error]
    notes: dict[str, Any] = {
        "welcome_max_ms": round(max((_ms(c.welcomed, start) for c in good), default=0), 1)
    }
    notes["server_complaints"] = school.complaints()
    if errors := Counter(c.error for c in came if c.error):
        notes["errors"] = dict(errors.most_common(5))
    times = [_ms(c.acked, start) for c in good]
    return Figure(name, len(came), times, _failed(came) + school.behind(), spent, devices.cpu * 1000, notes)


def locks(plan: Plan) -> list[Figure]:
    """All seats at once, then one seat after another, with a board open and everyone reporting."""
    with tempfile.TemporaryDirectory(prefix="bangku-bench-") as folder:
        school = BenchSchool(Path(folder), plan.lock_devices, plan.async_mode)
        sittings = school.everyone_works()
        school.server.start()
        try:
            devices = Devices(_where(school, plan), school.serials(), plan.processes)
            browser = None
            try:
                failed = _failed(devices.storm())
                devices.keep()
                browser = ProctorsBrowser(school.server.host, school.server.port, school.exam)
                rounds = [_order(school, devices, browser, sittings) for _ in range(plan.lock_rounds)]
                one = _one_by_one(school, devices, browser, sittings, plan.single_locks)
                complaints = school.complaints()
            finally:
                if browser is not None:
                    browser.close()
                devices.close()
        finally:
            school.server.stop()
            school.context.db.close()
    together = _joined("lock, all seats at once", rounds)
    together.failures += failed
    together.notes["server_complaints"] = complaints
    return [together, one]


def _order(
    school: BenchSchool, devices: Devices, browser: ProctorsBrowser, sittings: dict[int, str]
) -> Figure:
    """Lock these seats and wait for each ack; then unlock them and wait again (not counted)."""
    before = cpu_ms(school)
    devices.watch(list(sittings.values()), "locked")
    start = time.monotonic()
    obeyed = browser.press("lock", sittings, text=TEXT)
    answered = time.monotonic()
    seen = devices.seen()
    spent, own = _since(before, cpu_ms(school)), devices.cpu * 1000
    behind = school.behind()
    devices.watch(list(sittings.values()), "exam")
    browser.press("unlock", sittings)
    devices.seen()
    times = [_ms(moment, start) for moment in seen.values()]
    failures = len(sittings) - min(obeyed, len(seen)) + behind
    return Figure(
        "", len(sittings), times, failures, spent, own, {"answer_ms": round(_ms(answered, start), 1)}
    )


def _one_by_one(
    school: BenchSchool, devices: Devices, browser: ProctorsBrowser, sittings: dict[int, str], count: int
) -> Figure:
    chosen = list(sittings.items())[:count]
    return _joined(
        "lock, one seat at a time", [_order(school, devices, browser, dict([pair])) for pair in chosen]
    )


def _joined(name: str, rounds: Sequence[Figure]) -> Figure:
    """Many orders as one figure: all their times, the mean of their costs."""
    costs = [one.server_cpu_ms for one in rounds if one.server_cpu_ms is not None]
    return Figure(
        name,
        rounds[0].devices,
        [moment for one in rounds for moment in one.times_ms],
        sum(one.failures for one in rounds),
        sum(costs) / len(costs) if costs else None,
        sum(one.devices_cpu_ms for one in rounds) / len(rounds),
        {"orders": len(rounds), "answer_p50_ms": at([one.notes["answer_ms"] for one in rounds], 0.5)},
    )


def cpu_ms(school: BenchSchool) -> float | None:
    """User + system time of the server process so far; None where the system does not tell."""
    process = school.server.process
    try:
        fields = Path(f"/proc/{process.pid if process else 0}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def _since(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before


def _where(school: BenchSchool, plan: Plan) -> Where:
    return Where(school.server.url, demo.NPSN, school.secret(), plan.light)


def _failed(came: Sequence[Came]) -> int:
    return sum(bool(c.error) for c in came)


def _ms(moment: float, start: float) -> float:
    return (moment - start) * 1000
