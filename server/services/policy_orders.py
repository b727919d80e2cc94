"""What a person orders about policy: make a plan, allow a refusal, apply, prove, plan the way back."""

from __future__ import annotations

from sqlalchemy import select

from server.domain.errors import Conflict, Invalid, NotFound
from server.domain.policy_safety import LIFTABLE
from server.services import audit, google_jobs, policy_views
from server.services.actor import Actor
from server.store.database import Database
from server.store.tables import console_org_units, policy_plans

REASON_MOST = 200


def make(db: Database, who: Actor, now: int, *, org_unit_id: str, profile_key: str) -> int:
    """Have a plan made for an org unit from what is set there now; the id of the job.

    Raises: NotFound (`org_unit_unknown`), Conflict (`job_waiting`).
    """
    with db.write() as tx:
        known = tx.c.execute(
            select(console_org_units.c.org_unit_id).where(
                console_org_units.c.org_unit_id == org_unit_id, console_org_units.c.gone_at.is_(None)
            )
        ).first()
        if known is None:
            raise NotFound(
                f"org unit {org_unit_id}: not in the last sync; sync first", code="org_unit_unknown"
            )
        return google_jobs.enqueue(
            tx, who, now, "plan", {"org_unit_id": org_unit_id, "profile_key": profile_key}
        )


def restore(db: Database, who: Actor, now: int, plan_id: int) -> int:
    """Have the way back from an applied plan planned; nothing changes before that plan is applied.

    Raises: NotFound (`policy_plan_unknown`), Conflict (`policy_not_applied`, `job_waiting`).
    """
    with db.write() as tx:
        row = policy_views.plan_row(tx.c, plan_id)
        if row.snapshot is None:
            raise Conflict(
                f"plan {plan_id}: never applied; there is nothing to restore", code="policy_not_applied"
            )
        return google_jobs.enqueue(tx, who, now, "plan", {"restores_id": plan_id})


def allow(db: Database, who: Actor, now: int, plan_id: int, code: str, reason: str) -> None:
    """Lift one refusal of a plan, by name and with a reason.

    Raises: NotFound (`policy_plan_unknown`), Conflict (`policy_not_planned`, `policy_not_liftable`),
    Invalid (`reason_missing`).
    """
    reason = " ".join(reason.split())
    if not reason or len(reason) > REASON_MOST:
        raise Invalid("reason: missing", code="reason_missing", most=REASON_MOST, field=f"reason-{code}")
    with db.write() as tx:
        row = policy_views.plan_row(tx.c, plan_id)
        if row.state != "planned":
            raise Conflict(f"plan {plan_id}: no longer waits ({row.state})", code="policy_not_planned")
        if code not in LIFTABLE or code not in {worry["code"] for worry in row.worries if worry["refuses"]}:
            raise Conflict(f"plan {plan_id}: {code} cannot be allowed", code="policy_not_liftable")
        if code not in row.allowed:
            tx.c.execute(
                policy_plans.update().where(policy_plans.c.id == plan_id).values(allowed=[*row.allowed, code])
            )
        audit.record(tx, who, "policy.allow", f"plan {plan_id}", now, refusal=code, reason=reason)


def apply(db: Database, who: Actor, now: int, plan_id: int, digest: str) -> int:
    """Apply exactly what was shown; the id of the job.

    Raises: NotFound (`policy_plan_unknown`), Conflict (`policy_digest_stale`, `policy_not_planned`,
    `policy_refused`, `job_waiting`).
    """
    with db.write() as tx:
        found = policy_views.view(tx.c, plan_id)
        if found.digest != digest:
            raise Conflict(
                f"plan {plan_id}: not as it was shown; look again", code="policy_digest_stale", digest=digest
            )
        if found.line.state not in policy_views.MAY_APPLY:
            raise Conflict(f"plan {plan_id}: no longer waits ({found.line.state})", code="policy_not_planned")
        standing = list(dict.fromkeys(w.worry.code for w in found.worries if w.stands))
        if standing:
            raise Conflict(
                f"plan {plan_id}: refused because of {', '.join(standing)}",
                code="policy_refused",
                path=found.line.org_unit_path,
                codes=", ".join(standing),
            )
        return google_jobs.enqueue(tx, who, now, "apply", {"plan_id": plan_id, "digest": digest})


def prove(db: Database, who: Actor, now: int, plan_id: int) -> int:
    """Read back what an applied plan set, and which devices have it; the id of the job.

    Raises: NotFound (`policy_plan_unknown`), Conflict (`policy_not_applied`, `job_waiting`).
    """
    with db.write() as tx:
        row = policy_views.plan_row(tx.c, plan_id)
        if row.applied_at is None:
            raise Conflict(
                f"plan {plan_id}: not applied; there is nothing to prove", code="policy_not_applied"
            )
        return google_jobs.enqueue(tx, who, now, "prove", {"plan_id": plan_id})
