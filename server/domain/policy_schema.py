"""A policy schema as this tenant describes it, and values in this tenant's spelling.

Nothing here is remembered from another tenant: enum values carry prefixes of Google's choosing, and a field may be a
list in one description and a single value in the next. Both are read from `policySchemas` each time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.domain.errors import Invalid
from server.domain.policy_plan import Json

_KINDS = {
    "TYPE_BOOL": "bool",
    "TYPE_STRING": "string",
    "TYPE_BYTES": "string",
    "TYPE_DOUBLE": "number",
    "TYPE_FLOAT": "number",
    "TYPE_ENUM": "enum",
    "TYPE_MESSAGE": "message",
    "TYPE_GROUP": "message",
}


@dataclass(frozen=True, slots=True)
class SchemaField:
    """`kind`: bool, string, int, number, enum, message. `fields` of a message, `values` of an enum."""

    name: str
    kind: str
    repeated: bool
    values: tuple[str, ...] = ()
    fields: Mapping[str, SchemaField] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notice:
    """Setting `field` to `value` wants `acknowledged` set too."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Schema:
    """One schema of one tenant."""

    name: str
    fields: Mapping[str, SchemaField]
    target_keys: tuple[str, ...] = ()  # `app_id` for what hangs on an app
    org_unit: bool = True
    stage: str = "API_CURRENT"
    replaced_by: tuple[str, ...] = ()
    end_support: tuple[int, int, int] | None = None  # year, month, day
    notices: tuple[Notice, ...] = ()

    @property
    def deprecated(self) -> bool:
        return self.stage == "API_DEPRECATED"

    @property
    def preview(self) -> bool:
        return self.stage in {"API_PREVIEW", "API_DEVELOPMENT"}

    def wire(self, fields: Mapping[str, Any]) -> Json:
        """`fields` as this tenant spells them, with the acknowledgements that they need.

        Raises: Invalid (`policy_field_unknown`, `policy_enum_unknown`, `policy_value_type`, `policy_ack_unknown`).
        """
        value = _message(self, "", self.fields, fields)
        for notice in self.notices:
            if _told(value.get(notice.field)) == notice.value.lower():
                value[self._acknowledgement(notice)] = True
        return value

    def _acknowledgement(self, notice: Notice) -> str:
        wanted = f"acknoticefor{notice.field}setto{notice.value}".lower()
        for name in self.fields:
            if name.lower() == wanted:
                return name
        raise Invalid(
            f"{self.name}: setting {notice.field} to {notice.value} needs an acknowledgement that the schema does not "
            "name; set it in the Admin console by hand",
            code="policy_ack_unknown",
            schema=self.name,
            field=notice.field,
        )


def parse(raw: Mapping[str, Any]) -> Schema:
    """A schema from Google's answer (`policySchemas.get`, or one item of `list`).

    Raises: Invalid (`policy_schema_unreadable`) when it describes no message.
    """
    name = str(raw.get("schemaName") or "")
    definition = raw.get("definition") or {}
    messages = _messages(definition)
    top = _top(name, definition)
    if not name or top is None:
        raise Invalid(
            f"policy schema '{name or raw.get('name', '')}': Google's answer has no definition; read the schemas again",
            code="policy_schema_unreadable",
            schema=name,
        )
    known = {
        str(d.get("field") or d.get("name")): tuple(
            str(v["value"]) for v in d.get("knownValueDescriptions", [])
        )
        for d in raw.get("fieldDescriptions", [])
    }
    life = raw.get("policyApiLifecycle") or {}
    end = life.get("endSupport")
    return Schema(
        name=name,
        fields=_fields(top, messages, _enums(definition), known, depth=0),
        target_keys=tuple(str(k["key"]) for k in raw.get("additionalTargetKeyNames", [])),
        org_unit="ORG_UNIT" in raw.get("validTargetResources", ["ORG_UNIT"]),
        stage=str(life.get("policyApiLifecycleStage") or "API_CURRENT"),
        replaced_by=tuple(map(str, life.get("deprecatedInFavorOf", []))),
        end_support=(int(end["year"]), int(end.get("month", 12)), int(end.get("day", 31))) if end else None,
        notices=tuple(
            Notice(str(n["field"]), str(n["noticeValue"]))
            for n in raw.get("notices", [])
            if n.get("acknowledgementRequired")
        ),
    )


