"""One Chromebook as a technician needs it: where it belongs, what it is doing, and the next step.

Everything in here was seen by the server; what a person said is named as such and ticks nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.errors import NotFound
from server.domain.exam_day import HELD
from server.domain.loan import Loan
from server.domain.next_act import Around, Next, find
from server.domain.next_step import Record, Seen
from server.services import device_now_rows as rows
from server.services import device_checks, loans, when
from server.services.device_checks import Checks
from server.services.inventory_plan import in_use
from server.services.mode import Kind
from server.services.school import host
from server.store.tables import audit, exam_slots, exams, round_days


@dataclass(frozen=True, slots=True)
class Doing:
    """What it is doing. `since`: its connection has been open from then on; None: there is none."""

    since: int | None = None
    heard_at: int | None = None
    ordered: str | None = None  # mode that it should show
    applied: str | None = None  # mode that it last said it shows
    behind: bool = False  # it has not applied its newest orders
    battery: int | None = None
    charging: bool | None = None


@dataclass(frozen=True, slots=True)
class Exam:
    """An exam of the device's room. `open`: it goes on now."""

    id: int
    title: str
    date: str
    slot: int
    client: str
    open: bool


@dataclass(frozen=True, slots=True)
class DeviceNow:
    """`unit`: the org unit it is in; `needed_by`: title of the exam whose pupil needs it; `told`: who ticked the Exam
    Browser on it, and when."""

    id: int
    label: str
    model: str | None
    serial: str | None
    room_id: int | None
    room: str | None
    seat: str | None
    spare: bool
    in_service: bool
    out_reason: str | None
    grade: str | None
    unit: str | None
    wanted_unit: str | None  # where it should be, when it is elsewhere
    looked_at: int | None  # at its record in the console
    seen: Seen
    next: Next
    doing: Doing
    needed_by: str | None
    loan: Loan | None
    told: tuple[str, int] | None


def one(
    c: Connection,
    now: int,
    device_id: int,
    kind: Kind,
    since: Callable[[int], int | None] = lambda _id: None,
) -> DeviceNow:
    """`since`: when a device's open connection began. Raises: NotFound (`device_not_listed`)."""
    found = some(c, now, [device_id], kind, since)
    if not found:
        raise NotFound(f"device {device_id}: not known; reload the list", code="device_not_listed")
    return found[0]


def of_room(c: Connection, now: int, room_id: int | None, kind: Kind) -> list[DeviceNow]:
    """The devices at home in a room (None: at home nowhere), by label."""
    return some(c, now, rows.of_room(c, room_id), kind)


def some(
    c: Connection,
    now: int,
    ids: Collection[int],
    kind: Kind,
    since: Callable[[int], int | None] = lambda _id: None,
) -> list[DeviceNow]:
    """These devices by label; unknown ids are left out."""
    here = rows.homes(c, ids)
    lives, newcomers = rows.lives(c, ids), rows.newcomers(c, ids)
    records, wiped = rows.records(c, ids), rows.wiped(c, ids)
    looks = device_checks.newest(c, ids)
    lent, used = loans.open_loans(c, now), in_use(c)
    policies = rows.policies(c)
    moved = rows.moves(c, [record.console_id for record in records.values()])
    found = []
    for home in here:
        loan, life, record = lent.get(home.id), lives.get(home.id), records.get(home.id)
        foreign = loan is not None and loan.foreign_policies
        checks = looks.get(home.id, Checks())
        seen = Seen(
            console=kind is Kind.MANAGED and not foreign,
            page_checks_in=kind is Kind.OBSERVED or foreign,
            wiped_at=wiped.get(home.id),
            record=_record(record),
            policy_since=_policy_since(record, policies, moved),
            reported_at=(life.reported_at or life.first_seen_at) if life is not None else None,
            newcomer_at=newcomers.get(home.id),
            page_at=checks.page.at if checks.page is not None else None,
            placed=home.room_id is not None,
        )
        around = Around(
            needed=home.id in used,
            in_service=home.in_service,
            loan_over=loan is not None and loan.overdue,
        )
        found.append(
            DeviceNow(
                id=home.id,
                label=home.label,
                model=home.model,
                serial=home.serial,
                room_id=home.room_id,
                room=home.room,
                seat=home.seat,
                spare=home.spare,
                in_service=home.in_service,
                out_reason=None if home.in_service else _out_reason(c, home.label),
                grade=life.grade if life is not None else None,
                unit=record.org_unit_path if record is not None else None,
                wanted_unit=None,
                looked_at=record.seen_at if record is not None else None,
                seen=seen,
                next=find(seen, around),
                doing=_doing(life, since(home.id)),
                needed_by=used.get(home.id),
                loan=loan,
                told=_told(checks),
            )
        )
    return found


def room_exam(c: Connection, now: int, room_id: int) -> Exam | None:
    """The exam that goes on in a room, else the next one of today or later; None when none is planned."""
    query = (
        select(
            *(exams.c.id, exams.c.title, exams.c.client, exams.c.state),
            *(round_days.c.date, exam_slots.c.number),
        )
        .join(round_days, round_days.c.id == exams.c.day_id)
        .join(exam_slots, exam_slots.c.id == exams.c.slot_id)
        .where(exams.c.room_id == room_id)
        .order_by(round_days.c.date, exam_slots.c.number)
    )
    here = c.execute(query.where(exams.c.state.in_([*HELD, "draft"]))).all()
    today = when.today(now, host(c).timezone)
    going = [row for row in here if row.state in HELD]
    planned = [row for row in here if row.state == "draft" and row.date >= today]
    for row in [*going, *planned]:
        return Exam(row.id, row.title, row.date, row.number, row.client, row.state in HELD)
    return None


def _record(row: Row[Any] | None) -> Record | None:
    return Record(row.status, row.last_enrolled_at, row.last_sync_at) if row is not None else None


def _policy_since(
    record: Row[Any] | None, policies: dict[str, int], moved: dict[tuple[str, str], int]
) -> int | None:
    """When what its org unit orders was last changed there or above it, or the device was moved in."""
    if record is None:
        return None
    path = record.org_unit_path
    times = [
        at for unit, at in policies.items() if path == unit or path.startswith(unit.rstrip("/") + "/")
    ]
    times.append(moved.get((record.console_id, record.org_unit_id), 0))
    return max(times) or None


def _told(checks: Checks) -> tuple[str, int] | None:
    tick = checks.client
    return (tick.by_name, tick.at) if tick is not None and tick.by_name is not None else None


def _doing(life: Row[Any] | None, since: int | None) -> Doing:
    if life is None:
        return Doing(since)
    observed = life.observed or {}
    ordered = json.loads(life.doc)["mode"] if life.doc is not None else None
    return Doing(
        since=since,
        heard_at=life.reported_at,
        ordered=ordered,
        applied=life.applied_mode,
        behind=life.reported_at is not None and life.digest is not None and life.applied_digest != life.digest,
        battery=observed.get("battery"),
        charging=observed.get("charging"),
    )


def _out_reason(c: Connection, label: str) -> str | None:
    """As it was said when it was taken out; the trail is where that is written."""
    detail = c.execute(
        select(audit.c.detail)
        .where(
            audit.c.action == "device.out_of_service",
            audit.c.outcome == "done",
            audit.c.object == f"device {label}",
        )
        .order_by(audit.c.id.desc())
        .limit(1)
    ).scalar()
    return str(detail.get("reason", "")) if detail else None
