"""The changes of a plan as rows: what was intended, what was sent, what became of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from server.domain.policy_diff import own_values, owned_after
from server.domain.policy_plan import Change, Json, Op, Owned, Resolved
from server.services import policy_read
from server.store.database import Database, Write
from server.store.tables import policy_changes

OPEN = ("pending", "sent")
Snapshot = tuple[list[Resolved], list[Owned]]


@dataclass(frozen=True, slots=True)
class Item:
    """`change` as it is kept: secrets are marks."""

    id: int
    change: Change
    outcome: str
    code: str | None
    not_sent: bool = False  # failed before anything of it left
    at: int | None = None  # when the outcome was written

    @property
    def left_unsure(self) -> bool:
        """It may have been sent, and nobody learnt what became of it."""
        passing = (self.code or "").startswith("google_") or self.code == "policy_outcome_unknown"
        return self.outcome == "sent" or (self.outcome == "failed" and passing and not self.not_sent)


def items(c: Connection, plan_id: int) -> list[Item]:
    rows = c.execute(
        select(policy_changes).where(policy_changes.c.plan_id == plan_id).order_by(policy_changes.c.position)
    )
    return [
        Item(
            row.id,
            Change.from_dict(row.change),
            row.outcome,
            row.code,
            bool((row.code_params or {}).get("not_sent")),
            row.at,
        )
        for row in rows
    ]


def mark(
    tx: Write, now: int, some: Iterable[Item], outcome: str, code: str | None = None, **params: Any
) -> None:
    ids = [item.id for item in some]
    tx.c.execute(
        policy_changes.update()
        .where(policy_changes.c.id.in_(ids))
        .values(outcome=outcome, code=code, code_params=params or None, at=now)
    )


def done(
    tx: Write,
    now: int,
    org_unit_id: str,
    some: Iterable[tuple[Item, Change]],
    *,
    before: Snapshot | None,
    read_back: Iterable[Resolved] = (),
) -> None:
    """These changes are at Google: write it, and what is Bangku's from now on.

    Each comes with its real values. `before`: for a way back, the snapshot it leads to.
    """
    now_there = {(r.schema, r.app_id): r for r in read_back}
    held = policy_read.owned(tx.c, org_unit_id)
    pairs = list(some)
    for _, change in pairs:
        key = (change.schema, change.app_id)
        mine: Iterable[Owned]
        if before is not None:
            mine = _owned_again(change, [one for one in held if (one.schema, one.app_id) == key], before)
        else:
            mine = owned_after(
                change, [one for one in held if (one.schema, one.app_id) == key], now_there.get(key)
            )
        policy_read.set_owned(tx, now, org_unit_id, key, list(mine))
    mark(tx, now, [item for item, _ in pairs], "done")


def _owned_again(change: Change, held: Iterable[Owned], before: Snapshot) -> list[Owned]:
    """What was Bangku's then; and what it set since where nothing was, which Google does not unset alone."""
    values, owned = before
    key = (change.schema, change.app_id)
    was = own_values(values).get(key, {})
    stays = [one for one in held if one.field not in was] if change.op is Op.UPDATE else []
    again = [one for one in owned if (one.schema, one.app_id) == key]
    return list({one.field: one for one in (*stays, *again)}.values())


def counts(db: Database, plan_id: int) -> dict[str, int]:
    found: dict[str, int] = {}
    with db.read() as c:
        for item in items(c, plan_id):
            found[item.outcome] = found.get(item.outcome, 0) + 1
    return found


def item_errors(details: Iterable[Json]) -> dict[tuple[str, str | None], str]:
    """What Google said of single changes of a refused call: (schema, app) → its words."""
    found: dict[tuple[str, str | None], str] = {}
    for detail in details:
        if not str(detail.get("@type", "")).endswith("PolicyModificationErrorDetails"):
            continue
        for error in detail.get("modificationErrors", []):
            app = error.get("policyTargetKey", {}).get("additionalTargetKeys", {}).get("app_id")
            said = [str(word) for word in error.get("errors", [])]
            said += [f"{one.get('field')}: {one.get('error')}" for one in error.get("fieldErrors", [])]
            found[(str(error.get("policySchema")), app)] = "; ".join(said)
    return found
