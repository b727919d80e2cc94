"""What a participant list would do to one round. The preview and the import both ask here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.import_preview import Line, Preview, differences
from server.domain.roster import PLACE, Roster, RosterRow
from server.domain.sheet import Problem
from server.services.meta import get_meta
from server.services.school import school_npsn
from server.store.tables import (
    exam_slots,
    exams,
    participants,
    registrations,
    rooms,
    round_days,
    schools,
    seat_plans,
    seats,
    sittings,
)

#: What an exam already made shows or counts with. Class, NISN and username may still be corrected.
TOUCHES_EXAMS = frozenset({"name", "npsn", "slot", "room", "seat", "extra_minutes", "kind"})


def own_npsn(c: Connection) -> str:
    """The school that rows without a school belong to."""
    return school_npsn(c) or get_meta(c, "school_npsn") or ""


@dataclass(frozen=True, slots=True)
class Places:
    """The rooms, seats, sessions and schools that a row may name, by what it names them with."""

    rooms: frozenset[str]
    seats: dict[tuple[str, str], int]  # (room, seat label), lower case → seat id
    slots: dict[int, int]  # number → id
    schools: dict[str, int]  # NPSN → id

    @classmethod
    def read(cls, c: Connection, round_id: int) -> Places:
        seat_rows = c.execute(
            select(seats.c.id, seats.c.label, rooms.c.name).join(rooms, rooms.c.id == seats.c.room_id)
        )
        slots = c.execute(
            select(exam_slots.c.number, exam_slots.c.id).where(exam_slots.c.round_id == round_id)
        )
        return cls(
            frozenset(name.lower() for name in c.execute(select(rooms.c.name)).scalars()),
            {(r.name.lower(), r.label.lower()): r.id for r in seat_rows},
            {r.number: r.id for r in slots},
            {r.npsn: r.id for r in c.execute(select(schools.c.npsn, schools.c.id))},
        )

    def of(self, row: RosterRow) -> tuple[int, int] | None:
        """(session id, seat id), or None for a reserve without a place."""
        if row.slot is None:
            return None
        return self.slots[row.slot], self.seats[(row.room.lower(), row.seat.lower())]

    def problem(self, row: RosterRow) -> Problem | None:
        """The first thing about its place that only the database can see."""
        if row.slot is None:
            return None
        if row.slot not in self.slots:
            return Problem(
                row.row, "slot", "slot_unknown", f"session {row.slot} is not in this round", str(row.slot)
            )
        if row.room.lower() not in self.rooms:
            return Problem(
                row.row, "room", "room_unknown", f"room '{row.room}' does not exist; make it first", row.room
            )
        if (row.room.lower(), row.seat.lower()) not in self.seats:
            return Problem(
                row.row, "seat", "seat_unknown", f"seat '{row.seat}' is not in {row.room}", row.seat
            )
        return None


@dataclass(slots=True)
class Plan:
    """The rows to add and to change, with what they are compared to."""

    places: Places
    found: dict[str, Row[Any]]
    own: str
    #: Replaced by a reserve, or a reserve who replaces: the board decided their places, not the list.
    decided: frozenset[int] = frozenset()
    new: list[RosterRow] = field(default_factory=list)
    changed: list[RosterRow] = field(default_factory=list)
    preview: Preview = field(default_factory=Preview)

    def may_place(self, row: RosterRow) -> bool:
        known = self.found.get(row.number)
        return known is None or known.id not in self.decided

    def keep(self, row: RosterRow, name: str) -> Any:
        """A value of the row, or what is known when the file has no such column."""
        known = self.found.get(row.number)
        return getattr(row, name) if name in row.told or known is None else getattr(known, name)

    def npsn(self, row: RosterRow) -> str:
        return str(self.keep(row, "npsn") or self.own)

    def person(self, row: RosterRow) -> dict[str, Any]:
        school_id = self.places.schools[self.npsn(row)]
        return {"school_id": school_id, "name": row.name} | {
            n: self.keep(row, n) for n in ("nisn", "class_name")
        }

    def registration(self, row: RosterRow) -> dict[str, Any]:
        given = {n: self.keep(row, n) for n in ("username", "extra_minutes", "kind")}
        return given if self.may_place(row) else given | {"kind": self.found[row.number].kind}

    def shown(self, row: RosterRow) -> dict[str, str]:
        """The row as it will stand."""
        kept = {n: self.keep(row, n) for n in ("nisn", "class_name", "extra_minutes", "username", "kind")}
        after = {"name": row.name, "npsn": self.npsn(row), **{n: str(v or "") for n, v in kept.items()}}
        slot = str(row.slot or "")
        return after | {"slot": slot, "room": row.room if slot else "", "seat": row.seat if slot else ""}


def plan(c: Connection, round_id: int, roster: Roster) -> Plan:
    """Compare every row with what is known. All problems are in `preview.problems`, those of the reading first."""
    made = Plan(Places.read(c, round_id), _registered(c, round_id), own_npsn(c))
    replaced = [r for r in made.found.values() if r.replaced_by_id is not None]
    made.decided = frozenset({r.id for r in replaced} | {r.replaced_by_id for r in replaced})
    problems = made.preview.problems
    problems += roster.problems
    if roster.rows and made.own not in made.places.schools:
        problems.append(Problem(0, "npsn", "school_missing", "this school is not set up yet", made.own))
    if problems and not roster.rows:
        return made
    taken = _taken(c, round_id)
    places: dict[int, list[tuple[int, int]]] = {}
    for spot, registration in taken.items():
        places.setdefault(registration.registration_id, []).append(spot)
    seat_names = _seat_names(c)
    slot_numbers = {key: number for number, key in made.places.slots.items()}
    seated = _seated(c, round_id)
    for row in roster.rows:
        problem = made.places.problem(row)
        if problem is not None:
            problems.append(problem)
            continue
        known = made.found.get(row.number)
        after = made.shown(row)
        if known is None:
            made.new.append(row)
            made.preview.new.append(Line(row.row, f"{row.number} {row.name}", differences({}, after)))
            continue
        spots = places.get(known.id, [])
        before = _before(known, spots, slot_numbers, seat_names)
        if not made.may_place(row):
            after |= {name: before[name] for name in (*PLACE, "kind")}
        what = differences(before, _same_case(before, after))
        if not what:
            made.preview.same += 1
            continue
        exam = seated.get(known.id)
        if exam is not None and TOUCHES_EXAMS.intersection(name for name, _, _ in what):
            problems.append(_locked(row, exam))
            continue
        made.changed.append(row)
        made.preview.changed.append(Line(row.row, f"{row.number} {known.name}", what))
    moving = {made.found[r.number].id for r in made.changed if made.may_place(r)}
    for row in (*made.new, *made.changed):
        place = made.places.of(row) if made.may_place(row) else None
        holder = taken.get(place) if place is not None else None
        if holder is not None and holder.registration_id not in moving:
            problems.append(
                Problem(
                    row.row,
                    "seat",
                    "seat_taken",
                    f"seat {row.seat} in {row.room}, session {row.slot}, is planned for {holder.number} {holder.name}",
                    row.seat,
                    {"holder": f"{holder.number} {holder.name}"},
                )
            )
    made.preview.notes = _too_late(c, made, seated)
    given = {row.number for row in roster.rows}
    made.preview.left = sum(number not in given for number in made.found)
    problems.sort(key=lambda p: p.row)
    return made


def _too_late(c: Connection, made: Plan, seated: dict[int, Any]) -> list[Problem]:
    """Placed where an exam is made already and not in it: that exam keeps the pupils it was made with."""
    rows = c.execute(
        select(exams.c.slot_id, seats.c.id.label("seat_id"), exams.c.title, round_days.c.number.label("day"))
        .join(round_days, round_days.c.id == exams.c.day_id)
        .join(seats, seats.c.room_id == exams.c.room_id)
        .where(exams.c.slot_id.in_(made.places.slots.values()))
        .order_by(round_days.c.number.desc())
    )
    held = {(r.slot_id, r.seat_id): r for r in rows}
    notes = []
    for row in [*made.new, *made.changed]:
        place = made.places.of(row)
        exam = held.get(place) if place is not None else None
        known = made.found.get(row.number)
        if exam is not None and (known is None or known.id not in seated):
            said = f"'{exam.title}' (day {exam.day}) is made already; {row.name} will not be in it"
            notes.append(
                Problem(
                    row.row, "", "exam_already_made", said, row.name, {"exam": exam.title, "day": exam.day}
                )
            )
    return notes


def _locked(row: RosterRow, exam: Any) -> Problem:
    return Problem(
        row.row,
        "",
        "roster_locked",
        f"{row.name} is already in '{exam.title}' (day {exam.day}); change that seat on its board instead",
        row.name,
        {"name": row.name, "exam": exam.title, "day": exam.day},
    )


def _registered(c: Connection, round_id: int) -> dict[str, Row[Any]]:
    rows = c.execute(
        select(
            registrations,
            participants.c.name,
            participants.c.nisn,
            participants.c.class_name,
            schools.c.npsn,
        )
        .join(participants, participants.c.id == registrations.c.participant_id)
        .join(schools, schools.c.id == participants.c.school_id)
        .where(registrations.c.round_id == round_id)
    )
    return {r.number: r for r in rows}


def _taken(c: Connection, round_id: int) -> dict[tuple[int, int], Row[Any]]:
    """(session, seat) → whose it is planned to be."""
    rows = c.execute(
        select(seat_plans, registrations.c.number, participants.c.name)
        .join(registrations, registrations.c.id == seat_plans.c.registration_id)
        .join(participants, participants.c.id == registrations.c.participant_id)
        .where(registrations.c.round_id == round_id)
    )
    return {(r.slot_id, r.seat_id): r for r in rows}


def _seated(c: Connection, round_id: int) -> dict[int, Any]:
    """registration → the first exam it already sits in."""
    rows = c.execute(
        select(sittings.c.registration_id, exams.c.title, round_days.c.number.label("day"))
        .join(exams, exams.c.id == sittings.c.exam_id)
        .join(round_days, round_days.c.id == exams.c.day_id)
        .where(round_days.c.round_id == round_id)
        .order_by(round_days.c.number.desc(), exams.c.id.desc())
    )
    return {r.registration_id: r for r in rows}


def _seat_names(c: Connection) -> dict[int, tuple[str, str]]:
    rows = c.execute(
        select(seats.c.id, rooms.c.name, seats.c.label).join(rooms, rooms.c.id == seats.c.room_id)
    )
    return {r.id: (r.name, r.label) for r in rows}


def _before(
    known: Row[Any],
    spots: list[tuple[int, int]],
    slot_numbers: dict[int, int],
    seat_names: dict[int, tuple[str, str]],
) -> dict[str, str]:
    """What is known, in the words of a row. One who is planned in two sessions has both in the cell."""
    names = ("name", "npsn", "nisn", "class_name", "extra_minutes", "username", "kind")
    before = {n: str(getattr(known, n) or "") for n in names}
    places = [(str(slot_numbers.get(slot, "?")), *seat_names[seat]) for slot, seat in sorted(spots)]
    return before | {n: ", ".join(p[i] for p in places) for i, n in enumerate(("slot", "room", "seat"))}


def _same_case(before: dict[str, str], after: dict[str, str]) -> dict[str, str]:
    """A room or seat written in other case is the same place."""
    return after | {n: before[n] for n in ("room", "seat") if before[n].lower() == after[n].lower()}
