"""What the emulated devices leave behind for the telemetry API: events, and changes between online and offline."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from server.workspace.emulator.world import World

Json = dict[str, Any]

EVENTS_MAX = 5_000
HEARTBEATS_MAX = 20


def happened(world: World, device_id: str, kind: str, at: float, **payload: Any) -> None:
    """Keep one event; the oldest go."""
    events: list[Json] = world.state["telemetry"]["events"]
    record = world.state["devices"][device_id]
    events.append(
        {
            "id": world.new_id("event", 20),
            "device": {"deviceId": device_id, "orgUnitId": record["orgUnitId"]},
            "eventType": kind,
            "reportTime": datetime.fromtimestamp(at, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            **payload,
        }
    )
    del events[:-EVENTS_MAX]


def beat(side: Json, state: str, at: float) -> None:
    """A heartbeat is reported when its state changes, and only then."""
    beats: list[Json] = side["heartbeats"]
    if beats and beats[0]["state"] == state:
        return
    beats.insert(0, {"at": at, "state": state})
    del beats[HEARTBEATS_MAX:]
