"""A school with its console: real SQLite, the production adapter, and an emulated console over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from server import config, worker
from server.bootstrap import open_context, open_gateway
from server.services import console_sync, demo, google_jobs
from server.services.context import Context
from server.services.google_jobs import Job
from server.store.tables import console_devices, devices
from server.workspace.emulator.app import Emulator
from tests.console_school import WAYAN, plug_in

ADMINS = [{"email": "bangku@sekolah.sch.id"}]


def school_of(*devices: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A console's seed: `/Lab` and `/Ujian`, and these devices."""
    units = ["/Lab", "/Ujian"]
    return {
        "domain": "sekolah.sch.id",
        "admins": ADMINS,
        "org_units": units,
        "devices": [{"org_unit": "/Lab", **device} for device in devices],
        **more,
    }


@dataclass
class Connected:
    """Bangku's side and Google's side."""

    context: Context
    console: Emulator

    def order(self, *, full: bool = True, accept: str | None = None) -> int:
        return console_sync.order(self.context.db, WAYAN, self.context.now(), full=full, accept=accept)

    def work(self, job_id: int) -> Job:
        worker.run_one(self.context, open_gateway)
        return self.job(job_id)

    def sync(self, *, full: bool = True, accept: str | None = None) -> dict[str, Any]:
        """Order it, do it; its summary."""
        job = self.work(self.order(full=full, accept=accept))
        assert job.state == "done", (job.state, job.code, job.code_params)
        return {**(job.result or {}), "job": job.id}

    def take(self, found: Mapping[str, Any], *, only_ordinary: bool = False) -> dict[str, Any]:
        return console_sync.accept(
            self.context.db,
            WAYAN,
            self.context.now(),
            found["job"],
            found["digest"],
            only_ordinary=only_ordinary,
        )

    def job(self, job_id: int) -> Job:
        with self.context.db.read() as c:
            return google_jobs.get(c, job_id)

    def all(self, statement: Any) -> list[Any]:
        with self.context.db.read() as c:
            return list(c.execute(statement).all())

    def mirror(self, serial: str) -> list[Any]:
        return self.all(select(console_devices).where(console_devices.c.serial == serial))

    def label_of(self, serial: str) -> str | None:
        rows = self.all(
            select(devices.c.label)
            .join(console_devices, console_devices.c.device_id == devices.c.id)
            .where(console_devices.c.serial == serial, console_devices.c.gone_at.is_(None))
        )
        return rows[0].label if rows else None

    def google(self, serial: str) -> dict[str, Any]:
        """Google's record of a device, to be changed."""
        return self.console.device(serial)

    def unit(self, path: str) -> str:
        found = self.console.world.find_org_unit(path)
        assert found is not None
        return found

    def close(self) -> None:
        self.context.db.close()
        self.console.stop()


def bare_school(folder: Path) -> Path:
    """The demo school's data, with no console yet."""
    context = open_context(config.load(folder, async_mode="threading", school_npsn=demo.NPSN))
    demo.seed(context.db, context.now(), days=("2026-11-24", "2026-11-25"))
    context.db.close()
    return folder


def connect(data: Path, folder: Path, seed: Mapping[str, Any] | None = None) -> Connected:
    """Start a console of this seed (None: the demo school's own) and connect the school in `data` to it."""
    console = Emulator(folder, seed).start()
    settings = plug_in(data, console, async_mode="threading", school_npsn=demo.NPSN)
    return Connected(open_context(settings), console)
