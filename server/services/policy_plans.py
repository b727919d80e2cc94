"""The job that makes a plan and keeps it: nothing is written to Google."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, func, select

from server.domain.policy_batches import batches, seconds
from server.services import audit, policy_make
from server.services.google_budget import DatabaseBudget
from server.services.google_work import Work
from server.services.policy_make import Made
from server.services.policy_views import plan_row
from server.store.database import Database, Write
from server.store.tables import google_jobs, policy_changes, policy_plans
from server.workspace.gateway import Bucket

Json = dict[str, Any]


def run_plan(work: Work) -> Json:
    """Job `plan`: `{org_unit_id, profile_key}` for an exam, or `{restores_id}` for the way back.

    A plan that this job has already kept (a worker that died right after) is found again, not made twice.
    """
    params = work.job.params
    restores_id = params.get("restores_id")
    if restores_id is None:
        made = policy_make.for_exam(work, params["org_unit_id"], params["profile_key"])
    else:
        with work.context.db.read() as c:
            applied = plan_row(c, restores_id)
        made = policy_make.for_restore(work, applied)
    taken = DatabaseBudget(work.context.db, work.context.now).taken(Bucket.POLICY_WRITE)
    with work.context.db.write() as tx:
        calls = calls_waiting(tx.c) + len(batches(made.plan.changes))
        needs = seconds(calls, taken)
        plan_id = _kept_already(tx.c, work, made, restores_id) or _keep(tx, work, made, restores_id, needs)
    return {
        "plan_id": plan_id,
        "digest": made.kept.digest,
        "changes": len(made.kept.changes),
        "refused": made.kept.refused,
        "seconds": needs,
    }


def calls_waiting(c: Connection) -> int:
    """Policy writes that plans in line will still send: what a new one has to wait behind."""
    return _calls(c, _in_line(c))


def forecast(db: Database, now: Callable[[], int], *plan_ids: int) -> int:
    """Seconds until these plans are applied too, behind all that is in line: known before anything is sent."""
    taken = DatabaseBudget(db, now).taken(Bucket.POLICY_WRITE)
    with db.read() as c:
        return seconds(_calls(c, {*plan_ids, *_in_line(c)}), taken)


def _in_line(c: Connection) -> set[int]:
    jobs = c.execute(
        select(google_jobs.c.params).where(
            google_jobs.c.kind == "apply", google_jobs.c.state.in_(("queued", "running"))
        )
    ).scalars()
    return {int(params["plan_id"]) for params in jobs}


def _calls(c: Connection, plan_ids: Collection[int]) -> int:
    counted = (
        select(policy_changes.c.plan_id, policy_changes.c.batch)
        .where(
            policy_changes.c.plan_id.in_(plan_ids),
            policy_changes.c.outcome.in_(("pending", "sent", "failed")),
        )
        .distinct()
        .subquery()
    )
    return int(c.execute(select(func.count()).select_from(counted)).scalar_one())


def _kept_already(c: Connection, work: Work, made: Made, restores_id: int | None) -> int | None:
    found: int | None = c.execute(
        select(policy_plans.c.id).where(
            policy_plans.c.digest == made.kept.digest,
            policy_plans.c.org_unit_id == made.kept.org_unit_id,
            policy_plans.c.profile_key == made.profile_key,  # plans without changes share a digest
            policy_plans.c.restores_id.is_(None)
            if restores_id is None
            else policy_plans.c.restores_id == restores_id,
            policy_plans.c.created_at >= work.job.created_at,
            policy_plans.c.state == "planned",
        )
    ).scalar()
    return found


def _keep(tx: Write, work: Work, made: Made, restores_id: int | None, needs: int) -> int:
    kept = made.kept
    who = work.job.by
    plan_id = tx.insert(
        policy_plans,
        digest=kept.digest,
        kind="exam" if restores_id is None else "restore",
        org_unit_id=kept.org_unit_id,
        org_unit_path=kept.org_unit_path,
        profile_key=made.profile_key,
        wanted=made.wanted,
        device_count=kept.device_count,
        worries=[asdict(worry) for worry in kept.worries],
        allowed=[],
        seconds=needs,
        state="planned",
        restores_id=restores_id,
        by_name=who.name,
        created_at=work.now,
    )
    number = {change.key: n for n, batch in enumerate(batches(kept.changes)) for change in batch.changes}
    for position, change in enumerate(kept.changes):
        tx.insert(
            policy_changes,
            plan_id=plan_id,
            position=position,
            change=change.as_dict(),
            batch=number[change.key],
            outcome="pending",
        )
    audit.record(
        tx,
        who,
        "policy.plan",
        f"plan {plan_id}",
        work.now,
        path=kept.org_unit_path,
        changes=len(kept.changes),
    )
    return plan_id
