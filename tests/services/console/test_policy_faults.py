"""Bad days by seed: policy work ends as it was wanted, or as it was before, or says of each change why not."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from sqlalchemy import select

from server.domain.errors import Conflict
from server.services import policy_orders
from server.store import tables as t
from tests.console_killer import Killer
from tests.console_school import WAYAN, copy_school, make_school, open_school
from tests.policy_story import (
    LID,
    ROOM,
    allow_all,
    apply,
    everything_set,
    order_apply,
    order_plan,
    owned,
    plan,
    restore,
    somebody_sets,
    view,
)

#: `BANGKU_FAULT_RUNS=200` for the long look.
RUNS = int(os.environ.get("BANGKU_FAULT_RUNS", "40"))
PARTS = 2
LOST_MS = 60_000
SETTLED_SECONDS = 300  # later than anything old is still shown

POLICY = "chromepolicy.customers.policies.*"
WRITES = "chromepolicy.customers.policies.orgunits.batch*"
RESOLVE = "chromepolicy.customers.policies.resolve"
SCHEMAS = "chromepolicy.customers.policySchemas.*"
DIRECTORY = "*directory.*"
PASSING = ("429", "403:quotaExceeded", "403:rateLimitExceeded", "500", "503", "504", "reset")
FAULTS = (
    *({"method": WRITES, "kind": kind} for kind in PASSING),
    *({"method": WRITES, "kind": f"{kind}:after"} for kind in ("500", "503", "reset")),
    *({"method": RESOLVE, "kind": kind} for kind in PASSING),
    *({"method": RESOLVE, "kind": f"stale_read:{seconds}"} for seconds in (3, 12, 25, 45)),
    *({"method": POLICY, "kind": kind} for kind in ("reset", "503", "slow:0.01")),
    *({"method": SCHEMAS, "kind": kind} for kind in ("503", "429")),
    *({"method": DIRECTORY, "kind": kind} for kind in ("503", "403:userRateLimitExceeded")),
    {"method": WRITES, "kind": "403:forbidden"},
)


def bad_day(luck: random.Random) -> list[dict[str, object]]:
    """One to four things that go wrong, each for some of the calls."""
    return [
        rule
        | {"probability": luck.choice([0.15, 0.3, 0.6, 1.0]), "times": luck.choice([1, 2, 4, 9, 30, 200])}
        for rule in luck.sample(FAULTS, luck.randint(1, 4))
    ]


pytestmark = pytest.mark.timeout(3_600)  # the long looks


@pytest.fixture
def killer():
    made = Killer()
    yield made
    made.close()


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    return make_school(tmp_path_factory.mktemp("many"), 500)


class Day:
    """One schedule: what was there before, what is wanted, and everything that must hold at any moment."""

    def __init__(self, school, killer, data, before, wanted) -> None:
        self.school, self.killer, self.data = school, killer, data
        self.before, self.wanted = before, wanted
        self.luck = random.Random(0)
        self.room = school.unit_id(ROOM)
        self.ours = set(wanted[self.room]) - set(before.get(self.room, {}))

    def work(self) -> None:
        """What is in line, now and then by a worker that is killed on the way."""
        school = self.school
        if self.luck.random() < 0.3:
            self.killer.work(self.data, school.now, self.luck.randint(1, 160), school.emulator)
            beats = [row[0] or 0 for row in school.all(select(t.google_jobs.c.beat_at))]
            school.now = max([school.now, *beats])
            school.sleep(LOST_MS / 1000)
        school.work()

    def job(self, job_id: int) -> Any:
        self.work()
        job = self.school.job(job_id)
        assert job.state in ("done", "failed")
        assert job.state == "done" or job.code, "a job failed in silence"
        assert job.code != "job_crashed"
        self.nothing_strange()
        return job

    def applied(self, made: Any) -> Any:
        job = self.job(order_apply(self.school, made))
        now = view(self.school, made.line.id)
        self.says_what_happened(job, now)
        return now

    def says_what_happened(self, job: Any, now: Any) -> None:
        state = now.line.state
        outcomes = {change.outcome for change in now.changes}
        if state == "applied":
            assert outcomes <= {"done"}
        elif state in ("partly", "failed"):
            assert outcomes - {"done"}
            assert ("done" in outcomes) == (state == "partly")
        elif state == "planned":
            assert job.state == "failed" and outcomes <= {"pending"}
        else:
            assert state == "stale" and job.code == "policy_drift"
        for change in now.changes:
            assert change.outcome in ("done", "failed") or job.state == "failed", change.outcome
            assert change.outcome != "failed" or change.code, "a change failed in silence"

    def nothing_strange(self) -> None:
        """Whatever is not ours is as it was."""
        now = everything_set(self.school)
        assert self.but_ours(now) == self.but_ours(self.before)
        assert set(now.get(self.room, {})) <= set(self.wanted[self.room])

    def but_ours(self, policies: Any) -> Any:
        rest = {k: v for k, v in policies.get(self.room, {}).items() if k not in self.ours}
        return {**policies, self.room: rest}

    def run(self, seed: int) -> str:
        school = self.school
        self.luck = random.Random(seed)
        random.seed(seed)  # of the pauses between tries
        school.emulator.fail(*bad_day(self.luck), seed=seed)
        made, back = self.bad_hours()
        school.emulator.fail()
        school.sleep(SETTLED_SECONDS)
        return self.good_hours(made, back)

    def bad_hours(self) -> tuple[Any, Any]:
        school = self.school
        job = self.job(order_plan(school))
        if job.state == "failed":
            return None, None
        made = self.applied(allow_all(school, view(school, job.result["plan_id"])))
        if made.line.applied_at is not None:
            job = self.job(policy_orders.prove(school.db, WAYAN, school.now, made.line.id))
            if job.state == "done":
                proof = view(school, made.line.id).line.proof
                assert proof["set"] + len(proof["different"]) == proof["changes"]
        if not made.has_snapshot or self.luck.random() < 0.4:
            return made, None
        job = self.job(policy_orders.restore(school.db, WAYAN, school.now, made.line.id))
        if job.state == "failed":
            return made, None
        back = self.applied(allow_all(school, view(school, job.result["plan_id"])))
        return view(school, made.line.id), back

    def good_hours(self, made: Any, back: Any) -> str:
        """When all is well again, everything can be brought to its end."""
        school = self.school
        ended = "failed" if made is None else made.line.state
        if back is not None:
            ended += f", back {back.line.state}"
            if back.line.state in ("partly", "failed", "planned"):
                _, back = apply(school, back)
            if back.line.state == "applied":
                assert everything_set(school) == self.before, ended
                assert view(school, made.line.id).line.state == "restored"
                assert owned(school) == []
                return ended
        if made is not None and made.line.state in ("planned", "partly", "failed"):
            _, made = apply(school, made)
        if made is None or made.line.state not in ("applied", "partly"):
            _, made = apply(school, allow_all(school, plan(school)))
        assert made.line.state == "applied", [(c.change.key, c.code) for c in made.changes if c.code]
        assert everything_set(school) == self.wanted, ended
        _, back = apply(school, allow_all(school, restore(school, made)))
        assert back.line.state == "applied"
        assert everything_set(school) == self.before, ended
        assert owned(school) == []
        return ended


@pytest.mark.parametrize("part", range(PARTS))
def test_every_bad_day_ends_as_wanted_or_as_before_or_says_why(part, killer, many, tmp_path):
    folder = copy_school(many, tmp_path / "school")
    with open_school(folder) as school:
        somebody_sets(school, LID, "lidCloseAction", 0, "/Ujian")
        somebody_sets(school, "chrome.devices.kiosk.CursorHighlightEnabled", "cursorHighlightEnabled", 1)
        somebody_sets(school, "chrome.devices.kiosk.UrlBlocking", "urlBlocklist", ["contoh.id"], "/Kantor")
        school.sleep(SETTLED_SECONDS)
        before = everything_set(school)
        where = school.where()
        _, made = apply(school, plan(school))
        wanted = everything_set(school)
        apply(school, restore(school, made))
        assert everything_set(school) == before
        day = Day(school, killer, folder / "data", before, wanted)
        ends: dict[str, int] = {}
        for seed in range(part, RUNS, PARTS):
            school.sleep(SETTLED_SECONDS)
            try:
                ended = day.run(seed)
            except (AssertionError, Conflict) as error:
                raise AssertionError(f"seed {seed}: {error}") from error
            ends[ended] = ends.get(ended, 0) + 1
        assert school.where() == where
        print(f"part {part}: {ends}")
