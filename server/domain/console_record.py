"""A Chromebook's record in the Google console as our columns. Pure: Google's words in, ours out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from server.domain.inventory import real_serial

Json = Mapping[str, Any]

#: Our column → the field of Google's record, and how long we keep it.
TEXTS: dict[str, tuple[str, int]] = {
    "serial": ("serialNumber", 80),
    "status": ("status", 30),
    "org_unit_path": ("orgUnitPath", 2_000),
    "model": ("model", 120),
    "annotated_user": ("annotatedUser", 120),
    "annotated_location": ("annotatedLocation", 220),
    "annotated_asset_id": ("annotatedAssetId", 120),
    "notes": ("notes", 2_000),
    "os_version": ("osVersion", 60),
    "boot_mode": ("bootMode", 20),
    "mac_address": ("macAddress", 20),
    "auto_update_through": ("autoUpdateThrough", 40),
}
TIMES = {"last_sync_at": "lastSync", "last_enrolled_at": "lastEnrollmentTime"}
#: Kept as they came. What a pupil did on a device (recentUsers, activeTimeRanges, files) is never asked for.
FACTS = (
    *("platformVersion", "firmwareVersion", "osVersionCompliance", "osUpdateStatus", "chromeOsType"),
    *("deviceLicenseType", "supportEndDate", "manufactureDate", "firstEnrollmentTime", "lastDeprovisionTimestamp"),
    *("deprovisionReason", "ethernetMacAddress", "lastKnownNetwork"),
)  # fmt: skip
#: Every field of a record that Bangku asks for.
FIELDS = (
    "deviceId", "orgUnitId", *(name for name, _ in TEXTS.values()), *TIMES.values(), *FACTS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ConsoleDevice:
    """One record of the console. Times in epoch ms; `serial` as Google writes it, also an empty one."""

    console_id: str
    serial: str = ""
    status: str = ""
    org_unit_id: str | None = None
    org_unit_path: str = ""
    model: str | None = None
    annotated_user: str | None = None
    annotated_location: str | None = None
    annotated_asset_id: str | None = None
    notes: str | None = None
    os_version: str | None = None
    boot_mode: str | None = None
    mac_address: str | None = None
    auto_update_through: str | None = None
    last_sync_at: int | None = None
    last_enrolled_at: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str | None:
        """The serial number as it is compared; None for one that tells nothing."""
        return serial_key(self.serial)

    def values(self) -> dict[str, Any]:
        """Google's columns of the mirror."""
        return {name: getattr(self, name) for name in COLUMNS}

    @property
    def digest(self) -> str:
        return digest_of(self.values())


COLUMNS = tuple(f.name for f in fields(ConsoleDevice))


@dataclass(frozen=True, slots=True)
class OrgUnit:
    org_unit_id: str
    path: str
    name: str = ""
    parent_id: str | None = None


def serial_key(text: str) -> str | None:
    """A whole serial number in the one form in which two are compared: never a part of it."""
    found = real_serial(text.strip())
    return found.upper() if found else None


def read_device(record: Json, moment: Callable[[str], int | None]) -> ConsoleDevice:
    """Google's record as our columns. `moment` reads an RFC 3339 time."""
    values: dict[str, Any] = {
        column: str(record.get(name) or "").strip()[:most] or None for column, (name, most) in TEXTS.items()
    }
    for column in ("serial", "status", "org_unit_path"):
        values[column] = values[column] or ""
    for column, name in TIMES.items():
        values[column] = moment(str(record[name])) if record.get(name) else None
    return ConsoleDevice(
        console_id=str(record["deviceId"]),
        org_unit_id=bare_id(record.get("orgUnitId")),
        facts={name: record[name] for name in FACTS if name in record},
        **values,
    )


def read_unit(record: Json) -> OrgUnit:
    return OrgUnit(
        org_unit_id=bare_id(record["orgUnitId"]) or "",
        path=str(record.get("orgUnitPath") or ""),
        name=str(record.get("name") or ""),
        parent_id=bare_id(record.get("parentOrgUnitId")),
    )


def deprovisioned(status: str) -> bool:
    """The record stays in the console; the Chromebook is managed by it no longer."""
    return status.upper() == "DEPROVISIONED"


def bare_id(text: object) -> str | None:
    """`id:03ph8a2z` as `03ph8a2z`: the Directory writes the first, the Policy API wants the second."""
    return str(text).removeprefix("id:") or None if text else None


def digest_of(shape: Any) -> str:
    text = json.dumps(shape, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
