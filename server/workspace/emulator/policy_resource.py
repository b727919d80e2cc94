"""A policy schema as policySchemas.list and .get answer it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from server.workspace.emulator import policy_wire as wire

Json = dict[str, Any]

_KEY_TEXT = {
    "app_id": "The app, as chrome:<id>, web:<address> or android:<package>.",
    "network_id": "The network or certificate, as defineNetwork or defineCertificate named it.",
}


def resource(schema: str, customer: str, switches: Mapping[str, Any]) -> Json:
    """`switches`: the policy part of the world's state."""
    fields = wire.shipped()[schema]
    leaf = schema.rpartition(".")[2]
    answer: Json = {
        "name": f"customers/{customer}/policySchemas/{schema}",
        "schemaName": schema,
        "policyDescription": f"{leaf} (emulated).",
        "categoryTitle": wire.namespace(schema),
        "definition": wire.definition(schema, switches["spelling"]),
        "fieldDescriptions": _descriptions(schema, fields, switches["spelling"]),
        "policyApiLifecycle": _life(schema, switches),
        "validTargetResources": ["ORG_UNIT"],
        "supportedPlatforms": ["CHROME_OS"],
        "supportUri": "https://support.google.com/chrome/a/answer/1375678",
    }
    if notices := _notices(schema):
        answer["notices"] = notices
    if keys := wire.target_keys(schema):
        answer["additionalTargetKeyNames"] = [{"key": k, "keyDescription": _KEY_TEXT[k]} for k in keys]
    return answer


def is_listed(schema: str, words: str) -> bool:
    """Whether a schema fits the `filter` of policySchemas.list.

    Assumed, since the document only says that names, descriptions and key names can be searched: `chrome.devices.*`
    style names, `namespace=…` (that namespace alone), `additionalTargetKeyNames=…`, or a word within the name; several
    joined by AND.
    """
    return all(_fits(schema, part.strip()) for part in words.split(" AND "))


def _fits(schema: str, part: str) -> bool:
    name, equals, value = (piece.strip().strip('"') for piece in part.partition("="))
    if equals and name == "namespace":
        return wire.namespace(schema) == value
    if equals and name.startswith("additionalTargetKeyNames"):
        return value in wire.target_keys(schema)
    word = value if equals and name in ("name", "schemaName") else name
    word = word.rpartition("/")[2]
    if word.endswith(".*"):
        return schema.startswith(word[:-1])
    return word.strip("*").lower() in schema.lower()


def _descriptions(path: str, fields: Mapping[str, wire.Shape], spelling: Json) -> list[Json]:
    described = []
    for name, shape in fields.items():
        at = f"{path}.{name}"
        row: Json = {
            "field": name,
            "name": name,
            "fieldDescription": f"{name} (emulated).",
            "description": name,
        }
        values = (
            wire.enum_names(at, shape, spelling) if wire.kind(shape) == "enum" else wire.known_values(shape)
        )
        if values:
            row["knownValueDescriptions"] = [{"value": v, "description": v.replace("_", " ")} for v in values]
        if isinstance(shape, dict) and "message" in shape:
            row["nestedFieldDescriptions"] = _descriptions(at, shape["message"], spelling)
        described.append(row)
    return described


def _notices(schema: str) -> list[Json]:
    return [
        {
            "field": subject,
            "noticeValue": value,
            "noticeMessage": f"Setting {subject} to {value} needs {ack}.",
            "acknowledgementRequired": True,
        }
        for ack, (subject, value) in wire.ack_fields(schema).items()
    ]


def _life(schema: str, switches: Mapping[str, Any]) -> Json:
    newer = wire.replaced_by(schema)
    life: Json = {"policyApiLifecycleStage": "API_DEPRECATED" if newer else "API_CURRENT"}
    if schema in switches["preview"]:
        life["policyApiLifecycleStage"] = "API_PREVIEW"
    if newer:
        life["deprecatedInFavorOf"] = list(newer)
    if older := wire.replaces(schema):
        life["scheduledToDeprecatePolicies"] = list(older)
    if ended := switches["ended"].get(schema):
        day = date.fromisoformat(ended)
        life["policyApiLifecycleStage"] = "API_DEPRECATED"
        life["endSupport"] = {"year": day.year, "month": day.month, "day": day.day}
    return life
