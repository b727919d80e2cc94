"""The allowance of calls, on a clock of the test."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.workspace.emulator.call import Refusal
from server.workspace.emulator.discovery import methods
from server.workspace.emulator.quota import Quota
from tests.workspace.emulator.stand import Wire, start

ON = {"scale": 1.0, "off": []}
MODIFY = "chromepolicy.customers.policies.orgunits.batchModify"
INHERIT = "chromepolicy.customers.policies.orgunits.batchInherit"
NETWORK = "chromepolicy.customers.policies.networks.defineNetwork"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def taken(quota: Quota, method: str, tries: int, settings: dict[str, object] = ON, subject: str = "a") -> int:
    done = 0
    for _ in range(tries):
        try:
            quota.take(methods()[method], subject, "C1", settings)
            done += 1
        except Refusal:
            continue
    return done


def test_thirty_policy_writes_a_minute_shared_by_everyone_of_the_customer() -> None:
    clock = Clock()
    quota = Quota(clock)
    assert taken(quota, MODIFY, 20) == 20
    assert taken(quota, INHERIT, 5, subject="b") == 5
    assert taken(quota, NETWORK, 20, subject="c") == 5
    clock.now += 59.9
    assert taken(quota, MODIFY, 1) == 0
    clock.now += 0.2
    assert taken(quota, MODIFY, 40) == 30, "the window slides"


def test_policy_reads_are_five_a_second_for_each_user() -> None:
    clock = Clock()
    quota = Quota(clock)
    assert taken(quota, "chromepolicy.customers.policies.resolve", 9) == 5
    assert taken(quota, "chromepolicy.customers.policySchemas.list", 9) == 0
    assert taken(quota, "chromepolicy.customers.policySchemas.list", 9, subject="b") == 5
    clock.now += 1.1
    assert taken(quota, "chromepolicy.customers.policies.resolve", 9) == 5


def test_directory_writes_are_fewer_than_its_calls() -> None:
    quota = Quota(Clock())
    assert taken(quota, "directory.chromeosdevices.patch", 100) == 60
    assert taken(quota, "directory.chromeosdevices.list", 3_000) == 2_340


def test_a_limit_can_be_widened_or_switched_off() -> None:
    quota = Quota(Clock())
    assert taken(quota, MODIFY, 100, {"scale": 2.0, "off": []}) == 60
    assert taken(quota, MODIFY, 100, {"scale": 1.0, "off": ["policy_write"]}) == 100
    assert taken(quota, "directory.chromeosdevices.patch", 100, {"scale": 1.0, "off": ["all"]}) == 100


def test_the_refusals_and_the_counts_are_seen_over_the_wire(tmp_path: Path) -> None:
    with start(tmp_path) as console:
        console.set(quota={"scale": 1 / 60})
        wire = Wire(console)
        path = f"/admin/directory/v1/customer/my_customer/devices/chromeos/{console.device('5CD000')['deviceId']}"
        assert wire("PATCH", path, {"notes": "a"})[0] == 200
        status, body = wire("PATCH", path, {"notes": "b"})
        assert status == 403 and body["error"]["errors"][0]["reason"] == "userRateLimitExceeded"
        policies = "/v1/customers/my_customer/policies/orgunits:batchModify"
        console.set(quota={"scale": 0.0})
        if wire("POST", policies, {"requests": []})[0] != 501:
            status, body = wire("POST", policies, {"requests": []})
            assert status == 429 and body["error"]["status"] == "RESOURCE_EXHAUSTED"
        report = console.quota.report()
        assert report["calls"]["directory.chromeosdevices.patch"] == 2
        assert report["refused"]["directory_write"] == 1
        with pytest.raises(ValueError, match="unknown setting"):
            console.set(quotas=1)
