"""Everything that is known of one Chromebook, and what happened to it, the newest first. No pupil is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.errors import NotFound
from server.services import grades, inventory_list
from server.services.grades import Grade
from server.services.inventory_list import DeviceLine
from server.store.tables import (
    assignments,
    audit,
    console_devices,
    console_history,
    device_commands,
    device_loans,
    device_move_items,
    device_moves,
    device_places,
    device_serials,
    devices,
    enrolments,
    exams,
    incidents,
    remaps,
    rooms,
    seats,
    sittings,
)

Json = dict[str, Any]
EACH = 200  # the newest lines of each kind


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened. `kind` is a code that the screen has words for (`web/device_words`)."""

    at: int
    kind: str
    params: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeviceDetail:
    line: DeviceLine
    created_at: int
    records: list[Row[Any]]  # of the console; a device may have had more than one
    history: list[Moment]
    why: Grade  # how sure its identity is


def detail(c: Connection, device_id: int) -> DeviceDetail:
    """Raises: NotFound (`device_not_listed`)."""
    found = inventory_list.lines(c, [devices.c.id == device_id], 1)
    if not found:
        raise NotFound(f"device {device_id}: not known; reload the list", code="device_not_listed")
    records = list(
        c.execute(
            select(console_devices)
            .where(console_devices.c.device_id == device_id)
            .order_by(console_devices.c.gone_at.is_not(None), console_devices.c.first_seen_at.desc())
        )
    )
    created_at = c.execute(select(devices.c.created_at).where(devices.c.id == device_id)).scalar_one()
    history = [
        Moment(created_at, "created"),
        *_numbers(c, device_id),
        *_places(c, device_id),
        *_enrolments(c, device_id),
        *_remaps(c, device_id),
        *_sittings(c, device_id),
        *_orders(c, device_id),
        *_moves(c, device_id),
        *_console(c, [record.console_id for record in records]),
        *_incidents(c, device_id),
        *_acts(c, found[0].label),
        *_loans(c, device_id),
    ]
    history.sort(key=lambda m: -m.at)
    return DeviceDetail(found[0], created_at, records, history, grades.reason(c, device_id))


def _span(row: Any, kind: str, **params: object) -> Iterator[Moment]:
    yield Moment(row.from_at, f"{kind}_from", params)
    if row.to_at is not None:
        yield Moment(row.to_at, f"{kind}_to", params)


def _numbers(c: Connection, device_id: int) -> Iterator[Moment]:
    for row in c.execute(
        select(device_serials)
        .where(device_serials.c.device_id == device_id)
        .order_by(device_serials.c.id.desc())
        .limit(EACH)
    ):
        yield from _span(row, "serial", serial=row.serial)


def _places(c: Connection, device_id: int) -> Iterator[Moment]:
    query = (
        select(
            device_places.c.from_at,
            device_places.c.to_at,
            rooms.c.name.label("room"),
            seats.c.label.label("seat"),
        )
        .join(rooms, rooms.c.id == device_places.c.room_id)
        .outerjoin(seats, seats.c.id == device_places.c.seat_id)
        .where(device_places.c.device_id == device_id)
        .order_by(device_places.c.id.desc())
        .limit(EACH)
    )
    for row in c.execute(query):
        yield from _span(row, "place", room=row.room, seat=row.seat or "–")


def _enrolments(c: Connection, device_id: int) -> Iterator[Moment]:
    query = select(enrolments).where(enrolments.c.device_id == device_id).order_by(enrolments.c.id.desc())
    for row in c.execute(query.limit(EACH)):
        yield Moment(row.first_seen_at, "enrolment_from", {"grade": row.grade, "standing": row.standing})
        if row.ended_at is not None:
            yield Moment(row.ended_at, "enrolment_to", {"grade": row.grade, "end": row.end_reason or ""})


