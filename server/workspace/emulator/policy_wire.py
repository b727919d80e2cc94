"""How one tenant spells the policy schemas: the descriptor of each, and the prefix of each enum.

Bangku's shipped list has short enum names. Google's wire names carry a prefix that nobody may guess, so each world
draws its own from its seed and keeps it: a client that does not read `definition` cannot write a single enum here.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

Json = dict[str, Any]
Shape = str | dict[str, Any]  # as in policy_schemas.json

#: Written without any prefix, as in Google's own samples.
BARE_ENUMS = frozenset({"appInstallType"})

#: What is known to be replaced by what, beside the `…V2` twins.
REPLACED = {
    "chrome.users.apps.InstallationUrl": (
        "chrome.users.apps.AppInstallationUrl",
        "chrome.users.apps.OverrideInstallationUrl",
    ),
    "chrome.devices.managedguest.apps.InstallationUrl": (
        "chrome.devices.managedguest.apps.AppInstallationUrl",
        "chrome.devices.managedguest.apps.OverrideInstallationUrl",
    ),
    "chrome.users.apps.CertificateManagement": (
        "chrome.users.apps.AccessToKeys",
        "chrome.users.apps.EnterpriseChallenge",
    ),
    "chrome.devices.managedguest.apps.CertificateManagement": (
        "chrome.devices.managedguest.apps.AccessToKeys",
        "chrome.devices.managedguest.apps.EnterpriseChallenge",
    ),
}
EXTENSIONS = "chrome.devices.kiosk.apps.ChromeExtensionsForWebApps.chromeExtensionsForWebApps"
_SCALARS = {"bool": "TYPE_BOOL", "string": "TYPE_STRING", "int64": "TYPE_INT64", "int32": "TYPE_INT32"}
_ACK = re.compile(r"ackNoticeFor(\w+)SetTo(\w+)")


@cache
def shipped() -> dict[str, dict[str, Shape]]:
    """Every schema Bangku knows, with short enum names."""
    text = files("server.workspace").joinpath("policy_schemas.json").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, Shape]] = json.loads(text)
    return loaded


def new_spelling(seed: int | str) -> Json:
    """What a world keeps: its enum prefixes by `schema.field.path`, and which message fields are lists."""
    draw = random.Random(f"spelling {seed}")  # noqa: S311 - a play of chance, no secret
    prefixes = {
        path: _draw_prefix(path.rsplit(".", 1)[1], draw)
        for schema, fields in shipped().items()
        for path, shape in _paths(schema, fields)
        if isinstance(shape, dict) and "enum" in shape
    }
    return {"prefixes": prefixes, "repeated": [EXTENSIONS] if draw.random() < 0.5 else []}


def kind(shape: Shape) -> str:
    """bool, string, int64, int32, list, enum or message."""
    return shape if isinstance(shape, str) else next(iter(shape))


def known_values(shape: Shape) -> list[str]:
    """The values a list may hold; empty when anything goes.

    One list in the source writes its empty string as ": Allow all …".
    """
    values = shape.get("list", []) if isinstance(shape, dict) else []
    return ["" if value.startswith(": ") else value for value in values]


def is_repeated(path: str, shape: Shape, spelling: Mapping[str, Any]) -> bool:
    return kind(shape) == "list" or path in spelling["repeated"]


def enum_names(path: str, shape: Shape, spelling: Mapping[str, Any]) -> list[str]:
    """The wire names; the first is the unspecified one, where the enum has a prefix."""
    short = shape["enum"] if isinstance(shape, dict) else []
    prefix = spelling["prefixes"][path]
    return [*([f"{prefix}UNSPECIFIED"] if prefix else []), *(prefix + name for name in short)]


def namespace(schema: str) -> str:
    return schema.rpartition(".")[0]


def target_keys(schema: str) -> tuple[str, ...]:
    """The additional target keys a schema hangs on."""
    space = namespace(schema)
    if space.endswith(".apps"):
        return ("app_id",)
    if space.startswith("chrome.networks.") and not space.endswith(".globalsettings"):
        return ("network_id",)
    return ()


def ack_fields(schema: str) -> dict[str, tuple[str, str]]:
    """Acknowledgement field → the field it belongs to, and the value that needs it."""
    found = {}
    for name in shipped()[schema]:
        if match := _ACK.fullmatch(name):
            subject = match[1][0].lower() + match[1][1:]
            found[name] = (subject, match[2].lower())
    return found


def replaced_by(schema: str) -> tuple[str, ...]:
    if f"{schema}V2" in shipped():
        return (f"{schema}V2",)
    return REPLACED.get(schema, ())


def replaces(schema: str) -> tuple[str, ...]:
    return tuple(old for old in shipped() if schema in replaced_by(old))


def definition(schema: str, spelling: Mapping[str, Any]) -> Json:
    """The schema as a file descriptor: one message named by the leaf; enums beside it; messages within."""
    leaf = schema.rpartition(".")[2]
    enums: list[Json] = []
    message = _message(leaf, schema, shipped()[schema], spelling, enums)
    return {
        "name": "chrome/policy/" + schema.replace(".", "/") + ".proto",
        "package": namespace(schema),
        "messageType": [message],
        "enumType": enums,
        "syntax": "proto3",
    }


def plain(path: str, value: Any, shape: Shape, spelling: Mapping[str, Any]) -> Any:
    """A value with its enums by their short names."""
    if isinstance(value, list):
        return [plain(path, item, shape, spelling) for item in value]
    if kind(shape) == "enum":
        return value.removeprefix(spelling["prefixes"][path])
    if kind(shape) == "message" and isinstance(shape, dict):
        inner = shape["message"]
        return {name: plain(f"{path}.{name}", part, inner[name], spelling) for name, part in value.items()}
    return value


def plain_value(schema: str, value: Mapping[str, Any], spelling: Mapping[str, Any]) -> Json:
    """A schema's value with its enums by their short names: what a Chromebook acts on."""
    fields = shipped()[schema]
    return {name: plain(f"{schema}.{name}", part, fields[name], spelling) for name, part in value.items()}


