"""State → the resources Directory answers with, and the look-ups every Directory method shares."""

from __future__ import annotations

from server.workspace.emulator.call import Call, Json, Refusal
from server.workspace.emulator.world import World

#: What BASIC shows, after the list in GAM; the document says only "basic metadata".
BASIC = {
    *("kind", "deviceId", "annotatedAssetId", "annotatedLocation", "annotatedUser", "lastSync", "notes"),
    *("serialNumber", "status"),
}


def check_customer(world: World, call: Call) -> None:
    """The path names this customer, by its id or `my_customer`. Raises Refusal."""
    named = call.params.get("customerId", call.params.get("customerKey"))
    customer = world.state["customer"]
    if named not in ("my_customer", customer["id"]):
        # *Assumed*: another customer looks like one that is not there.
        raise Refusal(404, "notFound", "Resource Not Found: customerId")


def org_unit_of(world: World, path: str, *, reason: str = "notFound") -> str:
    """The id of an org unit, or a refusal: 404, or 400 with that reason."""
    found = world.find_org_unit(path)
    if found is not None and path:
        return found
    if reason == "notFound":
        raise Refusal(404, "notFound", "Org unit not found")
    raise Refusal(400, reason, f"Invalid Input: {reason}: {path}")


def device_out(world: World, device: Json, *, basic: bool = False) -> Json:
    unit = device["orgUnitId"]
    whole = {
        "kind": "admin#directory#chromeosdevice",
        "etag": f'"{device["deviceId"]}"',
        **device,
        "orgUnitId": f"id:{unit}",
        "orgUnitPath": world.org_path(unit),
    }
    return {name: value for name, value in whole.items() if name in BASIC} if basic else whole


def org_unit_out(world: World, unit_id: str) -> Json:
    unit = world.state["org_units"][unit_id]
    made: Json = {
        "kind": "admin#directory#orgUnit",
        "etag": f'"{unit_id}/{unit["name"]}"',
        "name": unit["name"],
        "description": unit["description"],
        "orgUnitPath": world.org_path(unit_id),
        "orgUnitId": f"id:{unit_id}",
    }
    if unit["parent"] is not None:
        made["parentOrgUnitId"] = f"id:{unit['parent']}"
        made["parentOrgUnitPath"] = world.org_path(unit["parent"])
    return made


def user_out(world: World, user: Json) -> Json:
    shown = {name: value for name, value in user.items() if name not in ("role", "orgUnitId")}
    customer = world.state["customer"]["id"]
    return {
        "kind": "admin#directory#user",
        "customerId": customer,
        **shown,
        "orgUnitPath": world.org_path(user["orgUnitId"]),
    }
