"""One Chromebook as a technician needs it: where it belongs, what it is doing, and the next step.

Everything in here was seen by the server; what a person said is named as such and ticks nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.errors import NotFound
from server.domain.exam_day import HELD
from server.domain.loan import Loan
from server.domain.next_act import Around, Next, find
from server.domain.next_step import Record, Seen
from server.domain.readiness import Readiness, Reason
from server.domain.remap import speaks_against
from server.services import device_checks, loans, readiness, remap_views, when
from server.services import device_now_rows as rows
from server.services.device_checks import Checks
from server.services.inventory_plan import at_work, in_use
from server.services.mode import Kind
from server.services.readiness import ReadinessLine
from server.services.remap_views import RemapView
from server.services.school import host
from server.store.tables import exam_slots, exams, remaps, round_days
from server.store.tables import rooms as room_rows


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
    """`unit`: the org unit it is in; `wanted_unit`: where it should be, when it is elsewhere; `looked_at`: when its
    record in the console was last read; `needed_by`: title of the exam whose pupil needs it, or wrote what it still
    keeps; `told`: who ticked the Exam Browser on it, and when; `state` and `reasons`: how ready it is, as the
    readiness board says, and why not simply ready."""

    id: int
    label: str
    model: str | None
    serial: str | None
    room_id: int | None
    room: str | None
    seat: str | None
    spare: bool
    in_service: bool
    out_reason: str
    grade: str | None
    unit: str | None
    wanted_unit: str | None
    looked_at: int | None
    seen: Seen
    next: Next
    doing: Doing
    needed_by: str | None
    loan: Loan | None
    told: tuple[str, int] | None
    state: Readiness
    reasons: tuple[Reason, ...]


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
    if room_id is None:
        return some(c, now, rows.homeless(c), kind)
    return _of(c, now, readiness.lines(c, now, room_id, kind=kind), kind, lambda _id: None)


def some(
    c: Connection,
    now: int,
    ids: Collection[int],
    kind: Kind,
    since: Callable[[int], int | None] = lambda _id: None,
) -> list[DeviceNow]:
    """These devices by label; unknown ids are left out."""
    return _of(c, now, readiness.lines(c, now, device_ids=ids, kind=kind), kind, since)


def _of(
    c: Connection,
    now: int,
    lines: Sequence[ReadinessLine],
    kind: Kind,
    since: Callable[[int], int | None],
) -> list[DeviceNow]:
    ids = [line.device_id for line in lines]
    lives, newcomers, records = rows.lives(c, ids), rows.newcomers(c, ids), rows.records(c, ids)
    looks, lent, used = device_checks.newest(c, ids), loans.open_loans(c, now), in_use(c)
    busy = at_work(c)
    doubted = _doubted(c, {line.device_id for line in lines if line.facts.remap_open} & busy, since)
    found = []
    for line in lines:
        life, record = lives.get(line.device_id), records.get(line.device_id)
        checks, loan = looks.get(line.device_id, Checks()), lent.get(line.device_id)
        unit = next((reason for reason in line.reasons if reason.code == "wrong_unit"), None)
        seen = _seen(line, kind, life, newcomers.get(line.device_id), record, checks)
        around = Around(
            needed=line.device_id in busy,
            doubted=line.device_id in doubted,
            keeps_work=line.device_id in used,
            in_service=line.facts.in_service,
            loan_over=loan is not None and loan.overdue,
            wrong_unit=unit is not None,
            readiness=line.state,
        )
        found.append(
            DeviceNow(
                **{name: getattr(line, name) for name in _OF_LINE},
                id=line.device_id,
                in_service=line.facts.in_service,
                out_reason=line.facts.out_reason,
                grade=life.grade if life is not None else None,
                unit=record.org_unit_path if record is not None else None,
                wanted_unit=unit.params.get("home") if unit is not None else None,
                looked_at=line.facts.record.read_at if line.facts.record is not None else None,
                seen=seen,
                next=find(seen, around),
                doing=_doing(life, since(line.device_id)),
                needed_by=used.get(line.device_id),
                loan=loan,
                told=_told(checks),
            )
        )
    return found


def _doubted(c: Connection, ids: set[int], since: Callable[[int], int | None]) -> set[int]:
    """Those of them that are still connected, or where something speaks against what waits for a word."""
    if not ids:
        return set()
    asked = [view for view in remap_views.waiting(c) if speaks_against(view.evidence)]
    against = {i for view in asked for i in (view.device_id, *view.candidates)}
    return {i for i in ids if i in against or since(i) is not None}


_OF_LINE = ("label", "model", "serial", "room_id", "room", "seat", "spare", "state", "reasons")


def _seen(
    line: ReadinessLine,
    kind: Kind,
    life: Row[Any] | None,
    newcomer_at: int | None,
    record: Row[Any] | None,
    checks: Checks,
) -> Seen:
    foreign = line.facts.loan is not None and line.facts.loan.foreign_policies
    return Seen(
        console=kind is Kind.MANAGED and not foreign,
        page_checks_in=kind is Kind.OBSERVED or foreign,
        wiped_at=line.facts.wiped_at,
        record=(
            Record(record.status, record.last_enrolled_at, record.last_sync_at)
            if record is not None
            else None
        ),
        policy_since=line.facts.policy_since,
        reported_at=life.reported_at if life is not None else None,
        newcomer_at=newcomer_at,
        page_at=checks.page.at if checks.page is not None else None,
        placed=line.room_id is not None,
        remap_waits=bool(line.facts.remap_open),
    )


def rooms(c: Connection) -> list[Row[Any]]:
    """(id, name) of every room, by name."""
    return list(c.execute(select(room_rows.c.id, room_rows.c.name).order_by(room_rows.c.name)))


def remaps_of(c: Connection, device_id: int) -> list[RemapView]:
    """What waits for a word about this device, or has no single candidate. Reckoned anew where something waits at all."""
    maybe = (remaps.c.device_id == device_id) | remaps.c.device_id.is_(None)
    waits = c.execute(select(remaps.c.id).where(maybe, remaps.c.state == "open").limit(1)).first()
    return remap_views.waiting(c, device_id=device_id) if waits is not None else []


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
        behind=life.reported_at is not None
        and life.digest is not None
        and life.applied_digest != life.digest,
        battery=observed.get("battery"),
        charging=observed.get("charging"),
    )
