"""`fields=` is really applied."""

from __future__ import annotations

import pytest

from server.workspace.emulator.call import Refusal
from server.workspace.emulator.discovery import methods
from server.workspace.emulator.masks import apply_mask, check_mask, parse_mask

ANSWER = {"kind": "k", "items": [{"id": 1, "name": {"first": "a", "last": "b"}}, {"id": 2}], "next": "t"}


@pytest.mark.parametrize(
    ("mask", "shown"),
    [
        ("kind", {"kind": "k"}),
        ("items(id),next", {"items": [{"id": 1}, {"id": 2}], "next": "t"}),
        ("items/id", {"items": [{"id": 1}, {"id": 2}]}),
        ("items/name/first", {"items": [{"name": {"first": "a"}}, {}]}),
        ("items(name(last),id)", {"items": [{"id": 1, "name": {"last": "b"}}, {"id": 2}]}),
        ("items(name/last,id)", {"items": [{"id": 1, "name": {"last": "b"}}, {"id": 2}]}),
        ("items/id,items/name", {"items": ANSWER["items"]}),
        ("items/id,items", {"items": ANSWER["items"]}),
        ("*", ANSWER),
        ("items/*", {"items": ANSWER["items"]}),
        ("items(*)", {"items": ANSWER["items"]}),
        ("kind, next", {"kind": "k", "next": "t"}),
    ],
)
def test_a_mask_shows_what_it_names(mask: str, shown: dict[str, object]) -> None:
    assert apply_mask(parse_mask(mask), ANSWER) == shown


@pytest.mark.parametrize("mask", ["", ",", "a,", "a(", "a()", "a(b", "a)", "a/", "/a", "a(b))", "a(b)c"])
def test_a_mask_that_cannot_be_read_is_refused(mask: str) -> None:
    with pytest.raises(Refusal):
        parse_mask(mask)


def test_a_mask_may_name_only_what_the_answer_has() -> None:
    method = methods()["directory.chromeosdevices.list"]
    for good in ("chromeosdevices(deviceId,osUpdateStatus/state),nextPageToken", "*", "chromeosdevices/*"):
        check_mask(method, parse_mask(good))
    for bad in ("devices", "chromeosdevices(serial)", "chromeosdevices/osUpdateStatus/when"):
        with pytest.raises(Refusal):
            check_mask(method, parse_mask(bad))
