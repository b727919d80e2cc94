"""The Chromebooks that could take a seat now, each with what speaks against it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from server.domain import spare as rules
from server.domain.exam import Client
from server.domain.presence import Presence, presence
from server.domain.readiness import Readiness, Reason
from server.services import exam_units, inventory_list, ledger, loans, readiness
from server.store.database import chunks
from server.store.tables import (
    assignments,
    console_devices,
    device_places,
    device_seen,
    devices,
    enrolments,
    exams,
    remaps,
    rooms,
    round_days,
    seats,
    sittings,
)

Connected = Callable[[int], bool]
#: A charge told longer ago says nothing any more.
CHARGE_FRESH_MS = 3 * 3_600_000
#: What the readiness board knows and a report does not show. Not what would hold for every Chromebook of the room
#: alike: then each swap would ask twice.
FROM_READINESS = frozenset(
    {
        *("not_returned", "console_status", "policy_pending", "storage_full", "os_below"),
        *("wiped_enrol", "wiped_wifi", "wiped_checkin", "wiped_client", "screen_bad", "keyboard_bad"),
    }
)


@dataclass(frozen=True, slots=True)
class SpareView:
    """One Chromebook as the proktor sees it before it is taken. No `reasons`: it is ready."""

    device_id: int
    label: str
    battery: int | None
    charging: bool
    reasons: tuple[Reason, ...]
    seen: bool = True  # heard lately; False beside the ministry's client is no reason, but no "ready" either

    @property
    def takeable(self) -> bool:
        return rules.takeable(self.reasons)


def of_room(c: Connection, exam: Row[Any], now: int, connected: Connected) -> list[SpareView]:
    """The room's spares in service that no pupil sits at, the ready ones first. `exam`: its row."""
    ids = c.execute(
        select(devices.c.id)
        .join(device_places, device_places.c.device_id == devices.c.id)
        .where(
            device_places.c.room_id == exam.room_id,
            device_places.c.to_at.is_(None),
            devices.c.spare.is_(True),
            devices.c.in_service.is_(True),
        )
    ).scalars()
    found = look(c, exam, now, connected, ids.all()).values()
    free = [s for s in found if not any(r.code == "spare_needed" for r in s.reasons)]
    return sorted(free, key=lambda s: (not s.takeable, bool(s.reasons), s.label))


def look(
    c: Connection,
    exam: Row[Any],
    now: int,
    connected: Connected,
    device_ids: Iterable[int],
    *,
    thorough: bool = False,
) -> dict[int, SpareView]:
    """What speaks against each of these devices for a seat of this exam. `thorough`: the readiness board is asked too,
    which takes three times as long: for the one that is taken, not for a list that is drawn every two seconds. What only
    that board knows (policy, storage, system) the list leaves open."""
    ids = list(device_ids)
    needed, owing = _needed(c, ids, exam.room_id), _owing(c, ids)
    unit = exam_units.unit_of(c, exam.room_id, exam.client)
    where, lent = (_units(c, ids) if unit is not None else {}), loans.open_loans(c, now)
    more = _readiness(c, exam, now, ids) if thorough else {}
    claimed, known = _claimed(c, ids), list(_rows(c, ids))
    out = inventory_list.out_reasons(c) if any(not row.in_service for row in known) else {}
    found: dict[int, SpareView] = {}
    for row in known:
        seen = row.observed or {}
        fresh = row.reported_at is not None and now - row.reported_at < CHARGE_FRESH_MS
        loan = lent.get(row.id)
        spare = rules.Spare(
            label=row.label,
            client=Client(exam.client),
            in_service=row.in_service,
            out_reason=out.get(row.label, ""),
            remap=claimed.get(row.id, ""),
            known=row.enrolment_id is not None,
            presence=presence(row.reported_at, connected(row.id), now)
            if row.enrolment_id is not None
            else Presence.NEVER,
            reported_at=row.reported_at,
            battery=seen.get("battery") if fresh else None,
            charging=bool(seen.get("charging")),
            needed_at=needed.get(row.id),
            owes=row.id in owing,
            unsent=int(seen.get("unsent_answers") or 0),
            unit=unit.path if unit is not None else None,
            # The same org unit under a name of before is the same org unit.
            where=_path(where.get(row.id), unit),
            owner=loan.owner if loan is not None else None,
            foreign=bool(loan is not None and loan.foreign_policies),
            overdue=bool(loan is not None and loan.overdue),
        )
        reasons = (*rules.against(spare), *more.get(row.id, ()))
        found[row.id] = SpareView(
            row.id, row.label, spare.battery, spare.charging, reasons, spare.presence is Presence.HERE
        )
    return found


