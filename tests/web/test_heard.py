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
