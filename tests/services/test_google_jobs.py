"""Who has a piece of work: one worker at a time, and one that was believed dead does no more harm."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from server import config, worker
from server.bootstrap import open_context
from server.domain.roles import Role
from server.services import google_jobs, google_probe
from server.services.actor import Actor
from server.services.context import Context
from server.services.google_budget import DatabaseBudget
from server.services.google_jobs import BEAT_LOST_MS, Job
from server.services.google_work import KINDS, Displaced, Stopped, Work
from server.store.database import Database
from server.store.tables import google_calls
from server.store.tables import google_jobs as rows
from server.workspace.gateway import Bucket

WAYAN = Actor("wayan", Role.ADMIN)
START = 1_780_000_000_000


class Clock:
    def __init__(self) -> None:
        self.ms = START

    def now(self) -> int:
        return self.ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def context(tmp_path: Path, clock: Clock) -> Iterator[Context]:
    opened = open_context(config.load(tmp_path / "data", school_npsn="20999001"))
    yield Context(opened.settings, opened.db, clock.now)
    opened.db.close()


def queue(context: Context, **params: int) -> int:
    with context.db.write() as tx:
        return google_jobs.enqueue(tx, WAYAN, context.now(), google_probe.KIND, params)


def claim(context: Context) -> Job | None:
    return google_jobs.claim(context.db, context.now())


def job(context: Context, job_id: int) -> Job:
    with context.db.read() as c:
        return google_jobs.get(c, job_id)


def work_on(context: Context, claimed: Job) -> Work:
    return Work(context, None, claimed, lambda seconds: None)  # type: ignore[arg-type]


def test_of_many_workers_that_reach_for_one_job_one_gets_it(context: Context) -> None:
    queue(context)
    got: list[Job | None] = []
    ready = threading.Barrier(6)

    def reach() -> None:
        ready.wait()
        got.append(claim(context))

    threads = [threading.Thread(target=reach) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in got if one]) == 1 and len(got) == 6


def test_a_worker_that_was_believed_dead_finds_the_job_with_another_and_stops(
    context: Context, clock: Clock
) -> None:
    job_id = queue(context)
    first = claim(context)
    assert first
    assert claim(context) is None, "it lives"
    clock.ms += BEAT_LOST_MS + 1
    second = claim(context)
    assert second and second.id == first.id and second.lease != first.lease
    assert not google_jobs.beat(context.db, clock.ms, first, step="x", done=7)
    assert not google_jobs.pulse(context.db, clock.ms, first)
    for act in (lambda: work_on(context, first).step("x"), lambda: work_on(context, first).wait(0)):
        with pytest.raises(Displaced):
            act()
    google_jobs.finish(context.db, clock.ms, first, {"of": "the first"})
    google_jobs.fail(context.db, clock.ms, first, "job_crashed", {})
    assert (job(context, job_id).state, job(context, job_id).done) == ("running", 0)
    work_on(context, second).wait(0)
    google_jobs.finish(context.db, clock.ms, second, {"of": "the second"})
    assert job(context, job_id).result == {"of": "the second"}
    with pytest.raises(Displaced):  # also when the other has ended it
        work_on(context, first).step("x")


def test_no_call_leaves_for_a_job_that_was_cancelled(context: Context, clock: Clock) -> None:
    job_id = queue(context)
    claimed = claim(context)
    assert claimed
    google_jobs.cancel(context.db, WAYAN, clock.ms, job_id)
    for seconds in (0, 5):
        with pytest.raises(Stopped):
            work_on(context, claimed).wait(seconds)
    google_jobs.finish(context.db, clock.ms, claimed, {})
    assert job(context, job_id).state == "cancelled"


def test_cancelled_during_the_last_pause_it_stops_all_the_same(context: Context, clock: Clock) -> None:
    job_id = queue(context)
    claimed = claim(context)
    assert claimed

    def sleep(seconds: float) -> None:
        clock.ms += round(seconds * 1000)
        if clock.ms >= START + 2_000:
            google_jobs.cancel(context.db, WAYAN, clock.ms, job_id)

    with pytest.raises(Stopped):
        Work(context, None, claimed, sleep).wait(2)  # type: ignore[arg-type]


def test_a_clock_that_was_set_back_locks_nobody_out(context: Context, clock: Clock) -> None:
    clock.ms += 365 * 24 * 3_600_000  # a year ahead, as after an empty battery
    queue(context)
    assert claim(context)
    for _ in range(30):
        DatabaseBudget(context.db, clock.now).reserve(Bucket.POLICY_WRITE)
    clock.ms = START
    assert claim(context), "a beat from the future is no sign of life"
    assert DatabaseBudget(context.db, clock.now).reserve(Bucket.POLICY_WRITE) < 120
    with context.db.read() as c:
        assert len(c.execute(select(google_calls)).all()) == 1


def test_a_worker_lives_while_it_waits_for_one_answer(
    context: Context, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work says nothing for longer than a beat is believed: the pulse does."""
    monkeypatch.setattr(worker, "PULSE_SECONDS", 0.01)
    queue(context)
    seen = threading.Event()

    def silent(work: Work) -> dict[str, int]:
        clock.ms += BEAT_LOST_MS + 1
        for _ in range(1_000):
            with context.db.read() as c:
                if c.execute(select(rows.c.beat_at)).scalar_one() == clock.ms:
                    seen.set()
                    assert claim(context) is None
                    break
            threading.Event().wait(0.01)
        return {}

    monkeypatch.setattr(worker, "function_of", lambda kind: silent)
    assert worker.run_one(context, lambda c, wait: None)  # type: ignore[arg-type, return-value]
    assert seen.is_set()


def test_a_locked_database_ends_no_job(
    context: Context, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = queue(context)
    other = Database(context.db.url)

    def writes(work: Work) -> dict[str, int]:
        with other.write() as tx:
            tx.c.execute(google_calls.insert().values(bucket="x", at=0))
            work.step("probe")
        return {}

    monkeypatch.setattr(worker, "function_of", lambda kind: writes)
    assert worker.run_one(context, lambda c, wait: None)  # type: ignore[arg-type, return-value]
    assert job(context, job_id).active
    clock.ms += BEAT_LOST_MS + 1
    monkeypatch.setattr(worker, "function_of", lambda kind: lambda work: {"went": "on"})
    assert worker.run_one(context, lambda c, wait: None)  # type: ignore[arg-type, return-value]
    assert job(context, job_id).result == {"went": "on"}
    other.close()


def test_a_kind_that_nobody_does_ends_as_a_failure(context: Context) -> None:
    assert "dance" not in KINDS
    with context.db.write() as tx:
        job_id = google_jobs.enqueue(tx, WAYAN, context.now(), "dance", {})
    assert worker.run_one(context, lambda c, wait: None)  # type: ignore[arg-type, return-value]
    assert (job(context, job_id).state, job(context, job_id).code) == ("failed", "job_crashed")
