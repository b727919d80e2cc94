"""From the console to a Chromebook: when a changed policy reaches it, and what it then has in force.

Google tells a school one thing only about this: `lastSync`, the moment a device last fetched its policy. So the
emulated device fetches whole, sets `lastSync`, and from then on has exactly what its org unit had at that moment.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from server.workspace.emulator import policy_book as books
from server.workspace.emulator import policy_wire as wire
from server.workspace.emulator.policy_state import book, switches
from server.workspace.emulator.world import World

Json = dict[str, Any]

NEVER = 1e15  # seconds; infinity is no JSON
#: A device that hears of nothing asks by itself. Chromium's default while push works.
POLL_SECONDS = 24 * 3600.0
#: Google's help page: "might take up to an hour". That is how long a slow device takes.
SLOW_SECONDS = 3600.0

#: What a seed or a test may set, under `settings.devices`.
SWITCHES: Json = {
    "slow_share": 0.0,  # share of devices to which a change comes only within the hour
    "powerwash": "auto",  # re-enrols by itself, or "manual": waits for a person
    "device_id": "kept",  # after re-enrolment; "new": a second record appears beside the old one
    "org_unit": "kept",  # after re-enrolment; or a path such as "/"
    "reenrol_seconds": [120, 600],  # least, most
    "command_expire_seconds": 600,
    "boot_seconds": 20,
    "attest": "policy",  # who may have it attested: as the policy in force says, or "always"
    "offline": [],  # serial numbers of machines that stand in a cupboard, until one says otherwise
}
_SNAPSHOTS_MAX = 200


def device_switches(world: World) -> Json:
    found: Json = SWITCHES | world.state["settings"].get("devices", {})
    return found


def luck(world: World, device_id: str) -> random.Random:
    """The next draw of one device: the same in every world with the same seed and history."""
    side = world.state["device_side"][device_id]
    side["draws"] = side.get("draws", 0) + 1
    return random.Random(f"{world.state['seed']}/{device_id}/{side['draws']}")  # noqa: S311 - no secret


def push(world: World, device_id: str, at: float) -> None:
    """Something changed for this device: it will fetch after its delay, unless it is about to anyway.

    A later change does not hurry an earlier fetch, nor put it off; what it fetches is what holds then.
    """
    side = world.state["device_side"][device_id]
    if side["fetch_at"] is not None and side["fetch_at"] >= at:
        return
    draw = luck(world, device_id)
    least, most = world.state["settings"]["policy_delay"]
    slow = random.Random(f"{world.state['seed']}/slow/{device_id}").random()  # noqa: S311 - no secret
    if slow < device_switches(world)["slow_share"]:
        most = SLOW_SECONDS
    side["fetch_at"] = at + draw.uniform(least, most)


def tell_devices(world: World, org_unit: str) -> None:
    """A policy changed at this org unit: every device in it or below will fetch."""
    places = world.below(org_unit)
    now = world.now()
    for device_id, side in world.state["device_side"].items():
        if side["org_unit"] in places and side["enrolled"]:
            side["due"] = min(side["due"], now)  # have the clock look at it
            push(world, device_id, now)


def fetch(world: World, device_id: str, at: float) -> None:
    """The device asks for its policy and has it."""
    side, record = world.state["device_side"][device_id], world.state["devices"][device_id]
    side["snapshot"] = snapshot(world, side["org_unit"])
    side["fetched_at"], side["fetch_at"] = at, None
    record["lastSync"] = instant(at)


def snapshot(world: World, org_unit: str) -> str:
    """The name of what this org unit says to its devices now; equal policies are kept once."""
    found = books.resolve(book(world), world.org_line(org_unit), "*", {})
    rows = [{"schema": one.schema, "keys": dict(one.keys), "value": one.value} for one in found]
    text = json.dumps(rows, sort_keys=True)
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    kept: dict[str, list[Json]] = world.state.setdefault("policy_snapshots", {})
    if name not in kept:
        kept[name] = json.loads(text)  # a copy: the book's own values go on changing
        if len(kept) > _SNAPSHOTS_MAX:
            used = {side["snapshot"] for side in world.state["device_side"].values()} | {name}
            for old in [other for other in kept if other not in used]:
                del kept[old]
    return name


def in_force(world: World, device_id: str) -> list[Json]:
    """What the device has right now, whatever the console says by now: `{schema, keys, value}`, wire names."""
    name = world.state["device_side"][device_id]["snapshot"]
    rows: list[Json] = world.state.get("policy_snapshots", {}).get(name, [])
    return rows


def plain_value(world: World, device_id: str, schema: str, keys: Mapping[str, str] | None = None) -> Json:
    """One policy that the device has in force, enums by short names; empty when it has none."""
    for row in in_force(world, device_id):
        if row["schema"] == schema and row["keys"] == dict(keys or {}):
            return wire.plain_value(schema, row["value"], switches(world)["spelling"])
    return {}


def instant(at: float) -> str:
    """As Google writes a moment."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