def _message(
    name: str, path: str, fields: Mapping[str, Shape], spelling: Mapping[str, Any], enums: list[Json]
) -> Json:
    described: list[Json] = []
    nested: list[Json] = []
    for number, (field, shape) in enumerate(fields.items(), start=1):
        at = f"{path}.{field}"
        what = kind(shape)
        row: Json = {
            "name": field,
            "number": number,
            "label": "LABEL_REPEATED" if is_repeated(at, shape, spelling) else "LABEL_OPTIONAL",
            "jsonName": field,
        }
        if what == "enum":
            row |= {"type": "TYPE_ENUM", "typeName": f"{field[0].upper()}{field[1:]}Enum{len(enums)}"}
            values = enumerate(enum_names(at, shape, spelling))
            enums.append({"name": row["typeName"], "value": [{"name": n, "number": i} for i, n in values]})
        elif what == "message" and isinstance(shape, dict):
            row |= {"type": "TYPE_MESSAGE", "typeName": f"{field[0].upper()}{field[1:]}"}
            nested.append(_message(row["typeName"], at, shape["message"], spelling, enums))
        else:
            row["type"] = _SCALARS.get(what, "TYPE_STRING")
        described.append(row)
    return {"name": name, "field": described, **({"nestedType": nested} if nested else {})}


def _paths(path: str, fields: Mapping[str, Shape]) -> Iterator[tuple[str, Shape]]:
    for field, shape in fields.items():
        yield f"{path}.{field}", shape
        if isinstance(shape, dict) and "message" in shape:
            yield from _paths(f"{path}.{field}", shape["message"])


def _draw_prefix(field: str, draw: random.Random) -> str:
    if field in BARE_ENUMS:
        return ""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", field).upper()
    return f"{words}_{draw.choice(('ENUM', 'MODE', 'KIND', 'SETTING'))}_{draw.choice('BCDFGHKMPRTVWX')}_"
