"""Pauses between tries: spread, bounded, and never shorter than Google asks for."""

from __future__ import annotations

import random

from server.workspace.retry import CAP_SECONDS, MOST_TRIES, TOTAL_SECONDS, Tries


def test_the_bound_doubles_up_to_a_cap():
    tries = Tries(lambda: 1.0)
    pauses = []
    while (pause := tries.pause()) is not None:
        pauses.append(pause)
    assert pauses == [2, 4, 8, 16, 32, CAP_SECONDS, CAP_SECONDS]
    assert tries.sent == MOST_TRIES


def test_a_pause_is_anywhere_between_now_and_the_bound():
    spread = random.Random(4).random
    firsts = sorted(Tries(spread).pause() or 0 for _ in range(200))
    assert firsts[0] < 0.1
    assert firsts[-1] > 1.9


def test_what_google_asks_for_is_waited_at_least():
    assert Tries(lambda: 0.0).pause(30) == 30
    assert Tries(lambda: 0.5).pause(30) == 31


def test_more_than_a_person_would_wait_is_told_instead():
    assert Tries(lambda: 0.0).pause(TOTAL_SECONDS + 1) is None
    tries = Tries(lambda: 0.0)
    assert tries.pause(TOTAL_SECONDS - 1) is not None
    assert tries.pause(2) is None
