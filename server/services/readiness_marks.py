"""What was written down of each Chromebook's readiness: since when it is so, and what it was a day ago."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from server.domain.readiness import Readiness
from server.store.tables import readiness_marks

TREND_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Mark:
    """The newest state that was written down, since when, and the one of a day ago (None: not looked at then)."""

    state: Readiness
    since: int
    was: Readiness | None


def marks(c: Connection, now: int, device_ids: Collection[int] | None = None) -> dict[int, Mark]:
    """Of each device that was ever looked at."""
    latest = states(c, device_ids, None)
    before = states(c, device_ids, now - TREND_MS)
    return {
        device_id: Mark(state, at, before[device_id][0] if device_id in before else None)
        for device_id, (state, at) in latest.items()
    }


def states(
    c: Connection, device_ids: Collection[int] | None, until: int | None
) -> dict[int, tuple[Readiness, int]]:
    """The newest state written down, of those until then, and when."""
    newest = select(func.max(readiness_marks.c.id)).group_by(readiness_marks.c.device_id)
    if until is not None:
        newest = newest.where(readiness_marks.c.at <= until)
    if device_ids is not None:
        newest = newest.where(readiness_marks.c.device_id.in_(device_ids))
    rows = c.execute(select(readiness_marks).where(readiness_marks.c.id.in_(newest)))
    return {row.device_id: (Readiness(row.state), row.at) for row in rows}
