"""The benchmark itself runs from end to end. What it measures is for people to read: no time is asserted here."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

from tests.bench.measure import at

ROOT = Path(__file__).resolve().parents[2]


def test_a_small_school_is_measured_without_failures():
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.bench", "--json", "--lock-devices", "5", "--storm-devices", "5"),
            *("--rounds", "1", "--singles", "2"),
        ],
        cwd=ROOT, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert said["machine"]["cores"] and said["command"].startswith("scripts/bench")
    figures = {figure["name"]: figure for figure in said["figures"]}
    assert {name: figure["count"] for name, figure in figures.items()} == {
        "lock, all seats at once": 5,
        "lock, one seat at a time": 2,
        "storm, keys known": 5,
        "storm, first contact": 5,
    }
    assert all(figure["failures"] == 0 for figure in figures.values())


def test_a_small_console_is_measured_near_the_fewest_calls():
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "console", "--devices", "650", "--moved", "60", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    figures = {figure["name"]: figure for figure in json.loads(done.stdout)["figures"]}
    assert {name: figure["floor_calls"] for name, figure in figures.items()} == {
        "sync, all new": 5,
        "sync, nothing new": 5,
        "move, read back": 3,
    }
    for figure in figures.values():
        assert figure["failures"] == figure["quota_refusals"] == 0
        # How often a move is looked for depends on how busy the machine is, so the bound is wide.
        assert figure["floor_calls"] <= figure["calls"] <= figure["floor_calls"] + 25


def test_a_few_returns_are_told_right_and_undone():
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "remap", "--stories", "21", "--seed", "7", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (figure,) = json.loads(done.stdout)["figures"]
    assert (figure["stories"], figure["right"], figure["automatic_on_weak_evidence"]) == (21, 21, 0)
    assert figure["undone_differently"] == 0 and figure["undone_exactly"] >= figure["accepted"] > 0


def test_quantiles_are_times_that_were_measured():
    times = [float(n) for n in range(1, 101)]
    assert [at(times, share) for share in (0.5, 0.95, 1.0)] == [50, 95, 100]
    assert at([7.0], 0.95) == 7.0
    assert math.isnan(at([], 0.5))
