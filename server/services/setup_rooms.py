"""Rooms of the host school and their seats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from server.domain import setup
from server.domain.errors import Conflict, NotFound
from server.services import audit, desired, setup_uses
from server.services.actor import Actor
from server.services.setup_school import must_host
from server.store.database import BoardChanged, Database, Write
from server.store.tables import device_places, exams, rooms, seats

NAME_LENGTH = 60


@dataclass(frozen=True, slots=True)
class RoomLine:
    """A room in the list."""

    id: int
    name: str
    columns: int
    labels: tuple[str, ...]


def lines(c: Connection) -> list[RoomLine]:
    """All rooms by name, seats in the order they stand."""
    labels: dict[int, list[str]] = {}
    for seat in c.execute(select(seats).order_by(seats.c.row, seats.c.column)):
        labels.setdefault(seat.room_id, []).append(seat.label)
    rows = c.execute(select(rooms).order_by(rooms.c.name))
    return [RoomLine(r.id, r.name, r.columns, tuple(labels.get(r.id, ()))) for r in rows]


def line(c: Connection, room_id: int) -> RoomLine:
    """Raises: NotFound (`room_unknown`)."""
    found = next((room for room in lines(c) if room.id == room_id), None)
    if found is None:
        raise NotFound(f"room {room_id}: not known", code="room_unknown")
    return found


def create(db: Database, who: Actor, now: int, *, name: str, columns: int, labels: list[str]) -> int:
    """A room with its seats, in rows from the front left.

    Raises: SeveralInvalid (`field_missing`, `seats_…`, `columns_invalid`); Conflict (`school_missing`, `room_exists`).
    """
    name, places = _checked(name, columns, labels)
    with db.write() as tx:
        school = must_host(tx.c)
        _raise_if_named(tx, name, None)
        room_id = tx.insert(rooms, school_id=school.id, name=name, columns=columns)
        for place in places:
            _add_seat(tx, room_id, place)
        audit.record(tx, who, "setup.room_create", f"room {name}", now, seats=len(places), columns=columns)
    return room_id


def change(
    db: Database, who: Actor, now: int, room_id: int, *, name: str, columns: int, labels: list[str]
) -> None:
    """Rename a room, lay its seats out anew, add seats, or take away seats that nothing refers to.

    A seat is known by its label. Raises: as `create`; NotFound (`room_unknown`); Conflict (`room_in_use` for a
    rename once an exam there has begun, `seat_in_use`).
    """
    name, places = _checked(name, columns, labels)
    with db.write() as tx:
        room = _must(tx.c, room_id)
        _raise_if_named(tx, name, room_id)
        renamed = name != room.name
        if renamed:
            begun = setup_uses.exams_of(tx.c, exams.c.room_id == room_id, begun=True)
            setup_uses.raise_if_used(f"room {room.name}", "room_in_use", begun, field="name", name=room.name)
        tx.c.execute(rooms.update().where(rooms.c.id == room_id).values(name=name, columns=columns))
        added, removed = _lay_out(tx, room_id, places)
        if renamed:
            placed = select(device_places.c.device_id).where(
                device_places.c.room_id == room_id, device_places.c.to_at.is_(None)
            )
            desired.refresh(tx, tx.c.execute(placed).scalars().all(), now)
        audit.record(
            tx,
            who,
            "setup.room_change",
            f"room {name}",
            now,
            was=room.name,
            columns=columns,
            added=added,
            removed=removed,
        )
        tx.tell(BoardChanged(None))


def remove(db: Database, who: Actor, now: int, room_id: int) -> None:
    """Raises: NotFound (`room_unknown`); Conflict (`room_in_use`)."""
    with db.write() as tx:
        room = _must(tx.c, room_id)
        seat_ids = list(tx.c.execute(select(seats.c.id).where(seats.c.room_id == room_id)).scalars())
        uses = [
            *setup_uses.exams_of(tx.c, exams.c.room_id == room_id),
            *(use for use in setup_uses.of_seats(tx.c, seat_ids) if use.kind != "device"),
            *setup_uses.devices_placed(tx.c, room_id),
        ]
        setup_uses.raise_if_used(f"room {room.name}", "room_in_use", uses, name=room.name)
        tx.c.execute(seats.delete().where(seats.c.room_id == room_id))
        tx.c.execute(rooms.delete().where(rooms.c.id == room_id))
        audit.record(tx, who, "setup.room_remove", f"room {room.name}", now)


def _lay_out(tx: Write, room_id: int, places: list[setup.SeatPlace]) -> tuple[int, int]:
    """Returns (seats added, seats taken away)."""
    there = {s.label: s.id for s in tx.c.execute(select(seats).where(seats.c.room_id == room_id))}
    wanted = {place.label for place in places}
    gone = {label: seat_id for label, seat_id in there.items() if label not in wanted}
    for label, seat_id in gone.items():
        setup_uses.raise_if_used(
            f"seat {label}", "seat_in_use", setup_uses.of_seats(tx.c, [seat_id]), field="labels", name=label
        )
    if gone:
        tx.c.execute(seats.delete().where(seats.c.id.in_(gone.values())))
    added = 0
    for place in places:
        if place.label in there:
            where = seats.c.id == there[place.label]
            tx.c.execute(seats.update().where(where).values(row=place.row, column=place.column))
        else:
            _add_seat(tx, room_id, place)
            added += 1
    return added, len(gone)


def _add_seat(tx: Write, room_id: int, place: setup.SeatPlace) -> None:
    tx.insert(seats, room_id=room_id, label=place.label, row=place.row, column=place.column)


def _checked(name: str, columns: int, labels: list[str]) -> tuple[str, list[setup.SeatPlace]]:
    name = setup.tidy(name)
    problems, places = setup.text_problem(name, "name", NAME_LENGTH), []
    try:
        places = setup.lay_out(labels, columns)
    except setup.SeveralInvalid as error:
        problems += error.problems
    setup.raise_if_any(problems)
    return name, places


def _must(c: Connection, room_id: int) -> Row[Any]:
    row = c.execute(select(rooms).where(rooms.c.id == room_id)).one_or_none()
    if row is None:
        raise NotFound(f"room {room_id}: not known", code="room_unknown")
    return row


def _raise_if_named(tx: Write, name: str, own_id: int | None) -> None:
    """A sheet of participants finds rooms by name, whatever its case."""
    query = select(rooms.c.id).where(func.lower(rooms.c.name) == func.lower(name))
    other = tx.c.execute(query).scalar()
    if other is not None and other != own_id:
        raise Conflict(f"room '{name}': there is one already", code="room_exists", field="name", name=name)
