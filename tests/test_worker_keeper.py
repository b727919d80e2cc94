"""The server keeps a worker alive while a console is connected, as real processes."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from server import config
from server.bootstrap import open_beside, open_context
from server.domain.roles import Role
from server.services import google_jobs
from server.services.actor import Actor
from server.services.context import Context
from server.services.meta import get_meta
from server.worker_keeper import WorkerKeeper

from .stage import ServerProcess, until

WAYAN = Actor("wayan", Role.ADMIN)


def connect(settings: config.Settings) -> None:
    """As `google connect` leaves it. No such account exists: each job ends with a refusal, which is an end."""
    settings.google_credentials.write_text("{}", "utf-8")
    config.save(dataclasses.replace(settings, google_subject="admin@contoh.sch.id"))


def queue(context: Context) -> int:
    with context.db.write() as tx:
        return google_jobs.enqueue(tx, WAYAN, context.now(), "sync", {})


def over(context: Context, job: int) -> bool:
    with context.db.read() as c:
        return not google_jobs.get(c, job).active


def alive(pid: int | None) -> bool:
    if pid is None:
        return False
    return subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True).stdout[:1] not in {
        b"",
        b"Z",
    }


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[tuple[WorkerKeeper, Context]]:
    context = open_context(config.load(tmp_path / "data", school_npsn="20999001"))
    kept = WorkerKeeper(context.settings)
    yield kept, context
    kept.stop()
    context.db.close()


def test_without_a_console_there_is_no_worker_and_one_begins_when_it_is_connected(
    keeper: tuple[WorkerKeeper, Context],
) -> None:
    kept, context = keeper
    kept.look()
    assert kept.pid is None
    connect(context.settings)
    job = queue(context)
    kept.look()
    first = kept.pid
    assert alive(first)
    until(lambda: over(context, job), "the worker does the job")
    context.settings.google_credentials.unlink()
    kept.look()
    assert kept.pid is None
    assert not alive(first)


def test_a_killed_worker_is_replaced_and_its_successor_works(keeper: tuple[WorkerKeeper, Context]) -> None:
    kept, context = keeper
    connect(context.settings)
    kept.look()
    first = kept.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    job = queue(context)

    def another() -> bool:
        kept.look()
        return kept.pid not in {None, first}

    until(another, "a new worker")
    until(lambda: over(context, job), "the new worker does the job")
    second = kept.pid
    kept.stop()
    assert not alive(second)
    kept.look()
    assert kept.pid is None


def test_the_worker_takes_the_address_that_is_served_not_the_one_in_the_settings(
    keeper: tuple[WorkerKeeper, Context], tmp_path: Path
) -> None:
    """`serve --public-url` is in no file; ordering every device to another address would end an exam."""
    kept, context = keeper
    served = "https://ujian.sekolah.sch.id"
    server = open_context(config.load(tmp_path / "data", public_url=served))
    connect(context.settings)
    job = queue(context)
    kept.look()
    until(lambda: over(context, job), "the worker does the job")
    with server.db.read() as c:
        assert get_meta(c, "public_url") == served
    assert open_beside(config.load(tmp_path / "data")).settings.public_url == served
    server.db.close()


def test_the_worker_knows_its_folder_and_no_secret(keeper: tuple[WorkerKeeper, Context]) -> None:
    kept, context = keeper
    connect(context.settings)
    kept.look()
    said = subprocess.run(
        ["ps", "-ww", "-o", "args=", "-p", str(kept.pid)], capture_output=True, text=True
    ).stdout
    assert str(context.settings.data_dir) in said
    assert "contoh.sch.id" not in said
    assert context.settings.secret_key not in said


@pytest.mark.parametrize("async_mode", ["eventlet", "gevent"])
def test_a_school_server_has_its_worker_and_takes_it_along(tmp_path: Path, async_mode: str) -> None:
    server = ServerProcess(tmp_path / "data", async_mode=async_mode).start()
    try:
        assert not workers(server)
        connect(server.settings)
        job = queue(server.context)
        until(lambda: over(server.context, job), lambda: f"the job is done; log: {server.tail()}")
        (first,) = workers(server)
        os.kill(first, signal.SIGKILL)
        job = queue(server.context)
        until(lambda: over(server.context, job), lambda: f"the next job is done; log: {server.tail()}")
        (second,) = workers(server)
        assert second != first
        assert server.process is not None
        os.kill(server.process.pid, signal.SIGKILL)  # the server alone, as when it crashes
        server.process.wait()
        until(lambda: not alive(second), "the worker ends with its server")
    finally:
        server.stop()


def workers(server: ServerProcess) -> list[int]:
    assert server.process is not None
    found = subprocess.run(
        ["pgrep", "-P", str(server.process.pid), "-f", "server.cli worker"], capture_output=True, text=True
    )
    return [int(pid) for pid in found.stdout.split()]
