"""A plan's changes as the fewest calls that Google's rules allow.

The rules (developers.google.com: chrome/policy/guides/batch-update-policies): one org unit, schemas that differ in
their last word only, the same names of additional target keys, no schema and target twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from server.domain.pacing import LIMITS, seconds_for
from server.domain.policy_lines import ADDING
from server.domain.policy_plan import Change, Json, Op

#: No number is published; a plan's largest namespace is below it anyway.
MAX_REQUESTS = 50


class Call(StrEnum):
    MODIFY = "modify"
    INHERIT = "inherit"


@dataclass(frozen=True, slots=True)
class Batch:
    """One call. Google takes all of it or nothing."""

    call: Call
    namespace: str
    changes: tuple[Change, ...]

    def requests(self, org_unit_id: str) -> list[Json]:
        """The call's requests, ready for `Gateway.batch_modify_policies` or `.batch_inherit_policies`."""
        if self.call is Call.MODIFY:
            return [_modify(org_unit_id, change) for change in self.changes]
        return [_inherit(org_unit_id, schema, app_id) for schema, app_id in _inherited(self.changes)]


def batches(changes: Sequence[Change], max_requests: int = MAX_REQUESTS) -> list[Batch]:
    """The calls in the order in which they are sent: apps added, values set, values taken back, apps taken away."""
    adding = [c for c in changes if c.op is not Op.DELETE and c.schema in ADDING]
    setting = [c for c in changes if c.op is not Op.DELETE and c.schema not in ADDING]
    leaving = {_app_key(c) for c in changes if c.op is Op.DELETE and c.schema in ADDING}
    unsetting = [c for c in changes if c.op is Op.DELETE and _app_key(c) not in leaving]
    removing = [c for c in changes if c.op is Op.DELETE and _app_key(c) in leaving]
    out: list[Batch] = []
    for call, part in ((Call.MODIFY, adding), (Call.MODIFY, setting), (Call.INHERIT, unsetting)):
        for namespace, group in _grouped(part):
            for start in range(0, len(group), max_requests):
                out.append(Batch(call, namespace, tuple(group[start : start + max_requests])))
    for namespace, group in _grouped(removing):
        # One request takes an app and all that hangs on it, so its changes stay together.
        apps = sorted({c.app_id or "" for c in group})
        for start in range(0, len(apps), max_requests):
            some = set(apps[start : start + max_requests])
            out.append(Batch(Call.INHERIT, namespace, tuple(c for c in group if (c.app_id or "") in some)))
    return out


def seconds(calls: int, taken: int = 0) -> int:
    """How long that many policy writes take, when `taken` of this minute's allowance are gone."""
    return seconds_for(calls, LIMITS["policy_write"], taken)


def namespace_of(schema: str) -> str:
    """`chrome.devices.kiosk` of `chrome.devices.kiosk.UrlBlocking`."""
    return schema.rpartition(".")[0]


def _app_key(change: Change) -> tuple[str, str | None]:
    return namespace_of(change.schema), change.app_id


def _grouped(changes: Iterable[Change]) -> list[tuple[str, list[Change]]]:
    def place(change: Change) -> tuple[str, bool]:
        return namespace_of(change.schema), change.app_id is not None

    return [(key[0], list(group)) for key, group in groupby(sorted(changes, key=place), key=place)]


def _inherited(changes: Sequence[Change]) -> list[tuple[str, str | None]]:
    apps = {c.app_id for c in changes if c.schema in ADDING}
    whole = [(f"{namespace_of(c.schema)}.*", c.app_id) for c in changes if c.schema in ADDING]
    return whole + [(c.schema, c.app_id) for c in changes if c.app_id is None or c.app_id not in apps]


def _target(org_unit_id: str, app_id: str | None) -> Json:
    target: Json = {"targetResource": f"orgunits/{org_unit_id}"}
    if app_id is not None:
        target["additionalTargetKeys"] = {"app_id": app_id}
    return target


def _modify(org_unit_id: str, change: Change) -> Json:
    desired = change.desired or {}
    return {
        "policyTargetKey": _target(org_unit_id, change.app_id),
        "policyValue": {
            "policySchema": change.schema,
            "value": {name: desired[name] for name in change.fields},
        },
        "updateMask": ",".join(change.fields),
    }


def _inherit(org_unit_id: str, schema: str, app_id: str | None) -> Json:
    return {"policyTargetKey": _target(org_unit_id, app_id), "policySchema": schema}
