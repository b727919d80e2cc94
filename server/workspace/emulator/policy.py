"""customers.policies.resolve and customers.policies.orgunits: what holds where, and how it is changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from server.workspace.emulator import policy_batch as batch
from server.workspace.emulator import policy_book as books
from server.workspace.emulator import policy_wire as wire
from server.workspace.emulator.call import Call, serves
from server.workspace.emulator.device_policy import tell_devices
from server.workspace.emulator.policy_state import (
    book,
    customer_of,
    line_of,
    lines_below,
    page_of,
    page_size,
    switches,
)
from server.workspace.emulator.policy_value import as_kept
from server.workspace.emulator.world import World

Json = dict[str, Any]

#: A schema's name, or a namespace of at least two parts and a wildcard for the leaf.
_FILTER = re.compile(r"[a-z]+(\.[A-Za-z0-9]+)+(\.\*)?")


@serves("chromepolicy.customers.policies.resolve")
def resolve(world: World, call: Call) -> Json:
    customer_of(world, call.params["customer"])
    fits = call.body.get("policySchemaFilter", "")
    if not _FILTER.fullmatch(fits) or fits == "chrome.*":
        raise batch.invalid(
            f"Invalid policySchemaFilter {fits!r}: a wildcard may stand for the last part only."
        )
    if not fits.endswith(".*") and fits not in wire.shipped():
        raise batch.invalid(f"Unknown policy schema {fits!r}.")
    org_unit, keys = batch.target_of(call.body.get("policyTargetKey"))
    found = books.resolve(book(world), line_of(world, org_unit), fits, keys)
    rows = [_answer(org_unit, one) for one in found]
    scope = f"resolve {fits} {org_unit} {sorted(keys.items())}"
    size = page_size(call.body.get("pageSize"))
    page, following = page_of(rows, size, call.body.get("pageToken", ""), scope)
    # Google leaves an empty list out.
    answer: Json = {"resolvedPolicies": page} if page else {}
    return answer | ({"nextPageToken": following} if following else {})


@serves("chromepolicy.customers.policies.orgunits.batchModify")
def batch_modify(world: World, call: Call) -> Json:
    customer_of(world, call.params["customer"])
    known = switches(world)
    asks = batch.read_batch(call.body, known["batch_max"], inherit=False)
    line = line_of(world, asks[0].org_unit)
    today = batch.date_of(call.at)
    batch.refuse_if_any([batch.complaint_of_modify(ask, book(world), line, known, today) for ask in asks])
    done = batch.half(asks, call.mischief.get("half_batch", 0.0), world.random)
    for ask in done:
        fields = as_kept(ask.schema, ask.value, ask.mask)
        books.set_value(book(world), line, ask.schema, ask.keys, fields, call.at)
    tell_devices(world, asks[0].org_unit)
    batch.fail_unless_all(done, asks)
    return {}


@serves("chromepolicy.customers.policies.orgunits.batchInherit")
def batch_inherit(world: World, call: Call) -> Json:
    customer_of(world, call.params["customer"])
    known = switches(world)
    asks = batch.read_batch(call.body, known["batch_max"], inherit=True)
    org_unit = asks[0].org_unit
    line_of(world, org_unit)
    batch.refuse_if_any([batch.complaint_of_inherit(ask, book(world), known) for ask in asks])
    done = batch.half(asks, call.mischief.get("half_batch", 0.0), world.random)
    for ask in done:
        if ask.schema.endswith(".*"):
            below = lines_below(world, org_unit)
            books.remove_entity(book(world), org_unit, below, ask.schema[:-2], ask.keys["app_id"])
        else:
            books.clear(book(world), org_unit, ask.schema, ask.keys)
    tell_devices(world, org_unit)
    batch.fail_unless_all(done, asks)
    return {}


def _answer(org_unit: str, found: books.Found) -> Json:
    answer = {
        "targetKey": _key(org_unit, found.keys),
        "value": {"policySchema": found.schema, "value": found.value},
        "sourceKey": _key(found.source, {}),
    }
    return answer | ({"addedSourceKey": _key(found.added, {})} if found.added else {})


def _key(org_unit: str, keys: Mapping[str, str]) -> Json:
    key: Json = {"targetResource": f"orgunits/{org_unit}"}
    return key | ({"additionalTargetKeys": dict(keys)} if keys else {})
