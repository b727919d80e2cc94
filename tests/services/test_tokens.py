"""Tokens: ours rotate and overlap; the centre's is only copied."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.domain.errors import Conflict, Invalid, NotFound
from server.domain.token import is_token
from server.services import exams, tokens
from server.store.tables import exam_tokens
from tests.services.conftest import MINUTE, PROFILE, SARI
from tests.services.room import run, tick


def current(school):
    with school.db.read() as c:
        return tokens.current(c, school.exam, school.now)


def opens(school, typed: str) -> bool:
    with school.db.read() as c:
        return tokens.opens(c, school.exam, typed, school.now)


@pytest.fixture
def ministry(school):
    school.make_exam(
        slot_id=school.made.slot_ids[1], profile={**PROFILE, "client": "exam_browser"}, start_url=None
    )
    return school


def test_starting_makes_a_token_that_opens(school):
    run(school)
    assert is_token(current(school).value)
    assert opens(school, current(school).value)


def test_the_one_before_opens_for_exactly_one_minute_more(school):
    run(school)
    old = current(school).value
    tokens.release(school.db, SARI, school.now, school.exam)
    school.now += tokens.OVERLAP_MS - 1
    assert opens(school, old) and opens(school, current(school).value)
    school.now += 1
    assert not opens(school, old)
    assert opens(school, current(school).value)


def test_a_free_interval_holds_from_now_on(school):
    run(school)
    tokens.release(school.db, SARI, school.now, school.exam, 5)
    assert current(school).to_at == school.now + 5 * MINUTE
    tick(school, 5 * MINUTE)
    assert current(school).to_at == school.now + 5 * MINUTE


@pytest.mark.parametrize("minutes", [0, -1, 241])
def test_an_impossible_interval_is_refused_and_changes_nothing(school, minutes):
    run(school)
    before = current(school)
    with pytest.raises(Invalid) as refused:
        tokens.release(school.db, SARI, school.now, school.exam, minutes)
    assert refused.value.code == "token_interval"
    assert current(school) == before


@pytest.mark.parametrize("typed", ["", "Ä" * 6, "日本語", "\x00", "A" * 5_000])
def test_whatever_is_typed_is_merely_wrong(school, typed):
    run(school)
    assert not opens(school, typed)


def test_no_token_for_an_exam_that_is_not_running(school):
    with pytest.raises(Conflict) as refused:
        tokens.release(school.db, SARI, school.now, school.exam)
    assert refused.value.code == "exam_not_running"
    run(school)
    exams.pause(school.db, SARI, school.now, school.exam)
    tick(school, 60 * MINUTE)
    assert current(school) is None  # a paused room renews nothing
    exams.resume(school.db, SARI, school.now, school.exam)
    tick(school)
    assert current(school) is not None


def test_no_token_outlives_the_exam(school):
    run(school)
    exams.end(school.db, SARI, school.now, school.exam)
    assert current(school) is None
    tick(school, 20 * MINUTE)
    assert current(school) is None


def test_an_exam_nobody_made_has_no_token_and_says_so(school):
    for act in (
        lambda: tokens.release(school.db, SARI, school.now, 9_999),
        lambda: tokens.copy_from_centre(school.db, SARI, school.now, 9_999, "X"),
    ):
        with pytest.raises(NotFound) as refused:
            act()
        assert refused.value.code == "exam_unknown"


def test_the_ministrys_exam_never_has_a_token_of_ours_and_a_copied_one_opens_nothing_here(ministry):
    run(ministry)
    tick(ministry, 60 * MINUTE)
    with pytest.raises(Conflict) as refused:
        tokens.release(ministry.db, SARI, ministry.now, ministry.exam)
    assert refused.value.code == "token_not_ours"
    tokens.copy_from_centre(ministry.db, SARI, ministry.now, ministry.exam, " x7#q ")
    assert current(ministry).value == "x7#q"
    assert not opens(ministry, "x7#q")
    tokens.copy_from_centre(ministry.db, SARI, ministry.now, ministry.exam, "YYYYYY")
    rows = ministry.all(select(exam_tokens.c.source).where(exam_tokens.c.exam_id == ministry.exam))
    assert {r.source for r in rows} == {"centre"}
    assert current(ministry).value == "YYYYYY"


@pytest.mark.parametrize("value", ["", "   ", "A" * 41, "A\nB"])
def test_a_copied_token_is_something_that_can_be_shown(ministry, value):
    with pytest.raises(Invalid) as refused:
        tokens.copy_from_centre(ministry.db, SARI, ministry.now, ministry.exam, value)
    assert refused.value.code == "token_empty"


def test_our_own_exam_takes_no_copied_token(school):
    run(school)
    with pytest.raises(Conflict) as refused:
        tokens.copy_from_centre(school.db, SARI, school.now, school.exam, "ABC")
    assert refused.value.code == "token_ours"
