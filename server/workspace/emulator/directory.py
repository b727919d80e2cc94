"""Directory org units, users and the customer.

*Assumed*: an org unit with devices, users or org units in it cannot be deleted (400 conditionNotMet); a name that is
taken is 400 invalid; a name holds no slash; `fields` of a user that are not listed below are
ignored in a patch; suspending a user ends no running session.
"""

from __future__ import annotations

import re

from server.workspace.emulator.call import Call, Json, Refusal, serves
from server.workspace.emulator.paging import page
from server.workspace.emulator.resources import check_customer, org_unit_of, org_unit_out, user_out
from server.workspace.emulator.world import World

DEPTH = 35
USER_WRITABLE = ("suspended", "archived", "changePasswordAtNextLogin")
_USER_QUERY = re.compile(r"(\w+)[:=]\s*'?([^']*)'?")


@serves("directory.customers.get")
def get_customer(world: World, call: Call) -> Json:
    check_customer(world, call)
    return {"kind": "admin#directory#customer", "etag": '"1"', **world.state["customer"]}


@serves("directory.orgunits.list")
def list_org_units(world: World, call: Call) -> Json:
    check_customer(world, call)
    top = org_unit_of(world, call.params.get("orgUnitPath") or "/")
    kind = call.params.get("type", "children")
    if kind == "children":
        shown = [i for i, unit in world.state["org_units"].items() if unit["parent"] == top]
    else:
        shown = [i for i in world.below(top) if i != top or kind == "allIncludingParent"]
    found = sorted((org_unit_out(world, i) for i in shown), key=lambda unit: str(unit["orgUnitPath"]))
    answer: Json = {"kind": "admin#directory#orgUnits", "etag": '"1"'}
    return answer | ({"organizationUnits": found} if found else {})


@serves("directory.orgunits.get")
def get_org_unit(world: World, call: Call) -> Json:
    check_customer(world, call)
    return org_unit_out(world, _named(world, call))


@serves("directory.orgunits.insert")
def insert_org_unit(world: World, call: Call) -> Json:
    check_customer(world, call)
    name = _name(call.body.get("name"))
    parent = _parent(world, call.body)
    if parent is None:
        raise Refusal(400, "required", "Required: parentOrgUnitPath or parentOrgUnitId")
    _check_free(world, name, parent)
    if len(world.org_line(parent)) >= DEPTH:
        raise Refusal(400, "invalid", "Invalid Input: the organizational unit is nested too deep")
    made = world.new_id("org_unit", prefix="03ph8a2z")
    description = call.body.get("description") or ""
    world.state["org_units"][made] = {"name": name, "parent": parent, "description": description}
    return org_unit_out(world, made)


@serves("directory.orgunits.patch")
def patch_org_unit(world: World, call: Call) -> Json:
    check_customer(world, call)
    here = _named(world, call)
    unit = world.state["org_units"][here]
    name = _name(call.body["name"]) if call.body.get("name") is not None else unit["name"]
    parent = _parent(world, call.body) or unit["parent"]
    if here == world.root and (name != unit["name"] or parent is not None):
        raise Refusal(400, "invalid", "Invalid Input: the root organizational unit cannot be changed")
    if parent is not None and here in world.org_line(parent):
        raise Refusal(400, "invalid", "Invalid Input: an organizational unit cannot be moved below itself")
    if (name.casefold(), parent) != (unit["name"].casefold(), unit["parent"]):
        _check_free(world, name, parent)
    unit["name"], unit["parent"] = name, parent
    if "description" in call.body:
        unit["description"] = call.body["description"] or ""
    return org_unit_out(world, here)


@serves("directory.orgunits.update")
def update_org_unit(world: World, call: Call) -> Json:
    """*Assumed*: as a patch; a field left out stays."""
    return patch_org_unit(world, call)


@serves("directory.orgunits.delete")
def delete_org_unit(world: World, call: Call) -> Json:
    check_customer(world, call)
    here = _named(world, call)
    state = world.state
    occupied = (
        here == world.root
        or any(unit["parent"] == here for unit in state["org_units"].values())
        or any(device["orgUnitId"] == here for device in state["devices"].values())
        or any(user["orgUnitId"] == here for user in state["users"].values())
    )
    if occupied:
        raise Refusal(400, "conditionNotMet", "Precondition Failed: the organizational unit is not empty")
    del state["org_units"][here]
    state["policies"].pop(here, None)
    return {}


