"""Everything that was heard of Chromebooks, brought together from reports, checks, the console and the register.

A handful of queries for any number of devices; nothing is written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, select

from server.domain.device_check import ticked
from server.services.inventory_list import JOINED
from server.services.remap_former import OURS
from server.services.remap_lives import NEVER_LIVE, TAKEN_BACK
from server.store.tables import (
    console_devices,
    console_history,
    console_org_units,
    console_telemetry,
    device_checks,
    device_commands,
    device_loans,
    device_move_items,
    device_moves,
    device_places,
    device_seen,
    device_serials,
    devices,
    enrolments,
    policy_changes,
    policy_plans,
    remaps,
    rooms,
    seats,
)

Json = dict[str, Any]
SMALL = 400  # so many devices are named in a query; for more the whole table is read


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a device, the newest of its kind."""

    at: int
    seen: Json
    source: str
    by: str | None


@dataclass(frozen=True, slots=True)
class Written:
    """An org unit to which Bangku wrote policy: its path as far as is known, and when it last did."""

    org_unit_id: str
    path: str
    at: int


@dataclass(frozen=True, slots=True)
class Heard:
    """What lies beside a device's own row. Keys are device ids, console ids where it says so."""

    checks: Mapping[tuple[int, str], Check]
    remaps: Mapping[int, Any]  # the newest that is open or accepted
    loans: Mapping[int, Any]
    lives: Mapping[int, int]  # when an earlier enrolment that spoke for it ended, the newest
    records: frozenset[int]  # devices that had more than one record in the console
    enrolled: Mapping[str, str | None]  # console id → org unit before it was enrolled again, if it changed
    wipes: Mapping[int, int]  # when a powerwash was ordered and went out
    moves: Mapping[tuple[str, str], int]  # (console id, org unit) → when it was moved there
    homes: Mapping[str, str]  # console id → the org unit it left for an exam
    resettled: frozenset[str]  # console ids that a person has moved since they were enrolled
    units: frozenset[str]  # paths of the org units that are there, casefolded
    above: Mapping[
        str, frozenset[str]
    ]  # org unit → itself and every one above it, where the console told them
    written: tuple[Written, ...]


def rows(c: Connection, where: Iterable[ColumnElement[bool]] = ()) -> list[Any]:
    """A device with its place, live enrolment, record and telemetry, by label; `where` over these columns."""
    d, s, e = device_seen.c, console_devices.c, enrolments.c
    found = c.execute(
        select(
            *(devices.c.id, devices.c.label, devices.c.model, devices.c.spare, devices.c.in_service),
            *(device_serials.c.serial, device_places.c.room_id, rooms.c.name.label("room")),
            *(seats.c.id.label("seat_id"), seats.c.label.label("seat"), seats.c.row, seats.c.column),
            *(e.first_seen_at, e.platform, d.reported_at, d.observed),
            *(s.console_id, s.status, s.org_unit_id, s.org_unit_path, s.os_version, s.auto_update_through),
            *(s.last_sync_at, s.last_enrolled_at, s.seen_at, s.facts.label("record_facts")),
            *(console_telemetry.c.facts.label("telemetry"), console_telemetry.c.at.label("telemetry_at")),
        )
        .select_from(
            JOINED.outerjoin(
                console_telemetry, console_telemetry.c.console_id == console_devices.c.console_id
            )
        )
        .where(*where)
        .order_by(devices.c.label, console_devices.c.last_sync_at.desc())
    ).all()
    once: dict[int, Any] = {}
    for row in found:
        once.setdefault(row.id, row)
    return list(once.values())


def heard(c: Connection, ids: Collection[int], console_ids: Collection[str]) -> Heard:
    """All that lies beside these devices' rows."""
    some = ids if len(ids) <= SMALL else None
    some_records = console_ids if len(ids) <= SMALL else None
    moves, homes = _moves(c, some_records)
    return Heard(
        checks=_checks(c, some),
        remaps=_remaps(c, some),
        loans={
            row.device_id: row
            for row in c.execute(
                select(device_loans).where(device_loans.c.returned_at.is_(None)).order_by(device_loans.c.id)
            )
        },
        lives=_newest(c, enrolments, enrolments.c.ended_at, _spoke_and_ended(), some),
        records=frozenset(
            c.execute(
                select(console_devices.c.device_id)
                .where(console_devices.c.device_id.is_not(None))
                .group_by(console_devices.c.device_id)
                .having(func.count() > 1)
            ).scalars()
        ),
        enrolled=_enrolled(c, some_records),
        wipes=_newest(
            c,
            device_commands,
            device_commands.c.sent_at,
            (device_commands.c.kind == "powerwash") & device_commands.c.state.in_(("sent", "acked", "done")),
            some,
        ),
        moves=moves,
        homes=homes,
        resettled=_resettled(c, some_records),
        units=frozenset(
            path.casefold()
            for path in c.execute(
                select(console_org_units.c.path).where(console_org_units.c.gone_at.is_(None))
            ).scalars()
        ),
        above=_above(c),
        written=_written(c),
    )


def _spoke_and_ended() -> ColumnElement[bool]:
    """SQL: a life that is over. A stranger's key that was sent away, at once or by an undo, says nothing of a wipe."""
    never = func.coalesce(enrolments.c.end_reason, "").in_((*NEVER_LIVE, TAKEN_BACK))
    return (enrolments.c.standing == "ended") & ~never


