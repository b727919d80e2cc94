"""What a list of Chromebooks would do. The preview and the import both ask here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from server.domain.errors import Conflict
from server.domain.import_preview import Line, Preview, differences
from server.domain.inventory import DeviceRow, Inventory
from server.domain.sheet import Problem
from server.domain.sitting import ACTIVE
from server.services import ledger
from server.store.tables import (
    assignments,
    device_loans,
    device_places,
    device_serials,
    devices,
    exams,
    rooms,
    seats,
    sittings,
)

#: What may not change under a pupil: the place, and the number the device proves itself with.
HELD = frozenset({"room", "seat", "serial"})
YES, NO = "ya", "tidak"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One device as it will stand. `id` is None for a new one."""

    row: DeviceRow
    id: int | None
    what: frozenset[str]
    model: str | None
    spare: bool
    serial: str | None
    room_id: int | None
    seat_id: int | None
    loan: bool = False  # it is here on loan already


@dataclass(slots=True)
class Plan:
    wanted: list[Wanted] = field(default_factory=list)
    preview: Preview = field(default_factory=Preview)


def in_use(c: Connection) -> dict[int, str]:
    """Devices that a pupil still needs, or that hold what was not cleared → the exam's title."""
    rows = c.execute(
        select(assignments.c.device_id, exams.c.title)
        .join(sittings, sittings.c.id == assignments.c.sitting_id)
        .join(exams, exams.c.id == sittings.c.exam_id)
        .where(
            assignments.c.device_id.is_not(None),
            or_(assignments.c.to_at.is_(None) & ledger.holding(), ledger.owing()),
        )
    )
    return {r.device_id: r.title for r in rows}


def at_work(c: Connection) -> set[int]:
    """Those of them at which a pupil sits now. The others only keep what somebody wrote."""
    rows = c.execute(
        select(assignments.c.device_id)
        .join(sittings, sittings.c.id == assignments.c.sitting_id)
        .where(
            assignments.c.device_id.is_not(None),
            assignments.c.to_at.is_(None),
            sittings.c.state.in_([str(state) for state in ACTIVE]),
        )
    )
    return set(rows.scalars())


def raise_if_in_use(c: Connection, device_id: int, label: str) -> None:
    """Raises: Conflict (`device_in_use`: a pupil sits there; `device_keeps_work`: one did, and not all is here)."""
    exam = in_use(c).get(device_id)
    if exam is None:
        return
    if device_id in at_work(c):
        raise Conflict(
            f"{label}: in use in '{exam}'; swap it on the board first",
            code="device_in_use",
            label=label,
            exam=exam,
        )
    raise Conflict(
        f"{label}: keeps what a pupil wrote in '{exam}'; let it report first",
        code="device_keeps_work",
        label=label,
        exam=exam,
    )


def plan(c: Connection, found: Inventory) -> Plan:
    """Compare every row with what is known. All problems are in `preview.problems`, those of the reading first."""
    made = Plan()
    shown = made.preview
    shown.problems += found.problems
    known = {r.label.lower(): r for r in _devices(c)}
    used = in_use(c)
    room_ids = {r.name.lower(): r for r in c.execute(select(rooms.c.id, rooms.c.name))}
    seat_ids = {(r.room_id, r.label.lower()): r for r in c.execute(select(seats))}
    listed: set[int] = set()
    for row in found.rows:
        device = known.get(row.label.lower())
        if device is not None:
            listed.add(device.id)
        room = room_ids.get(row.room.lower()) if row.room else None
        seat = seat_ids.get((room.id, row.seat.lower())) if room is not None and row.seat else None
        if row.room and room is None:
            shown.problems.append(
                Problem(
                    row.row,
                    "room",
                    "room_unknown",
                    f"room '{row.room}' does not exist; make it first",
                    row.room,
                )
            )
        elif row.seat and seat is None:
            shown.problems.append(
                Problem(row.row, "seat", "seat_unknown", f"seat '{row.seat}' is not in {row.room}", row.seat)
            )
        else:
            _compare(made, row, device, room, seat, used)
    shown.left = sum(r.id not in listed for r in known.values())
    shown.problems += _clashes(made.wanted, list(known.values()))
    shown.problems.sort(key=lambda p: p.row)
    return made


