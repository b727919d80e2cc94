"""H-1: whether the Chromebooks of an exam day are where they must be, and whether anything may move now.

Policy may take an hour to spread, so a move is finished and proved the day before; on the day itself nothing moves
into an exam's org unit, and on a day of the Exam Browser nothing moves at all (docs/policy.md).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from server.domain.errors import Conflict
from server.domain.exam_day import DayExam, Standing, Window, standing, why_no_move
from server.services import loans, when
from server.services.school import host
from server.store.tables import (
    console_devices,
    device_move_items,
    device_places,
    devices,
    exam_units,
    exams,
    rooms,
    round_days,
    rounds,
)

#: What a person may lift, by saying why.
LIFTABLE = "move_too_late"
REASON_MAX = 200


@dataclass(frozen=True, slots=True)
class DeviceLine:
    device_id: int
    label: str
    spare: bool
    standing: Standing
    moved_at: int | None
    synced_at: int | None


@dataclass(frozen=True, slots=True)
class RoomDay:
    """One room on one day: where its devices must be for it, and how far each is."""

    date: str
    eve: str  # H-1
    room_id: int
    room: str
    client: str
    titles: tuple[str, ...]
    unit_id: str | None
    unit_path: str | None
    lines: tuple[DeviceLine, ...]

    def count(self, word: str) -> int:
        return sum(1 for line in self.lines if line.standing == word)

    @property
    def ready(self) -> bool:
        return bool(self.lines) and all(line.standing is Standing.READY for line in self.lines)


def today(c: Connection, now: int) -> str:
    return when.today(now, host(c).timezone)


def exams_of(c: Connection, day: str) -> list[DayExam]:
    """The exams of a day at this school, whatever their state."""
    rows = c.execute(
        select(exams.c.room_id, exams.c.client, exams.c.state, exams.c.title)
        .join(round_days, round_days.c.id == exams.c.day_id)
        .where(round_days.c.date == day)
        .order_by(exams.c.id)
    )
    return [DayExam(r.room_id, r.client, r.state, r.title) for r in rows]


def windows(c: Connection) -> list[Window]:
    """From H-1 to the last day of every round that has days."""
    rows = c.execute(
        select(
            rounds.c.name,
            func.min(round_days.c.date).label("first"),
            func.max(round_days.c.date).label("last"),
        )
        .join(round_days, round_days.c.round_id == rounds.c.id)
        .group_by(rounds.c.id)
        .order_by(rounds.c.id)
    )
    return [Window(r.name, when.day_before(r.first), r.last) for r in rows]


def raise_if_not_now(c: Connection, now: int, room_ids: Collection[int], late_reason: str = "") -> None:
    """Raises: Conflict (`move_exam_browser_day`, `move_exam_open`, `move_too_late`). The last is lifted by a reason."""
    found = why_no_move(exams_of(c, today(c, now)), room_ids)
    if found is None:
        return
    code, exam = found
    if code == LIFTABLE and late_reason:
        return
    said = {
        "move_exam_browser_day": "nothing changes org unit on a day of the Exam Browser; move tomorrow",
        "move_exam_open": "its devices stay where they are until it is ended",
        "move_too_late": "a move must be proved the day before (H-1); say why it cannot wait, or leave it",
    }[code]
    raise Conflict(f"'{exam.title}' is held today: {said}", code=code, exam=exam.title)


def rooms_of(c: Connection, device_ids: Collection[int], org_unit_ids: Collection[str]) -> set[int]:
    """Rooms that a move touches: homes of its devices, and rooms whose prepared org unit it enters or leaves."""
    found = set(
        c.execute(select(exam_units.c.room_id).where(exam_units.c.org_unit_id.in_(org_unit_ids))).scalars()
    )
    wanted = set(device_ids)
    homes = c.execute(
        select(device_places.c.device_id, device_places.c.room_id).where(device_places.c.to_at.is_(None))
    )
    return found | {r.room_id for r in homes if r.device_id in wanted}


def room_days(c: Connection, now: int) -> list[RoomDay]:
    """Every room of every day from today on that has an exam, the nearest first."""
    rows = c.execute(
        select(round_days.c.date, rooms.c.id, rooms.c.name, exams.c.client, exams.c.title)
        .join(round_days, round_days.c.id == exams.c.day_id)
        .join(rooms, rooms.c.id == exams.c.room_id)
        .where(round_days.c.date >= today(c, now))
        .order_by(round_days.c.date, rooms.c.name, exams.c.id)
    ).all()
    units = {
        (r.room_id, r.client): r
        for r in c.execute(select(exam_units).where(exam_units.c.org_unit_id.is_not(None)))
    }
    titles: dict[tuple[str, int, str, str], list[str]] = {}
    for r in rows:
        titles.setdefault((r.date, r.id, r.name, r.client), []).append(r.title)
    homes = _homes(c, {key[1] for key in titles})
    moved = _moved(c, {unit.org_unit_id for unit in units.values()})
    found = []
    for (date, room_id, room, client), names in titles.items():
        unit = units.get((room_id, client))
        unit_id, path = (unit.org_unit_id, unit.path) if unit else (None, None)
        lines = tuple(_line(r, unit_id, moved.get((r.console_id, unit_id))) for r in homes.get(room_id, ()))
        found.append(
            RoomDay(date, when.day_before(date), room_id, room, client, tuple(names), unit_id, path, lines)
        )
    return found


def _homes(c: Connection, room_ids: Collection[int]) -> dict[int, list[Any]]:
    """The devices at home in each room that are ours to move, with what the console says of them."""
    rows = c.execute(
        select(
            *(devices.c.id, devices.c.label, devices.c.spare, device_places.c.room_id),
            *(console_devices.c.console_id, console_devices.c.org_unit_id, console_devices.c.last_sync_at),
        )
        .join(device_places, (device_places.c.device_id == devices.c.id) & device_places.c.to_at.is_(None))
        .outerjoin(
            console_devices,
            (console_devices.c.device_id == devices.c.id) & console_devices.c.gone_at.is_(None),
        )
        .where(
            device_places.c.room_id.in_(room_ids),
            devices.c.in_service,
            devices.c.id.not_in(loans.not_ours(c)),
        )
        .order_by(devices.c.label)
    )
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.room_id, []).append(row)
    return found


def _moved(c: Connection, unit_ids: Collection[str]) -> dict[tuple[str, str | None], int]:
    """(record of the console, org unit) → when it was last moved there and read back."""
    t = device_move_items.c
    rows = c.execute(
        select(t.console_id, t.to_org_unit_id, func.max(t.at).label("at"))
        .where(t.outcome == "done", t.to_org_unit_id.in_(unit_ids))
        .group_by(t.console_id, t.to_org_unit_id)
    )
    return {(row.console_id, row.to_org_unit_id): row.at for row in rows}


def _line(row: Any, unit_id: str | None, moved_at: int | None) -> DeviceLine:
    stands = standing(unit_id, row.org_unit_id, moved_at, row.last_sync_at)
    return DeviceLine(row.id, row.label, row.spare, stands, moved_at, row.last_sync_at)