def _newest(
    c: Connection,
    table: Table,
    at: ColumnElement[Any],
    fits: ColumnElement[bool],
    ids: Collection[int] | None,
) -> dict[int, int]:
    """Device → the newest moment of a table's rows that fit."""
    query = select(table.c.device_id, func.max(at).label("at")).where(fits, at.is_not(None))
    if ids is not None:
        query = query.where(table.c.device_id.in_(ids))
    return {
        row.device_id: row.at
        for row in c.execute(query.group_by(table.c.device_id))
        if row.device_id is not None
    }


def _checks(c: Connection, ids: Collection[int] | None) -> dict[tuple[int, str], Check]:
    """The newest check of each kind; a tick that was taken back is none."""
    t = device_checks.c
    newest = select(func.max(t.at).label("at"), t.device_id, t.kind).group_by(t.device_id, t.kind)
    if ids is not None:
        newest = newest.where(t.device_id.in_(ids))
    last = newest.subquery()
    query = (
        select(device_checks)
        .join(last, (last.c.device_id == t.device_id) & (last.c.kind == t.kind) & (last.c.at == t.at))
        .order_by(t.id)
    )
    found: dict[tuple[int, str], Check] = {}
    for row in c.execute(query):
        if row.kind == "client" and not (ticked(row.seen) and row.by_name):
            found.pop((row.device_id, row.kind), None)
            continue
        found[(row.device_id, row.kind)] = Check(row.at, row.seen, row.source, row.by_name)
    return found


def _remaps(c: Connection, ids: Collection[int] | None) -> dict[int, Any]:
    t = remaps.c
    query = select(t.device_id, t.state, t.kind, t.opened_at, t.proposal).where(
        t.state.in_(("open", "accepted")), t.device_id.is_not(None)
    )
    if ids is not None:
        query = query.where(remaps.c.device_id.in_(ids))
    found: dict[int, Any] = {}
    for row in c.execute(query.order_by(remaps.c.id)):
        known = found.get(row.device_id)
        if known is None or row.state == "open" or known.state != "open":
            found[row.device_id] = row
    return found


def _enrolled(c: Connection, console_ids: Collection[str] | None) -> dict[str, str | None]:
    """Records that Bangku saw enrolled again, and the org unit that this took them out of."""
    h, beside = console_history, console_history.alias()
    query = (
        select(h.c.console_id, beside.c.detail)
        .outerjoin(
            beside,
            (beside.c.console_id == h.c.console_id) & (beside.c.at == h.c.at) & (beside.c.kind == "moved"),
        )
        .where(h.c.kind == "enrolled")
        .order_by(h.c.id)
    )
    if console_ids is not None:
        query = query.where(h.c.console_id.in_(console_ids))
    return {row.console_id: (row.detail or {}).get("before") or None for row in c.execute(query)}


def _resettled(c: Connection, console_ids: Collection[str] | None) -> frozenset[str]:
    """Records that somebody else than us has moved since they were enrolled the last time: where they are is meant."""
    h = console_history.c
    query = select(h.console_id, h.at, h.kind, h.detail).where(h.kind.in_(("enrolled", "back", "moved")))
    if console_ids is not None:
        query = query.where(h.console_id.in_(console_ids))
    began: dict[str, int] = {}
    found: set[str] = set()
    for row in c.execute(query.order_by(h.id)):
        if row.kind != "moved":
            began[row.console_id] = row.at
            found.discard(row.console_id)
        elif row.at != began.get(row.console_id) and not any(name in row.detail for name in OURS):
            found.add(row.console_id)
    return frozenset(found)


def _moves(
    c: Connection, console_ids: Collection[str] | None
) -> tuple[dict[tuple[str, str], int], dict[str, str]]:
    i = device_move_items.c
    query = (
        select(i.console_id, i.to_org_unit_id, i.from_path, i.at, device_moves.c.purpose)
        .join(device_moves, device_moves.c.id == i.move_id)
        .where(i.outcome == "done", i.at.is_not(None))
        .order_by(i.id)
    )
    if console_ids is not None:
        query = query.where(i.console_id.in_(console_ids))
    moves: dict[tuple[str, str], int] = {}
    homes: dict[str, str] = {}
    for row in c.execute(query):
        moves[(row.console_id, row.to_org_unit_id)] = row.at
        if row.purpose == "exam":
            homes[row.console_id] = row.from_path
        else:
            homes.pop(row.console_id, None)
    return moves, homes


def _above(c: Connection) -> dict[str, frozenset[str]]:
    """An org unit of which the parent is not known is left out."""
    units = console_org_units.c
    parents = {
        row.org_unit_id: row.parent_id
        for row in c.execute(select(units.org_unit_id, units.parent_id).where(units.parent_id.is_not(None)))
    }
    found: dict[str, frozenset[str]] = {}
    for unit in parents:
        line, here = {unit}, parents.get(unit)
        while here is not None and here not in line:
            line.add(here)
            here = parents.get(here)
        found[unit] = frozenset(line)
    return found


def _written(c: Connection) -> tuple[Written, ...]:
    plan, unit = policy_plans.c, console_org_units.c
    path = func.coalesce(func.max(unit.path), func.max(plan.org_unit_path))
    rows = c.execute(
        select(plan.org_unit_id, path.label("path"), func.max(policy_changes.c.at).label("at"))
        .join(policy_changes, policy_changes.c.plan_id == plan.id)
        .outerjoin(console_org_units, unit.org_unit_id == plan.org_unit_id)
        .where(policy_changes.c.outcome == "done", policy_changes.c.at.is_not(None))
        .group_by(plan.org_unit_id)
    )
    return tuple(Written(row.org_unit_id, row.path, int(row.at)) for row in rows)
