"""Making a plan from what is wanted and what the console says now: the same way when it is shown and when applied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from server.config import refreshed
from server.domain import exam_policy
from server.domain.errors import Conflict
from server.domain.exam import LIVE
from server.domain.exam_day import guarding
from server.domain.exam_policy import Wanted, wishes
from server.domain.policy_diff import OrgUnit, make, own_values, owned_after, restore
from server.domain.policy_plan import Change, Json, Op, Owned, Plan, Resolved, Wish
from server.domain.policy_safety import Circumstances, judged
from server.domain.policy_schema import Schema
from server.services import exam_day_moves, loans, policy_masks, policy_read, policy_settings, policy_sight
from server.services.context import Context
from server.services.google_work import Work
from server.services.policy_items import items
from server.services.policy_wanted import wanted
from server.store.tables import console_devices, devices, exams
from server.workspace.gateway import Gateway


@dataclass(frozen=True, slots=True)
class Made:
    """`plan` holds real values and is sent; `kept` is what may be stored and shown, and has the digest."""

    plan: Plan
    kept: Plan
    found: tuple[Resolved, ...]
    held: tuple[Owned, ...]
    wanted: Json  # without secrets
    profile_key: str | None


def for_exam(work: Work, org_unit_id: str, profile_key: str) -> Made:
    """The plan that brings one org unit to what this kind of exam wants.

    Raises: NotFound (`org_unit_gone`, `profile_unknown`), Invalid, GoogleError.
    """
    context, gateway, step = work.context, work.gateway, work.step
    want = wanted(context, profile_key)
    wished = wishes(want)
    step("policy_reading_unit")
    unit = policy_read.org_unit(gateway, org_unit_id)
    step("policy_reading_schemas")
    schemas = policy_read.schemas(gateway)
    with context.db.read() as c:
        held = policy_read.owned(c, org_unit_id)
    step("policy_reading_values")
    found = policy_sight.values(work, org_unit_id, _names(wished, schemas, held))
    plan = make(unit, wished, schemas, found, held)
    real = refreshed(context.settings).google_api_root is None
    around = _around(context, unit, schemas, found, notes=exam_policy.notes(want, real=real))
    return _made(context, plan, around, found, held, want.public(), profile_key)


def for_restore(work: Work, applied: Row[Any]) -> Made:
    """The plan back to what an applied plan found. `applied`: its row, with a snapshot.

    Raises: Conflict (`policy_not_applied`), NotFound (`org_unit_gone`), GoogleError.
    """
    context, gateway, step = work.context, work.gateway, work.step
    if applied.snapshot is None:
        raise Conflict(
            f"plan {applied.id}: never applied; there is nothing to restore", code="policy_not_applied"
        )
    step("policy_reading_unit")
    unit = policy_read.org_unit(gateway, applied.org_unit_id)
    step("policy_reading_schemas")
    schemas = policy_read.schemas(gateway)
    with context.db.read() as c:
        held = policy_read.owned(c, unit.id)
        touched, unsure = _touched(c, applied.id)
    before, _ = policy_read.from_snapshot(applied.snapshot)
    step("policy_reading_values")
    found = policy_sight.values(work, unit.id, {change.schema for change in (*touched, *unsure)})
    came, ours = _came(unsure, found, held, context.settings.secret_key)
    touched, held = [*touched, *came], [*held, *ours]
    plan = restore(unit, touched, before, found, held, schemas)
    around = _around(context, unit, schemas, found, restoring=True)
    return _made(context, plan, around, found, held, {"restores": applied.id}, applied.profile_key)


def real_values(context: Context, gateway: Gateway, row: Row[Any], snapshot: Json | None) -> list[Change]:
    """Every change a plan may hold, with its real value: where stored rows have a mark in place of a secret."""
    if row.kind == "restore":
        before, _ = policy_read.from_snapshot(snapshot or {"resolved": [], "owned": []})
        return [
            Change(Op.UPDATE, r.schema, r.app_id, "", "", None, r.value, tuple(r.value), secret=True)
            for r in before
        ]
    want: Wanted = wanted(context, str(row.profile_key))
    bare = make(OrgUnit(row.org_unit_id, "", 0), wishes(want), policy_read.schemas(gateway), (), ())
    return list(bare.changes)


def _made(
    context: Context,
    plan: Plan,
    around: Circumstances,
    found: Iterable[Resolved],
    held: Iterable[Owned],
    public: Json,
    profile_key: str | None,
) -> Made:
    with context.db.read() as c:
        plan = judged(plan, policy_settings.get(c), around)
    kept = policy_masks.masked(plan, context.settings.secret_key)
    return Made(plan, kept, tuple(found), tuple(held), public, profile_key)


def _names(wished: Iterable[Wish], schemas: Mapping[str, Schema], held: Iterable[Owned]) -> set[str]:
    names = {wish.schema for wish in wished} | {one.schema for one in held}
    return names | {newer for name in names if name in schemas for newer in schemas[name].replaced_by}


def _around(
    context: Context,
    unit: OrgUnit,
    schemas: Mapping[str, Schema],
    found: Iterable[Resolved],
    *,
    notes: tuple[Any, ...] = (),
    restoring: bool = False,
) -> Circumstances:
    now = context.now()
    with context.db.read() as c:
        today = exam_day_moves.today(c, now)
        year, month, day = (int(part) for part in today.split("-"))
        return Circumstances(
            today=(year, month, day),
            schemas=schemas,
            resolved=tuple(found),
            exams_now=_exams_now(c, unit),
            protected=guarding(exam_day_moves.windows(c), today) is not None,
            restoring=restoring,
            notes=notes,
            borrowed=_borrowed(c, unit),
        )


def _exams_now(c: Connection, unit: OrgUnit) -> tuple[str, ...]:
    """Exams that are held now in rooms whose devices are in this org unit or below it."""
    there = _devices_in(c, unit)
    rooms = exam_day_moves.rooms_of(c, there, [unit.id])
    live = c.execute(
        select(exams.c.title)
        .where(exams.c.state.in_([str(state) for state in LIVE]), exams.c.room_id.in_(rooms))
        .order_by(exams.c.id)
    )
    return tuple(live.scalars())


def _borrowed(c: Connection, unit: OrgUnit) -> tuple[str, ...]:
    """Labels of devices in this org unit, or below it, whose policies are not ours to set."""
    ids = loans.not_ours(c).intersection(_devices_in(c, unit))
    return tuple(
        c.execute(select(devices.c.label).where(devices.c.id.in_(ids)).order_by(devices.c.label)).scalars()
    )


def _devices_in(c: Connection, unit: OrgUnit) -> list[int]:
    """Our devices whose record is in this org unit or below it."""
    below = unit.path.rstrip("/") + "/"
    rows = c.execute(
        select(
            console_devices.c.device_id, console_devices.c.org_unit_id, console_devices.c.org_unit_path
        ).where(console_devices.c.gone_at.is_(None), console_devices.c.device_id.is_not(None))
    ).all()
    return [r.device_id for r in rows if r.org_unit_id == unit.id or f"{r.org_unit_path}/".startswith(below)]


def _touched(c: Connection, plan_id: int) -> tuple[list[Change], list[Change]]:
    """(what a plan is known to have changed, what it sent without learning what became of it)."""
    done: list[Change] = []
    unsure: list[Change] = []
    for item in items(c, plan_id):
        if item.outcome == "done":
            done.append(item.change)
        elif item.left_unsure:
            unsure.append(item.change)
    return done, unsure


def _came(
    unsure: Iterable[Change], found: Iterable[Resolved], held: Iterable[Owned], key: str
) -> tuple[list[Change], list[Owned]]:
    """Of calls whose outcome was never learnt: what stands there exactly as it was sent is ours after all."""
    there = {(r.schema, r.app_id): r for r in found if r.own}
    own = own_values(there.values())
    came = [change for change in unsure if policy_masks.arrived(change, own, key)]
    held = list(held)
    ours: list[Owned] = []
    for change in came:
        real = policy_masks.as_found(change, own)
        ours += owned_after(real, held, there.get((change.schema, change.app_id)))
    return came, ours
