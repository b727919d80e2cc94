"""The centre's spells: told by the proktor or the probe, kept from when to when, over at the right moment."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.domain.centre import CentreState
from server.domain.errors import BangkuError
from server.services import board, centre, exams, tokens
from server.store.tables import centre_states
from server.store.tables import exams as exam_rows
from tests.services.conftest import MINUTE, PROFILE, SARI
from tests.services.room import run

WAIT, AWAY = CentreState.TOKEN_AWAITED, CentreState.UNREACHABLE
URL = "https://pusat.example/"


@pytest.fixture
def ministry(school):
    school.now = school.now // 86_400_000 * 86_400_000 + 60 * MINUTE  # 08.00 WIB
    school.make_exam(
        slot_id=school.made.slot_ids[0],
        day_id=school.made.day_ids[1],
        profile={**PROFILE, "client": "exam_browser"},
        start_url=None,
        opens_at=school.now - 30 * MINUTE,  # planned for 07.30
    )
    run(school)
    return school


def spells(school):
    return [
        (r.kind, (r.from_at - school.now) // MINUTE, r.to_at and (r.to_at - school.now) // MINUTE, r.told_by)
        for r in school.all(
            select(centre_states).where(centre_states.c.exam_id == school.exam).order_by(centre_states.c.id)
        )
    ]


def look(school):
    with school.db.read() as c:
        return board.board(c, school.exam, school.now)


def refused(code, act):
    with pytest.raises(BangkuError) as why:
        act()
    assert why.value.code == code


def say(school, kind, clock=None):
    centre.begin(school.db, SARI, school.now, school.exam, kind, clock)


def test_the_wait_for_a_token_begins_at_the_planned_time_and_ends_when_it_is_copied(ministry):
    assert look(ministry).centre.planned_at == ministry.now - 30 * MINUTE  # 07.30
    say(ministry, WAIT, 7 * 60 + 30)
    assert look(ministry).centre.waiting.from_at == ministry.now - 30 * MINUTE
    ministry.now += 5 * MINUTE
    tokens.copy_from_centre(ministry.db, SARI, ministry.now, ministry.exam, "QX7K")
    assert spells(ministry) == [("token_awaited", -35, 0, "person")]
    assert look(ministry).centre.waiting is None
    assert look(ministry).centre.planned_at is None  # the next wait is not since the planned start
    assert ministry.lines("token.copy")[-1].detail == {"awaited_since": ministry.now - 35 * MINUTE}


def test_the_beginning_may_be_corrected_and_the_correction_is_on_record(ministry):
    say(ministry, WAIT)
    say(ministry, WAIT, 7 * 60 + 40)
    assert spells(ministry) == [("token_awaited", -20, None, "person")]
    line = ministry.lines("centre.correct_time")[0]
    assert (line.detail["before"], line.detail["since"]) == (ministry.now, ministry.now - 20 * MINUTE)
    refused("centre_already", lambda: say(ministry, WAIT))
    refused("centre_already", lambda: say(ministry, WAIT, 7 * 60 + 40))
    refused("centre_time_later", lambda: say(ministry, WAIT, 9 * 60))


def test_a_wait_ends_by_hand_and_the_next_one_begins_after_it(ministry):
    say(ministry, WAIT, 7 * 60 + 30)
    centre.end(ministry.db, SARI, ministry.now, ministry.exam, WAIT)
    refused("centre_not_so", lambda: centre.end(ministry.db, SARI, ministry.now, ministry.exam, WAIT))
    ministry.now += 10 * MINUTE
    refused("centre_time_taken", lambda: say(ministry, WAIT, 7 * 60 + 45))
    say(ministry, WAIT, 8 * 60 + 5)
    assert spells(ministry) == [("token_awaited", -40, -10, "person"), ("token_awaited", -5, None, "person")]


def test_who_waits_for_a_new_token_shows_no_old_one(ministry):
    tokens.copy_from_centre(ministry.db, SARI, ministry.now, ministry.exam, "OLD123")
    ministry.now += MINUTE
    say(ministry, WAIT)
    assert look(ministry).token is None


def test_an_exam_of_our_own_has_no_centre(school):
    run(school)
    assert look(school).centre is None
    refused("centre_not_for_web", lambda: say(school, WAIT))
    refused("centre_not_for_web", lambda: centre.end(school.db, SARI, school.now, school.exam, AWAY))
    refused("centre_not_for_web", lambda: centre.set_probe_url(school.db, SARI, school.now, school.exam, URL))
    assert school.all(select(centre_states)) == []


def test_nothing_is_noted_before_the_exam_opens_or_after_it_ended(ministry):
    say(ministry, WAIT)
    say(ministry, AWAY)
    ministry.now += 3 * MINUTE
    exams.end(ministry.db, SARI, ministry.now, ministry.exam)
    assert spells(ministry) == [("token_awaited", -3, 0, "person"), ("unreachable", -3, 0, "person")]
    refused("centre_exam_not_live", lambda: say(ministry, WAIT))
    refused("centre_exam_not_live", lambda: centre.end(ministry.db, SARI, ministry.now, ministry.exam, AWAY))
    refused("exam_unknown", lambda: centre.begin(ministry.db, SARI, ministry.now, 9_999, WAIT))


def test_each_note_is_news_for_the_board_and_a_line_in_the_trail(ministry):
    ministry.news.clear()
    say(ministry, AWAY)
    centre.end(ministry.db, SARI, ministry.now, ministry.exam, AWAY)
    assert len(ministry.news) == 2
    assert len(ministry.lines("centre.unreachable")) == len(ministry.lines("centre.reachable")) == 1


def watch(school):
    centre.set_probe_url(school.db, SARI, school.now, school.exam, URL)


def miss(school, our_side=None, url=URL):
    return centre.missed(school.db, school.now, school.exam, url, school.now - MINUTE, our_side)


def test_the_probes_word_is_taken_back_by_an_answer(ministry):
    watch(ministry)
    assert miss(ministry)
    assert not miss(ministry)  # it is on record already
    assert spells(ministry) == [("unreachable", -1, None, "probe")]
    ministry.now += 4 * MINUTE
    centre.answered(ministry.db, ministry.now, ministry.exam)
    assert spells(ministry) == [("unreachable", -5, 0, "probe")]
    assert [(r.actor, r.action) for r in ministry.lines("centre.reachable")] == [
        ("system", "centre.reachable")
    ]
    assert ministry.lines("centre.unreachable")[0].detail["our_side"] is None


def test_a_persons_word_is_only_taken_back_by_a_person(ministry):
    watch(ministry)
    say(ministry, AWAY)
    centre.answered(ministry.db, ministry.now + MINUTE, ministry.exam)
    assert not miss(ministry)
    assert spells(ministry) == [("unreachable", 0, None, "person")]


def test_a_corrected_word_of_the_probe_becomes_a_persons(ministry):
    watch(ministry)
    miss(ministry)
    say(ministry, AWAY, 7 * 60 + 50)
    assert spells(ministry) == [("unreachable", -10, None, "person")]


def test_a_look_that_comes_too_late_changes_nothing(ministry):
    watch(ministry)
    assert not miss(ministry, url="https://dahulu.example/")
    exams.end(ministry.db, SARI, ministry.now, ministry.exam)
    assert not miss(ministry)
    assert spells(ministry) == []


def test_another_address_ends_what_was_said_of_the_one_before(ministry):
    watch(ministry)
    miss(ministry)
    centre.set_probe_url(ministry.db, SARI, ministry.now, ministry.exam, "")
    assert spells(ministry) == [("unreachable", -1, 0, "probe")]
    assert ministry.all(select(exam_rows.c.probe_url).where(exam_rows.c.id == ministry.exam))[0][0] is None


@pytest.mark.parametrize(
    "url",
    [
        "pusat.example",
        "ftp://pusat.example/",
        "https://",
        "https://a:b@pusat.example/",
        "https://x y/",
        "https://" + "a" * 500,
        "javascript:1",
    ],
)
def test_an_address_that_is_none_is_refused(ministry, url):
    refused(
        "probe_url_invalid", lambda: centre.set_probe_url(ministry.db, SARI, ministry.now, ministry.exam, url)
    )


def test_only_open_exams_with_an_address_are_looked_at(ministry):
    def watched():
        with ministry.db.read() as c:
            return centre.watched(c)

    assert watched() == {}
    watch(ministry)
    first = ministry.exam
    assert watched() == {URL: [first]}
    ministry.make_exam(
        slot_id=ministry.made.slot_ids[1],
        day_id=ministry.made.day_ids[1],
        profile={**PROFILE, "client": "exam_browser"},
        start_url=None,
    )
    watch(ministry)
    assert watched() == {URL: [first]}  # the second is a draft
    exams.end(ministry.db, SARI, ministry.now, first)
    assert watched() == {}
    exams.open_exam(ministry.db, SARI, ministry.now, ministry.exam)
    assert watched() == {URL: [ministry.exam]}
