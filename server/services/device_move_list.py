"""Reading moves for their pages: the list, one move with every device of it, and what proves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from server.domain.exam_day import Standing, standing
from server.services import device_moves as moves
from server.services.google_jobs import Job, newest
from server.store.tables import (
    console_devices,
    device_commands,
    device_move_items,
    device_moves,
    devices,
    rooms,
)

t = device_move_items


@dataclass(frozen=True, slots=True)
class MoveLine:
    """One move in the list."""

    id: int
    purpose: str
    room: str | None
    path: str | None
    state: str
    by: str
    created_at: int
    ended_at: int | None
    devices: int
    done: int


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One device of a move. `standing`: whether it has fetched its policy since; None before it moved."""

    label: str
    serial: str | None
    from_path: str
    to_path: str
    outcome: str
    code: str | None
    at: int | None
    standing: Standing | None
    synced_at: int | None
    reboot: str | None  # state of its reboot


@dataclass(frozen=True, slots=True)
class MoveDetail:
    """A move's page. `job`: the newest that carried it. `stopped`: half-way, and nobody carries it."""

    line: MoveLine
    digest: str
    reboot: bool
    late_reason: str | None
    returns_id: int | None
    items: tuple[ItemLine, ...]
    left: tuple[dict[str, Any], ...]
    job: Job | None
    stopped: bool

    def count(self, outcome: str) -> int:
        return sum(1 for item in self.items if item.outcome == outcome)

    @property
    def proved(self) -> int:
        return sum(1 for item in self.items if item.standing is Standing.READY)


def lines(c: Connection, limit: int = 30) -> list[MoveLine]:
    """The newest moves, the newest first; plans that nobody ordered are not among them."""
    rows = c.execute(_select().where(device_moves.c.state != "planned").limit(limit))
    return [_line(row) for row in rows]


def detail(c: Connection, move_id: int) -> MoveDetail:
    """Raises: NotFound (`move_unknown`)."""
    moves.row(c, move_id)
    row = c.execute(_select().where(device_moves.c.id == move_id)).one()
    job = next((j for j in newest(c, "move", limit=50) if j.params.get("move_id") == move_id), None)
    active = job is not None and job.active
    return MoveDetail(
        line=_line(row),
        digest=row.digest,
        reboot=row.reboot,
        late_reason=row.late_reason,
        returns_id=row.returns_id,
        items=tuple(_items(c, move_id)),
        left=tuple(row.left_out),
        job=job,
        stopped=row.state == "moving" and not active,
    )


def _select() -> Any:
    counted = (
        select(
            t.c.move_id,
            func.count().label("devices"),
            func.sum((t.c.outcome == "done").cast(t.c.id.type)).label("done"),
        )
        .group_by(t.c.move_id)
        .subquery()
    )
    return (
        select(device_moves, rooms.c.name.label("room"), counted.c.devices, counted.c.done)
        .outerjoin(rooms, rooms.c.id == device_moves.c.room_id)
        .outerjoin(counted, counted.c.move_id == device_moves.c.id)
        .order_by(device_moves.c.id.desc())
    )


def _line(row: Row[Any]) -> MoveLine:
    return MoveLine(
        *(row.id, row.purpose, row.room, row.org_unit_path, row.state, row.by_name),
        *(row.created_at, row.ended_at, row.devices or 0, row.done or 0),
    )


def _items(c: Connection, move_id: int) -> list[ItemLine]:
    rows = c.execute(
        select(
            t,
            *(devices.c.label, console_devices.c.serial, console_devices.c.org_unit_id),
            *(console_devices.c.last_sync_at, device_commands.c.state.label("reboot")),
        )
        .outerjoin(devices, devices.c.id == t.c.device_id)
        .outerjoin(console_devices, console_devices.c.console_id == t.c.console_id)
        .outerjoin(device_commands, device_commands.c.id == t.c.reboot_id)
        .where(t.c.move_id == move_id)
        .order_by(devices.c.label, t.c.id)
    )
    return [
        ItemLine(
            *(r.label or r.console_id, r.serial, r.from_path, r.to_path, r.outcome, r.code, r.at),
            standing(r.to_org_unit_id, r.org_unit_id, r.at, r.last_sync_at) if r.outcome == "done" else None,
            *(r.last_sync_at, r.reboot),
        )
        for r in rows
    ]
