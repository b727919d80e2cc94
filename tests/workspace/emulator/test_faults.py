"""Bad days on request, the same ones each time."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.workspace.emulator.app import Emulator
from server.workspace.emulator.faults import Faults
from tests.workspace.emulator.stand import Wire, client, start

LIST = "/admin/directory/v1/customer/my_customer/devices/chromeos"


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Emulator]:
    with start(tmp_path) as made:
        yield made


def notes(console: Emulator) -> str:
    return str(console.device("5CD000")["notes"])


def patch(wire: Wire, text: str) -> int:
    device = wire.console.device("5CD000")["deviceId"]
    return wire("PATCH", f"{LIST}/{device}", {"notes": text})[0]


@pytest.mark.parametrize("kind", ["429", "500", "502", "503", "504"])
def test_a_refusal_in_passing_changes_nothing(console: Emulator, kind: str) -> None:
    wire = Wire(console)
    console.fail({"method": "directory.*.patch", "kind": kind, "nth": 1})
    assert patch(wire, "new") == int(kind) and notes(console) == ""
    assert patch(wire, "new") == 200 and notes(console) == "new"


def test_a_403_carries_the_reason_it_was_given(console: Emulator) -> None:
    console.fail({"method": "*", "kind": "403:quotaExceeded", "times": 1})
    # The token endpoint is a call like any other.
    form = urllib.request.Request(f"{console.root}/token", b"grant_type=x", method="POST")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(form, timeout=20)
    assert json.loads(caught.value.read())["error"]["errors"][0]["reason"] == "quotaExceeded"


def test_a_refusal_afterwards_hides_a_change_that_was_made(console: Emulator) -> None:
    wire = Wire(console)
    console.fail({"method": "*.patch", "kind": "503:after", "nth": 1})
    assert patch(wire, "new") == 503 and notes(console) == "new"


@pytest.mark.parametrize(("kind", "left"), [("reset", ""), ("reset:after", "new")])
def test_a_connection_breaks_before_or_after_the_change(console: Emulator, kind: str, left: str) -> None:
    wire = Wire(console)
    console.fail({"method": "*.patch", "kind": kind, "nth": 1})
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected, urllib.error.URLError)):
        patch(wire, "new")
    assert notes(console) == left
    assert patch(wire, "next") == 200


def test_a_reader_may_see_what_was(console: Emulator) -> None:
    wire = Wire(console)
    console.fail({"method": "directory.chromeosdevices.get", "kind": "stale_read:30", "times": 1})
    assert patch(wire, "new") == 200
    path = f"{LIST}/{console.device('5CD000')['deviceId']}?fields=notes"
    assert wire("GET", path)[1] == {"notes": ""}
    assert wire("GET", path)[1] == {"notes": "new"}


def test_a_move_leaves_out_some_and_says_nothing(console: Emulator) -> None:
    ids = [d["deviceId"] for d in console.world.state["devices"].values()]
    console.fail({"method": "*.moveDevicesToOu", "kind": "ignore_ids", "share": 0.5})
    target = console.world.find_org_unit("/Siswa")
    done = (
        client(console)
        .chromeosdevices()
        .moveDevicesToOu(customerId="my_customer", orgUnitPath="/Siswa", body={"deviceIds": ids})
    )
    done.execute()
    moved = [d for d in console.world.state["devices"].values() if d["orgUnitId"] == target]
    assert 0 < len(moved) < len(ids)


def test_half_a_batch_fails_item_by_item(console: Emulator) -> None:
    ids = [d["deviceId"] for d in console.world.state["devices"].values()]
    console.fail({"method": "*.batchChangeStatus", "kind": "half_batch", "share": 0.5})
    answer = (
        client(console)
        .customer()
        .devices()
        .chromeos()
        .batchChangeStatus(
            customerId=console.customer,
            body={
                "deviceIds": ids,
                "changeChromeOsDeviceStatusAction": "CHANGE_CHROME_OS_DEVICE_STATUS_ACTION_DISABLE",
            },
        )
        .execute()
    )
    results = answer["changeChromeOsDeviceStatusResults"]
    failed = {r["deviceId"] for r in results if "error" in r}
    assert [r["deviceId"] for r in results] == ids and 0 < len(failed) < len(ids)
    for device_id in ids:
        status = console.world.state["devices"][device_id]["status"]
        assert (status == "ACTIVE") == (device_id in failed)


def test_the_same_seed_gives_the_same_bad_day() -> None:
    def day(seed: int) -> list[int]:
        faults = Faults()
        faults.set([{"method": "a.*", "kind": "503", "probability": 0.3}, {"kind": "429", "every": 7}], seed)
        return [faults.of(m).status for m in ["a.b", "c.d"] * 50]

    assert day(1) == day(1) != day(2)
    assert {503, 429, 0} == set(day(1))


@pytest.mark.parametrize(
    "rule", [{"kind": "418"}, {"kind": "slow"}, {"kind": "503", "chance": 1}, {}, {"kind": "slow:1:after"}]
)
def test_a_rule_that_makes_no_sense_is_named(rule: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="rule 2: "):
        Faults().set([{"kind": "503"}, rule])


def test_faults_are_set_and_read_over_the_wire_with_the_key(console: Emulator) -> None:
    wire = Wire(console)
    key = {"X-Emulator-Key": console.control_key}
    rules = {"seed": 3, "rules": [{"method": "directory.*", "kind": "503", "nth": 2}]}
    assert wire("POST", "/_emulator/faults", rules)[0] == 403
    assert wire("POST", "/_emulator/faults", rules, **key)[0] == 200
    assert [wire("GET", LIST)[0] for _ in range(3)] == [200, 503, 200]
    _, report = wire("GET", "/_emulator/faults", **key)
    assert report["struck"] == {"503": 1} and report["rules"][0]["seen"] == 3
    assert wire("POST", "/_emulator/faults", {"rules": [{"kind": "x"}]}, **key)[0] == 400
    assert wire("GET", "/_emulator/calls", **key)[1]["calls"]["directory.chromeosdevices.list"] == 3
    assert wire("DELETE", "/_emulator/calls", **key) == (200, {})
    assert wire("POST", "/_emulator/advance", {"seconds": 60}, **key)[1]["now"] > console.world.clock() + 50
    assert "oauth" not in wire("GET", "/_emulator/state", **key)[1], "tokens and keys stay inside"
    assert wire("GET", "/_emulator/nothing", **key)[0] == 404
    assert wire("POST", "/_emulator/advance", {}, **key)[0] == 400


def test_a_setting_of_the_wrong_kind_is_refused_and_nothing_changes(console: Emulator) -> None:
    wire, key = Wire(console), {"X-Emulator-Key": console.control_key}
    before = wire("GET", "/_emulator/settings", **key)[1]
    for wrong in ({"quota": 5}, {"policy_delay": 3}, {"token_clock": "late"}, {"colour": 1}):
        assert wire("POST", "/_emulator/settings", wrong, **key)[0] == 400
    assert wire("GET", "/_emulator/settings", **key)[1] == before
    changed = wire("POST", "/_emulator/settings", {"quota": {"off": ["all"]}}, **key)[1]
    assert changed["quota"] == {"scale": 1.0, "off": ["all"]}


def test_control_does_not_answer_inside_a_batch(console: Emulator) -> None:
    wire = Wire(console)
    inner = f"GET /_emulator/state?key={console.control_key} HTTP/1.1\r\n\r\n"
    part = f"--b\r\nContent-Type: application/http\r\nContent-ID: <1>\r\n\r\n{inner}\r\n--b--\r\n"
    request = urllib.request.Request(
        f"{console.root}/batch", part.encode(), {"Content-Type": "multipart/mixed; boundary=b"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        text = answer.read().decode()
    assert "HTTP/1.1 403" in text and "devices" not in text
    assert wire("GET", LIST)[0] == 200
