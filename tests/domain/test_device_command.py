"""What may be ordered, with what, and when it is over."""

from __future__ import annotations

import json
from pathlib import Path

import googleapiclient
import pytest

from server.domain import device_command as rules
from server.domain.device_command import Kind, State
from server.domain.errors import BangkuError


def directory():
    folder = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
    return json.loads((folder / "admin.directory_v1.json").read_text("utf-8"))["schemas"]


def test_every_word_sent_to_google_stands_in_its_discovery_document():
    schemas = directory()
    issue = schemas["DirectoryChromeosdevicesIssueCommandRequest"]["properties"]["commandType"]["enum"]
    change = schemas["BatchChangeChromeOsDeviceStatusRequest"]["properties"]
    assert set(rules.COMMANDS.values()) <= set(issue)
    actions = {action for action, _ in rules.STATUS_CHANGES.values()}
    assert actions <= set(change["changeChromeOsDeviceStatusAction"]["enum"])
    reasons = dict(
        zip(
            change["deprovisionReason"]["enum"],
            change["deprovisionReason"].get("enumDeprecated", [False] * 99),
            strict=False,
        )
    )
    assert all(reasons[reason] is False for reason in rules.DEPROVISION_REASONS.values())
    assert set(rules.COMMANDS) | set(rules.STATUS_CHANGES) == set(Kind)


@pytest.mark.parametrize(
    ("kind", "given", "code"),
    [
        ("volume", {"volume": "101"}, "volume_invalid"),
        ("volume", {"volume": "-1"}, "volume_invalid"),
        ("volume", {"volume": "٣"}, "volume_invalid"),
        ("volume", {}, "volume_invalid"),
        ("deprovision", {"reason": "because"}, "deprovision_reason_missing"),
    ],
)
def test_a_payload_that_google_would_refuse_is_refused_here(kind, given, code):
    with pytest.raises(BangkuError) as refused:
        rules.read_payload(Kind(kind), given)
    assert refused.value.code == code


def test_what_a_command_carries_is_read_and_nothing_else_goes_along():
    assert rules.read_payload(Kind.VOLUME, {"volume": " 0 ", "x": 1}) == {"volume": 0}
    assert rules.read_payload(Kind.VOLUME, {"volume": 100}) == {"volume": 100}
    assert rules.read_payload(Kind.REBOOT, {"volume": 3}) == {}


@pytest.mark.parametrize("kind", sorted(rules.DESTRUCTIVE))
def test_what_destroys_goes_one_by_one_with_the_whole_serial_typed(kind):
    rules.raise_if_too_many(kind, 1)
    with pytest.raises(BangkuError) as refused:
        rules.raise_if_too_many(kind, 2)
    assert refused.value.code == "command_too_many"
    rules.raise_if_not_typed(kind, ["5CD0001DEMO"], [" 5CD0001DEMO "])
    for typed in ([], ["5CD0001"], ["5cd0001demo"], ["5CD0001DEMO", "5CD0002DEMO"]):
        with pytest.raises(BangkuError) as refused:
            rules.raise_if_not_typed(kind, ["5CD0001DEMO"], typed)
        assert refused.value.code == "serial_not_typed"


def test_a_reboot_may_go_to_a_room():
    rules.raise_if_too_many(Kind.REBOOT, 50)
    rules.raise_if_not_typed(Kind.REBOOT, ["x"], [])
    for count, code in ((0, "command_no_device"), (51, "command_too_many")):
        with pytest.raises(BangkuError) as refused:
            rules.raise_if_too_many(Kind.REBOOT, count)
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("word", "result", "state"),
    [
        ("PENDING", None, None),
        ("SENT_TO_CLIENT", None, None),
        ("ACKED_BY_CLIENT", None, State.ACKED),
        ("EXECUTED_BY_CLIENT", None, State.ACKED),
        ("EXECUTED_BY_CLIENT", "COMMAND_RESULT_TYPE_UNSPECIFIED", State.ACKED),
        ("EXECUTED_BY_CLIENT", "SUCCESS", State.DONE),
        ("EXECUTED_BY_CLIENT", "FAILURE", State.FAILED),
        ("EXECUTED_BY_CLIENT", "IGNORED", State.IGNORED),
        ("EXPIRED", None, State.EXPIRED),
        ("CANCELLED", None, State.CANCELLED),
        ("SOMETHING_NEW", "SUCCESS", None),
    ],
)
def test_googles_words_for_a_command_are_read(word, result, state):
    answer = {"state": word} | ({"commandResult": {"result": result}} if result else {})
    assert rules.read_answer(answer).state == state


def test_looks_grow_rare():
    assert rules.look_due(0, None, 0)
    assert rules.look_due(0, 0, 5_000)
    assert not rules.look_due(0, 60_000, 80_000)
    assert rules.look_due(0, 60_000, 90_000)
    assert not rules.look_due(0, 1_000_000, 1_200_000)
