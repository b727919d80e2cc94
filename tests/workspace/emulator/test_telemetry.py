"""Telemetry tells what the emulated devices report, as far as the policy they have in force lets them."""

from __future__ import annotations

import pytest

from server.workspace.emulator.call import Refusal
from server.workspace.emulator.device_policy import instant
from tests.workspace.emulator.policy_asks import KIOSK_APP, modify
from tests.workspace.emulator.policy_world import CUSTOMER, School

TELEMETRY = "chrome.devices.EnableGranularDeviceTelemetryReporting"
RUNNING = "chrome.devices.EnableReportDeviceRunningKioskApp"
BATTERY = "battery_status_report"


@pytest.fixture
def school():
    return School()


def devices(school, mask=BATTERY, **more):
    method = "chromemanagement.customers.telemetry.devices.list"
    return school.call(method, parent=f"customers/{CUSTOMER}", readMask=mask, **more)


def device(school, mask, device_id="d1"):
    method = "chromemanagement.customers.telemetry.devices.get"
    return school.call(method, name=f"customers/my_customer/telemetry/devices/{device_id}", readMask=mask)


def events(school, mask="device,app_launch_event", **more):
    method = "chromemanagement.customers.telemetry.events.list"
    return school.call(method, parent="customers/my_customer", readMask=mask, **more).get(
        "telemetryEvents", []
    )


def report(school, *allowed, behaviour="REPORTING_CUSTOM_WITH_ALLOWLIST"):
    name = school.wire(f"{TELEMETRY}.reportingTelemetryBehavior", behaviour)
    value = {"reportingTelemetryBehavior": name, "reportTelemetryCustomAllowlist": list(allowed)}
    school.modify(
        modify(TELEMETRY, value, "lab"), modify(RUNNING, {"reportDeviceRunningKioskApp": True}, "lab")
    )
    school.pass_time(60)


def test_a_battery_is_reported_as_the_machine_has_it(school):
    school.control("body", battery=12, charging=False)
    (sample,) = device(school, BATTERY)["batteryStatusReport"][0]["sample"]
    assert (sample["chargeRate"], sample["status"]) == (12, "Discharging")


@pytest.mark.parametrize("mask", ["", "no_such_report", "battery_status_report,color"])
def test_the_read_mask_is_required_and_must_name_what_there_is(school, mask):
    for ask in (devices, events):
        with pytest.raises(Refusal):
            ask(school, mask)


def test_only_what_the_mask_names_is_answered(school):
    found = device(school, "device_id,storage_info,network_status_report")
    assert set(found) == {"deviceId", "storageInfo", "networkStatusReport"}
    assert -75 <= found["networkStatusReport"][0]["signalStrengthDbm"] <= -45


def test_devices_are_filtered_and_come_in_pages(school):
    assert [d["deviceId"] for d in devices(school, "device_id", filter="org_unit_id=room")["devices"]] == [
        "d1",
        "d2",
    ]
    found = devices(school, "serial_number", filter='serial_number="5CD00003"')["devices"]
    assert found == [{"serialNumber": "5CD00003"}]
    page = devices(school, "device_id", pageSize=2)
    rest = devices(school, "device_id", pageSize=2, pageToken=page["nextPageToken"])
    assert [d["deviceId"] for d in page["devices"] + rest["devices"]] == ["d1", "d2", "d3"]
    assert "nextPageToken" not in rest
    with pytest.raises(Refusal):
        devices(school, filter="color=blue")


def test_an_unknown_device_is_not_found(school):
    with pytest.raises(Refusal) as caught:
        device(school, BATTERY, "nobody")
    assert caught.value.status == 404


def test_a_running_kiosk_app_is_reported_where_policy_asks_for_it(school):
    school.kiosk(KIOSK_APP)
    assert device(school, "kiosk_app_status_report") == {}
    report(school)
    (row,) = device(school, "kiosk_app_status_report")["kioskAppStatusReport"]
    assert row["appId"] == KIOSK_APP.removeprefix("web:")


def test_a_heartbeat_is_reported_when_it_changes(school):
    report(school, "device_activity_heartbeat_enabled")
    school.control("offline")
    school.pass_time(60)
    school.control("online")
    states = [row["state"] for row in device(school, "heartbeat_status_report")["heartbeatStatusReport"]]
    assert states == ["ONLINE", "OFFLINE", "ONLINE"]


def test_what_policy_forbids_is_not_reported(school):
    report(school, behaviour="REPORTING_DISABLE_ALL")
    assert device(school, f"{BATTERY},storage_status_report,heartbeat_status_report") == {}


def test_a_silent_device_s_last_report_stays_until_it_is_no_longer_recent(school):
    school.control("offline")
    school.pass_time(86_400)
    (row,) = device(school, BATTERY)["batteryStatusReport"]
    assert row["reportTime"] == instant(school.side()["silent_since"])
    school.pass_time(14 * 86_400)
    assert device(school, BATTERY) == {}
    found = devices(school, BATTERY, filter='device_id=d1 AND reports_timestamp>="0"')["devices"]
    assert "batteryStatusReport" in found[0]


def test_an_app_that_starts_is_an_event(school):
    school.kiosk(KIOSK_APP)
    newest, _ = events(school, filter="event_type=APP_LAUNCHED AND device_org_unit_id=room")
    assert newest["eventType"] == "APP_LAUNCHED"
    assert newest["appLaunchEvent"] == {"appId": KIOSK_APP.removeprefix("web:")}
    assert newest["device"]["orgUnitId"] == "room"
    assert newest["name"].startswith(f"customers/{CUSTOMER}/telemetry/events/")


def test_events_are_filtered_by_device_kind_and_time(school):
    school.control("event", eventType="USB_ADDED", usbPeripheralsEvent={})
    noon = school.world.now()
    school.pass_time(100)
    school.control("event", device="d2", eventType="USB_REMOVED", usbPeripheralsEvent={})
    kinds = lambda **more: [e["eventType"] for e in events(school, "device", **more)]  # noqa: E731
    assert kinds() == ["USB_REMOVED", "USB_ADDED"]
    assert kinds(filter="device_id=d1") == ["USB_ADDED"]
    assert kinds(filter=f'timestamp>"{instant(noon)}"') == ["USB_REMOVED"]
    assert kinds(filter=f'timestamp<="{int(noon * 1000)}"') == ["USB_ADDED"]
    assert kinds(filter="event_type=OS_CRASH") == []
    with pytest.raises(Refusal):
        kinds(filter='timestamp>"yesterday"')
