"""A remote command on its way: fetched, acknowledged, carried out on the device; or too late."""

from __future__ import annotations

import json
from typing import Any

from server.workspace.emulator import device_side as machine
from server.workspace.emulator.device_policy import NEVER, instant, luck, moment
from server.workspace.emulator.world import World

Json = dict[str, Any]

_NEXT = {
    "PENDING": "SENT_TO_CLIENT",
    "SENT_TO_CLIENT": "ACKED_BY_CLIENT",
    "ACKED_BY_CLIENT": "EXECUTED_BY_CLIENT",
}
_FILES = {"CAPTURE_LOGS": "LOG_FILE", "FETCH_SUPPORT_PACKET": "SUPPORT_PACKET"}
#: Which session a command works in; the others work everywhere.
SESSIONS = {"TAKE_A_SCREENSHOT": ("kiosk",), "SET_VOLUME": ("kiosk", "guest"), "CAPTURE_LOGS": ("kiosk",)}


def schedule(world: World, device_id: str, command_id: str, at: float) -> None:
    """The next state comes after the world's command delay."""
    side = world.state["device_side"][device_id]
    least, most = world.state["settings"]["command_delay"]
    side["commands"][command_id] = at + luck(world, device_id).uniform(least, most)
    side["due"] = min(side["due"], at)  # have the clock look


def next_step(world: World, device_id: str) -> float:
    return min((due for due, _ in _open(world, device_id)), default=NEVER)


def run_step(world: World, device_id: str, at: float) -> None:
    """Carry the earliest command one state on."""
    _, command_id = min(_open(world, device_id))
    side, command = world.state["device_side"][device_id], world.state["commands"][device_id][command_id]
    if at >= moment(command["commandExpireTime"]):
        command["state"] = "EXPIRED"
        del side["commands"][command_id]
        return
    command["state"] = _NEXT[command["state"]]
    if command["state"] != "EXECUTED_BY_CLIENT":
        schedule(world, device_id, command_id, at)
        return
    del side["commands"][command_id]
    outcome = _carry_out(world, device_id, command, at)
    command["commandResult"] = {"executeTime": instant(at), **outcome}


def _open(world: World, device_id: str) -> list[tuple[float, str]]:
    side = world.state["device_side"][device_id]
    reachable = side["online"] and side["enrolled"] and side["boot_at"] is None
    rows = []
    for command_id, due in side["commands"].items():
        end = moment(world.state["commands"][device_id][command_id]["commandExpireTime"])
        rows.append((min(max(due, side["reachable_at"]), end) if reachable else end, command_id))
    return rows


def _carry_out(world: World, device_id: str, command: Json, at: float) -> Json:
    side, kind = world.state["device_side"][device_id], command["type"]
    if kind in side["failing"]:
        return {"result": "FAILURE", "errorMessage": side["failing"].pop(kind)}
    if side["session"] not in SESSIONS.get(kind, (side["session"],)):
        return {"result": "FAILURE", "errorMessage": f"{kind} needs {' or '.join(SESSIONS[kind])} mode."}
    result: Json = {"result": "SUCCESS"}
    if kind == "REBOOT":
        if side["booted_at"] > moment(command["issueTime"]):
            return {"result": "IGNORED"}  # assumed: it has been rebooted since
        machine.restart(world, device_id, at)
    elif kind == "REMOTE_POWERWASH":
        machine.powerwash(world, device_id, at)
    elif kind == "WIPE_USERS":
        machine.restart(world, device_id, at)
    elif kind == "SET_VOLUME":
        side["body"]["volume"] = json.loads(command["payload"])["volume"]
    elif kind == "TAKE_A_SCREENSHOT":
        _file(world, device_id, "screenshotFiles", "SCREENSHOT_FILE", at)
    elif kind in _FILES:
        _file(world, device_id, "deviceFiles", _FILES[kind], at)
    elif kind == "DEVICE_START_CRD_SESSION":
        result["commandResultPayload"] = json.dumps(
            {"url": "https://remotedesktop.google.com/support/session/1"}
        )
    elif kind == "FETCH_CRD_AVAILABILITY_INFO":
        result["commandResultPayload"] = json.dumps(_availability(side, at))
    return result


def _file(world: World, device_id: str, listed: str, kind: str, at: float) -> None:
    name = f"{kind.lower()}-{world.new_id('file', 10)}"
    row = {"name": name, "type": kind, "createTime": instant(at)}
    row["downloadUrl"] = f"https://admin.google.com/files/{name}"
    world.state["devices"][device_id].setdefault(listed, []).insert(0, row)


def _availability(side: Json, at: float) -> Json:
    kinds = {"kiosk": "AUTO_LAUNCHED_KIOSK_SESSION", "guest": "MANAGED_GUEST_SESSION", "login": "NO_SESSION"}
    return {
        "deviceIdleTimeInSeconds": int(at - side["booted_at"]),
        "userSessionType": kinds.get(side["session"], "NO_SESSION"),
        "remoteSupportAvailability": "AVAILABLE" if side["session"] in ("kiosk", "guest") else "UNAVAILABLE",
        "remoteAccessAvailability": "UNAVAILABLE",
    }
