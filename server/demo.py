"""`bangku demo`: a whole demo school on this machine, and what to look at first."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
from sqlalchemy import select

from server import config, demo_console, demo_processes
from server.bootstrap import open_beside, open_context
from server.domain.errors import BangkuError
from server.domain.exam import ExamState
from server.services import board, demo, exams, extension, tokens, when
from server.services import secrets as enrolment
from server.services.actor import SYSTEM
from server.services.board_views import Board
from server.services.context import Context, wall_clock
from server.services.meta import get_meta
from server.simulated_device import SimulatedDevice
from server.simulated_installation import Installation
from server.simulated_room import run_room
from server.store.profiles import load_profiles
from server.store.tables import device_serials, devices
from server.store.tables import exams as exam_rows

REAL = 1  # Chromebook C01 is the real Chromium, where there is one
#: What the lines of a running demo count, in the order of the exam.
COUNTED = {
    "expected": "not checked in",
    "checked_in": "checked in",
    "ready": "ready",
    "working": "working",
    "paused": "paused",
    "finished": "finished",
    "absent": "absent",
    "moved": "moved",
    "locked": "locked",
    "pending": "with an order on its way",
    "attention": "to look at",
}


def run_demo(data_dir: Path, port: int, *, fresh: bool, for_seconds: int | None, browser: bool) -> int:
    """Run until interrupted (or for so many seconds). Returns the exit code: 0 when the room came up."""
    if demo_processes.answers(port):
        click.echo(
            f"Port {port} is taken, perhaps by another demo. End that one, or choose another: --port {port + 1}"
        )
        return 1
    if fresh and data_dir.exists():
        shutil.rmtree(data_dir)
    settings = config.load(
        data_dir, host="127.0.0.1", port=port, public_url=f"http://127.0.0.1:{port}", school_npsn=demo.NPSN
    )
    config.save(settings)
    context = open_context(settings)
    made = demo.seed(context.db, context.now(), days=_days())
    passwords = {username: _password() for username in demo.CAST}
    demo.set_passwords(context.db, context.now(), passwords)
    children: list[subprocess.Popen[bytes]] = []
    locked = None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        context = _with_console(context, data_dir, children, made.room_id)
        exam_id = _open_next_exam(context, made)
        children.append(demo_processes.start("serve", data_dir))
        demo_processes.wait_until_serving(settings.public_url, children[-1])
        reason = "switched off" if not browser else ""
        if browser:
            locked, reason = extension.start_locked_browser(
                context, demo.serial(REAL), data_dir.resolve() / "chromium"
            )
        skip = ["--skip", f"C{REAL:02d}"] if locked is not None else []
        children.append(demo_processes.start("simulate", data_dir, "--devices", str(demo.DEVICES), *skip))
        _tell(context, exam_id, passwords, "" if locked is not None else reason)
        return _watch(context, exam_id, children, for_seconds)
    except KeyboardInterrupt:
        return 0
    finally:
        with contextlib.suppress(OSError):  # whoever read along is gone; the processes must end all the same
            click.echo("Stopping the demo …")
        if locked is not None:
            locked.close()
        for child in reversed(children):
            demo_processes.stop(child)


def simulate_room(
    settings: config.Settings, count: int, skip: set[str], seconds: int | None, *, calm: bool
) -> None:
    """`bangku simulate`: devices of this data folder's inventory, in the order of their stickers."""
    context = open_beside(settings)
    address = context.settings.public_url
    now = context.now()
    with context.db.read() as c:
        secret = enrolment.current(c, now)
        school = get_meta(c, "school_npsn") or ""
        rows = c.execute(
            select(devices.c.label, device_serials.c.serial)
            .join(device_serials, device_serials.c.device_id == devices.c.id)
            .where(device_serials.c.to_at.is_(None), devices.c.in_service.is_(True))
            .order_by(devices.c.label)
        ).all()
    chosen = [row for row in rows if row.label not in skip][:count]
    devices_folder = settings.data_dir / "simulated"
    devices_folder.mkdir(mode=0o700, exist_ok=True)

    def read_token() -> str | None:
        with context.db.read() as c:
            running = c.execute(
                select(exam_rows.c.id)
                .where(exam_rows.c.state == str(ExamState.RUNNING))
                .order_by(exam_rows.c.id)
            ).scalars()
            shown = [t.value for i in running if (t := tokens.current(c, i, context.now())) is not None]
        return shown[0] if shown else None

    async def room() -> None:
        made = [
            SimulatedDevice(
                address,
                school,
                secret,
                row.serial,
                installation=Installation.of(devices_folder / f"{row.label}.json"),
            )
            for row in chosen
        ]
        await run_room(made, read_token, seconds=seconds, calm=calm)

    click.echo(f"{len(chosen)} simulated Chromebooks at {address}")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(room())


def _with_console(
    context: Context, data_dir: Path, children: list[subprocess.Popen[bytes]], room_id: int
) -> Context:
    """The demo with an emulated console connected, or as it was, saying why."""
    console = demo_console.Console(context, data_dir)
    children.append(console.process)
    try:
        context = console.connect()
    except BangkuError as error:
        click.echo(f"Without an emulated console: {error} [{error.code}]")
        children.remove(console.process)
        demo_processes.stop(console.process)
        return context
    demo_console.told(context, room_id)
    return context


