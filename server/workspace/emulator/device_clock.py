"""Lets the emulated Chromebooks live up to the world's present: fetch policy, run commands, boot, enrol again.

Nothing here sleeps and no thread runs. The console calls `catch_up` before each request and control, so time may stand
still for a test, or leap a day by `world.advance`.
"""

from __future__ import annotations

from typing import Any

from server.workspace.emulator import device_side as machine
from server.workspace.emulator.call import ticks
from server.workspace.emulator.device_policy import NEVER, POLL_SECONDS, fetch, push, tell_devices
from server.workspace.emulator.device_run import next_step, run_step
from server.workspace.emulator.world import World

Json = dict[str, Any]


@ticks
def catch_up(world: World) -> bool:
    """Everything that was due up to now, each device's own events in their order. Whether there was anything."""
    now = world.now()
    changed = _see_org_units(world)
    sides: dict[str, Json] = world.state["device_side"]
    devices: dict[str, Json] = world.state["devices"]
    for device_id, record in list(devices.items()):
        side = sides.get(device_id)
        if side is None:
            machine.begin(world, device_id)
        elif (
            side["due"] > now
            and side["org_unit"] == record["orgUnitId"]
            and side["status"] == record["status"]
        ):
            continue
        _live(world, device_id, now)
        changed = True
    if len(sides) > len(devices):
        for gone in [device_id for device_id in sides if device_id not in devices]:
            del sides[gone]
        changed = True
    return changed


def _see_org_units(world: World) -> bool:
    """An org unit that hangs elsewhere now inherits something else."""
    parents = {org_unit: row["parent"] for org_unit, row in world.state["org_units"].items()}
    seen = world.state.get("parents_seen")
    if parents == seen:
        return False
    world.state["parents_seen"] = parents
    for org_unit, parent in parents.items():
        if seen is not None and seen.get(org_unit, parent) != parent:
            tell_devices(world, org_unit)
    return True


def _live(world: World, device_id: str, now: float) -> None:
    side, record = world.state["device_side"][device_id], world.state["devices"][device_id]
    if side["org_unit"] != record["orgUnitId"] or side["status"] != record["status"]:
        side["org_unit"], side["status"] = record["orgUnitId"], record["status"]
        push(world, device_id, now)
    while True:
        due, step = _next(world, device_id)
        if due > now:
            side["due"] = due
            return
        _do(world, device_id, step, due)


def _next(world: World, device_id: str) -> tuple[float, str]:
    side = world.state["device_side"][device_id]
    steps = [(next_step(world, device_id), "command")]
    if side["online"]:
        if side["enrolled"]:
            polled = (side["fetched_at"] or side["begun_at"]) + POLL_SECONDS
            steps.append((polled if side["fetch_at"] is None else side["fetch_at"], "fetch"))
        elif side["enrol_at"] is not None:
            steps.append((side["enrol_at"], "enrol"))
    if side["boot_at"] is not None:
        steps.append((side["boot_at"], "boot"))
    return min(steps, default=(NEVER, ""))


def _do(world: World, device_id: str, step: str, at: float) -> None:
    if step == "command":
        run_step(world, device_id, at)
    elif step == "boot":
        machine.boot(world, device_id, at)
    elif step == "enrol":
        machine.enrol(world, device_id, at)
    elif world.state["device_side"][device_id]["status"] == "DEPROVISIONED":
        machine.forget(world, device_id, at)
    else:
        fetch(world, device_id, at)
        machine.obey(world, device_id, at)