def _path(place: Any, unit: Any) -> str | None:
    if place is None:
        return None
    return str(unit.path if place.org_unit_id == unit.org_unit_id else place.org_unit_path)


def _rows(c: Connection, ids: list[int]) -> Iterable[Any]:
    for some in chunks(ids):
        yield from c.execute(
            select(
                devices.c.id,
                devices.c.label,
                devices.c.in_service,
                enrolments.c.id.label("enrolment_id"),
                device_seen.c.reported_at,
                device_seen.c.observed,
            )
            .outerjoin(
                enrolments, (enrolments.c.device_id == devices.c.id) & (enrolments.c.standing == "live")
            )
            .outerjoin(device_seen, device_seen.c.enrolment_id == enrolments.c.id)
            .where(devices.c.id.in_(some))
        ).all()


def _needed(c: Connection, ids: list[int], room_id: int) -> dict[int, str]:
    """device → the seat whose pupil needs it: works there, or is done and it is not cleared. In another room than
    this one the room's name is told too: every room has a seat 7."""
    found: dict[int, str] = {}
    for some in chunks(ids):
        for row in c.execute(
            select(assignments.c.device_id, seats.c.label, exams.c.room_id, rooms.c.name.label("room"))
            .join(sittings, sittings.c.id == assignments.c.sitting_id)
            .join(exams, exams.c.id == sittings.c.exam_id)
            .join(rooms, rooms.c.id == exams.c.room_id)
            .outerjoin(seats, seats.c.id == func.coalesce(assignments.c.seat_id, sittings.c.seat_id))
            .where(assignments.c.device_id.in_(some), assignments.c.to_at.is_(None), ledger.holding())
        ):
            seat = row.label or "–"
            found[row.device_id] = seat if row.room_id == room_id else f"{seat} – {row.room}"
    return found


def _owing(c: Connection, ids: list[int]) -> set[int]:
    found: set[int] = set()
    for some in chunks(ids):
        found |= set(
            c.execute(
                select(assignments.c.device_id).where(assignments.c.device_id.in_(some), ledger.owing())
            ).scalars()
        )
    return found


def _claimed(c: Connection, ids: list[int]) -> dict[int, str]:
    """device → what the newest remap that waits takes it for."""
    found: dict[int, str] = {}
    for some in chunks(ids):
        for row in c.execute(
            select(remaps.c.device_id, remaps.c.kind)
            .where(remaps.c.device_id.in_(some), remaps.c.state == "open")
            .order_by(remaps.c.id)
        ):
            found[row.device_id] = row.kind
    return found


def _units(c: Connection, ids: list[int]) -> dict[int, Any]:
    """Where the console has each; a device with two live records is where the newer one says."""
    rows = c.execute(
        select(console_devices.c.device_id, console_devices.c.org_unit_id, console_devices.c.org_unit_path)
        .where(console_devices.c.device_id.is_not(None), console_devices.c.gone_at.is_(None))
        .order_by(console_devices.c.first_seen_at)
    )
    wanted = set(ids)
    return {row.device_id: row for row in rows if row.device_id in wanted}


def _readiness(c: Connection, exam: Row[Any], now: int, ids: list[int]) -> dict[int, tuple[Reason, ...]]:
    """What the readiness board holds against them beyond what is seen here, for the day of this exam."""
    date = c.execute(select(round_days.c.date).where(round_days.c.id == exam.day_id)).scalar()
    return {
        line.device_id: tuple(
            r for r in line.reasons if r.code in FROM_READINESS and r.state is Readiness.NOT_READY
        )
        for line in readiness.lines(c, now, device_ids=ids, date=date)
    }