def _days() -> tuple[str, str]:
    """Today and tomorrow where the demo school is, whatever zone this machine lives in."""
    today = dt.date.fromisoformat(when.today(wall_clock(), demo.TIMEZONE))
    return today.isoformat(), (today + dt.timedelta(days=1)).isoformat()


def _password() -> str:
    """Easy to type from a terminal: three groups of four letters and digits."""
    letters = "abcdefghkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(3))


def _open_next_exam(context: Context, made: demo.DemoSchool) -> int:
    """The exam that is going on, or the next session's, opened for check-in."""
    with context.db.read() as c:
        rows = {(r.day_id, r.slot_id): r for r in c.execute(select(exam_rows))}
    profile = load_profiles()["simulasi"]
    for day_number, day_id in enumerate(made.day_ids, 1):
        for slot_id in made.slot_ids:
            row = rows.get((day_id, slot_id))
            if row is not None and row.state in {str(ExamState.ENDED), str(ExamState.ARCHIVED)}:
                continue
            now = context.now()
            if row is not None and row.state != ExamState.DRAFT:
                return int(row.id)
            exam_id = (
                int(row.id)
                if row is not None
                else exams.create(
                    context.db,
                    SYSTEM,
                    now,
                    day_id=day_id,
                    slot_id=slot_id,
                    room_id=made.room_id,
                    profile=profile.as_dict(),
                    title=f"{profile.name} – hari {day_number}",
                    start_url=profile.start_url,
                    allowed_hosts=list(profile.allowed_hosts),
                )
            )
            exams.open_exam(context.db, SYSTEM, now, exam_id)
            return exam_id
    click.echo("Every session of the demo school has been held. Start it anew with: scripts/demo --fresh")
    sys.exit(1)


def _tell(context: Context, exam_id: int, passwords: dict[str, str], no_chromium: str) -> None:
    """What a first visitor can do now. `no_chromium` says why there is no real one, or nothing."""
    exam = f"{context.settings.public_url}/exams/{exam_id}"
    with context.db.read() as c:
        state = c.execute(select(exam_rows.c.state).where(exam_rows.c.id == exam_id)).scalar_one()
    next_step = (
        "Wait until the pupils are ready (half a minute), then press 'Mulai ujian'. The token appears, and the "
        "simulated pupils type it."
        if state == ExamState.OPEN
        else f"This exam is {state} since an earlier start; the board shows where it stands."
    )
    simulated = demo.DEVICES - (0 if no_chromium else 1)
    seen = "" if os.environ.get("DISPLAY") else ", on a display of its own that nobody sees"
    real = f"none is real: {no_chromium}" if no_chromium else f"C{REAL:02d} is a real, locked Chromium{seen}"
    lines = [
        "",
        f"Bangku demo: a school with {demo.DEVICES} Chromebooks ({demo.WORKING} at desks, {demo.SPARES} spares).",
        f"{simulated} are simulated, over the real protocol; {real}.",
        "",
        f"  1. Open the room board and sign in as sari:   {exam}/board",
        f"     The token for the whole room, as projected: {exam}/projector",
        f"  2. {next_step}",
        "  3. Click a desk and press L: its screen locks. U unlocks it, ? lists every key.",
        f"  4. As wayan, look at the console's side:        {context.settings.public_url}/policy",
        f"  5. As joko, what is ready for the day, and why: {context.settings.public_url}/readiness",
        f"     A technician's phone, one Chromebook a page: {context.settings.public_url}/d/C14",
        "  Pages are in Indonesian; 'EN' at the top right changes that.",
        "",
        "Accounts (passwords are new at each start):",
        *(f"  {name:8} {passwords[name]:16} {role}" for name, (_, role) in demo.CAST.items()),
        "",
        f"Ctrl+C stops everything. The school stays in {context.settings.data_dir}; --fresh starts it anew.",
        "",
    ]
    click.echo("\n".join(lines))
    sys.stdout.flush()


def _watch(
    context: Context, exam_id: int, children: list[subprocess.Popen[bytes]], for_seconds: int | None
) -> int:
    """Until told to stop: a line whenever the room's counts change."""
    started, told = time.monotonic(), ""
    while for_seconds is None or time.monotonic() - started < for_seconds:
        for child in children:
            if child.poll() is not None:
                click.echo(
                    "A part of the demo stopped by itself; its words are in the *.log files of the data folder."
                )
                return 1
        with context.db.read() as c:
            line = _counts(board.board(c, exam_id, context.now()))
        if line != told:
            click.echo(line)
            sys.stdout.flush()
            told = line
        time.sleep(1)
    return 0 if not told.startswith("0 ") else 1


def _counts(view: Board) -> str:
    here = sum(s.presence == "here" for s in view.seats)
    states = ", ".join(
        f"{view.counts[name]} {words}" for name, words in COUNTED.items() if view.counts.get(name)
    )
    return f"{here} of {len(view.seats)} Chromebooks here · exam {view.state} · {states}"
