"""Reading about policy: the org units of exams with their newest plan, one plan with its changes, the history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, func, select

from server.domain.errors import NotFound
from server.domain.policy_lines import GROUPS
from server.domain.policy_plan import Change, Worry
from server.domain.policy_safety import LIFTABLE
from server.services import google_jobs
from server.services.google_jobs import Job
from server.store.tables import (
    console_devices,
    console_org_units,
    exam_units,
    policy_changes,
    policy_plans,
    rooms,
)

KINDS = ("plan", "apply", "prove")
ENDED = ("applied", "partly", "restored")
#: A person may have it applied; `applying` is one whose worker died.
MAY_APPLY = ("planned", "applying", "partly", "failed")


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A plan as a list shows it."""

    id: int
    kind: str
    org_unit_path: str
    profile_key: str | None
    state: str
    by_name: str
    created_at: int
    applied_at: int | None
    device_count: int
    proof: Mapping[str, Any] | None
    restores_id: int | None


#: What a list reads of a plan: not its snapshot, which holds every value of an org unit.
_LINE: tuple[Any, ...] = tuple(policy_plans.c[one.name] for one in fields(PlanLine))


@dataclass(frozen=True, slots=True)
class UnitLine:
    """An org unit and what Bangku last did there. `rooms`: whose exams it was made for."""

    org_unit_id: str
    path: str
    devices: int
    rooms: tuple[str, ...]
    plan: PlanLine | None  # the newest of any kind
    applied: PlanLine | None  # the newest that was applied


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change and what became of it."""

    change: Change
    outcome: str
    code: str | None
    code_params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A worry of a plan. `lifted`: a person allowed it; `liftable`: a person may."""

    worry: Worry
    lifted: bool
    liftable: bool
    first: bool = True  # the first of its code: one permission serves all of that code

    @property
    def stands(self) -> bool:
        return self.worry.refuses and not self.lifted


@dataclass(frozen=True, slots=True)
class PlanView:
    """One plan, whole. `job`: what is going on about it, or went on last."""

    line: PlanLine
    org_unit_id: str
    digest: str
    seconds: int
    groups: tuple[tuple[str, tuple[ChangeLine, ...]], ...]
    worries: tuple[Refusal, ...]
    has_snapshot: bool
    job: Job | None

    @property
    def changes(self) -> tuple[ChangeLine, ...]:
        return tuple(change for _, group in self.groups for change in group)

    @property
    def counts(self) -> dict[str, int]:
        """How many of each: create, update, delete."""
        found = {"create": 0, "update": 0, "delete": 0}
        for line in self.changes:
            found[str(line.change.op)] += 1
        return found

    @property
    def outcomes(self) -> dict[str, int]:
        """How many changes ended how, the good ones first."""
        found = dict.fromkeys(("done", "failed", "skipped", "sent", "pending"), 0)
        for line in self.changes:
            found[line.outcome] = found.get(line.outcome, 0) + 1
        return found

    @property
    def refused(self) -> bool:
        return any(worry.stands for worry in self.worries)


def units(c: Connection) -> tuple[list[UnitLine], list[UnitLine]]:
    """(org units that belong to exams: prepared for a room or planned before, all others), by path."""
    counts: dict[str, int] = {
        str(row.org_unit_id): int(row.n)
        for row in c.execute(
            select(console_devices.c.org_unit_id, func.count().label("n"))
            .where(console_devices.c.gone_at.is_(None))
            .group_by(console_devices.c.org_unit_id)
        )
    }
    made_for: dict[str, list[str]] = {}
    for row in c.execute(
        select(exam_units.c.org_unit_id, rooms.c.name)
        .join(rooms, rooms.c.id == exam_units.c.room_id)
        .where(exam_units.c.org_unit_id.is_not(None))
        .order_by(rooms.c.name)
    ):
        made_for.setdefault(row.org_unit_id, []).append(row.name)
    newest: dict[str, PlanLine] = {}
    applied: dict[str, PlanLine] = {}
    for made in c.execute(select(*_LINE, policy_plans.c.org_unit_id).order_by(policy_plans.c.id)):
        newest[made.org_unit_id] = plan_line(made)
        if made.state in ENDED:
            applied[made.org_unit_id] = plan_line(made)
    of_exams: list[UnitLine] = []
    others: list[UnitLine] = []
    known = select(console_org_units).where(console_org_units.c.gone_at.is_(None))
    for row in c.execute(known.order_by(console_org_units.c.path)):
        key = row.org_unit_id
        line = UnitLine(
            key,
            row.path,
            counts.get(key, 0),
            tuple(made_for.get(key, ())),
            newest.get(key),
            applied.get(key),
        )
        (of_exams if line.plan is not None or line.rooms else others).append(line)
    return of_exams, others