def short(value: Any, limit: int = 80) -> str:
    """A value for showing: one line, cut where it is long."""
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, Mapping):
        text = ", ".join(f"{key}: {short(inner, limit)}" for key, inner in value.items())
    elif isinstance(value, Sequence) and not isinstance(value, str):
        text = ", ".join(short(inner, limit) for inner in value) or "(none)"
    else:
        text = " ".join(str(value).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _messages(holder: Mapping[str, Any], path: str = "") -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for message in [*holder.get("messageType", []), *holder.get("nestedType", [])]:
        name = f"{path}.{message['name']}"
        found[name] = message
        found |= _messages(message, name)
    return found


def _enums(definition: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    holders = [("", definition), *_messages(definition).items()]
    for path, holder in holders:
        for enum in holder.get("enumType", []):
            found[f"{path}.{enum['name']}"] = tuple(str(v["name"]) for v in enum.get("value", []))
    return found


def _top(name: str, definition: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The message named like the schema's leaf; else the first, as Google writes it."""
    messages: Sequence[Mapping[str, Any]] = definition.get("messageType", [])
    leaf = name.rsplit(".", 1)[-1]
    return next((m for m in messages if m["name"] == leaf), messages[0] if messages else None)


def _by_type(table: Mapping[str, Any], type_name: str) -> Any:
    """What a `typeName` names; it may be qualified more or less than we know it."""
    last = type_name.strip(".")
    for name, found in table.items():
        mine = name.strip(".")
        if mine == last or mine.endswith("." + last) or last.endswith("." + mine):
            return found
    return None


def _fields(
    message: Mapping[str, Any],
    messages: Mapping[str, Mapping[str, Any]],
    enums: Mapping[str, tuple[str, ...]],
    known: Mapping[str, tuple[str, ...]],
    depth: int,
) -> dict[str, SchemaField]:
    found: dict[str, SchemaField] = {}
    for raw in message.get("field", []):
        name = str(raw.get("jsonName") or raw["name"])
        kind = _KINDS.get(str(raw.get("type")), "int")
        values: tuple[str, ...] = known.get(name, ()) if kind == "string" else ()
        inner: dict[str, SchemaField] = {}
        type_name = str(raw.get("typeName") or "")
        if type_name and (listed := _by_type(enums, type_name)) is not None:
            kind, values = "enum", listed
        elif type_name and depth < 8 and (nested := _by_type(messages, type_name)) is not None:
            kind, inner = "message", _fields(nested, messages, enums, {}, depth + 1)
        found[name] = SchemaField(name, kind, raw.get("label") == "LABEL_REPEATED", values, inner)
    return found


def _message(schema: Schema, path: str, known: Mapping[str, SchemaField], given: Mapping[str, Any]) -> Json:
    out: Json = {}
    for name, value in given.items():
        at = f"{path}{name}"
        if name not in known:
            raise Invalid(
                f"{schema.name}: this tenant has no field '{at}'; it has {', '.join(known) or 'none'}",
                code="policy_field_unknown",
                schema=schema.name,
                field=at,
                known=", ".join(known),
            )
        out[name] = _value(schema, at, known[name], value)
    return out


def _value(schema: Schema, at: str, spec: SchemaField, value: Any) -> Any:
    if spec.repeated:
        items = list(value) if isinstance(value, list | tuple) else [value]
        return [_single(schema, at, spec, item) for item in items]
    if isinstance(value, list | tuple):
        raise _wrong_type(schema, at, spec)
    return _single(schema, at, spec, value)


def _single(schema: Schema, at: str, spec: SchemaField, value: Any) -> Any:
    if spec.kind == "message":
        if isinstance(value, Mapping):
            return _message(schema, f"{at}.", spec.fields, value)
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


def _enum(schema: Schema, at: str, spec: SchemaField, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong_type(schema, at, spec)
    if value in spec.values:
        return value
    shared = _shared_prefix(spec.values)
    # Without what all share first: ALLOWED must not be taken for NOT_ALLOWED.
    fits = [name for name in spec.values if name.removeprefix(shared) == value]
    fits = fits or [name for name in spec.values if name.endswith(f"_{value}")]
    if len(fits) != 1:
        raise _unknown_value(schema, at, spec, value)
    return fits[0]


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


def _told(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value).lower()


def _wrong_type(schema: Schema, at: str, spec: SchemaField) -> Invalid:
    return Invalid(
        f"{schema.name}: '{at}' wants {'a list of ' if spec.repeated else ''}{spec.kind} in this tenant",
        code="policy_value_type",
        schema=schema.name,
        field=at,
        kind=spec.kind,
    )


def _unknown_value(schema: Schema, at: str, spec: SchemaField, value: Any) -> Invalid:
    return Invalid(
        f"{schema.name}: '{at}' cannot be '{value}' in this tenant; it knows {', '.join(spec.values)}",
        code="policy_enum_unknown",
        schema=schema.name,
        field=at,
        value=str(value),
        known=", ".join(spec.values),
    )
