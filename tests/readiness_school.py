"""The demo school two weeks before its exam, with its emulated console: what makes a Chromebook ready happens to it.

Nothing here writes a state: devices report, people try keys, the console is read, telemetry is fetched.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from server import config, worker
from server.bootstrap import open_context, open_gateway
from server.domain.device_check import Source
from server.domain.roles import Role
from server.services import (
    console_sync,
    demo,
    device_checks,
    exams,
    extension,
    google_jobs,
    readiness,
    telemetry_take,
    when,
)
from server.services.actor import Actor
from server.services.context import Context
from server.services.readiness import ReadinessLine
from server.store import tables as t
from server.workspace.emulator.app import Emulator
from server.workspace.emulator.call import CONTROLS
from tests.console_school import WAYAN, plug_in
from tests.services.conftest import PROFILE
from tests.services.room import report

JOKO = Actor("joko", Role.TECHNICIAN, "127.0.0.1")
GOOD_HANDS = {"touch": "ok", "keyboard": "ok", "keys_missing": [], "screen": "ok"}
AHEAD = timedelta(days=14)


def packaged() -> str:
    manifest = extension.source_dir() / "manifest.json"
    return str(json.loads(manifest.read_text("utf-8"))["version"])


@dataclass
class ReadySchool:
    """Both sides on one clock: the emulator's."""

    context: Context
    emulator: Emulator
    made: demo.DemoSchool

    @property
    def db(self) -> Any:
        return self.context.db

    @property
    def now(self) -> int:
        return self.context.now()

    def later(self, **how: float) -> None:
        self.emulator.world.advance(timedelta(**how).total_seconds())

    def work(self) -> None:
        while worker.run_one(self.context, open_gateway, sleep=self.emulator.world.advance):
            pass

    def sync(self) -> None:
        job = console_sync.order(self.db, WAYAN, self.now, full=True, accept=console_sync.ORDINARY)
        self.work()
        self.done(job)

    def telemetry(self) -> dict[str, Any]:
        job = telemetry_take.order(self.db, WAYAN, self.now)
        self.work()
        return self.done(job)

    def done(self, job_id: int) -> dict[str, Any]:
        with self.db.read() as c:
            job = google_jobs.get(c, job_id)
        assert job.state == "done", (job.state, job.code, job.code_params)
        return job.result or {}

    def machine(self, act: str, number: int, **given: Any) -> Any:
        """What a person does to the emulated Chromebook itself."""
        with self.emulator.world.changing():
            self.emulator.console.tick()
            given = {"device": demo.serial(number), **given}
            return CONTROLS["POST", f"device/{act}"](self.emulator.world, given)

    def id(self, number: int) -> int:
        with self.db.read() as c:
            return int(
                c.execute(select(t.devices.c.id).where(t.devices.c.label == f"C{number:02d}")).scalar_one()
            )

    def reports(self, number: int, **seen: Any) -> None:
        """It is on, in its kiosk, and says so."""
        given = {
            "extension_version": packaged(),
            "browser_version": "139.0.7258.181",
            "free_storage_mb": 8_000,
        }
        report(self, self.id(number), "waiting", **{**given, **seen})

    def hands(self, number: int, **seen: Any) -> None:
        device_checks.record_hands(
            self.db, JOKO, self.now, self.id(number), {**GOOD_HANDS, **seen}, Source.PERSON
        )

    def make_exam(self, client: str = "web", day: int = 0, slot: int = 0) -> int:
        web = client == "web"
        return exams.create(
            self.db,
            WAYAN,
            self.now,
            day_id=self.made.day_ids[day],
            slot_id=self.made.slot_ids[slot],
            room_id=self.made.room_id,
            profile={**PROFILE, "client": client},
            title=f"Hari {day + 1} {client}",
            start_url="practice" if web else None,
            allowed_hosts=[],
        )

    def lines(self, **given: Any) -> dict[str, ReadinessLine]:
        with self.db.read() as c:
            return {line.label: line for line in readiness.lines(c, self.now, **given)}

    def line(self, number: int) -> ReadinessLine:
        return self.lines(device_ids=[self.id(number)])[f"C{number:02d}"]

    def codes(self, number: int) -> list[str]:
        return [reason.code for reason in self.line(number).reasons]

    def well(self, *but: int) -> None:
        """Every Chromebook switched on, tried by hand, and seen by the console; none of `but`."""
        for number in range(1, demo.DEVICES + 1):
            if number not in but:
                self.machine("fetch", number)
                self.reports(number)
                self.hands(number)
        self.sync()


def seed(**changes: Mapping[str, Any]) -> dict[str, Any]:
    """The console's side. `C12={…}` changes what the machine of that label is."""
    devices = [
        {"serial": demo.serial(n), "org_unit": "/Lab", **changes.get(f"C{n:02d}", {})}
        for n in range(1, demo.DEVICES + 1)
    ]
    return {
        "domain": "smp-contoh.sch.id",
        "admins": [{"email": "admin@smp-contoh.sch.id"}],
        "org_units": ["/Lab", "/Ujian"],
        "devices": devices,
        "settings": {"quota": {"scale": 1.0, "off": ["all"]}, "policy_delay": [0, 0]},
    }


@contextmanager
def ready_school(folder: Path, **changes: Mapping[str, Any]) -> Iterator[ReadySchool]:
    data = folder / "data"
    plain = open_context(config.load(data, async_mode="threading", school_npsn=demo.NPSN))
    first = when.local(plain.now(), "WIB").date() + AHEAD
    days = (first.isoformat(), (first + timedelta(days=1)).isoformat())
    made = demo.seed(plain.db, plain.now(), days=days)
    plain.db.close()
    with Emulator(folder / "console", seed(**changes)) as emulator:
        settings = plug_in(data, emulator, async_mode="threading", school_npsn=demo.NPSN)
        context = open_context(settings)
        school = ReadySchool(
            Context(settings, context.db, lambda: round(emulator.world.now() * 1000)), emulator, made
        )
        try:
            yield school
        finally:
            school.db.close()
