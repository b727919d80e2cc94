"""Whether a value fits its schema, the way this tenant spells it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from server.workspace.emulator import policy_wire as wire

Json = dict[str, Any]

#: More entries than this are refused for URL lists.
LIST_MAX = 1_000
_WHOLE = re.compile(r"-?\d{1,19}")
_RANGES = {"int32": 2**31, "int64": 2**63}


def field_errors(schema: str, value: Mapping[str, Any], mask: list[str], spelling: Json) -> list[Json]:
    """Every reason why the masked fields may not be written; empty when they may.

    Assumed: a field unknown to the schema is refused also when the mask leaves it out.
    """
    fields = wire.shipped()[schema]
    errors = [_error(name, f"Unknown field of {schema}.") for name in value if name not in fields]
    for name in mask:
        if name not in fields:
            if name not in value:  # said above otherwise
                errors.append(_error(name, f"The update mask names a field that {schema} does not have."))
        elif name not in value:
            errors.append(_error(name, "The field is in the update mask and has no value."))
        elif complaint := _complaint(f"{schema}.{name}", value[name], fields[name], spelling):
            errors.append(_error(name, complaint))
    for ack, (subject, needed) in wire.ack_fields(schema).items():
        asks = subject in mask and str(value.get(subject)).lower() == needed
        if asks and not (ack in mask and value.get(ack) is True):
            errors.append(_error(subject, f"Setting this value needs the acknowledgement {ack}."))
    return errors


def as_kept(schema: str, value: Mapping[str, Any], mask: list[str]) -> Json:
    """The masked fields as they come back from resolve. Assumed: acknowledgements are not kept."""
    fields = wire.shipped()[schema]
    acks = wire.ack_fields(schema)
    return {name: _normal(value[name], fields[name]) for name in mask if name not in acks}


def _complaint(path: str, value: Any, shape: wire.Shape, spelling: Json) -> str:
    if not wire.is_repeated(path, shape, spelling):
        return _single(path, value, shape, spelling)
    if not isinstance(value, list):
        return "A list is expected."
    if len(value) > LIST_MAX:
        return f"At most {LIST_MAX} entries are allowed."
    if wire.kind(shape) == "message":
        return next((c for item in value if (c := _single(path, item, shape, spelling))), "")
    known = wire.known_values(shape)
    for item in value:
        if not isinstance(item, str):
            return "A list of strings is expected."
        if known and item not in known:
            return f"{item!r} is not a known value."
    return ""


def _single(path: str, value: Any, shape: wire.Shape, spelling: Json) -> str:
    what = wire.kind(shape)
    if what == "enum":
        names = wire.enum_names(path, shape, spelling)
        if value not in names if isinstance(value, str) else True:
            return f"Invalid enum value: {value!r}."
        # Assumed: the unspecified value is there for protocol's sake and cannot be set.
        return (
            "The unspecified value cannot be set." if names[0] == value and spelling["prefixes"][path] else ""
        )
    if what == "message":
        return _message(path, value, shape, spelling)
    if what == "bool":
        return "" if isinstance(value, bool) else "A boolean is expected."
    if what == "string":
        return "" if isinstance(value, str) else "A string is expected."
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole and not (isinstance(value, str) and _WHOLE.fullmatch(value)):
        return "A whole number is expected."
    limit = _RANGES[what]
    return "" if -limit <= int(value) < limit else "The number is out of range."


def _message(path: str, value: Any, shape: wire.Shape, spelling: Json) -> str:
    if not isinstance(value, dict) or not isinstance(shape, dict):
        return "An object is expected."
    for name, inner in value.items():
        if name not in shape["message"]:
            return f"Unknown field {name}."
        if complaint := _complaint(f"{path}.{name}", inner, shape["message"][name], spelling):
            return f"{name}: {complaint}"
    return ""


def _normal(value: Any, shape: wire.Shape) -> Any:
    """Assumed: int64 comes back as a string and int32 as a number, as everywhere in Google's JSON."""
    what = wire.kind(shape)
    if what == "int64":
        return str(int(value))
    if what == "int32":
        return int(value)
    if what == "message" and isinstance(shape, dict):
        if isinstance(value, list):
            return [_normal(item, shape) for item in value]
        return {name: _normal(inner, shape["message"][name]) for name, inner in value.items()}
    return value


def _error(field: str, message: str) -> Json:
    return {"field": field, "error": message}
