"""What an edge needs to call a use case: settings, the database, the profiles, a clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from server.store.database import Database


def wall_clock() -> int:
    """UTC epoch milliseconds."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Context:
    """Handed by `bootstrap` to web and worker. `settings` is `server.config.Settings`."""

    settings: Any
    db: Database
    now: Callable[[], int] = wall_clock
