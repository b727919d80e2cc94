"""What is set where: the policies of every org unit, who inherits what, and which apps and networks were added.

Pure bookkeeping over plain JSON: a book is `{"direct": state["policies"], "added": {org unit: [[namespace, app or
network id]]}}`. `chain` is an org unit and its parents up to the root, by bare id, nearest first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.workspace.emulator import policy_wire as wire
from server.workspace.emulator.world import policy_key

Json = dict[str, Any]

#: Setting one of these adds the app to what the org unit manages; the others need it to be there.
ADDERS = {
    "chrome.devices.kiosk.apps": "chrome.devices.kiosk.apps.ForceInstall",
    "chrome.devices.managedguest.apps": "chrome.devices.managedguest.apps.InstallType",
    "chrome.users.apps": "chrome.users.apps.InstallType",
}


@dataclass(frozen=True, slots=True)
class Found:
    """One resolved policy."""

    schema: str
    keys: Mapping[str, str]
    value: Json
    source: str  # org unit it is set at
    added: str | None  # org unit where its app or network was added


def own(book: Json, org_unit: str, schema: str, keys: Mapping[str, str]) -> Json | None:
    """The value set right here."""
    row = book["direct"].get(org_unit, {}).get(policy_key(schema, keys))
    return row["value"] if row else None


def in_effect(book: Json, chain: Sequence[str], schema: str, keys: Mapping[str, str]) -> Json:
    """The value that holds at the nearest org unit of `chain`; empty when nobody set it."""
    for org_unit in chain:
        if (value := own(book, org_unit, schema, keys)) is not None:
            return value
    return {}


def added_at(book: Json, chain: Sequence[str], space: str, entity: str) -> str | None:
    """Where an app or network came in, seen from the nearest org unit of `chain`."""
    return next((ou for ou in chain if [space, entity] in book["added"].get(ou, [])), None)


def resolve(book: Json, chain: Sequence[str], fits: str, keys: Mapping[str, str]) -> list[Found]:
    """Everything in effect whose schema `fits` (a name, or a namespace and `*`) and whose target has these keys."""
    seen: dict[str, Found] = {}
    for org_unit in chain:
        for name, row in book["direct"].get(org_unit, {}).items():
            if name in seen or not matches(fits, row["schema"]):
                continue
            if any(row["keys"].get(key) != wanted for key, wanted in keys.items()):
                continue
            added = None
            if row["keys"]:
                added = added_at(book, chain, wire.namespace(row["schema"]), _entity(row["keys"]))
            seen[name] = Found(row["schema"], row["keys"], row["value"], org_unit, added)
    return [seen[name] for name in sorted(seen)]


def matches(fits: str, schema: str) -> bool:
    if fits == "*":  # for the devices; the API does not take it
        return True
    return wire.namespace(schema) == fits[:-2] if fits.endswith(".*") else schema == fits


def set_value(
    book: Json, chain: Sequence[str], schema: str, keys: Mapping[str, str], fields: Json, at: float
) -> None:
    """Write some fields at the nearest org unit of `chain`.

    Assumed: the policy becomes a direct one as a whole; fields not written start from what was in effect.
    """
    space = wire.namespace(schema)
    if ADDERS.get(space) == schema and added_at(book, chain, space, _entity(keys)) is None:
        add(book, chain[0], space, _entity(keys))
    value = {**in_effect(book, chain, schema, keys), **fields}
    here = book["direct"].setdefault(chain[0], {})
    here[policy_key(schema, keys)] = {"schema": schema, "keys": dict(keys), "value": value, "at": at}


def add(book: Json, org_unit: str, space: str, entity: str) -> None:
    book["added"].setdefault(org_unit, []).append([space, entity])


def clear(book: Json, org_unit: str, schema: str, keys: Mapping[str, str]) -> None:
    """Back to what is inherited."""
    book["direct"].get(org_unit, {}).pop(policy_key(schema, keys), None)


def remove_entity(
    book: Json, org_unit: str, below: Mapping[str, Sequence[str]], space: str, entity: str
) -> None:
    """Take an app or network away where it was added, with every value it has there and in the org units `below`.

    `below`: their ids with their chains. Assumed: where one of them added the same app itself, it keeps its own.
    """
    book["added"][org_unit].remove([space, entity])
    gone = [org_unit, *(place for place, chain in below.items() if not added_at(book, chain, space, entity))]
    for place in gone:
        here = book["direct"].get(place, {})
        for name in [n for n, row in here.items() if is_of(row, space, entity)]:
            del here[name]


def is_of(row: Json, space: str, entity: str) -> bool:
    return wire.namespace(row["schema"]) == space and entity in row["keys"].values()


def _entity(keys: Mapping[str, str]) -> str:
    return next(iter(keys.values()), "")
