"""A write transaction never yields to another green thread: one that did would hold the database for everyone.

Traced in a process of its own under eventlet, through real proofs, the real report intake and a real act of a proctor.
"""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
from server.web.hub import monkey_patch
monkey_patch("eventlet")
import sys, tempfile, traceback
from pathlib import Path
import greenlet
from tests.services.conftest import SARI, School
from tests.services import room as acts
from server.services import exams, seats
from server.simulated_installation import Installation
from tests.services.test_enrol import Desk
from server.store.database import Database

school = School.at(Path(tempfile.mkdtemp()) / "s.db")
school.make_exam()
switches, writing = [], [False]
plain = Database.write

def traced(event, args):
    if writing[0] and event in ("switch", "throw"):
        switches.append("".join(traceback.format_stack(limit=6)))

from contextlib import contextmanager
@contextmanager
def watched(self):
    with plain(self) as tx:
        writing[0] = True
        try:
            yield tx
        finally:
            writing[0] = False
Database.write = watched
import eventlet
eventlet.spawn(lambda: None)  # somebody who would run if we yielded
greenlet.settrace(traced)
if "--yield" in sys.argv:
    with school.db.write() as tx:
        eventlet.sleep(0)
acts.run(school)
acts.work(school, 1, 2)
acts.report(school, 1, "exam", last_seq=1, events=[{"seq": 1, "at": 1, "kind": "focus_lost", "data": {}}])
seats.lock(school.db, SARI, school.now, acts.ids(school, 1, 2), "Tunggu", 1)
exams.end(school.db, SARI, school.now, school.exam)
desk = Desk(school)
desk.prove_all(desk.offer(Installation()), desk.offer(Installation(), serial="NOT-OURS"))
greenlet.settrace(None)
print(f"switches inside a write: {len(switches)}")
print("".join(switches[:1]))
"""


def trace(*args: str) -> str:
    done = subprocess.run([sys.executable, "-c", SCRIPT, *args], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_no_write_transaction_yields():
    assert "switches inside a write: 0" in trace()


def test_the_trap_catches_one_that_does():
    assert "switches inside a write: 0" not in trace("--yield")