@serves("directory.users.list")
def list_users(world: World, call: Call) -> Json:
    params, customer = call.params, world.state["customer"]
    if "customer" not in params and "domain" not in params:
        raise Refusal(400, "badRequest", "Bad Request: customer or domain is required")
    if params.get("customer", "my_customer") not in ("my_customer", customer["id"]):
        raise Refusal(404, "notFound", "Resource Not Found: customer")
    if params.get("domain", customer["customerDomain"]) != customer["customerDomain"]:
        raise Refusal(404, "notFound", "Domain not found.")
    users = list(world.state["users"].values()) if params.get("showDeleted") != "true" else []
    if params.get("query"):
        users = [user for user in users if _asked_for(world, user, params["query"])]
    order = params.get("orderBy", "email")

    def key(user: Json) -> tuple[str, str]:
        text = user["primaryEmail"] if order == "email" else user["name"][order]
        return str(text).casefold(), user["id"]

    shown, token = page(
        users, call, params.get("maxResults", 100), key, down=params.get("sortOrder") == "DESCENDING"
    )
    answer: Json = {"kind": "admin#directory#users", "etag": '"1"'}
    if shown:
        answer["users"] = [user_out(world, user) for user in shown]
    return answer | ({"nextPageToken": token} if token else {})


@serves("directory.users.get")
def get_user(world: World, call: Call) -> Json:
    return user_out(world, _user(world, call))


@serves("directory.users.patch")
def patch_user(world: World, call: Call) -> Json:
    user = _user(world, call)
    path = call.body.get("orgUnitPath")
    unit = None if path is None else org_unit_of(world, path, reason="invalidOrgunit")
    for name in USER_WRITABLE:
        if name in call.body:
            user[name] = bool(call.body[name])
    if unit is not None:
        user["orgUnitId"] = unit
    return user_out(world, user)


@serves("directory.users.signOut")
def sign_out(world: World, call: Call) -> Json:
    user = _user(world, call)
    user["signedOutAt"] = call.at
    return {}


def _user(world: World, call: Call) -> Json:
    key = str(call.params["userKey"])
    for user in world.state["users"].values():
        if key in (user["id"], user["primaryEmail"]) or key.casefold() == user["primaryEmail"].casefold():
            found: Json = user
            return found
    raise Refusal(404, "notFound", "Resource Not Found: userKey")


def _asked_for(world: World, user: Json, query: str) -> bool:
    """`email:adi*`, `isSuspended=true`, `orgUnitPath='/Siswa'`, or words in name and address."""
    term = _USER_QUERY.fullmatch(query.strip())
    if term is None:
        return query.strip().casefold() in f"{user['primaryEmail']} {user['name']['fullName']}".casefold()
    name, value = term.groups()
    wanted = value.strip().casefold()
    if name == "isSuspended":
        return bool(user["suspended"]) == (wanted == "true")
    if name == "orgUnitPath":
        return bool(world.org_path(user["orgUnitId"]).casefold() == wanted)
    text = {
        "email": user["primaryEmail"],
        "name": user["name"]["fullName"],
        "givenName": user["name"]["givenName"],
        "familyName": user["name"]["familyName"],
    }.get(name)
    if text is None:
        raise Refusal(400, "invalid", f"Invalid Input: query: {query}")
    if wanted.endswith("*"):
        return str(text).casefold().startswith(wanted[:-1])
    return text.casefold() == wanted if name == "email" else wanted in text.casefold()


def _named(world: World, call: Call) -> str:
    path = str(call.params["orgUnitPath"])
    if path.startswith("/"):
        # In the address the path stands without its slash; with one Google looks for a name that is empty.
        raise Refusal(404, "notFound", "Org unit not found")
    return org_unit_of(world, path)


def _name(name: object) -> str:
    if not isinstance(name, str) or not name.strip() or "/" in name:
        raise Refusal(400, "invalid", "Invalid Input: name")
    return name.strip()


def _parent(world: World, body: Json) -> str | None:
    """The parent the body names, by id before path; None when it names none."""
    named = body.get("parentOrgUnitId") or body.get("parentOrgUnitPath")
    return None if named is None else org_unit_of(world, named, reason="invalidParentOrgunit")


def _check_free(world: World, name: str, parent: str | None) -> None:
    for unit in world.state["org_units"].values():
        if unit["parent"] == parent and unit["name"].casefold() == name.casefold():
            raise Refusal(400, "invalid", "Invalid Ou Id")
