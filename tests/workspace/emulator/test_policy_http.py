"""Google's own client reads, writes and proves policy at the emulated console, and follows a command to its end."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from googleapiclient.errors import HttpError

from server.workspace.emulator.app import Emulator
from tests.workspace.emulator.policy_asks import FORCE, KIOSK_APP, inherit, modify
from tests.workspace.emulator.stand import client, start

GUEST = "chrome.devices.GuestMode"
LAUNCH = "chrome.devices.kiosk.appsconfig.AutoLaunchApp"
MODE = "chrome.devices.ForcedReenrollment"


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Emulator]:
    emulator = start(tmp_path / "console")
    yield emulator
    emulator.stop()


def control(console: Emulator, verb: str, name: str, body: Any = None) -> Any:
    request = urllib.request.Request(
        f"{console.root}/_emulator/{name}",
        None if body is None else json.dumps(body).encode(),
        {"X-Emulator-Key": console.control_key},
        method=verb,
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read())


class Policies:
    def __init__(self, console: Emulator) -> None:
        self.api = client(console, "chromepolicy").customers()
        self.customer = f"customers/{console.customer}"
        self.room = console.world.find_org_unit("/Lab/Ruang 1")

    def modify(self, *requests: Any) -> Any:
        body = {"requests": list(requests)}
        return self.api.policies().orgunits().batchModify(customer=self.customer, body=body).execute()

    def inherit(self, *requests: Any) -> Any:
        body = {"requests": list(requests)}
        return self.api.policies().orgunits().batchInherit(customer=self.customer, body=body).execute()

    def resolve(self, fits: str) -> list[Any]:
        body = {"policySchemaFilter": fits, "policyTargetKey": {"targetResource": f"orgunits/{self.room}"}}
        answer = self.api.policies().resolve(customer=self.customer, body=body).execute()
        return answer.get("resolvedPolicies", [])


def test_an_enum_is_read_from_its_definition_written_resolved_and_in_force(console: Emulator) -> None:
    policies = Policies(console)
    schema = policies.api.policySchemas().get(name=f"{policies.customer}/policySchemas/{MODE}").execute()
    names = [value["name"] for value in schema["definition"]["enumType"][0]["value"]]
    name = next(n for n in names if n.endswith("_AUTO_REENROLLMENT"))
    with pytest.raises(HttpError) as caught:
        policies.modify(modify(MODE, {"reenrollmentMode": "AUTO_REENROLLMENT"}, policies.room))
    assert caught.value.status_code == 400
    (details,) = caught.value.error_details
    assert details["modificationErrors"][0]["fieldErrors"][0]["field"] == "reenrollmentMode"
    assert policies.modify(modify(MODE, {"reenrollmentMode": name}, policies.room)) == {}
    assert policies.resolve("chrome.devices.*")[0]["value"]["value"] == {"reenrollmentMode": name}
    serial = next(
        d["serialNumber"] for d in console.world.state["devices"].values() if d["orgUnitId"] == policies.room
    )
    assert control(console, "GET", f"device/policy?device={serial}")["policies"] == []
    control(console, "POST", "advance", {"seconds": 60})
    (row,) = control(console, "GET", f"device/policy?device={serial}")["policies"]
    assert row["plain"] == {"reenrollmentMode": "AUTO_REENROLLMENT"}


def test_a_kiosk_room_is_set_up_taken_over_by_a_moved_device_and_put_back(console: Emulator) -> None:
    policies = Policies(console)
    policies.modify(modify(FORCE, {"forceInstall": True}, policies.room, app_id=KIOSK_APP))
    policies.modify(modify(LAUNCH, {"appId": KIOSK_APP, "enableAutoLoginBailout": False}, policies.room))
    device = next(
        d["deviceId"] for d in console.world.state["devices"].values() if d["orgUnitId"] != policies.room
    )
    directory = client(console)
    directory.chromeosdevices().moveDevicesToOu(
        customerId=console.customer, orgUnitPath="/Lab/Ruang 1", body={"deviceIds": [device]}
    ).execute()
    control(console, "POST", "advance", {"seconds": 60})
    commands = directory.customer().devices().chromeos()
    issued = commands.issueCommand(
        customerId=console.customer, deviceId=device, body={"commandType": "REBOOT"}
    ).execute()
    control(console, "POST", "advance", {"seconds": 120})
    command = (
        commands.commands()
        .get(customerId=console.customer, deviceId=device, commandId=issued["commandId"])
        .execute()
    )
    assert command["commandResult"]["result"] == "SUCCESS"
    shown = control(console, "GET", f"device/policy?device={device}")
    assert (shown["session"], shown["app"]) == ("kiosk", KIOSK_APP)
    telemetry = client(console, "chromemanagement").customers().telemetry()
    name = f"{policies.customer}/telemetry/devices/{device}"
    assert (
        telemetry.devices().get(name=name, readMask="battery_status_report").execute()["batteryStatusReport"]
    )
    policies.inherit(inherit(LAUNCH, policies.room))
    policies.inherit(inherit("chrome.devices.kiosk.apps.*", policies.room, app_id=KIOSK_APP))
    assert policies.resolve("chrome.devices.kiosk.apps.*") == policies.resolve(LAUNCH) == []


def test_a_wild_update_mask_does_not_pass_the_document(console: Emulator) -> None:
    policies = Policies(console)
    request = modify(GUEST, {"guestModeEnabled": True}, policies.room)
    request["updateMask"] = {"paths": ["guestModeEnabled"]}
    with pytest.raises(HttpError) as caught:
        policies.modify(request)
    assert caught.value.status_code == 400


def test_the_spelling_survives_a_restart_and_differs_by_seed(tmp_path: Path) -> None:
    def prefix(folder: str, seed: int) -> Any:
        emulator = Emulator(tmp_path / folder, seed=seed).start()
        try:
            policies = client(emulator, "chromepolicy").customers().policySchemas()
            name = f"customers/{emulator.customer}/policySchemas/{MODE}"
            return policies.get(name=name).execute()["definition"]["enumType"]
        finally:
            emulator.stop()

    first = prefix("a", 1)
    assert prefix("a", 1) == first
    assert any(prefix(f"s{seed}", seed) != first for seed in (2, 3, 4))
