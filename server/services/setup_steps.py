"""From an empty server to the first exam: the steps in order, and how far each has come."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from server.services.setup_school import host
from server.store.tables import devices, exams, registrations, rooms, rounds, seats

ORDER = ("school", "rooms", "rounds", "devices", "participants", "exams")


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the checklist. `blocked_by` names an earlier step that it cannot do without."""

    key: str
    count: int
    name: str = ""  # the school's
    seats: int = 0
    blocked_by: str | None = None

    @property
    def done(self) -> bool:
        return self.count > 0


#: What a step cannot do without. Devices can be entered, but not placed, before there is a room.
NEEDS = {
    "rooms": ("school",),
    "rounds": ("school",),
    "participants": ("rooms", "rounds"),
    "exams": ("rooms", "rounds", "participants"),
}


def steps(c: Connection) -> tuple[Step, ...]:
    """The checklist, in the order it is worked through."""
    school = host(c)
    tables = {
        "rooms": rooms,
        "rounds": rounds,
        "devices": devices,
        "participants": registrations,
        "exams": exams,
    }
    counts = {
        key: c.execute(select(func.count()).select_from(table)).scalar_one() for key, table in tables.items()
    }
    counts["school"] = int(school is not None)
    return tuple(
        Step(
            key,
            counts[key],
            name=school.name if key == "school" and school is not None else "",
            seats=c.execute(select(func.count()).select_from(seats)).scalar_one() if key == "rooms" else 0,
            blocked_by=next((need for need in NEEDS.get(key, ()) if not counts[need]), None),
        )
        for key in ORDER
    )


def next_step(found: tuple[Step, ...]) -> Step | None:
    """The first step that is still to do, or None when the first exam is made."""
    return next((step for step in found if not step.done), None)


def missing(found: tuple[Step, ...]) -> tuple[Step, ...]:
    """What an exam cannot be made without and is not there yet."""
    return tuple(step for step in found if step.key in {"school", *NEEDS["exams"]} and not step.done)
