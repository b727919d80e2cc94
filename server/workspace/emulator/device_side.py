"""The emulated Chromebook itself: what it holds, how it starts, and what a powerwash or a new mainboard does to it.

`world.state["device_side"][deviceId]`:
    org_unit, status      as the machine last saw them in its record
    enrolled, online      managed at all; reaches Google
    snapshot, fetched_at  the policy in force, and since when; fetch_at: when it will ask again
    session, app          setup, booting, login, kiosk, guest, disabled; the kiosk app that runs
    boot_at, enrol_at     what is about to happen; None when nothing, or when it waits for a person
    body                  battery, charging, signal, storage, volume: what its reports say
    due                   when the clock must look at it next
"""

from __future__ import annotations

import copy
from typing import Any

from server.workspace.emulator import policy_wire as wire
from server.workspace.emulator.device_policy import (
    device_switches,
    fetch,
    in_force,
    instant,
    luck,
    plain_value,
    snapshot,
)
from server.workspace.emulator.telemetry_log import beat, happened
from server.workspace.emulator.world import World

Json = dict[str, Any]

_KIOSK = "chrome.devices.kiosk.apps.ForceInstall"
_LAUNCH = "chrome.devices.kiosk.appsconfig.AutoLaunchApp"
_GUEST = "chrome.devices.managedguest.ManagedGuestSessionV2"
_FORCED = "chrome.devices.ForcedReenrollment"
#: Of a record, what belongs to the machine and goes with it into a new record.
_IDENTITY = (
    *("serialNumber", "model", "macAddress", "ethernetMacAddress", "manufactureDate", "chromeOsType", "kind"),
    *("osVersion", "platformVersion", "firmwareVersion", "bootMode", "systemRamTotal"),
    *("autoUpdateThrough", "supportEndDate", "deviceLicenseType"),
)


