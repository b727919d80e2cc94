"""The search language of chromeosdevices.list: `id:5CD status:provisioned sync:2026-01-01..`.

Every search by serial number is partial, from three characters on. *Assumed*: terms are joined by AND; an unknown
operator or a date that cannot be read is refused; `provisioned` finds ACTIVE.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from server.workspace.emulator.call import Json, Refusal

Test = Callable[[Json], bool]
_TERM = re.compile(r"\s*(?:(\w+):)?('[^']*'|\"[^\"]*\"|\S+)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_STATUS = {
    "provisioned": "ACTIVE",
    "disabled": "DISABLED",
    "deprovisioned": "DEPROVISIONED",
    "delinquent": "DELINQUENT",
    "inactive": "INACTIVE",
}
_PART = {
    "user": "annotatedUser",
    "location": "annotatedLocation",
    "note": "notes",
    "asset_id": "annotatedAssetId",
    "public_model_name": "model",
}
_WHOLE = {"wifi_mac": "macAddress", "ethernet_mac": "ethernetMacAddress"}
_DAY = {"register": "lastEnrollmentTime", "sync": "lastSync", "aue": "autoUpdateThrough"}
SERIAL_LEAST = 3


def matcher(query: str) -> Test:
    """Whether a device is meant. Raises Refusal 400."""
    tests, at = [], 0
    while query[at:].strip():
        term = _TERM.match(query, at)
        assert term is not None  # anything but white space is a term
        at = term.end()
        tests.append(_test(term.group(1) or "", term.group(2).strip("'\"")))
    return lambda device: all(test(device) for test in tests)


def _test(operator: str, value: str) -> Test:
    if operator in ("", "id"):
        if operator and len(value) < SERIAL_LEAST:
            raise _bad(f"id:{value}")
        return _contains("serialNumber", value)
    if operator == "status":
        if value.lower() not in _STATUS:
            raise _bad(f"status:{value}")
        return _equals("status", _STATUS[value.lower()])
    if operator in _PART:
        return _contains(_PART[operator], value)
    if operator in _WHOLE:
        return _equals(_WHOLE[operator], value)
    if operator in _DAY:
        return _between(_DAY[operator], value)
    raise _bad(f"{operator}:{value}")


def _contains(field: str, value: str) -> Test:
    wanted = value.casefold()
    return lambda device: wanted in str(device.get(field, "")).casefold()


def _equals(field: str, value: str) -> Test:
    wanted = value.casefold()
    return lambda device: str(device.get(field, "")).casefold() == wanted


def _between(field: str, value: str) -> Test:
    first, dots, last = value.partition("..")
    if not dots:
        last = first
    if not (first or last) or any(day and not _DATE.fullmatch(day) for day in (first, last)):
        raise _bad(value)

    def test(device: Json) -> bool:
        day = str(device.get(field, ""))[:10]
        return bool(day) and (not first or first <= day) and (not last or day <= last)

    return test


def _bad(term: str) -> Refusal:
    return Refusal(400, "invalid", f"Invalid Input: query: {term}")
