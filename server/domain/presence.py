"""Is a device there? Derived from its last report and its connection, never stored."""

from __future__ import annotations

from enum import StrEnum

#: Two missed reports at the slowest interval (20 s) and a margin: a single lost one is not news.
MISSING_AFTER_MS = 45_000


class Presence(StrEnum):
    NEVER = "never"  # no report yet
    HERE = "here"
    MISSING = "missing"


def presence(reported_at: int | None, connected: bool, now: int) -> Presence:
    """`reported_at`: time of the last committed report; `connected`: a proven connection is open."""
    if reported_at is None:
        return Presence.NEVER
    if connected and now - reported_at < 2 * MISSING_AFTER_MS:
        return Presence.HERE
    return Presence.HERE if now - reported_at < MISSING_AFTER_MS else Presence.MISSING