def begin(world: World, device_id: str) -> None:
    """A record the clock has not seen: a machine that has its org unit's policy and stands where booting puts it."""
    record = world.state["devices"][device_id]
    at = world.now()
    managed = record["status"] != "DEPROVISIONED"
    world.state["device_side"][device_id] = {
        "org_unit": record["orgUnitId"],
        "status": record["status"],
        "enrolled": managed,
        "online": record["serialNumber"] not in device_switches(world)["offline"],
        "snapshot": None,
        "begun_at": at,
        "fetched_at": None,
        "fetch_at": None,
        "session": "setup",
        "app": None,
        "booted_at": at,
        "boot_at": None,
        "enrol_at": None,
        "reachable_at": at,
        "due": at,
        "body": {"volume": 50},
        "heartbeats": [],
        "commands": {},
        "failing": {},
    }
    draw = luck(world, device_id)
    total = 64 * 10**9
    world.state["device_side"][device_id]["body"] |= {
        "battery": draw.randint(55, 100),
        "charging": draw.random() < 0.5,
        "signal": draw.randint(-75, -45),
        "storage_total": total,
        "storage_free": draw.randint(total // 4, total * 3 // 4),
    }
    if managed:
        world.state["device_side"][device_id]["snapshot"] = snapshot(world, record["orgUnitId"])
        _settle(world, device_id, at)


def boot(world: World, device_id: str, at: float) -> None:
    side = world.state["device_side"][device_id]
    side["boot_at"], side["booted_at"], side["reachable_at"] = None, at, at
    world.state["devices"][device_id].setdefault("osUpdateStatus", {})["rebootTime"] = instant(at)
    _settle(world, device_id, at)


def restart(world: World, device_id: str, at: float) -> None:
    """Off, and on again in a moment."""
    side = world.state["device_side"][device_id]
    side["session"], side["app"] = "booting", None
    side["boot_at"] = at + device_switches(world)["boot_seconds"]


def obey(world: World, device_id: str, at: float) -> None:
    """What newly fetched policy does at once.

    Assumed: only being disabled or enabled. A kiosk app that starts by itself does so when the device boots.
    """
    side = world.state["device_side"][device_id]
    if (side["status"] == "DISABLED") != (side["session"] == "disabled") and side["boot_at"] is None:
        _settle(world, device_id, at)


def launch(world: World, device_id: str, app_id: str, at: float) -> bool:
    """A person picks an app in the sign-in screen's Apps menu, or it starts by itself."""
    side = world.state["device_side"][device_id]
    if app_id not in kiosk_apps(world, device_id):
        return False
    side["session"], side["app"] = "kiosk", app_id
    happened(world, device_id, "APP_LAUNCHED", at, appLaunchEvent={"appId": app_id.partition(":")[2]})
    return True


def kiosk_apps(world: World, device_id: str) -> list[str]:
    """The apps in the Apps menu. Assumed: an added app stands there unless forceInstall is false."""
    rows = [row for row in in_force(world, device_id) if row["schema"] == _KIOSK]
    return [row["keys"]["app_id"] for row in rows if row["value"].get("forceInstall", True)]


def powerwash(world: World, device_id: str, at: float) -> None:
    """Everything on the machine is gone; the record at Google stays. Forced re-enrolment decides what follows."""
    side = world.state["device_side"][device_id]
    mode = plain_value(world, device_id, _FORCED).get("reenrollmentMode", "AUTO_REENROLLMENT")
    alone = side["enrolled"] and mode == "AUTO_REENROLLMENT" and device_switches(world)["powerwash"] == "auto"
    side |= {"enrolled": False, "snapshot": None, "fetch_at": None, "fetched_at": None}
    side |= {"session": "setup", "app": None, "boot_at": None, "enrol_at": None}
    if alone and side["status"] != "DEPROVISIONED":
        least, most = device_switches(world)["reenrol_seconds"]
        side["enrol_at"] = at + luck(world, device_id).uniform(least, most)


def enrol(world: World, device_id: str, at: float, *, serial: str | None = None) -> str:
    """The machine is managed again. The id of its record: a new one after a new mainboard, or where so switched."""
    known = device_switches(world)
    new = serial is not None or known["device_id"] == "new"
    record_id = _second_record(world, device_id, at, serial) if new else device_id
    side, record = world.state["device_side"][record_id], world.state["devices"][record_id]
    if known["org_unit"] != "kept":
        record["orgUnitId"] = world.find_org_unit(known["org_unit"]) or world.root
    record |= {"status": "ACTIVE", "lastEnrollmentTime": instant(at)}
    side |= {"enrolled": True, "enrol_at": None, "online": True, "reachable_at": at, "due": at}
    side |= {"org_unit": record["orgUnitId"], "status": "ACTIVE"}
    fetch(world, record_id, at)
    boot(world, record_id, at)
    return record_id


def forget(world: World, device_id: str, at: float) -> None:
    """A deprovisioned device learns that it is nobody's: no policy, no kiosk, until a person enrols it again."""
    side = world.state["device_side"][device_id]
    side |= {"enrolled": False, "snapshot": None, "fetch_at": None, "session": "login", "app": None}
    beat(side, "OFFLINE", at)


def _settle(world: World, device_id: str, at: float) -> None:
    """The session a device comes up in."""
    side = world.state["device_side"][device_id]
    side["session"], side["app"] = "login", None
    if side["status"] == "DISABLED":
        side["session"] = "disabled"
    elif not side["enrolled"]:
        side["session"] = "setup"
    elif not launch(world, device_id, plain_value(world, device_id, _LAUNCH).get("appId", "None"), at):
        guest = plain_value(world, device_id, _GUEST).get("managedGuestSessionAvailability")
        if guest == "AUTO_LAUNCH":
            side["session"] = "guest"
    if side["online"]:
        beat(side, "ONLINE", at)


def _second_record(world: World, device_id: str, at: float, serial: str | None) -> str:
    """A new record for the same machine; the old one stays, without a machine behind it."""
    old_side, old = world.state["device_side"][device_id], world.state["devices"][device_id]
    new_id = _device_id(world)
    record = {name: copy.deepcopy(old[name]) for name in _IDENTITY if name in old}
    record |= {"deviceId": new_id, "orgUnitId": old["orgUnitId"], "etag": f'"{new_id}"'}
    record["firstEnrollmentTime"] = instant(at)
    if serial is not None:
        record["serialNumber"] = serial
        for name in ("macAddress", "ethernetMacAddress"):
            if name in record:
                record[name] = world.new_id("mac", 12, alphabet="0123456789abcdef")
    world.state["devices"][new_id] = record
    world.state["device_side"][new_id] = {**copy.deepcopy(old_side), "commands": {}, "heartbeats": []}
    old_side |= {"online": False, "enrolled": False, "enrol_at": None, "session": "setup", "due": at}
    return new_id


def _device_id(world: World) -> str:
    text = world.new_id("device", 32, alphabet="0123456789abcdef")
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def auto_launch(world: World, device_id: str) -> str | None:
    """The app that will start by itself at the next boot."""
    app = plain_value(world, device_id, _LAUNCH).get("appId", "None")
    return app if app in kiosk_apps(world, device_id) else None


def plain_policies(world: World, device_id: str, spelling: Json) -> list[Json]:
    """What is in force, with `plain` beside each wire value: enums by short names."""
    return [
        {**row, "plain": wire.plain_value(row["schema"], row["value"], spelling)}
        for row in in_force(world, device_id)
    ]
