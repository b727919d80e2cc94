"""A tenant's policy schemas as Google describes them, from the shipped list: with a prefix before every enum value."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from server.domain.exam import Client
from server.domain.exam_policy import Wanted
from server.domain.policy_schema import Schema, parse
from server.domain.policy_settings import PolicySettings

SHIPPED = Path(__file__).resolve().parents[2] / "server" / "workspace" / "policy_schemas.json"
REPEATED = {"chromeExtensionsForWebApps", "webOrigin", "timeWindows"}


def described(name: str, spec: dict[str, Any], *, prefix: str = "TENANT7_", **other: Any) -> dict[str, Any]:
    """`policySchemas.get` of one schema."""
    definition: dict[str, Any] = {"name": "policy.proto", "messageType": [], "enumType": []}
    definition["messageType"].append(_message(name.rsplit(".", 1)[-1], spec, prefix, definition))
    known = [
        {"field": field, "knownValueDescriptions": [{"value": v} for v in kind["list"]]}
        for field, kind in spec.items()
        if isinstance(kind, dict) and "list" in kind
    ]
    notices = [
        {"field": field, "noticeValue": "true", "acknowledgementRequired": True}
        for field in spec
        if any(n.lower() == f"acknoticefor{field}settotrue".lower() for n in spec)
    ]
    keys = [{"key": "app_id"}] if ".apps." in name else []
    return {
        "name": f"customers/C1/policySchemas/{name}",
        "schemaName": name,
        "definition": definition,
        "fieldDescriptions": known,
        "notices": notices,
        "additionalTargetKeyNames": keys,
        "validTargetResources": ["ORG_UNIT"],
        "policyApiLifecycle": {"policyApiLifecycleStage": "API_CURRENT"},
        **other,
    }


def _message(name: str, spec: dict[str, Any], prefix: str, definition: dict[str, Any]) -> dict[str, Any]:
    fields: list[dict[str, Any]] = []
    nested: list[dict[str, Any]] = []
    for number, (field, kind) in enumerate(spec.items(), 1):
        raw: dict[str, Any] = {"name": field, "number": number, "label": "LABEL_OPTIONAL"}
        if kind == "list" or (isinstance(kind, dict) and "list" in kind):
            raw |= {"type": "TYPE_STRING", "label": "LABEL_REPEATED"}
        elif isinstance(kind, str):
            raw["type"] = f"TYPE_{kind.upper()}"
        elif "enum" in kind:
            enum = f"{name}{field[0].upper()}{field[1:]}Enum"
            spelled = f"{prefix}{field.upper()}_"
            definition["enumType"].append(
                {
                    "name": enum,
                    "value": [{"name": spelled + v, "number": n} for n, v in enumerate(kind["enum"])],
                }
            )
            raw |= {"type": "TYPE_ENUM", "typeName": enum}
        else:
            inner = f"{name}{field[0].upper()}{field[1:]}"
            nested.append(_message(inner, kind["message"], prefix, definition))
            raw |= {"type": "TYPE_MESSAGE", "typeName": f".{name}.{inner}"}
            if field in REPEATED:
                raw["label"] = "LABEL_REPEATED"
        fields.append(raw)
    return {"name": name, "field": fields, "nestedType": nested}


@cache
def shipped() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(SHIPPED.read_text("utf-8"))
    return found


@cache
def schemas(prefix: str = "TENANT7_") -> dict[str, Schema]:
    return {name: parse(described(name, spec, prefix=prefix)) for name, spec in shipped().items()}


def wanted(settings: dict[str, Any] | None = None, **other: Any) -> Wanted:
    given: dict[str, Any] = {
        "client": Client.WEB,
        "servers": ("https://ujian.sekolah.sch.id", "https://cadangan.sekolah.sch.id:8443"),
        "extension_id": "a" * 32,
        "update_url": "https://ujian.sekolah.sch.id/ext/update.xml",
        "school": "20999001",
        "enrolment_secret": "rahasia-sekolah",
        "allowed_hosts": ("cbt.sekolah.sch.id",),
        "level": "SMP",
    }
    return Wanted(**{**given, "settings": PolicySettings.model_validate(settings or {}), **other})
