"""What one batch of policy writes may hold, and what each of its requests may say.

Facts come from the discovery document and Google's guide to batches. Assumed, because nobody says: the most requests in
one batch, and that a policy which is not set at the org unit cannot be inherited again.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from server.workspace.emulator import policy_book as books
from server.workspace.emulator import policy_wire as wire
from server.workspace.emulator.app_ids import app_id_complaint
from server.workspace.emulator.call import Refusal
from server.workspace.emulator.policy_value import field_errors
from server.workspace.emulator.world import policy_key

Json = dict[str, Any]

AUTO_LAUNCH = "chrome.devices.kiosk.appsconfig.AutoLaunchApp"
DETAILS = "type.googleapis.com/google.chrome.policy.versions.v1.PolicyModificationErrorDetails"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of a batch."""

    org_unit: str
    keys: Mapping[str, str]
    schema: str
    value: Json
    mask: list[str]
    target: Json  # as it was sent, for the error's details


def read_batch(body: Json, most: int, *, inherit: bool) -> list[Ask]:
    """The requests, when together they make a batch that Google takes."""
    requests = body.get("requests") or []
    if not requests:
        raise invalid("No requests were given.")
    if len(requests) > most:
        raise invalid(f"At most {most} requests are allowed in a batch; {len(requests)} were given.")
    asks = [_read(request, inherit) for request in requests]
    if len({wire.namespace(ask.schema) for ask in asks}) > 1:
        raise invalid(
            "The schemas of a batch must have the same namespace: they may differ in the last part only."
        )
    if len({ask.org_unit for ask in asks}) > 1:
        raise invalid("All requests of a batch must point at the same org unit.")
    if len({frozenset(ask.keys) for ask in asks}) > 1:
        raise invalid("All requests of a batch must have the same key names in additionalTargetKeys.")
    slots = [policy_key(ask.schema, ask.keys) for ask in asks]
    if twice := next((s for s in slots if slots.count(s) > 1), None):
        raise invalid(f"Two requests change the same policy: {twice}.")
    return asks


def target_of(key: Any) -> tuple[str, dict[str, str]]:
    """Org unit id and additional keys of a policyTargetKey."""
    resource = (key or {}).get("targetResource", "")
    place, _, name = resource.partition("/")
    if place != "orgunits" or not name or "/" in name or name.startswith("id:"):
        raise invalid(f"Invalid target resource {resource!r}: orgunits/{{orgunit_id}} is expected.")
    return name, dict(key.get("additionalTargetKeys") or {})


def complaint_of_modify(
    ask: Ask, book: Json, chain: Sequence[str], switches: Json, today: str
) -> Json | None:
    """Why this request may not be carried out. `switches`: spelling, and which schemas are past their support."""
    errors = _schema_errors(ask)
    fields: list[Json] = []
    if not errors:
        errors += _life_errors(ask.schema, switches, today) + _entity_errors(ask, book, chain)
        fields = field_errors(ask.schema, ask.value, ask.mask, switches["spelling"])
        if not fields and not errors:
            fields = _launch_errors(ask, book, chain)
    return _complaint(ask, errors, fields)


def complaint_of_inherit(ask: Ask, book: Json, switches: Json) -> Json | None:
    """`…apps.*` takes an app away where it was added.

    GAM's pages say that only a direct policy can be taken back; assumed is that anything else is an error.
    """
    if ask.schema.endswith(".*"):
        space = ask.schema[:-2]
        if space not in books.ADDERS:
            return _complaint(ask, [f"{ask.schema}: a wildcard is for apps only."], [])
        if set(ask.keys) != {"app_id"}:
            return _complaint(ask, ["The additional target keys must be: app_id."], [])
        here = book["added"].get(ask.org_unit, [])
        if [space, ask.keys["app_id"]] not in here:
            return _complaint(
                ask, ["The app was not added at this org unit, so it cannot be removed here."], []
            )
        return None
    errors = _schema_errors(ask)
    nothing = not errors and books.own(book, ask.org_unit, ask.schema, ask.keys) is None
    if nothing and not switches["inherit_unset"]:
        errors = ["The policy is not set at this org unit, so there is nothing to inherit."]
    return _complaint(ask, errors, [])


