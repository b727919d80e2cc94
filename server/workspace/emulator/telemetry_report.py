"""What an emulated Chromebook reports of itself.

A report is there only when the policy that the device has in force lets it report. Assumed, where it says nothing:
power, storage and network are reported, the heartbeat and the running kiosk app are not.
"""

from __future__ import annotations

from typing import Any

from server.workspace.emulator.device_policy import instant, plain_value
from server.workspace.emulator.world import World

Json = dict[str, Any]

REPORT_SECONDS = 3 * 3600.0  # a device reports about this often
_TELEMETRY = "chrome.devices.EnableGranularDeviceTelemetryReporting"
_KIOSK_APP = "chrome.devices.EnableReportDeviceRunningKioskApp"


def reports(world: World, device_id: str, side: Json) -> Json:
    """What the machine said last; a machine out of reach says nothing newer."""
    if side["fetched_at"] is None and not side["enrolled"]:
        return {}
    body = side["body"]
    at = instant(side.get("silent_since") or _last_report(world, side))
    found: Json = {}
    if _may(world, device_id, "report_power_status"):
        sample = {
            "reportTime": at,
            "chargeRate": body["battery"],
            "remainingCapacity": str(40 * body["battery"]),
        }
        sample["status"] = "Charging" if body["charging"] else "Discharging"
        found["batteryStatusReport"] = [
            {
                "reportTime": at,
                "batteryHealth": "BATTERY_HEALTH_NORMAL",
                "cycleCount": 120,
                "sample": [sample],
            }
        ]
    if _may(world, device_id, "report_storage_status"):
        total, free = str(body["storage_total"]), str(body["storage_free"])
        found["storageInfo"] = {"totalDiskBytes": total, "availableDiskBytes": free}
        found["storageStatusReport"] = [{"reportTime": at, "disk": [{"sizeBytes": total, "type": "eMMC"}]}]
    if _may(world, device_id, "report_network_status"):
        row = {"reportTime": at, "connectionType": "WIFI", "connectionState": "ONLINE"}
        found["networkStatusReport"] = [{**row, "signalStrengthDbm": body["signal"]}]
    if _may(world, device_id, "device_activity_heartbeat_enabled", unset=False):
        beats = side["heartbeats"]
        found["heartbeatStatusReport"] = [
            {"reportTime": instant(b["at"]), "state": b["state"]} for b in beats
        ]
    reports_app = plain_value(world, device_id, _KIOSK_APP).get("reportDeviceRunningKioskApp", False)
    if reports_app and side["session"] == "kiosk":
        app = {"reportTime": at, "appId": side["app"].partition(":")[2], "appVersion": "1.0"}
        found["kioskAppStatusReport"] = [app]
    return found


def _last_report(world: World, side: Json) -> float:
    """Reports go out every REPORT_SECONDS from the boot on, the first right then."""
    booted = float(side["booted_at"])
    return booted + (world.now() - booted) // REPORT_SECONDS * REPORT_SECONDS


def _may(world: World, device_id: str, report: str, *, unset: bool = True) -> bool:
    said = plain_value(world, device_id, _TELEMETRY)
    behaviour = said.get("reportingTelemetryBehavior")
    if behaviour is None:
        return unset
    if behaviour == "REPORTING_CUSTOM_WITH_ALLOWLIST":
        return report in said.get("reportTelemetryCustomAllowlist", [])
    return bool(behaviour == "REPORTING_ENABLE_ALL")
