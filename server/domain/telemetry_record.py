"""A Chromebook's telemetry as Google tells it, brought down to what readiness asks for. Pure.

Nothing about who used it or what was open is asked of Google, so nothing of it can be kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Json = Mapping[str, Any]
Moment = Callable[[str], int | None]

#: The read mask: paths of the discovery document, and no more than is read below.
READ_MASK = ",".join(
    (
        *("device_id", "battery_status_report", "storage_info", "storage_status_report"),
        *("network_status_report", "kiosk_app_status_report"),
    )
)
_HEALTH = {"BATTERY_HEALTH_NORMAL": "normal", "BATTERY_REPLACE_SOON": "soon", "BATTERY_REPLACE_NOW": "now"}
_ON_NETWORK = frozenset({"ONLINE", "CONNECTED"})
_PLUGGED = frozenset({"charging", "full", "not charging"})  # as Linux names them; on the charger in all three


def read(record: Json, moment: Moment) -> tuple[dict[str, dict[str, Any]], int | None]:
    """(facts, newest time of any of them). Each group carries its own time, `at`; a group nobody reported is absent."""
    groups = {
        "battery": _battery(record, moment),
        "storage": _storage(record, moment),
        "network": _network(record, moment),
        "app": _app(record, moment),
    }
    facts = {name: group for name, group in groups.items() if group}
    return facts, max((int(group["at"]) for group in facts.values()), default=None)


def _newest(reports: object, moment: Moment) -> tuple[Json, int] | None:
    """The report with the newest time; one without a time tells nothing."""
    timed = [
        (report, at)
        for report in (reports if isinstance(reports, Sequence) else ())
        if (at := moment(str(report.get("reportTime", "")))) is not None
    ]
    return max(timed, key=lambda one: one[1]) if timed else None


def _battery(record: Json, moment: Moment) -> dict[str, Any]:
    found = _newest(record.get("batteryStatusReport"), moment)
    if found is None:
        return {}
    report, at = found
    sample = _newest(report.get("sample"), moment)
    told: dict[str, Any] = {"at": at, "health": _HEALTH.get(str(report.get("batteryHealth", "")))}
    if sample is not None:
        percent, status = sample[0].get("chargeRate"), str(sample[0].get("status", "")).lower()
        told |= {
            "percent": _whole(percent),
            "charging": status in _PLUGGED if status else None,
            "at": sample[1],
        }
    return {name: value for name, value in told.items() if value is not None}


def _storage(record: Json, moment: Moment) -> dict[str, Any]:
    """`storageInfo` has no time of its own: that of the newest report about disks stands for it."""
    free = _whole((record.get("storageInfo") or {}).get("availableDiskBytes"))
    found = _newest(record.get("storageStatusReport"), moment)
    return {"free": free, "at": found[1]} if free is not None and found is not None else {}


def _network(record: Json, moment: Moment) -> dict[str, Any]:
    """The newest report that says it was on a network."""
    there = [
        report
        for report in record.get("networkStatusReport") or ()
        if str(report.get("connectionState", "")) in _ON_NETWORK
    ]
    found = _newest(there, moment)
    if found is None:
        return {}
    report, at = found
    told = {
        "at": at,
        "type": str(report.get("connectionType", "")).lower(),
        "signal": _whole(report.get("signalStrengthDbm")),
    }
    return {name: value for name, value in told.items() if value not in (None, "")}


def _app(record: Json, moment: Moment) -> dict[str, Any]:
    found = _newest(record.get("kioskAppStatusReport"), moment)
    if found is None:
        return {}
    report, at = found
    told = {"at": at, "id": str(report.get("appId", "")), "version": str(report.get("appVersion", ""))}
    return {name: value for name, value in told.items() if value != ""}


def _whole(value: object) -> int | None:
    """Google writes 64-bit numbers as text."""
    text = str(value)
    return int(text) if value is not None and text.lstrip("-").isdigit() else None
