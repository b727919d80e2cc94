"""The job that applies a plan: what was shown and nothing else, item by item, and on from its rows after a crash."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from server.domain.errors import Conflict
from server.domain.policy_plan import Json
from server.domain.policy_safety import raise_if_unsafe
from server.services import audit, policy_make, policy_read
from server.services.google_work import Displaced, Work
from server.services.policy_items import OPEN, counts, items, mark
from server.services.policy_make import Made
from server.services.policy_send import Sender
from server.services.policy_views import MAY_APPLY, plan_row
from server.store.tables import policy_plans

#: What a person may have applied, and `stale`: a worker died right after finding that out.
MAY = (*MAY_APPLY, "stale")


def run(work: Work) -> Json:
    """Job `apply`: `{plan_id, digest}`.

    Raises: Conflict (`policy_digest_stale`, `policy_not_planned`, `policy_drift`, `policy_refused`), and what reading
    raises. What single changes met stands in their rows.
    """
    plan_id = int(work.job.params["plan_id"])
    with work.context.db.read() as c:
        row = plan_row(c, plan_id)
    if row.digest != work.job.params["digest"]:
        raise Conflict(f"plan {plan_id}: not as it was shown; look again", code="policy_digest_stale")
    if row.state == "applied":  # a worker that died between the end of the plan and the end of the job
        return {"plan_id": plan_id, "state": row.state, **counts(work.context.db, plan_id)}
    if row.state not in MAY:
        raise Conflict(f"plan {plan_id}: no longer waits ({row.state})", code="policy_not_planned")
    if row.state in ("planned", "stale"):
        _begin(work, row, _again(work, row))
    else:
        policy_read.org_unit(work.gateway, row.org_unit_id)
        _reopen(work, row)
    with work.context.db.read() as c:
        row = plan_row(c, plan_id)
    try:
        Sender(work, row, _before(work, row)).send_all()
    except Displaced:
        raise  # the plan is another worker's now
    except Exception:
        _close(work, row)  # what was done is done; the rest can be applied later
        raise
    return _close(work, row)


def _again(work: Work, row: Row[Any]) -> Made:
    """The same plan from what the console says now. Raises: Conflict (`policy_drift`) naming what is different."""
    if row.kind == "restore":
        with work.context.db.read() as c:
            applied = plan_row(c, row.restores_id)
        made = policy_make.for_restore(work, applied)
    else:
        made = policy_make.for_exam(work, row.org_unit_id, str(row.profile_key))
    if made.kept.digest == row.digest:
        return made
    with work.context.db.read() as c:
        shown = {item.change.key: item.change.as_dict() for item in items(c, row.id)}
    now = {change.key: change.as_dict() for change in made.kept.changes}
    moved = sorted(key for key in shown.keys() | now.keys() if shown.get(key) != now.get(key))
    with work.context.db.write() as tx:
        tx.c.execute(
            policy_plans.update()
            .where(policy_plans.c.id == row.id, policy_plans.c.state == "planned")
            .values(state="stale")
        )
    if all(_only_secret(shown.get(key), now.get(key)) for key in moved):
        raise Conflict(
            f"plan {row.id}: the enrolment secret was renewed since it was shown; plan again",
            code="policy_secret_changed",
        )
    raise Conflict(
        f"plan {row.id}: the console, or what Bangku wants of it, is not as it was shown any more "
        f"({', '.join(moved[:5])}); plan again",
        code="policy_drift",
        count=len(moved),
        what=", ".join(key.split("|")[0].rpartition(".")[2] for key in moved[:5]),
    )


def _only_secret(shown: Json | None, now: Json | None) -> bool:
    """The same change, but for the secret that it brings."""
    if shown is None or now is None or not (shown["secret"] and now["secret"]):
        return False
    return {**shown, "desired": None} == {**now, "desired": None}


def _begin(work: Work, row: Row[Any], made: Made) -> None:
    """Nothing has been sent before the snapshot is on disk."""
    raise_if_unsafe(made.kept, row.allowed)
    keys = {(change.schema, change.app_id) for change in made.plan.changes}
    with work.context.db.write() as tx:
        began = tx.c.execute(
            policy_plans.update()
            .where(policy_plans.c.id == row.id, policy_plans.c.state == "planned")
            .values(state="applying", snapshot=policy_read.snapshot(made.found, made.held, keys))
        )
        if began.rowcount != 1:
            raise Conflict(f"plan {row.id}: no longer waits", code="policy_not_planned")
        audit.record(
            tx,
            work.job.by,
            "policy.apply",
            f"plan {row.id}",
            work.now,
            path=row.org_unit_path,
            changes=len(made.plan.changes),
        )


def _reopen(work: Work, row: Row[Any]) -> None:
    """What failed before is tried again; what is done stays."""
    with work.context.db.write() as tx:
        mark(tx, work.now, [i for i in items(tx.c, row.id) if i.outcome == "failed"], "pending")
        tx.c.execute(policy_plans.update().where(policy_plans.c.id == row.id).values(state="applying"))


def _before(work: Work, row: Row[Any]) -> Json | None:
    """For a way back: the snapshot it leads to."""
    if row.kind != "restore":
        return None
    with work.context.db.read() as c:
        found: Json | None = c.execute(
            select(policy_plans.c.snapshot).where(policy_plans.c.id == row.restores_id)
        ).scalar()
    return found


def _close(work: Work, row: Row[Any]) -> Json:
    found = counts(work.context.db, row.id)
    unfinished = sum(found.get(outcome, 0) for outcome in (*OPEN, "failed"))
    state = "applied" if not unfinished else "partly" if found.get("done") else "failed"
    with work.context.db.write() as tx:
        tx.c.execute(
            policy_plans.update()
            .where(policy_plans.c.id == row.id)
            .values(
                state=state,
                applied_at=work.now if found.get("done") or state == "applied" else row.applied_at,
            )
        )
        if row.kind == "restore" and state == "applied":
            tx.c.execute(
                policy_plans.update().where(policy_plans.c.id == row.restores_id).values(state="restored")
            )
        audit.record(tx, work.job.by, f"policy.{state}", f"plan {row.id}", work.now, changes=found)
    return {"plan_id": row.id, "state": state, **found}
