"""What may be said of the centre, and from when."""

from __future__ import annotations

import pytest

from server.domain.centre import (
    Look,
    Streak,
    answers,
    passed_today,
    raise_if_before,
    raise_if_not_centre,
    read_clock,
    today_at,
)
from server.domain.errors import BangkuError

WIB, WIT = 7, 9
NOON = 1_790_000_000_000 // 86_400_000 * 86_400_000 + 5 * 3_600_000  # 12.00 WIB


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("07.30", 450), ("7:30", 450), (" 00.00 ", 0), ("23.59", 1439), ("", None), ("  ", None)],
)
def test_a_time_of_day_is_read_as_people_write_it(text, minutes):
    assert read_clock(text) == minutes


@pytest.mark.parametrize("text", ["24.00", "7", "07.60", "0730", "pagi", "-1.00", "07.30.10", "٠٧.٣٠x"])
def test_what_is_no_time_of_day_is_refused(text):
    with pytest.raises(BangkuError) as refused:
        read_clock(text)
    assert refused.value.code == "centre_time_invalid"


def test_a_time_means_the_present_day_where_the_school_is():
    assert today_at(12 * 60, NOON, WIB) == NOON
    assert NOON - today_at(450, NOON, WIB) == 4.5 * 3_600_000
    # 00.30 in Jayapura is still yesterday in London
    just_after_midnight = NOON - 13.5 * 3_600_000
    assert today_at(10, int(just_after_midnight), WIT) == just_after_midnight - 20 * 60_000


def test_a_time_still_to_come_is_refused():
    with pytest.raises(BangkuError) as refused:
        today_at(12 * 60 + 1, NOON, WIB)
    assert refused.value.code == "centre_time_later"


def test_the_planned_start_is_offered_once_it_has_passed_and_only_that_day():
    assert passed_today(NOON, NOON, WIB) == NOON
    assert passed_today(NOON + 1, NOON, WIB) is None
    assert passed_today(NOON - 13 * 3_600_000, NOON, WIB) is None
    assert passed_today(None, NOON, WIB) is None


def test_two_notes_of_one_kind_do_not_overlap():
    raise_if_before(10, None)
    raise_if_before(10, 10)
    with pytest.raises(BangkuError) as refused:
        raise_if_before(9, 10)
    assert refused.value.code == "centre_time_taken"


def test_only_the_ministrys_client_has_a_centre():
    raise_if_not_centre("exam_browser")
    with pytest.raises(BangkuError) as refused:
        raise_if_not_centre("web")
    assert refused.value.code == "centre_not_for_web"


def test_two_misses_in_a_row_say_since_the_first():
    one = Streak().after(Look(100, False))
    assert one.since is None
    assert one.after(Look(200, False)).since == 100
    assert one.after(Look(200, False)).after(Look(300, False, True)).since == 100


def test_an_answer_between_makes_it_no_row():
    streak = Streak().after(Look(1, False)).after(Look(2, True)).after(Look(3, False))
    assert streak.since is None


def test_while_our_own_side_is_down_nothing_is_said_of_the_centre():
    streak = Streak()
    for at in range(5):
        streak = streak.after(Look(at, False, our_side=False))
    assert streak.since is None


@pytest.mark.parametrize(
    ("status", "there"),
    [(200, True), (302, True), (404, True), (405, True), (501, True), (502, False), (503, False)],
)
def test_a_gateways_apology_is_no_answer(status, there):
    assert answers(status) is there
