"""What a tenant's policy schemas say, held against the list this release was written from.

Reads the resources as `policySchemas.list` gives them. The list here was printed by another tool in 2025 and has
enum values without their prefixes, so a difference is evidence, not a fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from server.domain.policy_wire import spelled_like

Json = dict[str, Any]

#: Policies newer than the list; whether the console's interface has them nobody could tell from outside.
NEWER = ("LocalNetwork", "NewWindowsInKiosk", "KioskChromeAppsForceAllowed")
COMPANION = "chrome.devices.kiosk.apps.ChromeExtensionsForWebApps"


@dataclass(frozen=True, slots=True)
class Survey:
    """`enums`: "schema field" → short name → this tenant's names that end in it (one is right)."""

    count: int
    missing: tuple[str, ...]  # in the list, not at this tenant
    fields_missing: tuple[str, ...]  # "schema field"
    fields_new: tuple[str, ...]
    newer: tuple[str, ...]  # schemas of NEWER that this tenant has
    enums: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    companion_repeated: bool | None = None  # None: the schema or its field is not there
    deprecated: tuple[str, ...] = ()

    @property
    def enums_unclear(self) -> tuple[str, ...]:
        """ "schema field: short name" wherever not exactly one of the tenant's values fits."""
        return tuple(
            f"{place}: {short}"
            for place, names in sorted(self.enums.items())
            for short, found in names.items()
            if len(found) != 1
        )


def survey(resources: Iterable[Json], shipped: Mapping[str, Json]) -> Survey:
    """Compare. `resources`: all of the tenant's schemas; `shipped`: workspace/policy_schemas.json."""
    theirs = {str(r.get("schemaName")): r for r in resources}
    lost: list[str] = []
    new: list[str] = []
    enums: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, ours in shipped.items():
        if (resource := theirs.get(name)) is None:
            continue
        known = dict(_top_fields(resource))
        lost += [f"{name} {f}" for f in ours if f not in known]
        new += [f"{name} {f}" for f in known if f not in ours]
        values = _enum_values(resource)
        for field_name, kind in ours.items():
            if isinstance(kind, dict) and "enum" in kind and field_name in known:
                type_name = str(known[field_name].get("typeName", "")).rsplit(".", 1)[-1]
                names = values.get(type_name, ())
                enums[f"{name} {field_name}"] = {short: spelled_like(short, names) for short in kind["enum"]}
    return Survey(
        count=len(theirs),
        missing=tuple(sorted(set(shipped) - set(theirs))),
        fields_missing=tuple(sorted(lost)),
        fields_new=tuple(sorted(new)),
        newer=tuple(sorted(n for n in theirs if any(word in n for word in NEWER))),
        enums=enums,
        companion_repeated=_repeated(theirs.get(COMPANION), "chromeExtensionsForWebApps"),
        deprecated=tuple(sorted(n for n, r in theirs.items() if n in shipped and _deprecated(r))),
    )


def _top_fields(resource: Json) -> Iterator[tuple[str, Json]]:
    """The fields of the schema's own message: the first one of the definition."""
    messages = resource.get("definition", {}).get("messageType", [])
    for item in messages[0].get("field", []) if messages else []:
        yield str(item.get("name")), item


def _enum_values(resource: Json) -> dict[str, tuple[str, ...]]:
    definition = resource.get("definition", {})
    found: dict[str, tuple[str, ...]] = {}

    def take(holder: Json) -> None:
        for enum in holder.get("enumType", []):
            found[str(enum.get("name"))] = tuple(str(v.get("name")) for v in enum.get("value", []))
        for message in (*holder.get("messageType", []), *holder.get("nestedType", [])):
            take(message)

    take(definition)
    return found


def _repeated(resource: Json | None, field_name: str) -> bool | None:
    for name, item in _top_fields(resource) if resource else ():
        if name == field_name:
            return item.get("label") == "LABEL_REPEATED"
    return None


def _deprecated(resource: Json) -> bool:
    stage = resource.get("policyApiLifecycle", {}).get("policyApiLifecycleStage")
    return bool(stage == "API_DEPRECATED")
