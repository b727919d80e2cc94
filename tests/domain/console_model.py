"""The console reduced to what a plan needs of it: own values by schema and target, all else inherited."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from server.domain.policy_batches import Call, batches
from server.domain.policy_diff import owned_after
from server.domain.policy_plan import Owned, Plan, Resolved

Values = dict[tuple[str, str | None], dict[str, Any]]


class Console:
    """Takes the requests that a plan makes, and keeps what Bangku owns as a service would."""

    def __init__(self, values: Values, owned: Sequence[Owned] = ()) -> None:
        self.values = copy.deepcopy(values)
        self.owned = {(o.schema, o.app_id, o.field): o for o in owned}

    def resolved(self) -> list[Resolved]:
        return [Resolved(s, a, copy.deepcopy(v), True) for (s, a), v in self.values.items()]

    def ours(self) -> list[Owned]:
        return list(self.owned.values())

    def apply(self, plan: Plan) -> None:
        for batch in batches(plan.changes):
            for request in batch.requests(plan.org_unit_id):
                self._take(batch.call, request)
            for change in batch.changes:
                held = self.ours()
                key = (change.schema, change.app_id)
                found = self.values.get(key)
                read = Resolved(change.schema, change.app_id, found, True) if found is not None else None
                self.owned = {k: v for k, v in self.owned.items() if k[:2] != key}
                self.owned |= {(o.schema, o.app_id, o.field): o for o in owned_after(change, held, read)}

    def _take(self, call: Call, request: dict[str, Any]) -> None:
        app = request["policyTargetKey"].get("additionalTargetKeys", {}).get("app_id")
        if call is Call.MODIFY:
            value = request["policyValue"]["value"]
            assert request["updateMask"].split(",") == list(value), "every masked field has a value"
            self.values.setdefault((request["policyValue"]["policySchema"], app), {}).update(value)
            return
        schema = request["policySchema"]
        space = schema.removesuffix("*")
        gone = [
            key
            for key in self.values
            if key[1] == app
            and (key[0] == schema or (schema.endswith(".*") and key[0].rpartition(".")[0] + "." == space))
        ]
        assert gone, f"{schema}: only what is set here can be given back"
        for key in gone:
            del self.values[key]
