"""Values in a tenant's spelling: short enum names, lists and single values, types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.domain.errors import Invalid
from server.domain.policy_plan import Json


@dataclass(frozen=True, slots=True)
class SchemaField:
    """`kind`: bool, string, int, number, enum, message. `fields` of a message, `values` of an enum."""

    name: str
    kind: str
    repeated: bool
    values: tuple[str, ...] = ()
    fields: Mapping[str, SchemaField] = field(default_factory=dict)


def spelled(schema: str, known: Mapping[str, SchemaField], given: Mapping[str, Any], path: str = "") -> Json:
    """`given` as this tenant spells it. Raises: Invalid (`policy_field_unknown`, `policy_enum_unknown`, `policy_value_type`)."""
    out: Json = {}
    for name, value in given.items():
        at = f"{path}{name}"
        if name not in known:
            raise Invalid(
                f"{schema}: this tenant has no field '{at}'; it has {', '.join(known) or 'none'}",
                code="policy_field_unknown",
                schema=schema,
                field=at,
                known=", ".join(known),
            )
        out[name] = _value(schema, at, known[name], value)
    return out


def _value(schema: str, at: str, spec: SchemaField, value: Any) -> Any:
    if spec.repeated:
        items = list(value) if isinstance(value, list | tuple) else [value]
        return [_single(schema, at, spec, item) for item in items]
    if isinstance(value, list | tuple):
        raise _wrong_type(schema, at, spec)
    return _single(schema, at, spec, value)


def _single(schema: str, at: str, spec: SchemaField, value: Any) -> Any:
    if spec.kind == "message":
        if isinstance(value, Mapping):
            return spelled(schema, spec.fields, value, f"{at}.")
        # A plain number described as a message of one field, as durations of the …V2 schemas may be.
        if len(spec.fields) == 1:
            ((name, inner),) = spec.fields.items()
            return {name: _value(schema, f"{at}.{name}", inner, value)}
        raise _wrong_type(schema, at, spec)
    if spec.kind == "enum":
        return _enum(schema, at, spec, value)
    fits = {
        "bool": isinstance(value, bool),
        "string": isinstance(value, str),
        "int": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
    }
    if not fits[spec.kind]:
        raise _wrong_type(schema, at, spec)
    if spec.kind == "string" and spec.values and value not in spec.values:
        raise _unknown_value(schema, at, spec, value)
    return value


def _enum(schema: str, at: str, spec: SchemaField, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong_type(schema, at, spec)
    fits = spelled_like(value, spec.values)
    if len(fits) != 1:
        raise _unknown_value(schema, at, spec, value)
    return fits[0]


def spelled_like(short: str, names: Sequence[str]) -> tuple[str, ...]:
    """This tenant's names for a short one. Exactly one means that it is known for sure."""
    if short in names:
        return (short,)
    shared = _shared_prefix(names)
    # Without what all share first: ALLOWED must not be taken for NOT_ALLOWED.
    exact = tuple(name for name in names if name.removeprefix(shared) == short)
    return exact or tuple(name for name in names if name.endswith(f"_{short}"))


def _shared_prefix(names: Sequence[str]) -> str:
    """What all names begin with, to the last underscore: the prefix that Google put before the words."""
    if len(names) < 2:
        return ""
    length = 0
    for letters in zip(*names, strict=False):
        if len(set(letters)) > 1:
            break
        length += 1
    return names[0][: names[0].rfind("_", 0, length) + 1]


def _wrong_type(schema: str, at: str, spec: SchemaField) -> Invalid:
    return Invalid(
        f"{schema}: '{at}' wants {'a list of ' if spec.repeated else ''}{spec.kind} in this tenant",
        code="policy_value_type",
        schema=schema,
        field=at,
        kind=spec.kind,
    )


def _unknown_value(schema: str, at: str, spec: SchemaField, value: Any) -> Invalid:
    return Invalid(
        f"{schema}: '{at}' cannot be '{value}' in this tenant; it knows {', '.join(spec.values)}",
        code="policy_enum_unknown",
        schema=schema,
        field=at,
        value=str(value),
        known=", ".join(spec.values),
    )
