"""How far giving a Chromebook its place back has come, after somebody accepted it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Connection, select

from server.services import remap_rows
from server.services.remap_views import ACCEPTED
from server.store.tables import remaps


@dataclass(frozen=True, slots=True)
class Return:
    """The newest remap that was accepted for a device: what of it the console has. `waits`: until an exam is over."""

    remap_id: int
    decided_at: int
    done: int
    open: int
    failed: int
    waits: bool

    @property
    def all(self) -> int:
        return self.done + self.open + self.failed


def newest(c: Connection, device_id: int) -> Return | None:
    """None: nothing was accepted for it."""
    row = c.execute(
        select(remaps.c.id, remaps.c.decided_at)
        .where(remaps.c.device_id == device_id, remaps.c.state == ACCEPTED)
        .order_by(remaps.c.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    items = [item for item in remap_rows.of_remap(c, row.id) if item.way == "out"]
    count = Counter("open" if item.outcome in remap_rows.OPEN else item.outcome for item in items)
    return Return(
        row.id,
        row.decided_at or 0,
        count["done"] + count["skipped"],
        count["open"],
        count["failed"],
        any(item.waits for item in items),
    )
