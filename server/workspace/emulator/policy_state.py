"""The policy part of the world: its spelling, its switches, its book, and who must hear of a change."""

from __future__ import annotations

from typing import Any

from server.workspace.emulator import policy_wire as wire
from server.workspace.emulator.call import Refusal
from server.workspace.emulator.world import World

Json = dict[str, Any]

#: What a seed or a test may set, under `settings.policy`.
SWITCHES: Json = {
    "batch_max": 100,  # requests in one batch; Google's number is not known
    "inherit_unset": False,  # a policy not set here may be inherited again, and nothing happens
    "unknown": [],  # schemas that this tenant does not have
    "preview": [],  # schemas at stage API_PREVIEW
    "ended": {},  # schema: day after which it cannot be written
    "repeated": None,  # message fields that are lists, as `schema.field`; None: drawn by the world
}


def switches(world: World) -> Json:
    """SWITCHES as they stand, and `spelling`."""
    found = SWITCHES | world.state["settings"].get("policy", {})
    spelling = world.state.get("spelling")
    if spelling is None:
        # Drawn once and kept: a tenant's names do not change under those who wrote them down.
        spelling = wire.new_spelling(f"{world.state['seed']}/{world.state['run']}")
        world.state["spelling"] = spelling
        world.save()
    if found["repeated"] is not None:
        spelling = {**spelling, "repeated": found["repeated"]}
    return {**found, "spelling": spelling}


def book(world: World) -> Json:
    """As `policy_book` reads it."""
    return {"direct": world.state["policies"], "added": world.state.setdefault("policy_added", {})}


def line_of(world: World, org_unit: str) -> list[str]:
    """The org unit and its parents, when there is such an org unit."""
    if org_unit not in world.state["org_units"]:
        raise Refusal(404, "notFound", f"Org unit {org_unit} was not found.", rpc="NOT_FOUND")
    return world.org_line(org_unit)


def lines_below(world: World, org_unit: str) -> dict[str, list[str]]:
    """Every org unit under this one with its line."""
    return {below: world.org_line(below) for below in world.below(org_unit) if below != org_unit}


def customer_of(world: World, resource: str) -> str:
    """The id in `customers/<id>` or `customers/my_customer`, when it is this customer's."""
    asked = resource.split("/")[1] if resource.startswith("customers/") else ""
    known = str(world.state["customer"].get("id", ""))
    if asked not in ("my_customer", known):
        raise Refusal(403, "forbidden", f"No access to customer {asked!r}.", rpc="PERMISSION_DENIED")
    return known


def page_of(rows: list[Json], size: int, token: str, scope: str) -> tuple[list[Json], str]:
    """One page and the token of the next. A token of another question is refused."""
    start = 0
    if token:
        asked, _, number = token.rpartition("~")
        if asked != scope or not number.isdigit():
            raise Refusal(400, "badRequest", "Invalid page token.", rpc="INVALID_ARGUMENT")
        start = int(number)
    more = start + size < len(rows)
    return rows[start : start + size], f"{scope}~{start + size}" if more else ""


def page_size(asked: Any, default: int = 100, most: int = 1_000) -> int:
    """Assumed: more than the most is cut to it, as Google does elsewhere; below nought is refused."""
    size = int(asked or default)
    if size < 0:
        raise Refusal(400, "badRequest", "pageSize must not be negative.", rpc="INVALID_ARGUMENT")
    return min(size, most)