def _compare(
    made: Plan,
    row: DeviceRow,
    device: Row[Any] | None,
    room: Any,
    seat: Any,
    used: dict[int, str],
) -> None:
    before = _cells(device) if device is not None else {}
    after = {
        "serial": row.serial or before.get("serial", ""),
        "model": row.model or before.get("model", ""),
        "room": room.name if room is not None else before.get("room", ""),
        "seat": (seat.label if seat is not None else "") if room is not None else before.get("seat", ""),
        "spare": before.get("spare", NO) if row.spare is None else YES if row.spare else NO,
        "owner": row.owner or before.get("owner", ""),
        "until": row.until or before.get("until", ""),
    }
    what = differences(before, after)
    fields = frozenset(name for name, _, _ in what)
    if device is not None and device.id in used and fields & HELD:
        made.preview.problems.append(
            Problem(
                row.row,
                next(n for n, _, _ in what if n in HELD),
                "device_in_use",
                f"{device.label} is in use in '{used[device.id]}'; wait until it is free",
                device.label,
                {"exam": used[device.id]},
            )
        )
        return
    stays = device is not None and room is None
    made.wanted.append(
        Wanted(
            row=row,
            id=device.id if device is not None else None,
            what=fields,
            model=after["model"] or None,
            spare=after["spare"] == YES,
            serial=after["serial"] or None,
            room_id=device.room_id if stays and device is not None else room.id if room is not None else None,
            seat_id=device.seat_id if stays and device is not None else seat.id if seat is not None else None,
            loan=bool(before.get("owner")),
        )
    )
    if device is None:
        made.preview.new.append(Line(row.row, row.label, what))
    elif what:
        made.preview.changed.append(Line(row.row, device.label, what))
    else:
        made.preview.same += 1


def _clashes(wanted: list[Wanted], known: list[Row[Any]]) -> list[Problem]:
    """Serial numbers and seats that another device keeps. What two rows give alike, the reading has told already."""
    listed = {w.id for w in wanted}
    others = [r for r in known if r.id not in listed]
    serials = {r.serial.lower(): r.label for r in others if r.serial}
    homes = {r.seat_id: r.label for r in others if r.seat_id is not None and r.in_service}
    problems = []
    numbers: dict[str, Wanted] = {}
    seated: dict[int, Wanted] = {}
    for w in wanted:
        if w.serial is not None:
            twin = numbers.setdefault(w.serial.lower(), w)
            holder = serials.get(w.serial.lower()) or _twin(w, twin, twin.row.serial and w.row.serial)
            if holder is not None:
                said = f"serial number '{w.serial}' belongs to {holder}"
                problems.append(
                    Problem(w.row.row, "serial", "serial_taken", said, w.serial, {"holder": holder})
                )
        if w.seat_id is not None:
            twin = seated.setdefault(w.seat_id, w)
            holder = homes.get(w.seat_id) or _twin(w, twin, twin.row.seat and w.row.seat)
            if holder is not None and (w.what | twin.what) & {"room", "seat"}:
                said = f"that seat is the home of {holder}"
                problems.append(
                    Problem(w.row.row, "seat", "place_taken", said, w.row.seat or "", {"holder": holder})
                )
    return problems


def _twin(wanted: Wanted, twin: Wanted, both_said: object) -> str | None:
    return twin.row.label if twin is not wanted and not both_said else None


def _cells(device: Row[Any]) -> dict[str, str]:
    return {
        "serial": device.serial or "",
        "model": device.model or "",
        "room": device.room or "",
        "seat": device.seat or "",
        "spare": YES if device.spare else NO,
        "owner": device.owner or "",
        "until": device.until or "",
    }


def _devices(c: Connection) -> list[Row[Any]]:
    """Every device with its present serial number, home and loan."""
    return list(
        c.execute(
            select(
                devices,
                device_serials.c.serial,
                device_places.c.room_id,
                device_places.c.seat_id,
                rooms.c.name.label("room"),
                seats.c.label.label("seat"),
                *(device_loans.c.owner, device_loans.c.until),
            )
            .outerjoin(
                device_serials,
                (device_serials.c.device_id == devices.c.id) & device_serials.c.to_at.is_(None),
            )
            .outerjoin(
                device_places, (device_places.c.device_id == devices.c.id) & device_places.c.to_at.is_(None)
            )
            .outerjoin(rooms, rooms.c.id == device_places.c.room_id)
            .outerjoin(seats, seats.c.id == device_places.c.seat_id)
            .outerjoin(
                device_loans,
                (device_loans.c.device_id == devices.c.id) & device_loans.c.returned_at.is_(None),
            )
            .order_by(devices.c.id)
        )
    )