def history(c: Connection, limit: int = 100) -> list[PlanLine]:
    """The newest plans first."""
    rows = c.execute(select(*_LINE).order_by(policy_plans.c.id.desc()).limit(limit))
    return [plan_line(row) for row in rows]


def plan_row(c: Connection, plan_id: int) -> Any:
    """Raises: NotFound (`policy_plan_unknown`)."""
    row = c.execute(select(policy_plans).where(policy_plans.c.id == plan_id)).first()
    if row is None:
        raise NotFound(f"plan {plan_id}: not known", code="policy_plan_unknown")
    return row


def view(c: Connection, plan_id: int) -> PlanView:
    """Raises: NotFound (`policy_plan_unknown`)."""
    row = plan_row(c, plan_id)
    lines = [
        ChangeLine(Change.from_dict(r.change), r.outcome, r.code, r.code_params or {})
        for r in c.execute(
            select(policy_changes)
            .where(policy_changes.c.plan_id == plan_id)
            .order_by(policy_changes.c.position)
        )
    ]
    order = {name: n for n, name in enumerate(GROUPS)}
    names = sorted({line.change.group for line in lines}, key=lambda name: order.get(name, len(order)))
    return PlanView(
        line=plan_line(row),
        org_unit_id=row.org_unit_id,
        digest=row.digest,
        seconds=row.seconds,
        groups=tuple((name, tuple(x for x in lines if x.change.group == name)) for name in names),
        worries=_refusals(row),
        has_snapshot=row.snapshot is not None,
        job=job_of(c, plan_id),
    )


def job_of(c: Connection, plan_id: int) -> Job | None:
    """The newest apply or proof of a plan."""
    return next(
        (
            job
            for job in google_jobs.newest(c, "apply", "prove", limit=50)
            if job.params.get("plan_id") == plan_id
        ),
        None,
    )


def by_digest(c: Connection, digest: str) -> int:
    """The newest plan that was shown with this digest. Raises: NotFound (`policy_plan_unknown`)."""
    found = c.execute(
        select(policy_plans.c.id)
        .where(policy_plans.c.digest == digest)
        .order_by(policy_plans.c.id.desc())
        .limit(1)
    ).scalar()
    if found is None:
        raise NotFound(f"plan {digest}: not known; plan again", code="policy_plan_unknown")
    return int(found)


def _refusals(row: Any) -> tuple[Refusal, ...]:
    seen: set[str] = set()
    found = []
    for raw in row.worries:
        code = raw["code"]
        found.append(Refusal(Worry(**raw), code in row.allowed, code in LIFTABLE, code not in seen))
        seen.add(code)
    return tuple(found)


def plan_line(row: Any) -> PlanLine:
    return PlanLine(
        id=row.id,
        kind=row.kind,
        org_unit_path=row.org_unit_path,
        profile_key=row.profile_key,
        state=row.state,
        by_name=row.by_name,
        created_at=row.created_at,
        applied_at=row.applied_at,
        device_count=row.device_count,
        proof=row.proof,
        restores_id=row.restores_id,
    )
