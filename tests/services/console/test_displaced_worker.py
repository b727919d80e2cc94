"""A worker process that stood still long enough to be believed dead, and then goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from server.services import device_moves
from server.store import tables as t
from tests.console_school import JOKO, copy_school, open_school
from tests.stage import until

MOVE = "directory.chromeosdevices.moveDevicesToOu"
TO = "/Ujian/Ruang 1"

WORKER = """
import logging, sys
from pathlib import Path
from server import config, worker
from server.bootstrap import open_context, open_gateway
from server.services.context import Context
logging.basicConfig(level=logging.WARNING)
clock = [int(sys.argv[2])]
def sleep(seconds):
    clock[0] += round(seconds * 1000)
opened = open_context(config.load(Path(sys.argv[1])))
worker.run_one(Context(opened.settings, opened.db, lambda: clock[0]), open_gateway, sleep=sleep)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs a way to stop a process")
def test_it_sends_nothing_more_once_another_has_its_job(big_synced, tmp_path):
    with open_school(copy_school(big_synced, tmp_path / "school")) as school:
        made = device_moves.plan(
            school.db, JOKO, school.now, room_id=school.room_id, org_unit_id=school.unit_id(TO)
        )
        job_id = device_moves.order(school.db, JOKO, school.now, made.digest)
        calls = school.emulator.quota.calls
        before = calls[MOVE]
        school.emulator.fail({"method": MOVE, "kind": "slow:2"})
        first = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(school.context.settings.data_dir), str(school.now)],
            cwd=Path(__file__).resolve().parents[3],
            stderr=subprocess.PIPE,
        )
        try:
            until(lambda: calls[MOVE] > before, "the first fifty are on their way")
            os.kill(first.pid, signal.SIGSTOP)
            school.emulator.fail()
            with school.db.write() as tx:  # its last sign of life is long ago
                tx.c.execute(t.google_jobs.update().values(beat_at=0))
            school.work()
            ended = school.job(job_id)
            assert (ended.state, ended.result["moved"]) == ("done", 120)
            sent = sum(calls.values())
            os.kill(first.pid, signal.SIGCONT)
            _, said = first.communicate(timeout=60)
        finally:
            first.kill()
            first.wait()
        assert b"taken over by another worker" in said, said
        assert sum(calls.values()) == sent
        assert school.job(job_id) == ended
