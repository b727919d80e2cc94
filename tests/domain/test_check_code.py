"""The check page's code: made to be typed, and guessing it is slow for everybody together."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from server.domain.check_code import (
    ALPHABET,
    FREE,
    LENGTH,
    MINUTE_MS,
    PAUSE_MS,
    RESULTS_A_MINUTE,
    Guesses,
    Pace,
    make,
    normalise,
)


@given(st.integers())
def test_a_code_is_six_characters_that_nobody_mistakes(seed):
    code = make(random.Random(seed).choice)
    assert len(code) == LENGTH
    assert set(code) <= set(ALPHABET)
    for alike in ("O0Q", "I1LJ", "S5", "Z2", "B8", "G6", "UV", "MN"):
        assert len(set(ALPHABET) & set(alike)) <= 1, alike


def test_people_type_small_letters_spaces_and_dashes():
    assert normalise(" ab3-47 k. ") == "AB347K"


def test_a_room_that_mistypes_waits_for_nobody():
    guesses = Guesses()
    for n in range(FREE):
        guesses.wrong(n)
    assert guesses.wait_ms(FREE) == 0


def test_more_wrong_ones_are_slow_and_patience_is_enough():
    guesses = Guesses()
    for _ in range(FREE + 1):
        guesses.wrong(1_000)
    assert guesses.wait_ms(1_000) == PAUSE_MS
    assert guesses.wait_ms(1_000 + PAUSE_MS) == 0
    assert guesses.wait_ms(1_000 + MINUTE_MS) == 0


def test_who_guesses_as_fast_as_he_is_let_gets_thirty_tries_a_minute():
    guesses, now, tries = Guesses(), 0, 0
    while now < 60 * MINUTE_MS:
        wait = guesses.wait_ms(now)
        now += wait or 1
        if wait == 0:
            guesses.wrong(now)
            tries += 1
    assert tries <= FREE + 60 * MINUTE_MS // PAUSE_MS


def test_one_code_takes_so_many_results_a_minute_and_another_is_not_touched():
    pace = Pace()
    assert [pace.take(1, n) for n in range(RESULTS_A_MINUTE)] == [0] * RESULTS_A_MINUTE
    assert pace.take(1, RESULTS_A_MINUTE) == MINUTE_MS - RESULTS_A_MINUTE
    assert pace.take(2, RESULTS_A_MINUTE) == 0
    assert pace.take(1, MINUTE_MS) == 0
