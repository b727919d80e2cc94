"""What a person or a test does to an emulated Chromebook: POST /_emulator/device/<act>, with `device` in the body.

`device` is a deviceId or an exact serial number. GET device/policy is what the machine has in force right now.
"""

from __future__ import annotations

from typing import Any

from server.workspace.emulator import device_side as machine
from server.workspace.emulator.call import controls
from server.workspace.emulator.device_policy import fetch, instant, luck, plain_value
from server.workspace.emulator.policy_state import switches
from server.workspace.emulator.telemetry_log import beat, happened
from server.workspace.emulator.world import World

Json = dict[str, Any]

_POWERWASH = "chrome.devices.DevicePowerwashAllowed"
_BODY = {
    "battery": int,
    "charging": bool,
    "signal": int,
    "storage_free": int,
    "storage_total": int,
    "volume": int,
}


@controls("GET", "device/policy")
def show_policy(world: World, given: Json) -> Json:
    """What the machine holds and shows. `plain` of each policy has the enums' short names."""
    device_id = device_of(world, given)
    side, record = world.state["device_side"][device_id], world.state["devices"][device_id]
    return {
        "deviceId": device_id,
        "serialNumber": record["serialNumber"],
        "orgUnitId": side["org_unit"],
        "enrolled": side["enrolled"],
        "online": side["online"],
        "fetchedAt": side["fetched_at"] and instant(side["fetched_at"]),
        "fetchesAt": side["fetch_at"] and instant(side["fetch_at"]),
        "session": side["session"],
        "app": side["app"],
        "apps": machine.kiosk_apps(world, device_id),
        "policies": machine.plain_policies(world, device_id, switches(world)["spelling"]),
    }


@controls("POST", "device/fetch")
def fetch_now(world: World, given: Json) -> Json:
    """A person reloads the policies on the machine."""
    device_id = device_of(world, given)
    side = world.state["device_side"][device_id]
    if not (side["online"] and side["enrolled"]):
        raise ValueError(f"{device_id} is offline or not enrolled: it cannot fetch policy")
    fetch(world, device_id, world.now())
    machine.obey(world, device_id, world.now())
    return show_policy(world, given)


@controls("POST", "device/offline")
def go_offline(world: World, given: Json) -> Json:
    """Switched off, in a cupboard, or without a network."""
    side = world.state["device_side"][device_of(world, given)]
    if side["online"]:
        side["online"], side["silent_since"] = False, world.now()
        beat(side, "OFFLINE", world.now())
    return {}


@controls("POST", "device/online")
def go_online(world: World, given: Json) -> Json:
    device_id, now = device_of(world, given), world.now()
    side = world.state["device_side"][device_id]
    if side["online"]:
        return {}
    least, most = world.state["settings"]["policy_delay"]
    side |= {"online": True, "silent_since": None, "reachable_at": now, "due": now}
    if side["enrolled"]:
        side["fetch_at"] = now + luck(world, device_id).uniform(least, most)
        beat(side, "ONLINE", now)
    elif side["enrol_at"] is not None:
        side["enrol_at"] = max(side["enrol_at"], now + least)
    return {}


@controls("POST", "device/reboot")
def reboot(world: World, given: Json) -> Json:
    """By its power button."""
    device_id = device_of(world, given)
    machine.restart(world, device_id, world.now())
    world.state["device_side"][device_id]["due"] = world.now()
    return {}


@controls("POST", "device/launch")
def launch(world: World, given: Json) -> Json:
    """Somebody picks a kiosk app from the Apps menu: `app_id`."""
    device_id = device_of(world, given)
    session = world.state["device_side"][device_id]["session"]
    if session != "login":
        raise ValueError(f"{device_id} shows {session}: the Apps menu stands on the sign-in screen only")
    if not machine.launch(world, device_id, str(given.get("app_id")), world.now()):
        raise ValueError(f"{given.get('app_id')} is not in the Apps menu of {device_id}")
    return {}


@controls("POST", "device/powerwash")
def powerwash(world: World, given: Json) -> Json:
    """By hand, on the machine; refused where its policy forbids it, unless `recovery` says with a recovery stick."""
    device_id = device_of(world, given)
    allowed = plain_value(world, device_id, _POWERWASH).get("devicePowerwashAllowed", True)
    if not allowed and not given.get("recovery"):
        raise ValueError(f"{device_id}: its policy does not allow a powerwash")
    machine.powerwash(world, device_id, world.now())
    world.state["device_side"][device_id]["due"] = world.now()
    return {}


@controls("POST", "device/enrol")
def enrol(world: World, given: Json) -> Json:
    """A person enrols the machine that stands in its set-up screen. Answers the deviceId of its record."""
    device_id = device_of(world, given)
    side = world.state["device_side"][device_id]
    if side["enrolled"]:
        raise ValueError(f"{device_id} is enrolled already")
    if side["session"] != "setup":
        raise ValueError(f"{device_id} must be wiped before it can be enrolled")
    _take_licence(world, device_id)
    return {"deviceId": machine.enrol(world, device_id, world.now())}


@controls("POST", "device/mainboard")
def swap_mainboard(world: World, given: Json) -> Json:
    """A workshop puts in a new mainboard with `serial`, and somebody enrols it: a new record for the same case."""
    device_id, serial = device_of(world, given), str(given.get("serial") or "")
    if not serial or any(r["serialNumber"] == serial for r in world.state["devices"].values()):
        raise ValueError(f"serial: {serial!r} is empty or there already")
    machine.powerwash(world, device_id, world.now())
    return {"deviceId": machine.enrol(world, device_id, world.now(), serial=serial)}


@controls("POST", "device/body")
def change_body(world: World, given: Json) -> Json:
    """What its next reports say: battery, charging, signal, storage_free, storage_total, volume."""
    side = world.state["device_side"][device_of(world, given)]
    wanted = {name: value for name, value in given.items() if name != "device"}
    for name, value in wanted.items():
        if name not in _BODY or type(value) is not _BODY[name]:
            raise ValueError(f"{name}: unknown, or of another type")
    side["body"] |= wanted
    return dict(side["body"])


@controls("POST", "device/fail")
def fail_next(world: World, given: Json) -> Json:
    """The next command of `commandType` fails on the machine with `message`."""
    side = world.state["device_side"][device_of(world, given)]
    side["failing"][str(given["commandType"])] = str(given.get("message", "The device could not do it."))
    return {}


@controls("POST", "device/event")
def add_event(world: World, given: Json) -> Json:
    """Something a device would report by telemetry: `eventType`, and its payload as Google names it."""
    payload = {name: value for name, value in given.items() if name not in ("device", "eventType")}
    happened(world, device_of(world, given), str(given["eventType"]), world.now(), **payload)
    return {}


def device_of(world: World, given: Json) -> str:
    """The id of the device that `device` names. Raises: LookupError."""
    wanted = given.get("device")
    if wanted in world.state["device_side"]:
        return str(wanted)
    found = [i for i, record in world.state["devices"].items() if record["serialNumber"] == wanted]
    # A machine with two records is at the newest of them.
    known = [device_id for device_id in found if device_id in world.state["device_side"]]
    if not known:
        raise LookupError(f"device {wanted!r}: no such device")
    return str(known[-1])


def _take_licence(world: World, device_id: str) -> None:
    """Only a deprovisioned device needs a licence again."""
    records = world.state["devices"]
    held = sum(record["status"] in ("ACTIVE", "DISABLED") for record in records.values())
    if records[device_id]["status"] == "DEPROVISIONED" and held >= world.state["licences"]["total"]:
        raise ValueError("there are not enough licences")
