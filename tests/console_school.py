"""A school whose console is the emulated one, over HTTP, with a clock that only moves when somebody waits.

What a test does to Google it does to the emulator; what Bangku does goes through the real adapter and the real worker.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from server import config
from server.bootstrap import open_context, open_gateway
from server.domain.roles import Role
from server.services import console_sync, demo, google_jobs, when
from server.services.actor import Actor
from server.services.context import Context
from server.store import tables as t
from server.worker import run_one
from server.workspace.emulator.app import Emulator

WAYAN = Actor("wayan", Role.ADMIN, "127.0.0.1")
JOKO = Actor("joko", Role.TECHNICIAN, "127.0.0.1")
DAYS = ("2026-11-24", "2026-11-25")
#: Two weeks before the first day, 09.00 at the school.
EARLY = when.moment("2026-11-10", "09:00", "WIB")
HOME_UNITS = ("/Lab", "/Lab/Rak 2")
UNITS = ("/Ujian", "/Ujian/Ruang 1", "/Ujian/Ruang 2", "/Kantor")


def school_yaml(serials: list[str]) -> dict[str, Any]:
    """The console's side: each Chromebook in one of two home org units."""
    return {
        "domain": "smp-contoh.sch.id",
        "admins": [{"email": "admin@smp-contoh.sch.id"}],
        "org_units": [*HOME_UNITS, *UNITS],
        "devices": [
            {"serial": serial, "org_unit": HOME_UNITS[n % 2], "last_sync": "2026-11-01T00:00:00.000Z"}
            for n, serial in enumerate(serials)
        ],
        "settings": {"quota": {"scale": 1.0, "off": ["all"]}, "policy_delay": [0, 0]},
    }


@dataclass
class ConsoleSchool:
    """Both sides. `now` is the school's clock."""

    context: Context
    emulator: Emulator
    room_id: int
    day_ids: tuple[int, ...]
    slot_ids: tuple[int, ...]
    now: int
    waited: float = 0.0
    opened: list[Any] = field(default_factory=list)

    @property
    def db(self):
        return self.context.db

    def clock(self) -> int:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Time passes on both sides at once."""
        self.now += max(1, round(seconds * 1000))
        self.waited += seconds
        self.emulator.world.advance(seconds)

    def work(self, most: int = 20) -> None:
        """Do what is in line, as the worker would."""
        for _ in range(most):
            if not run_one(self.context, open_gateway, sleep=self.sleep):
                return
        raise AssertionError("work without end")

    def job(self, job_id: int) -> google_jobs.Job:
        with self.db.read() as c:
            return google_jobs.get(c, job_id)

    def sync(self) -> None:
        job_id = console_sync.order(self.db, WAYAN, self.now, full=True, accept=console_sync.ORDINARY)
        self.work()
        job = self.job(job_id)
        assert job.state == "done", (job.code, job.code_params)
        if job.result and job.result.get("odd"):
            console_sync.accept(self.db, WAYAN, self.now, job_id, job.result["digest"])

    def all(self, statement):
        with self.db.read() as c:
            return c.execute(statement).all()

    def unit_id(self, path: str) -> str:
        found = self.emulator.world.find_org_unit(path)
        assert found is not None, path
        return found

    def where(self) -> dict[str, str]:
        """Serial number → the org unit Google really has it in."""
        with self.emulator.world.lock:
            world = self.emulator.world
            return {
                d["serialNumber"]: world.org_path(d["orgUnitId"]) for d in world.state["devices"].values()
            }

    def device(self, label: str):
        (row,) = self.all(select(t.devices).where(t.devices.c.label == label))
        return row

    def console_id(self, label: str) -> str:
        (row,) = self.all(
            select(t.console_devices.c.console_id).where(
                t.console_devices.c.device_id == self.device(label).id
            )
        )
        return row.console_id

    def lines(self, action: str):
        return self.all(select(t.audit).where(t.audit.c.action == action))


def make_school(folder: Path, devices: int = demo.DEVICES) -> Path:
    """The data folder of a school with so many Chromebooks in room 1, and the console's folder beside it."""
    settings = config.load(folder / "data", async_mode="threading", school_npsn=demo.NPSN)
    context = open_context(settings)
    made = demo.seed(context.db, EARLY, days=DAYS)
    with context.db.write() as tx:
        for number in range(demo.DEVICES + 1, devices + 1):
            device_id = tx.insert(
                t.devices, label=f"X{number:04d}", model="Chromebook 11", spare=False, created_at=EARLY
            )
            tx.insert(t.device_serials, device_id=device_id, serial=demo.serial(number), from_at=EARLY)
            tx.insert(t.device_places, device_id=device_id, room_id=made.room_id, from_at=EARLY)
    context.db.close()
    with open_school(folder) as school:
        school.sync()
        school.emulator.world.save()
    return folder


def plug_in(data: Path, emulator: Emulator, **more: Any) -> config.Settings:
    """The console's key and address into a school's folder, as connecting leaves them; its settings from then on."""
    loaded = config.load(data, **more)
    shutil.copyfile(emulator.credentials, loaded.google_credentials)
    loaded.google_credentials.chmod(0o600)
    config.save_google(data, emulator.subject, emulator.root)
    return config.load(data, **more)


@contextmanager
def open_school(folder: Path, *, now: int = EARLY, devices: int | None = None) -> Iterator[ConsoleSchool]:
    """A school made by `make_school`, with its console running."""
    data = folder / "data"
    settings = config.load(data)
    probe = open_context(settings)
    with probe.db.read() as c:
        serials = list(c.execute(select(t.device_serials.c.serial).order_by(t.device_serials.c.id)).scalars())
        room = c.execute(select(t.rooms.c.id).order_by(t.rooms.c.id).limit(1)).scalar_one()
        days = tuple(c.execute(select(t.round_days.c.id).order_by(t.round_days.c.number)).scalars())
        slots = tuple(c.execute(select(t.exam_slots.c.id).order_by(t.exam_slots.c.number)).scalars())
    probe.db.close()
    emulator = Emulator(folder / "console", school_yaml(serials))
    with emulator:
        settings = plug_in(data, emulator)
        school = ConsoleSchool(Context(settings, probe.db), emulator, room, days, slots, now)
        school.context = Context(settings, open_context(settings).db, school.clock)
        try:
            yield school
        finally:
            school.db.close()


def copy_school(made: Path, folder: Path) -> Path:
    """A copy of a school that nobody has open: seconds saved for every test."""
    shutil.copytree(made, folder)
    return folder
