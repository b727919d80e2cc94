"""customers.policySchemas: what may be set in this tenant, and how it is spelled here."""

from __future__ import annotations

from typing import Any

from server.workspace.emulator import policy_wire as wire
from server.workspace.emulator.call import Call, Refusal, serves
from server.workspace.emulator.policy_resource import is_listed, resource
from server.workspace.emulator.policy_state import customer_of, page_of, page_size, switches
from server.workspace.emulator.world import World

Json = dict[str, Any]


@serves("chromepolicy.customers.policySchemas.list")
def list_schemas(world: World, call: Call) -> Json:
    customer = customer_of(world, call.params["parent"])
    words = call.params.get("filter", "")
    known = switches(world)
    here = sorted(wire.shipped().keys() - set(known["unknown"]))
    names = [{"name": name} for name in here if not words or is_listed(name, words)]
    size = page_size(call.params.get("pageSize"))
    page, following = page_of(names, size, call.params.get("pageToken", ""), f"schemas {words}")
    answer: Json = {"policySchemas": [resource(row["name"], customer, known) for row in page]}
    return answer | ({"nextPageToken": following} if following else {})


@serves("chromepolicy.customers.policySchemas.get")
def get_schema(world: World, call: Call) -> Json:
    name = call.params["name"]
    customer = customer_of(world, name)
    schema = name.rpartition("/")[2]
    if schema not in wire.shipped() or schema in switches(world)["unknown"]:
        raise Refusal(404, "notFound", f"Policy schema {schema} was not found.", rpc="NOT_FOUND")
    return resource(schema, customer, switches(world))
