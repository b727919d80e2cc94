"""What an exam needs is in place the day before: on the day itself hardly anything moves."""

from __future__ import annotations

import pytest

from server.domain.exam_day import DayExam, Standing, Window, guarding, standing, why_no_move


@pytest.mark.parametrize(
    ("unit", "in_unit", "since", "synced", "word"),
    [
        ("exam", "lab", None, 5, Standing.NOT_MOVED),
        (None, "lab", None, 5, Standing.NOT_MOVED),
        ("exam", None, None, None, Standing.UNKNOWN),
        ("exam", "exam", 10, None, Standing.NOT_PROVED),
        ("exam", "exam", 10, 10, Standing.NOT_PROVED),
        ("exam", "exam", 10, 11, Standing.READY),
        ("exam", "exam", None, 1, Standing.READY),
    ],
)
def test_a_device_is_ready_once_it_fetched_its_policy_after_the_move(unit, in_unit, since, synced, word):
    assert standing(unit, in_unit, since, synced) is word


@pytest.mark.parametrize(
    ("exams", "rooms", "code"),
    [
        ([], {1}, None),
        ([DayExam(2, "web", "draft", "x")], {1}, None),
        ([DayExam(1, "web", "draft", "x")], {1}, "move_too_late"),
        ([DayExam(1, "web", "ended", "x")], {1}, None),
        ([DayExam(1, "web", "draft", "x"), DayExam(1, "web", "running", "y")], {1}, "move_exam_open"),
        ([DayExam(2, "exam_browser", "draft", "x")], {1}, "move_exam_browser_day"),
        ([DayExam(2, "exam_browser", "ended", "x")], set(), "move_exam_browser_day"),
    ],
)
def test_why_nothing_moves_today(exams, rooms, code):
    found = why_no_move(exams, rooms)
    assert (found[0] if found else None) == code


def test_a_round_guards_from_the_day_before_to_its_last_day():
    window = Window("ANBK", "2026-11-23", "2026-11-25")
    held = [day for day in range(20, 30) if guarding([window], f"2026-11-{day}")]
    assert held == [23, 24, 25]