def _remaps(c: Connection, device_id: int) -> Iterator[Moment]:
    """What was decided about its coming back."""
    query = select(remaps).where(remaps.c.device_id == device_id).order_by(remaps.c.id.desc())
    for row in c.execute(query.limit(EACH)):
        said = {"kind": row.kind, "strength": row.strength, "who": row.decided_by}
        yield Moment(row.opened_at, "remap_open", said)
        if row.decided_at is not None and row.state != "superseded":
            rejected = row.state == "rejected"
            yield Moment(row.decided_at, "remap_rejected" if rejected else "remap_accepted", said)
        if row.undone_at is not None:
            yield Moment(row.undone_at, "remap_undone", {**said, "who": row.undone_by})


def _sittings(c: Connection, device_id: int) -> Iterator[Moment]:
    query = (
        select(
            assignments.c.from_at,
            assignments.c.to_at,
            exams.c.title.label("exam"),
            seats.c.label.label("seat"),
        )
        .join(sittings, sittings.c.id == assignments.c.sitting_id)
        .join(exams, exams.c.id == sittings.c.exam_id)
        .outerjoin(seats, seats.c.id == assignments.c.seat_id)
        .where(assignments.c.device_id == device_id)
        .order_by(assignments.c.id.desc())
        .limit(EACH)
    )
    for row in c.execute(query):
        yield from _span(row, "exam", exam=row.exam, seat=row.seat or "–")


def _orders(c: Connection, device_id: int) -> Iterator[Moment]:
    query = (
        select(device_commands)
        .where(device_commands.c.device_id == device_id)
        .order_by(device_commands.c.id.desc())
        .limit(EACH)
    )
    for row in c.execute(query):
        said = {"command": row.kind, "state": row.state, "who": row.asked_by}
        yield Moment(row.ended_at or row.created_at, "command", said)


def _moves(c: Connection, device_id: int) -> Iterator[Moment]:
    query = (
        select(device_move_items, device_moves.c.created_at, device_moves.c.by_name)
        .join(device_moves, device_moves.c.id == device_move_items.c.move_id)
        .where(device_move_items.c.device_id == device_id)
        .order_by(device_move_items.c.id.desc())
        .limit(EACH)
    )
    for row in c.execute(query):
        said = {"before": row.from_path, "after": row.to_path, "outcome": row.outcome, "who": row.by_name}
        yield Moment(row.at or row.created_at, "move", said)


def _console(c: Connection, console_ids: list[str]) -> Iterator[Moment]:
    query = (
        select(console_history)
        .where(console_history.c.console_id.in_(console_ids))
        .order_by(console_history.c.id.desc())
        .limit(EACH)
    )
    for row in c.execute(query):
        yield Moment(row.at, f"console_{row.kind}", dict(row.detail))


def _incidents(c: Connection, device_id: int) -> Iterator[Moment]:
    query = (
        select(incidents)
        .where(incidents.c.device_id == device_id)
        .order_by(incidents.c.id.desc())
        .limit(EACH)
    )
    for row in c.execute(query):
        yield Moment(row.opened_at, "incident", {"incident": row.kind})


def _loans(c: Connection, device_id: int) -> Iterator[Moment]:
    for row in c.execute(select(device_loans).where(device_loans.c.device_id == device_id)):
        yield Moment(row.from_at, "loan_from", {"owner": row.owner})
        if row.returned_at is not None:
            yield Moment(row.returned_at, "loan_to", {"owner": row.owner, "condition": row.condition or "–"})


def _acts(c: Connection, label: str) -> Iterator[Moment]:
    """What people did to it, as the trail has it."""
    query = (
        select(audit)
        .where(
            audit.c.object == f"device {label}",
            audit.c.outcome == "done",
            audit.c.action.in_(("device.out_of_service", "device.in_service", "device.label")),
        )
        .order_by(audit.c.id.desc())
        .limit(EACH)
    )
    for row in c.execute(query):
        said = {"who": row.actor, "reason": row.detail.get("reason", "")}
        yield Moment(row.at, row.action.removeprefix("device."), said)
