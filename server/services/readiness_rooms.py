"""A room's readiness in one line: how many work, how many spares it wants, and what sessions it really carries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from server.domain.errors import Invalid, NotFound
from server.domain.readiness_facts import Needs
from server.domain.room_capacity import (
    Capacity,
    Loss,
    capacity,
    outlook,
    portal_differs,
    portal_wanted,
    spares_for,
)
from server.services import audit, when
from server.services.actor import Actor
from server.services.readiness import ReadinessLine
from server.services.readiness_needs import School
from server.services.school import host
from server.store.database import Database
from server.store.tables import exam_slots, registrations, rooms, round_days, seat_plans, seats

CLIENTS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class RoomSummary:
    """One room. `room_id` None: Chromebooks that have no home. `better`, `worse`: since a day ago.

    `capacity` counts those that were seen working; `if_seen`: what it would be if all that were never seen turned out
    to be well (None: all were seen).
    """

    room_id: int | None
    name: str | None
    needs: Needs
    lines: tuple[ReadinessLine, ...]
    capacity: Capacity
    if_seen: Capacity | None
    losses: tuple[Loss, ...]
    spares_marked: int
    portal_clients: int | None

    def count(self, state: str) -> int:
        return sum(1 for line in self.lines if line.state == state)

    @property
    def never_on(self) -> int:
        return sum(1 for line in self.lines if line.never_seen == "checkin_never")

    @property
    def client_unseen(self) -> int:
        """They were on, but nobody saw the Exam Browser open."""
        return sum(1 for line in self.lines if line.never_seen == "client_unseen")

    @property
    def missing(self) -> int:
        """Chromebooks to get from elsewhere: nobody borrows one for each that only waits to be switched on."""
        return (self.if_seen or self.capacity).missing

    @property
    def better(self) -> int:
        return sum(1 for line in self.lines if line.trend > 0)

    @property
    def worse(self) -> int:
        return sum(1 for line in self.lines if line.trend < 0)

    @property
    def trend_known(self) -> bool:
        return any(line.was is not None for line in self.lines)

    @property
    def spares_wanted(self) -> int:
        """For the largest session that is held."""
        sizes = self.capacity.split.sizes
        return spares_for(max(sizes)) if sizes else self.capacity.split.spares

    @property
    def portal_wanted(self) -> int:
        return portal_wanted(self.capacity)

    @property
    def portal_differs(self) -> bool:
        return portal_differs(self.portal_clients, self.capacity)

    @property
    def portal_waits(self) -> bool:
        """The portal's number is right as soon as the others are seen: look at them first, and leave it."""
        return self.if_seen is not None and not portal_differs(self.portal_clients, self.if_seen)

    @property
    def main_reasons(self) -> list[tuple[str, int]]:
        """What keeps most of them from being ready."""
        found = Counter(line.reasons[0].code for line in self.lines if line.reasons)
        return found.most_common(3)


def rooms_of(
    c: Connection,
    now: int,
    lines: Sequence[ReadinessLine],
    school: School | None = None,
    room_id: int | None = None,
    date: str | None = None,
) -> list[RoomSummary]:
    """The rooms of these Chromebooks by name; those without a home last.

    `school`: with what is asked of every room, so that one which has pupils and no Chromebook is not left out;
    `room_id`: only this one of them; `date`: with the pupils of this day, else of each room's nearest one.
    """
    by_room: dict[int | None, list[ReadinessLine]] = {}
    for line in lines:
        by_room.setdefault(line.room_id, []).append(line)
    planned = _planned(c, now, date)
    if school is not None:
        for with_pupils in planned:
            if room_id in {None, with_pupils}:
                by_room.setdefault(with_pupils, [])
    ids = [one for one in by_room if one is not None]
    known = {row.id: row for row in c.execute(select(rooms).where(rooms.c.id.in_(ids)))}
    counts: dict[int, int] = {
        row.room_id: int(row.n)
        for row in c.execute(select(seats.c.room_id, func.count().label("n")).group_by(seats.c.room_id))
    }
    found = []
    for one, some in by_room.items():
        sizes, slots = planned.get(one, ((), 0)) if one is not None else ((), 0)
        places = counts.get(one, 0) if one is not None else 0
        working = sum(1 for line in some if line.working)
        unseen = sum(1 for line in some if line.never_seen is not None)
        held = capacity(working, places, sizes, slots)
        needs = school.of(one) if school is not None else some[0].needs
        found.append(
            RoomSummary(
                one,
                known[one].name if one is not None else None,
                needs,
                tuple(some),
                held,
                capacity(working + unseen, places, sizes, slots) if unseen else None,
                outlook(held) if sizes else (),
                sum(1 for line in some if line.spare),
                known[one].portal_clients if one is not None else None,
            )
        )
    return sorted(found, key=lambda one: (one.name is None, one.name or ""))


