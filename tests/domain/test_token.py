"""A token is read from the back of a room and typed without doubt."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.token import ALPHABET, LENGTH, is_token, make, normalise


@given(st.randoms(use_true_random=False))
def test_every_token_made_is_one_and_survives_how_people_type_it(dice: random.Random):
    token = make(dice.choice)
    assert len(token) == LENGTH and is_token(token)
    assert normalise(f" {token[:3].lower()}-{token[3:].lower()} ") == token


@pytest.mark.parametrize("pair", ["I1", "O0", "UV", "MN", "L1", "OQ", "IJ"])
def test_of_letters_that_look_or_sound_alike_at_most_one_is_used(pair: str):
    assert len(set(pair) & set(ALPHABET)) <= 1


@pytest.mark.parametrize("text", ["", "ABCDE", "ABCDEFG", "ABCDE1", "abcdef", "ABCDEI", "ABCDEF\n", "ÁBCDEF"])
def test_what_is_not_six_letters_of_ours_is_no_token(text: str):
    assert not is_token(text)


@given(st.text(max_size=40))
def test_nothing_typed_breaks_the_reader(typed: str):
    assert normalise(normalise(typed)) == normalise(typed)
