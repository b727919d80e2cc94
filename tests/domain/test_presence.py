"""A device is there, or missing, or has never been heard."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.domain.presence import MISSING_AFTER_MS, Presence, presence

T0 = 1_790_000_000_000


def test_a_device_that_never_spoke_is_not_missing():
    assert presence(None, False, T0) is Presence.NEVER
    assert presence(None, True, T0) is Presence.NEVER


def test_silence_without_a_connection_is_noticed_after_the_limit():
    assert presence(T0, False, T0 + MISSING_AFTER_MS - 1) is Presence.HERE
    assert presence(T0, False, T0 + MISSING_AFTER_MS) is Presence.MISSING


def test_an_open_connection_buys_patience_but_not_for_ever():
    assert presence(T0, True, T0 + MISSING_AFTER_MS) is Presence.HERE
    assert presence(T0, True, T0 + 2 * MISSING_AFTER_MS) is Presence.MISSING


@given(st.booleans(), st.integers(0, 10**6), st.integers(0, 10**6))
def test_without_a_new_report_nobody_comes_back(connected: bool, silent: int, longer: int):
    if presence(T0, connected, T0 + silent) is Presence.MISSING:
        assert presence(T0, connected, T0 + silent + longer) is Presence.MISSING
