"""Reading a tenant's policy: its schemas, what is set in an org unit, and what Bangku set there itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, select

from server.domain.errors import Invalid, NotFound
from server.domain.policy_batches import namespace_of
from server.domain.policy_diff import OrgUnit
from server.domain.policy_plan import Json, Owned, Resolved
from server.domain.policy_schema import Schema, parse
from server.store.database import Write
from server.store.tables import policy_owned
from server.workspace.gateway import Gateway, GoogleError
from server.workspace.paging import every


def org_unit(gateway: Gateway, org_unit_id: str) -> OrgUnit:
    """The org unit as it is now, and how many Chromebooks it and those below it hold.

    Raises: NotFound (`org_unit_gone`), GoogleError.
    """
    try:
        found = gateway.get_org_unit(f"id:{org_unit_id}")
    except GoogleError as error:
        if error.code != "google_not_found":
            raise
        raise NotFound(
            f"org unit {org_unit_id}: no longer in the console; sync, then plan for another one",
            code="org_unit_gone",
            org_unit=org_unit_id,
        ) from error
    path = str(found["orgUnitPath"])
    return OrgUnit(org_unit_id, path, gateway.count_devices(org_unit_path=path, include_child_org_units=True))


def schemas(gateway: Gateway) -> dict[str, Schema]:
    """Every schema of this tenant that describes a message, by name. Raises: GoogleError."""
    found: dict[str, Schema] = {}
    for raw in every(lambda token: gateway.list_policy_schemas(page_token=token)):
        try:
            schema = parse(raw)
        except Invalid:
            continue  # one that cannot be read is as one that is not there: a wish for it is named as unknown
        found[schema.name] = schema
    return found


def resolved(gateway: Gateway, org_unit_id: str, names: Iterable[str]) -> list[Resolved]:
    """What holds in an org unit, for the whole namespaces that these schemas stand in. Raises: GoogleError."""
    found: list[Resolved] = []
    for namespace in sorted({namespace_of(name) for name in names}):
        found += [_resolved(raw, org_unit_id) for raw in _namespace(gateway, org_unit_id, namespace)]
    return found


def _namespace(gateway: Gateway, org_unit_id: str, namespace: str) -> Iterator[Json]:
    return every(lambda token: gateway.resolve_policies(f"{namespace}.*", org_unit_id, page_token=token))


def owned(c: Connection, org_unit_id: str) -> list[Owned]:
    """Every field that Bangku set in an org unit and did not take back."""
    rows = c.execute(
        select(policy_owned)
        .where(policy_owned.c.org_unit_id == org_unit_id)
        .order_by(policy_owned.c.schema, policy_owned.c.app_id, policy_owned.c.field)
    )
    return [Owned(row.schema, row.app_id or None, row.field, row.value) for row in rows]


def set_owned(
    tx: Write, now: int, org_unit_id: str, key: tuple[str, str | None], fields: Collection[Owned]
) -> None:
    """From now on exactly these fields of one schema and target are Bangku's."""
    schema, app_id = key
    tx.c.execute(
        policy_owned.delete().where(
            policy_owned.c.org_unit_id == org_unit_id,
            policy_owned.c.schema == schema,
            policy_owned.c.app_id == (app_id or ""),
        )
    )
    if fields:
        tx.c.execute(
            policy_owned.insert(),
            [
                {
                    "org_unit_id": org_unit_id,
                    "schema": schema,
                    "app_id": app_id or "",
                    "field": one.field,
                    "value": one.value,
                    "set_at": now,
                }
                for one in fields
            ],
        )


def snapshot(
    found: Iterable[Resolved], held: Iterable[Owned], keys: Collection[tuple[str, str | None]]
) -> Json:
    """What these schemas and targets were, as a later restore needs it: own values, and which were ours."""
    return {
        "resolved": [asdict(r) for r in found if r.own and (r.schema, r.app_id) in keys],
        "owned": [asdict(o) for o in held if (o.schema, o.app_id) in keys],
    }


def from_snapshot(kept: Json) -> tuple[list[Resolved], list[Owned]]:
    return [Resolved(**raw) for raw in kept["resolved"]], [Owned(**raw) for raw in kept["owned"]]


def _resolved(raw: dict[str, Any], org_unit_id: str) -> Resolved:
    source = str(raw.get("sourceKey", {}).get("targetResource", "")).removeprefix("orgunits/")
    keys = raw.get("targetKey", {}).get("additionalTargetKeys", {})
    value = raw.get("value", {})
    return Resolved(
        str(value.get("policySchema")),
        keys.get("app_id"),
        dict(value.get("value", {})),
        source == org_unit_id,
        source,
    )
