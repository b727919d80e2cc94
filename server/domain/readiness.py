"""Is a Chromebook ready for the exam day? A state, the reasons in order of weight, and the next step. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Readiness(StrEnum):
    READY = "ready"
    WARNING = "warning"
    NOT_READY = "not_ready"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a device is not simply ready. `code` has words and a next step on screen; `state` is how much it weighs."""

    code: str
    state: Readiness
    params: Mapping[str, Any] = field(default_factory=dict)
