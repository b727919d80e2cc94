"""When what a remap writes may leave: an org unit is not changed while exams forbid it; then it goes on by itself."""

from __future__ import annotations

from sqlalchemy import Connection, select

from server.domain.errors import Conflict
from server.services import exam_day_moves, google_jobs, remap_rows
from server.services.inventory_plan import in_use
from server.services.remap_rows import Item
from server.store.database import Database
from server.store.tables import console_org_units

AFTER_FAILURE_MS = 300_000  # a job that failed as a whole is not tried again at once


def why_not_now(c: Connection, now: int, item: Item) -> str | None:
    """The code of why this may not leave now (`exam_day_moves`; or a pupil needs the device); None when it may."""
    if not item.is_unit:
        return None
    if item.device_id is not None and item.device_id in in_use(c):
        return "device_held"
    paths = {item.before.casefold(), item.after.casefold()}
    units = c.execute(
        select(console_org_units.c.org_unit_id, console_org_units.c.path).where(
            console_org_units.c.gone_at.is_(None)
        )
    )
    unit_ids = [row.org_unit_id for row in units if row.path.casefold() in paths]
    device_ids = [item.device_id] if item.device_id is not None else []
    try:
        exam_day_moves.raise_if_not_now(c, now, exam_day_moves.rooms_of(c, device_ids, unit_ids))
    except Conflict as refused:
        return refused.code
    return None


def look_again(db: Database, now: int) -> bool:
    """For the worker's idle moments: put the last remap job in line again once something may leave."""
    with db.read() as c:
        open_ = remap_rows.still_open(c)
        newest = next(iter(google_jobs.newest(c, "remap", limit=1)), None) if open_ else None
        if newest is None or newest.active or newest.state == "cancelled":
            return False
        if newest.state == "failed" and now - (newest.ended_at or 0) < AFTER_FAILURE_MS:
            return False
        if all(item.waits and why_not_now(c, now, item) is not None for item in open_):
            return False
    with db.write() as tx:
        return google_jobs.again(tx, newest)
