"""Reading values with patience: what Bangku wrote a moment ago has to show before a reading is believed.

Google does not promise that a value is seen by the next reader. A plan made from an older view would call things
changed that are not, or find nothing to take back where everything still stands.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from server.domain.policy_batches import namespace_of
from server.domain.policy_diff import own_values
from server.domain.policy_plan import Change, Resolved
from server.services import policy_masks, policy_read
from server.services.google_work import Work
from server.services.policy_items import items
from server.store.tables import policy_changes, policy_plans

#: So long after a write a reading that does not show it is taken for an old one; later, somebody else changed it.
SETTLES_MS = 60_000
LOOK_SECONDS = 5.0


def values(work: Work, org_unit_id: str, names: Iterable[str]) -> list[Resolved]:
    """`policy_read.resolved`, looked at again while it is older than Bangku's own writes. Raises: Stopped, GoogleError."""
    wanted = set(names)
    while True:
        found = policy_read.resolved(work.gateway, org_unit_id, wanted)
        own, key = own_values(found), work.context.settings.secret_key
        if all(policy_masks.arrived(one, own, key) for one in _just_written(work, org_unit_id, wanted)):
            return found
        work.wait(LOOK_SECONDS)


def _just_written(work: Work, org_unit_id: str, names: set[str]) -> list[Change]:
    """The newest change of each target here that is too young for a reading without it to be believed.

    One whose call brought no answer counts too: until it is old enough, it may still show.
    """
    spaces = {namespace_of(name) for name in names}
    with work.context.db.read() as c:
        plans = c.execute(
            select(policy_changes.c.plan_id)
            .join(policy_plans, policy_plans.c.id == policy_changes.c.plan_id)
            .where(
                policy_plans.c.org_unit_id == org_unit_id,
                policy_changes.c.at > work.now - SETTLES_MS,
            )
            .distinct()
        ).scalars()
        young = [
            item
            for plan_id in plans
            for item in items(c, plan_id)
            if (item.at or 0) > work.now - SETTLES_MS and (item.outcome == "done" or item.left_unsure)
        ]
    newest = {item.change.key: item.change for item in sorted(young, key=lambda one: (one.at or 0, one.id))}
    return [change for change in newest.values() if namespace_of(change.schema) in spaces]
