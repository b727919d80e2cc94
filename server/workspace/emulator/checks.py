"""Is this request one that the discovery document allows? Strict: a client that passes here has a chance at Google.

*Assumed*, because no document says it: a body where the method takes none, a parameter given twice, a boolean other
than true and false, an enum value by its number, are refused; read-only fields in a body are dropped in silence, so
that a client may send back what it was given; `null` stands for "not set", and in a list it is refused.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Any

from server.workspace.emulator.call import Json, Refusal
from server.workspace.emulator.discovery import Method

_INTEGER = re.compile(r"-?\d+")
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_MOMENT = re.compile(_DATE.pattern + r"[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_DURATION = re.compile(r"-?\d+(\.\d{1,9})?s")
_TEXT_FORMATS = {
    "date": _DATE,
    "date-time": _MOMENT,
    "google-datetime": _MOMENT,
    "google-duration": _DURATION,
}
_BOUNDS = {
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
}


def check_params(
    method: Method, path: dict[str, str], query: Sequence[tuple[str, str]]
) -> tuple[dict[str, Any], dict[str, str]]:
    """(the method's own parameters, typed; the common ones as text). Raises Refusal 400."""
    given: dict[str, list[str]] = {name: [value] for name, value in path.items()}
    common: dict[str, str] = {}
    for name, value in query:
        if name in method.parameters:
            if name in path:
                raise invalid(
                    f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter.'
                )
            given.setdefault(name, []).append(value)
        elif name in method.common:
            common[name] = str(_param(name, method.common[name], value))
        else:
            raise invalid(
                f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
                f"Field '{name}' could not be found in request message.",
                field=name,
            )
    params: dict[str, Any] = {}
    for name, shape in method.parameters.items():
        values = given.get(name)
        if values is None:
            if shape.get("required"):
                raise invalid(f"Missing required field: {name}", reason="required", field=name)
        elif shape.get("repeated"):
            params[name] = [_param(name, shape, value) for value in values]
        elif len(values) > 1:
            raise invalid(f"Invalid value for field {name}: it is given {len(values)} times", field=name)
        else:
            params[name] = _param(name, shape, values[0])
    return params, common


def check_body(method: Method, body: Any) -> Json:
    """The body without its read-only fields. Raises Refusal 400."""
    if method.request is None:
        if body not in (None, {}):
            raise invalid("Invalid JSON payload received: this method takes no body")
        return {}
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise invalid("Invalid JSON payload received: the body is not an object")
    cleaned: Json = _object(method, method.schemas[method.request], body, "")
    return cleaned


def invalid(message: str, *, reason: str = "badRequest", field: str = "") -> Refusal:
    """A 400 as Google words it, with the place in `details`."""
    violation = {"description": message} | ({"field": field} if field else {})
    bad = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}
    return Refusal(400, reason, message, rpc="INVALID_ARGUMENT", details=[bad])


def _param(name: str, shape: Json, text: str) -> Any:
    kind, form = shape.get("type"), shape.get("format")
    if kind == "boolean":
        if text not in ("true", "false"):
            raise _wrong(name, "TYPE_BOOL", text)
        return text == "true"
    if kind == "integer" or form in _BOUNDS:
        if not _INTEGER.fullmatch(text) or not _fits(int(text), form):
            raise _wrong(name, f"TYPE_{(form or 'int32').upper()}", text)
        number = int(text)
        if "minimum" in shape and number < int(shape["minimum"]):
            raise invalid(
                f"Invalid value '{text}'. Values must be within the range: at least {shape['minimum']}",
                field=name,
            )
        if "maximum" in shape and number > int(shape["maximum"]):
            raise invalid(
                f"Invalid value '{text}'. Values must be within the range: at most {shape['maximum']}",
                field=name,
            )
        return number if kind == "integer" else text
    if "enum" in shape and text not in shape["enum"]:
        raise _wrong(name, f"one of {', '.join(shape['enum'])}", text)
    if shape.get("pattern") and not re.search(shape["pattern"], text):
        raise _wrong(name, shape["pattern"], text)
    if form in _TEXT_FORMATS and not _TEXT_FORMATS[form].fullmatch(text):
        raise _wrong(name, form, text)
    return text


def _object(method: Method, schema: Json, value: Any, at: str) -> Json:
    if not isinstance(value, dict):
        raise _wrong(at, schema.get("id", "an object"), value)
    known: dict[str, Json] = schema.get("properties", {})
    others = schema.get("additionalProperties")
    cleaned = {}
    for name, inner in value.items():
        here = f"{at}.{name}" if at else name
        if name in known:
            shape = known[name]
        elif isinstance(others, dict):
            shape = others
        elif not known and schema.get("type") == "object" and "id" not in schema:
            shape = {"type": "any"}  # an object of which the document says nothing
        else:
            where = f" at '{at}'" if at else ""
            raise invalid(
                f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.', field=here
            )
        checked = _value(method, shape, inner, here)
        # Only Directory tells "empty it" from "not named".
        if not shape.get("readOnly") and (checked is not None or method.api == "admin"):
            cleaned[name] = checked
    return cleaned


def _value(method: Method, shape: Json, value: Any, at: str) -> Any:
    if value is None:
        return None
    if "$ref" in shape:
        return _object(method, method.schemas[shape["$ref"]], value, at)
    kind = shape.get("type")
    if kind == "any":
        return value
    if kind == "object":
        return _object(method, shape, value, at)
    if kind == "array":
        if not isinstance(value, list):
            raise _wrong(at, "a list", value)
        if None in value:
            raise _wrong(at, "a list without null", value)
        return [_value(method, shape["items"], item, f"{at}[{n}]") for n, item in enumerate(value)]
    _scalar(shape, value, at)
    return value


def _scalar(shape: Json, value: Any, at: str) -> None:
    kind, form = shape.get("type"), shape.get("format")
    if kind == "boolean":
        good = isinstance(value, bool)
    elif kind == "number":
        good = (isinstance(value, (int, float)) and not isinstance(value, bool)) or value in (
            *("NaN", "Infinity", "-Infinity"),
        )
    elif kind == "integer" or form in _BOUNDS:
        whole = isinstance(value, int) and not isinstance(value, bool)
        spelled = isinstance(value, str) and _INTEGER.fullmatch(value) is not None
        good = (whole or spelled) and _fits(int(value), form)
    elif not isinstance(value, str):
        good = False
    elif "enum" in shape:
        good = value in shape["enum"]
    elif form in _TEXT_FORMATS:
        good = _TEXT_FORMATS[form].fullmatch(value) is not None
    else:
        good = form != "byte" or _is_base64(value)
    if not good:
        raise _wrong(at, f"{kind} {form}" if form else str(kind), value)


def _fits(number: int, form: str | None) -> bool:
    least, most = _BOUNDS[form or "int64"]
    return least <= number <= most


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _wrong(field: str, wanted: str, value: Any) -> Refusal:
    return invalid(f"Invalid value at '{field}' ({wanted}), {str(value)[:100]!r}", field=field)