def set_portal_clients(db: Database, who: Actor, now: int, room_id: int, text: str) -> None:
    """What the operator entered for this room in the centre's portal; empty: not entered.

    Raises: NotFound (`room_unknown`), Invalid (`portal_clients_invalid`).
    """
    text = text.strip()
    fits = text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= CLIENTS_MAX
    if text and not fits:
        raise Invalid(
            f"portal clients '{text[:10]}': a number from 1 to {CLIENTS_MAX}, or nothing",
            code="portal_clients_invalid",
            field="portal_clients",
            most=CLIENTS_MAX,
        )
    with db.write() as tx:
        row = tx.c.execute(select(rooms).where(rooms.c.id == room_id)).one_or_none()
        if row is None:
            raise NotFound(f"room {room_id}: not known", code="room_unknown")
        wanted = int(text) if text else None
        if row.portal_clients == wanted:
            return
        tx.c.execute(rooms.update().where(rooms.c.id == room_id).values(portal_clients=wanted))
        audit.record(
            tx,
            who,
            "readiness.portal_clients",
            f"room {row.name}",
            now,
            was=row.portal_clients,
            clients=wanted,
        )


def walking_order(lines: Iterable[ReadinessLine]) -> list[ReadinessLine]:
    """As a person walks a room: row by row from the front, each row back the other way; spares and those without a
    seat at the end."""
    known = list(lines)
    rows: dict[int | None, list[int]] = {}
    for line in known:
        if line.row is not None and line.row not in rows.setdefault(line.room_id, []):
            rows[line.room_id].append(line.row)
    ranks = {key: {row: n for n, row in enumerate(sorted(some))} for key, some in rows.items()}

    def place(line: ReadinessLine) -> tuple[object, ...]:
        room = (line.room is None, line.room or "")
        if line.spare or line.row is None or line.column is None:
            return (*room, 1, 0, 0, line.label)
        rank = ranks[line.room_id][line.row]
        return (*room, 0, rank, line.column if rank % 2 == 0 else -line.column, line.label)

    return sorted(known, key=place)


def _planned(c: Connection, now: int, date: str | None) -> dict[int, tuple[tuple[int, ...], int]]:
    """Room → pupils of each session of its nearest round with a seat plan (or of the round that has this day), and how
    many sessions its day has."""
    today = when.today(now, host(c).timezone)
    next_day = {
        row.round_id: row.date
        for row in c.execute(
            select(round_days.c.round_id, func.min(round_days.c.date).label("date"))
            .where(round_days.c.date >= today if date is None else round_days.c.date == date)
            .group_by(round_days.c.round_id)
        )
    }
    slots = {
        row.round_id: int(row.n)
        for row in c.execute(
            select(exam_slots.c.round_id, func.count().label("n")).group_by(exam_slots.c.round_id)
        )
    }
    rows = c.execute(
        select(seats.c.room_id, exam_slots.c.round_id, exam_slots.c.number, func.count().label("n"))
        .select_from(seat_plans)
        .join(seats, seats.c.id == seat_plans.c.seat_id)
        .join(exam_slots, exam_slots.c.id == seat_plans.c.slot_id)
        .join(registrations, registrations.c.id == seat_plans.c.registration_id)
        .where(registrations.c.replaced_by_id.is_(None))
        .group_by(seats.c.room_id, exam_slots.c.round_id, exam_slots.c.number)
        .order_by(exam_slots.c.number)
    )
    sizes: dict[tuple[int, int], list[int]] = {}
    for row in rows:
        if row.round_id in next_day:
            sizes.setdefault((row.room_id, row.round_id), []).append(int(row.n))
    found: dict[int, tuple[tuple[int, ...], int]] = {}
    for room_id, round_id in sorted(sizes, key=lambda key: (next_day[key[1]], key[1])):
        found.setdefault(room_id, (tuple(sizes[room_id, round_id]), slots.get(round_id, 0)))
    return found
