"""A worker killed at any step of policy work is followed by one that goes on, to the same end."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from sqlalchemy import select

from server.services import policy_orders
from server.store import tables as t
from tests.console_killer import Killer
from tests.console_school import WAYAN, copy_school, open_school
from tests.policy_story import (
    LID,
    Mark,
    apply,
    everything_set,
    order_apply,
    order_plan,
    owned,
    plan,
    restore,
    somebody_sets,
)

LOST_MS = 60_000  # later than a dead worker's last beat is believed
#: Which steps: each so-manieth; 1 is every one of them (minutes).
EVERY = int(os.environ.get("BANGKU_KILL_EVERY", "11"))


pytestmark = pytest.mark.timeout(3_600)  # the long looks


@pytest.fixture
def killer():
    made = Killer()
    yield made
    made.close()


@pytest.fixture
def lived_in(synced, tmp_path):
    """An org unit in which, and above which, other people have set something."""
    folder = copy_school(synced, tmp_path / "school")
    with open_school(folder) as school:
        somebody_sets(school, LID, "lidCloseAction", 0, "/Ujian")
        somebody_sets(school, "chrome.devices.kiosk.CursorHighlightEnabled", "cursorHighlightEnabled", 1)
        yield school


def a_plan(school):
    return order_plan(school)


def an_apply(school):
    return order_apply(school, plan(school))


def a_plan_back(school):
    _, made = apply(school, plan(school))
    return policy_orders.restore(school.db, WAYAN, school.now, made.line.id)


def an_apply_back(school):
    _, made = apply(school, plan(school))
    return order_apply(school, restore(school, made))


def end(school, job_id):
    """All that a person could find afterwards, on both sides, but for the moments."""
    job = school.job(job_id)
    plans = t.policy_plans.c
    changes = t.policy_changes.c
    columns = (
        *(plans.id, plans.digest, plans.kind, plans.state, plans.profile_key, plans.wanted),
        *(plans.worries, plans.snapshot, plans.restores_id),
    )
    return {
        "console": everything_set(school),
        "owned": owned(school),
        "plans": [tuple(row) for row in school.all(select(*columns).order_by(plans.id))],
        "changes": [
            tuple(row)
            for row in school.all(
                select(
                    changes.plan_id, changes.change, changes.outcome, changes.code, changes.code_params
                ).order_by(changes.plan_id, changes.position)
            )
        ],
        "job": (job.state, job.code, {**(job.result or {}), "seconds": None}),
        "told": Counter(
            row.action for row in school.all(select(t.audit.c.action)) if row.action.startswith("policy.")
        ),
    }


@pytest.mark.parametrize("order", [a_plan, an_apply, a_plan_back, an_apply_back])
def test_a_worker_killed_at_any_step_changes_nothing_of_the_end(order, killer, lived_in, tmp_path):
    school, data = lived_in, tmp_path / "school" / "data"
    before = everything_set(school)
    job = order(school)
    mark = Mark(school)
    steps, killed = killer.work(data, school.now)
    assert not killed
    undisturbed = end(school, job)
    assert undisturbed["job"][0] == "done"
    assert {state for *_, state, _, _, _, _, _ in undisturbed["plans"]} <= {"planned", "applied", "restored"}
    if order is an_apply_back:
        assert undisturbed["console"] == before and undisturbed["owned"] == []
    assert steps > 20
    for step in range(1, steps + 1, EVERY):
        mark.back()
        taken, killed = killer.work(data, school.now, step)
        assert killed and taken == step, f"step {step} of {steps} was not reached ({taken})"
        school.now += LOST_MS
        school.work()
        assert end(school, job) == undisturbed, f"killed at step {step} of {steps}"


def test_what_a_dead_worker_left_can_be_applied_after_its_job_was_cancelled(killer, lived_in, tmp_path):
    """A person stops the job before anybody takes it up: the plan does not stay 'being applied' for ever."""
    from server.services import google_jobs

    school, data = lived_in, tmp_path / "school" / "data"
    before = everything_set(school)
    made = plan(school)
    mark = Mark(school)
    job = order_apply(school, made)
    steps, _ = killer.work(data, school.now)
    wanted = everything_set(school)
    for step in range(5, steps, max(11, EVERY)):
        mark.back()
        job = order_apply(school, made)
        _, killed = killer.work(data, school.now, step)
        assert killed
        school.now += LOST_MS
        if not school.job(job).active:
            continue
        google_jobs.cancel(school.db, WAYAN, school.now, job)
        school.work()
        job, done = (None, None)
        job, done = apply(school, made) if _waits(school, made) else (None, None)
        assert done is None or done.line.state == "applied", f"killed at step {step}"
        assert everything_set(school) == wanted, f"killed at step {step}"
        _, back = apply(school, restore(school, made))
        assert back.line.state == "applied"
        assert everything_set(school) == before, f"killed at step {step}"
        assert owned(school) == []


def _waits(school, made):
    (row,) = school.all(select(t.policy_plans.c.state).where(t.policy_plans.c.id == made.line.id))
    return row.state != "applied"
