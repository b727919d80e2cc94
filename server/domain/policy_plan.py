"""A policy plan: what would change in one org unit, written down so that it can be shown, applied and undone.

Nothing here asks Google or a clock. Values are wire values (enum names as this tenant spells them).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

Json = dict[str, Any]


class Op(StrEnum):
    CREATE = "create"  # nothing was set at this org unit
    UPDATE = "update"
    DELETE = "delete"  # back to what the org unit inherits


@dataclass(frozen=True, slots=True)
class Wish:
    """One policy an exam wants, before a tenant's own spelling: enums by their short names.

    `line` names the row of docs/policy.md and the sentence on screen. `app_id` for schemas that hang on an app,
    e.g. `web:https://…`.
    """

    line: str
    schema: str
    fields: Mapping[str, Any]
    app_id: str | None = None
    params: Mapping[str, object] = field(default_factory=dict)  # fill the sentence
    secret: bool = False  # holds the enrolment secret: never shown, never logged


@dataclass(frozen=True, slots=True)
class Resolved:
    """What one schema says in one org unit now. `own`: set right there, not inherited."""

    schema: str
    app_id: str | None
    value: Json
    own: bool
    source_org_unit_id: str | None = None


@dataclass(frozen=True, slots=True)
class Owned:
    """A field that Bangku set in an org unit, and the value it set: the only kind it may ever unset."""

    schema: str
    app_id: str | None
    field: str
    value: Any


@dataclass(frozen=True, slots=True)
class Change:
    """One schema at one target. `fields`: the update mask, what of `desired` is sent."""

    op: Op
    schema: str
    app_id: str | None
    line: str
    group: str
    current: Json | None  # own value before; None when inherited or unset
    desired: Json | None  # None for DELETE
    fields: tuple[str, ...]
    params: Mapping[str, object] = field(default_factory=dict)
    secret: bool = False

    @property
    def key(self) -> str:
        """Names the change within its plan."""
        return f"{self.schema}|{self.app_id or ''}"

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Change:
        return cls(**{**raw, "op": Op(raw["op"]), "fields": tuple(raw["fields"])})

    def as_dict(self) -> Json:
        return {**asdict(self), "op": str(self.op), "fields": list(self.fields)}


@dataclass(frozen=True, slots=True)
class Worry:
    """Why a plan may not be applied as it is (`refuses`), or what to know first. Texts by `code`."""

    code: str
    refuses: bool
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes of one org unit, in the order they are sent."""

    org_unit_id: str
    org_unit_path: str
    device_count: int
    changes: tuple[Change, ...]
    worries: tuple[Worry, ...] = ()

    @property
    def refused(self) -> bool:
        return any(worry.refuses for worry in self.worries)

    @property
    def digest(self) -> str:
        """Names exactly these changes from exactly these current values; what `apply` must be given."""
        return digest_of(self.org_unit_id, self.changes)


def digest_of(org_unit_id: str, changes: Sequence[Change]) -> str:
    """The first 16 hex digits of SHA-256 over the canonical JSON of the changes."""
    shape = [
        org_unit_id,
        sorted((c.as_dict() for c in changes), key=lambda c: (c["schema"], c["app_id"] or "")),
    ]
    text = json.dumps(shape, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
