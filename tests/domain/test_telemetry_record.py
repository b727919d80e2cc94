"""Google's telemetry as ours: the newest of each group with its own time, and nothing about who used the machine."""

from __future__ import annotations

from server.domain.telemetry_record import READ_MASK, read
from server.services.console_times import moment

EARLY, LATE = "2026-11-10T01:00:00Z", "2026-11-10T04:00:00.000Z"
AT = moment(LATE)


def battery(at, percent, status="Discharging", health="BATTERY_HEALTH_NORMAL"):
    sample = {"reportTime": at, "chargeRate": percent, "status": status}
    return {"reportTime": at, "batteryHealth": health, "sample": [sample]}


def test_the_newest_report_of_each_group_is_kept_with_its_time():
    facts, at = read(
        {
            "batteryStatusReport": [battery(LATE, 40), battery(EARLY, 90, "Charging")],
            "storageInfo": {"availableDiskBytes": "12000000000", "totalDiskBytes": "64000000000"},
            "storageStatusReport": [{"reportTime": EARLY}],
            "networkStatusReport": [
                {"reportTime": EARLY, "connectionState": "ONLINE", "connectionType": "WIFI", "signalStrengthDbm": -61},
                {"reportTime": LATE, "connectionState": "NOT_CONNECTED", "signalStrengthDbm": 0},
            ],
            "kioskAppStatusReport": [{"reportTime": LATE, "appId": "abc", "appVersion": "1.0"}],
        },
        moment,
    )  # fmt: skip
    assert facts == {
        "battery": {"at": AT, "health": "normal", "percent": 40, "charging": False},
        "storage": {"at": moment(EARLY), "free": 12_000_000_000},
        "network": {"at": moment(EARLY), "type": "wifi", "signal": -61},
        "app": {"at": AT, "id": "abc", "version": "1.0"},
    }
    assert at == AT


def test_what_is_not_reported_is_absent_and_never_zero():
    assert read({"deviceId": "x"}, moment) == ({}, None)
    facts, _ = read({"batteryStatusReport": [{"reportTime": LATE}]}, moment)
    assert facts == {"battery": {"at": AT}}
    assert (
        read({"storageInfo": {"availableDiskBytes": "1"}}, moment)[0] == {}
    )  # without a time it tells nothing
    assert read({"batteryStatusReport": [{"batteryHealth": "BATTERY_REPLACE_NOW"}]}, moment)[0] == {}


def test_a_full_battery_on_its_charger_counts_as_plugged_in():
    facts, _ = read({"batteryStatusReport": [battery(LATE, 100, "Full", "BATTERY_REPLACE_SOON")]}, moment)
    assert facts["battery"] == {"at": AT, "health": "soon", "percent": 100, "charging": True}


def test_only_what_is_read_is_asked_for():
    asked = set(READ_MASK.split(","))
    assert not {path for path in asked if path.startswith(("cpu", "audio", "app_report", "peripherals"))}
    assert "device_id" in asked
