"""What the list of Chromebooks that came back shows: who waits, what was decided, how far the console is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from server.services import google_jobs, remap_rows, remap_views
from server.services.google_jobs import Job
from server.services.remap_rows import Item
from server.services.remap_views import RemapView
from server.store.tables import remaps

DECIDED = 60  # the newest decisions on the page; the file has more
DECIDED_FILE = 2_000


@dataclass(frozen=True, slots=True)
class Written:
    """Of one remap: how many fields the console has, how many are on their way, wait for an exam, failed."""

    done: int = 0
    open: int = 0
    waits: int = 0
    failed: int = 0
    left: int = 0

    @property
    def any(self) -> bool:
        return bool(self.done or self.open or self.waits or self.failed)


def count(c: Connection) -> int:
    """How many wait for a decision."""
    return int(c.execute(select(func.count()).where(remaps.c.state == "open")).scalar_one())


def by_room(views: Sequence[RemapView]) -> dict[str, list[RemapView]]:
    """In the order of rooms; those without one last, under an empty name."""
    found: dict[str, list[RemapView]] = {}
    for view in sorted(views, key=lambda v: (v.room is None, v.room or "", v.label or "", v.id)):
        found.setdefault(view.room or "", []).append(view)
    return found


def decided(c: Connection, limit: int = DECIDED) -> list[RemapView]:
    """The newest decisions of people and of the rule; what was only replaced by a newer proposal is left out."""
    return [v for v in remap_views.decided(c, limit) if v.state != remap_views.SUPERSEDED]


def written(items: Sequence[Item]) -> Written:
    """Of the newest way of a remap."""
    ways = {item.way for item in items}
    some = [item for item in items if item.way == ("back" if "back" in ways else "out")]
    told = Counter(
        "waits" if item.waits else "open" if item.outcome in remap_rows.OPEN else item.outcome
        for item in newest(some)
    )
    return Written(told["done"], told["open"], told["waits"], told["failed"], told["skipped"])


def newest(items: Sequence[Item]) -> list[Item]:
    """The last try of each field and way, in the order of the first."""
    return list({(item.way, item.console_id, item.field): item for item in items}.values())


def job(c: Connection, items: Sequence[Item]) -> Job | None:
    """The job that sees to these, while any of them is on its way."""
    if not any(item.outcome in remap_rows.OPEN and not item.waits for item in items):
        return None
    return next(iter(google_jobs.newest(c, "remap", limit=1)), None)
