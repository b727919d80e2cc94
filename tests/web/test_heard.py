"""Whose connection broke or owes an answer is missed in seconds; who is only reconnecting is not."""

from __future__ import annotations

from server.web.heard import GRACE_MS, Heard


def test_a_connection_that_broke_is_a_loss_after_a_moments_grace():
    heard = Heard()
    heard.went(7, 1_000)
    assert not heard.lost(7, None, 1_000 + GRACE_MS - 1)
    assert heard.lost(7, None, 1_000 + GRACE_MS)


def test_who_is_back_or_speaks_another_way_is_not_lost():
    heard = Heard()
    heard.went(7, 0)
    heard.came(7)
    assert not heard.lost(7, None, 60_000)


def test_a_ping_that_nobody_answers_is_a_loss_while_the_connection_still_stands():
    heard = Heard()
    assert not heard.lost(7, 0, 60_000)
    assert not heard.lost(7, GRACE_MS - 1, 60_000)
    assert heard.lost(7, GRACE_MS, 60_000)


def test_nobody_is_lost_of_whom_nothing_is_known():
    assert not Heard().lost(7, None, 60_000)


def test_an_answer_that_lies_unread_since_the_server_stood_still_is_no_loss():
    heard = Heard()
    for second in range(60, 70):
        heard.listening_since(second * 1_000)
    assert heard.lost(7, GRACE_MS, 69_000)
    heard.listening_since(73_500)
    assert not heard.lost(7, GRACE_MS + 1_500, 73_500)
    assert heard.lost(7, GRACE_MS + 4_500, 73_500 + GRACE_MS)


def test_silence_counts_from_the_start_and_anew_after_the_laptop_slept_or_its_clock_jumped():
    heard = Heard()
    assert heard.listening_since(50_000) == 50_000
    assert heard.listening_since(51_000) == 50_000
    assert heard.listening_since(54_000) == 50_000, "a busy moment is not deafness"
    assert heard.listening_since(400_000) == 400_000
    assert heard.listening_since(401_000) == 400_000
    assert heard.listening_since(10_000) == 10_000, "set back"


def test_under_steady_load_silence_still_counts():
    heard = Heard()
    assert {heard.listening_since(n * 4_000) for n in range(1, 40)} == {4_000}
