"""What a look of the doctor is given, and what it brings back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from server.domain.errors import Conflict
from server.domain.field_claims import Finding
from server.services.context import Context
from server.workspace.gateway import Gateway


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sentence for a person, and the figures behind it."""

    finding: Finding
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {"finding": str(self.finding), "text": self.text, "data": dict(self.data)}


@dataclass(frozen=True, slots=True)
class Look:
    """Where to look. `gateway` None: no console is connected."""

    context: Context
    gateway: Gateway | None
    watch: str | None = None

    @property
    def console(self) -> Gateway:
        """Raises: Conflict (`google_not_connected`)."""
        if self.gateway is None:
            raise Conflict("Google console: not connected", code="google_not_connected")
        return self.gateway


Looks = Callable[[Look], Evidence]
