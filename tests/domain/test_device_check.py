"""What a page, a hand and a technician say of a Chromebook: every field is looked at, and a wrong one is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.device_check import KEYS, Kind, read, ticked
from server.domain.errors import Invalid

PAGE = {
    "battery": 64,
    "charging": True,
    "storage_free_mb": 21_000,
    "online": True,
    "effective_type": "4g",
    "round_trip_ms": 12,
    "clock_offset_ms": -340,
    "screen": [1366, 768],
    "touch_points": 10,
    "secure": True,
    "browser": "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/156.0",
}
HANDS = {"touch": "ok", "keyboard": "ok", "keys_missing": [], "screen": "ok"}
CLIENT = {"menu": True, "login_page": True, "version": "3.1"}
GOOD = {Kind.PAGE: PAGE, Kind.HANDS: HANDS, Kind.CLIENT: CLIENT}


@pytest.mark.parametrize("kind", list(Kind))
def test_a_good_check_is_stored_as_it_was_told(kind):
    assert read(kind, GOOD[kind]) == GOOD[kind]


@pytest.mark.parametrize("field", sorted(set(PAGE) - {"secure", "browser"}))
def test_what_a_page_cannot_see_is_none_and_stays_none(field):
    assert read(Kind.PAGE, {**PAGE, field: None})[field] is None


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        (Kind.PAGE, "battery", 101),
        (Kind.PAGE, "battery", -1),
        (Kind.PAGE, "battery", "64"),
        (Kind.PAGE, "battery", 64.5),
        (Kind.PAGE, "battery", True),
        (Kind.PAGE, "charging", 1),
        (Kind.PAGE, "storage_free_mb", -5),
        (Kind.PAGE, "online", "yes"),
        (Kind.PAGE, "effective_type", "5g"),
        (Kind.PAGE, "round_trip_ms", -1),
        (Kind.PAGE, "clock_offset_ms", 2**53),
        (Kind.PAGE, "screen", [1366]),
        (Kind.PAGE, "screen", [1366, 0]),
        (Kind.PAGE, "screen", "1366x768"),
        (Kind.PAGE, "touch_points", 1000),
        (Kind.PAGE, "secure", None),
        (Kind.PAGE, "browser", "x" * 201),
        (Kind.PAGE, "browser", "a\nb"),
        (Kind.PAGE, "browser", None),
        (Kind.PAGE, "serial", "5CD1"),
        (Kind.HANDS, "touch", "fine"),
        (Kind.HANDS, "keyboard", None),
        (Kind.HANDS, "keyboard", "bad"),
        (Kind.HANDS, "keys_missing", ["q"]),
        (Kind.HANDS, "keys_missing", "q"),
        (Kind.HANDS, "screen", "none"),
        (Kind.CLIENT, "menu", "yes"),
        (Kind.CLIENT, "login_page", 1),
        (Kind.CLIENT, "version", "1" * 41),
    ],
)
def test_a_wrong_field_is_named(kind, field, value):
    with pytest.raises(Invalid) as refused:
        read(kind, {**GOOD[kind], field: value})
    named = "keys_missing" if (field, value) == ("keyboard", "bad") else field
    assert (refused.value.code, refused.value.params["field"]) == ("check_invalid", named)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("raw", [None, [], "text", 7])
def test_what_is_no_object_is_refused(kind, raw):
    with pytest.raises(Invalid) as refused:
        read(kind, raw)
    assert refused.value.params["field"] == "seen"


@pytest.mark.parametrize("kind", list(Kind))
def test_a_missing_field_is_named(kind):
    for field in GOOD[kind]:
        with pytest.raises(Invalid) as refused:
            read(kind, {k: v for k, v in GOOD[kind].items() if k != field})
        assert refused.value.params["field"] == field


@pytest.mark.parametrize("keys", [["q", "q"], ["f1"], ["Q"]])
def test_only_keys_that_are_asked_for_can_be_missing_and_each_once(keys):
    with pytest.raises(Invalid):
        read(Kind.HANDS, {**HANDS, "keyboard": "bad", "keys_missing": keys})


@given(st.lists(st.sampled_from(sorted(KEYS)), unique=True, min_size=1))
def test_any_of_the_keys_can_be_missing(keys):
    seen = {**HANDS, "keyboard": "bad", "keys_missing": keys}
    assert read(Kind.HANDS, seen) == seen


def test_a_tick_needs_both():
    assert ticked(CLIENT)
    assert not ticked({**CLIENT, "menu": False})
    assert not ticked({**CLIENT, "login_page": False})
