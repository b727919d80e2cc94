"""The demo school's Google console: emulated, connected like a real one, and everything done with it once.

What a school does over two weeks happens here in a few seconds, through the same services: sync, org units prepared,
Chromebooks moved, a policy plan made, applied and proved. Anything that fails leaves the demo without a console and
says why.
"""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from server import config, demo_processes
from server.bootstrap import open_gateway
from server.domain.device_check import Source
from server.domain.errors import BangkuError
from server.domain.exam import Client
from server.domain.roles import Role
from server.services import (
    console_sync,
    device_checks,
    device_moves,
    exam_units,
    google_account,
    google_jobs,
    policy_orders,
    policy_views,
    telemetry_take,
)
from server.services.actor import SYSTEM, Actor
from server.services.context import Context
from server.store.tables import devices, policy_plans
from server.worker import run_one

PROFILE = "simulasi"
SUBJECT = "bangku@smpncontoh.sch.id"  # workspace/emulator/demo_school.yaml
KEY_FILE = "service-account.json"
READY_SECONDS = 20
TECHNICIAN = Actor("joko", Role.TECHNICIAN)
NOT_TRIED = {"C05", "C11"}  # they were in the cupboard when the technician went round
LOOKS, LOOK_SECONDS = 8, 2.5
#: There is no day before in a demo; a real school is refused today and told why.
REASON = "demo: everything happens on one day"


class Console:
    """The emulated console beside a demo, in a process of its own."""

    def __init__(self, context: Context, data_dir: Path) -> None:
        self.context = context
        self.folder = data_dir / "console"
        self.folder.mkdir(exist_ok=True)
        self.root = f"http://127.0.0.1:{_port(context)}"
        self.process = demo_processes.start(
            "console-emulator", self.folder, "--port", self.root.rpartition(":")[2]
        )

    def connect(self) -> Context:
        """The demo's context with the console connected, waiting for it to answer. Raises: BangkuError."""
        _wait_for(self.root, self.process)
        if not self.context.settings.managed:
            google_account.connect(
                self.context,
                open_gateway,
                SYSTEM,
                credentials=(self.folder / KEY_FILE).read_bytes(),
                subject=SUBJECT,
                api_root=self.root,
            )
        return Context(config.load(self.context.settings.data_dir), self.context.db, self.context.now)


def prepare(context: Context, room_id: int) -> Iterator[str]:
    """Do what a school does before its first day, and say each thing that is done. Raises: BangkuError."""
    db = context.db
    with db.read() as c:
        if c.execute(select(policy_plans.c.id).limit(1)).first() is not None:
            yield "its org units and its plan stand since an earlier start"
            return
    now = context.now()
    synced = _done(context, console_sync.order(db, SYSTEM, now, full=True, accept=console_sync.ORDINARY))
    told = _done(context, telemetry_take.order(db, SYSTEM, now))
    yield f"{synced.get('fetched', '?')} Chromebooks read, telemetry of {told.get('telemetry', 0)}"
    with db.read() as c:
        wanted, parent = exam_units.suggested(c), exam_units.parent(c)
        units = exam_units.plan(c, wanted, parent)
    _done(context, exam_units.order(db, SYSTEM, now, wanted, parent, units.digest))
    with db.read() as c:
        unit = exam_units.unit_of(c, room_id, str(Client.WEB))
    if unit is None:
        raise BangkuError("the room's org unit was not made", code="demo_no_unit")
    move = device_moves.plan(db, SYSTEM, now, room_id=room_id, org_unit_id=unit.org_unit_id)
    moved = _done(context, device_moves.order(db, SYSTEM, now, move.digest, late_reason=REASON))
    yield f"{moved.get('done', '?')} moved to {unit.path}"
    plan_id = _done(
        context, policy_orders.make(db, SYSTEM, now, org_unit_id=unit.org_unit_id, profile_key=PROFILE)
    )["plan_id"]
    with db.read() as c:
        plan = policy_views.view(c, plan_id)
    applied = _done(context, policy_orders.apply(db, SYSTEM, context.now(), plan_id, plan.digest))
    yield f"policy plan of {len(plan.changes)} changes {applied['state']}"
    yield _in_force(context, plan_id)
    yield f"{_tried(context)} had their keys, touch and screen tried"


def _tried(context: Context) -> int:
    """How many Chromebooks the technician went round to with the hands test."""
    now = context.now()
    with context.db.read() as c:
        rows = c.execute(select(devices.c.id, devices.c.label).order_by(devices.c.label)).all()
    there = [row.id for row in rows if row.label not in NOT_TRIED]
    seen = {"touch": "ok", "keyboard": "ok", "keys_missing": [], "screen": "ok"}
    for device_id in there:
        device_checks.record_hands(context.db, TECHNICIAN, now, device_id, seen, Source.PERSON)
    return len(there)


def _in_force(context: Context, plan_id: int) -> str:
    """Looked at until nothing more comes: each Chromebook fetches its policy in its own time."""
    seen = [-2, -1]
    proof: dict[str, Any] = {}
    while len(seen) < LOOKS and not seen[-1] == seen[-2] > 0:
        time.sleep(LOOK_SECONDS)
        proof = _done(context, policy_orders.prove(context.db, SYSTEM, context.now(), plan_id))
        seen.append(proof["in_force"])
    return f"in force on {proof['in_force']} of {proof['devices']}; the others have not fetched it since"


def _done(context: Context, job_id: int) -> dict[str, Any]:
    """Do a job here and now. Raises: BangkuError with what stopped it."""
    run_one(context, open_gateway, job_id)
    with context.db.read() as c:
        job = google_jobs.get(c, job_id)
    if job.state != "done":
        raise BangkuError(f"{job.kind}: {job.code or job.state}", code=job.code or "job_not_done")
    return job.result or {}


def _port(context: Context) -> int:
    """The port the connected console had before, else a free one."""
    root = context.settings.google_api_root
    if root is not None:
        return int(root.rpartition(":")[2])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(root: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(root, timeout=2):  # noqa: S310 - our own loopback address
                return
        except urllib.error.HTTPError:
            return  # it answers, and has nothing to say at its root
        except OSError:
            with suppress(KeyboardInterrupt):
                time.sleep(0.1)
    raise BangkuError(f"the emulated console did not come up at {root}", code="demo_console_down")


def told(context: Context, room_id: int) -> None:
    """`prepare`, said on the terminal; a demo goes on without a console when something of it fails."""
    click.echo("Emulated Google console:")
    try:
        for line in prepare(context, room_id):
            click.echo(f"  {line}")
    except BangkuError as error:
        click.echo(f"  stopped here: {error} [{error.code}]")
