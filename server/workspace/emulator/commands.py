"""Remote commands: issueCommand and commands.get of the Directory API."""

from __future__ import annotations

import json
from typing import Any

from server.workspace.emulator.call import Call, Refusal, serves
from server.workspace.emulator.device_policy import device_switches, instant
from server.workspace.emulator.device_run import SESSIONS, schedule
from server.workspace.emulator.resources import check_customer
from server.workspace.emulator.world import World

Json = dict[str, Any]

_RANGES = {"REBOOT": ("user_session_delay_seconds", 300), "SET_VOLUME": ("volume", 100)}
_FREE = {"DEVICE_START_CRD_SESSION", "FETCH_SUPPORT_PACKET"}  # take a payload that is not looked at here


@serves("admin.customer.devices.chromeos.issueCommand")
def issue_command(world: World, call: Call) -> Json:
    check_customer(world, call)
    device_id = call.params["deviceId"]
    record = _record(world, device_id)
    kind = call.body.get("commandType", "COMMAND_TYPE_UNSPECIFIED")
    if kind == "COMMAND_TYPE_UNSPECIFIED":
        raise _invalid("commandType is required.")
    if record["status"] == "DEPROVISIONED":
        raise _invalid(f"Device {device_id} is deprovisioned and takes no commands.")
    _check_payload(kind, call.body.get("payload"))
    session = world.state["device_side"][device_id]["session"]
    if session not in SESSIONS.get(kind, (session,)):
        # Assumed to be said at once, from what the console last knows of the session.
        raise _invalid(f"{kind}: kiosk mode required.")
    command_id = world.new_id("command", 18, alphabet="123456789")
    command: Json = {
        "commandId": command_id,
        "type": kind,
        "issueTime": instant(call.at),
        "state": "PENDING",
        "commandExpireTime": instant(call.at + device_switches(world)["command_expire_seconds"]),
    }
    if "payload" in call.body:
        command["payload"] = call.body["payload"]
    world.state["commands"].setdefault(device_id, {})[command_id] = command
    schedule(world, device_id, command_id, call.at)
    return {"commandId": command_id}


@serves("admin.customer.devices.chromeos.commands.get")
def get_command(world: World, call: Call) -> Json:
    check_customer(world, call)
    _record(world, call.params["deviceId"])
    command: Json | None = (
        world.state["commands"].get(call.params["deviceId"], {}).get(call.params["commandId"])
    )
    if command is None:
        raise Refusal(404, "notFound", f"Command {call.params['commandId']} was not found.", rpc="NOT_FOUND")
    return command


def _record(world: World, device_id: str) -> Json:
    record: Json | None = world.state["devices"].get(device_id)
    if record is None:
        raise Refusal(404, "notFound", f"Device {device_id} was not found.", rpc="NOT_FOUND")
    return record


def _check_payload(kind: str, payload: str | None) -> None:
    """Assumed: a payload where none belongs, or another shape, is refused."""
    if payload is None:
        if kind == "SET_VOLUME":
            raise _invalid('SET_VOLUME needs a payload such as {"volume": 50}.')
        return
    try:
        given = json.loads(payload)
    except ValueError:
        raise _invalid("The payload is not JSON.") from None
    if not isinstance(given, dict):
        raise _invalid("The payload is not a JSON object.")
    if kind in _FREE:
        return
    if kind not in _RANGES:
        raise _invalid(f"{kind} takes no payload.")
    name, most = _RANGES[kind]
    number = given.get(name)
    whole = isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= most
    if set(given) != {name} or not whole:
        raise _invalid(f'The payload of {kind} is {{"{name}": 0…{most}}}.')


def _invalid(message: str) -> Refusal:
    return Refusal(400, "invalidArgument", message, rpc="INVALID_ARGUMENT")
