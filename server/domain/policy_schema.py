"""A policy schema as this tenant describes it, and values in this tenant's spelling.

Nothing here is remembered from another tenant: enum values carry prefixes of Google's choosing, and a field may be a
list in one description and a single value in the next. Both are read from `policySchemas` each time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.domain.errors import Invalid
from server.domain.policy_plan import Json
from server.domain.policy_wire import SchemaField, spelled

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
        value = spelled(self.name, self.fields, fields)
        return value | dict.fromkeys(self.acknowledgements(value), True)

    def acknowledgements(self, value: Mapping[str, Any]) -> dict[str, str]:
        """Field that acknowledges → the field of `value` that needs it. They are said along with a value, not kept.

        Raises: Invalid (`policy_ack_unknown`).
        """
        return {
            self._acknowledgement(notice): notice.field
            for notice in self.notices
            if notice.field in value and _told(value[notice.field]) == notice.value.lower()
        }

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
        fields=_fields(top, messages, _enums(definition), known, f".{top['name']}"),
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


def _by_type(table: Mapping[str, Any], type_name: str, scope: str) -> tuple[str, Any] | None:
    """What a `typeName` names, and its full name: innermost scope first, as protocol buffers read it.

    A leading dot says that the name is whole; the package before it may be left out in our table.
    """
    wanted = type_name.strip(".")
    if not type_name.startswith("."):
        while True:
            if (name := f"{scope}.{wanted}") in table:
                return name, table[name]
            if not scope:
                break
            scope = scope.rpartition(".")[0]
    # The longest name that fits: `.A.B.B` must not be taken for `.B`.
    for name in sorted(table, key=len, reverse=True):
        if wanted == name.strip(".") or wanted.endswith(name):
            return name, table[name]
    return None


def _fields(
    message: Mapping[str, Any],
    messages: Mapping[str, Mapping[str, Any]],
    enums: Mapping[str, tuple[str, ...]],
    known: Mapping[str, tuple[str, ...]],
    scope: str,
) -> dict[str, SchemaField]:
    found: dict[str, SchemaField] = {}
    for raw in message.get("field", []):
        name = str(raw.get("jsonName") or raw["name"])
        kind = _KINDS.get(str(raw.get("type")), "int")
        values: tuple[str, ...] = known.get(name, ()) if kind == "string" else ()
        inner: dict[str, SchemaField] = {}
        type_name = str(raw.get("typeName") or "")
        if type_name and (listed := _by_type(enums, type_name, scope)) is not None:
            kind, values = "enum", listed[1]
        elif type_name and (nested := _by_type(messages, type_name, scope)) is not None:
            # A message inside itself has no end to describe; Google has none, and we stop at the first turn.
            kind, inner = "message", {}
            if not f"{scope}.".startswith(f"{nested[0]}."):
                inner = _fields(nested[1], messages, enums, {}, nested[0])
        found[name] = SchemaField(name, kind, raw.get("label") == "LABEL_REPEATED", values, inner)
    return found


def _told(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value).lower()