def refuse_if_any(complaints: Sequence[Json | None]) -> None:
    """All or nothing: one bad request refuses the whole batch, and the details name each of them."""
    found = [complaint for complaint in complaints if complaint]
    if found:
        names = ", ".join(sorted({complaint["policySchema"] for complaint in found}))
        details = [{"@type": DETAILS, "modificationErrors": found}]
        raise Refusal(
            400,
            "badRequest",
            f"Policy modification failed: {names}.",
            rpc="INVALID_ARGUMENT",
            details=details,
        )


def half(asks: list[Ask], share: float, luck: random.Random) -> list[Ask]:
    """What is carried out on a bad day: about `share` of a batch is left undone."""
    return [ask for ask in asks if not share or luck.random() >= share]


def fail_unless_all(done: list[Ask], asks: list[Ask]) -> None:
    """Whoever asked learns that something went wrong, and not what was done."""
    if len(done) < len(asks):
        raise Refusal(500, "backendError", "Internal error encountered.", rpc="INTERNAL")


def invalid(message: str) -> Refusal:
    return Refusal(400, "badRequest", message, rpc="INVALID_ARGUMENT")


def _read(request: Json, inherit: bool) -> Ask:
    org_unit, keys = target_of(request.get("policyTargetKey"))
    target = request["policyTargetKey"]
    if inherit:
        return Ask(org_unit, keys, request.get("policySchema", ""), {}, [], target)
    policy = request.get("policyValue") or {}
    mask = request.get("updateMask", "")
    if not isinstance(mask, str) or not mask.strip():
        raise invalid("updateMask is required: a comma separated list of fields.")
    paths = [part.strip() for part in mask.split(",")]
    return Ask(org_unit, keys, policy.get("policySchema", ""), policy.get("value") or {}, paths, target)


def _schema_errors(ask: Ask) -> list[str]:
    if ask.schema not in wire.shipped():
        return [f"Unknown policy schema: {ask.schema}."]
    needed = wire.target_keys(ask.schema)
    if set(ask.keys) != set(needed):
        return [f"The additional target keys must be: {', '.join(needed) or 'none'}."]
    if "app_id" in ask.keys and (complaint := app_id_complaint(ask.keys["app_id"])):
        return [complaint]
    return []


def _life_errors(schema: str, switches: Json, today: str) -> list[str]:
    if schema in switches["unknown"]:
        return [f"Unknown policy schema: {schema}."]
    ended = switches["ended"].get(schema)
    return [f"{schema} is past its end of support ({ended})."] if ended and ended < today else []


def _entity_errors(ask: Ask, book: Json, chain: Sequence[str]) -> list[str]:
    space = wire.namespace(ask.schema)
    if not ask.keys or books.ADDERS.get(space) == ask.schema:
        return []
    entity = next(iter(ask.keys.values()))
    if books.added_at(book, chain, space, entity) is None:
        return [f"{entity} was not added to this org unit."]
    return []


def _launch_errors(ask: Ask, book: Json, chain: Sequence[str]) -> list[Json]:
    """Assumed: only a kiosk app that the org unit has can start by itself; the word None clears it."""
    if ask.schema != AUTO_LAUNCH or "appId" not in ask.mask or ask.value["appId"] == "None":
        return []
    app = ask.value["appId"]
    if books.added_at(book, chain, "chrome.devices.kiosk.apps", app) is None:
        return [{"field": "appId", "error": f"{app!r} is no kiosk app of this org unit."}]
    return []


def _complaint(ask: Ask, errors: list[str], fields: list[Json]) -> Json | None:
    if not errors and not fields:
        return None
    found: Json = {"policySchema": ask.schema, "policyTargetKey": ask.target}
    return found | ({"errors": errors} if errors else {}) | ({"fieldErrors": fields} if fields else {})


def date_of(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
