"""The school's rule: whether a remap on strong evidence is accepted without a person. Off until an administrator says so.

Never near an exam: then whoever is in the room decides.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from server.domain.exam import LIVE, ExamState
from server.domain.remap import Strength
from server.services import audit, when
from server.services.actor import Actor
from server.services.meta import get_meta, set_meta
from server.services.remap_views import Reckoned
from server.services.school import host
from server.store.database import Database
from server.store.tables import exam_slots, exams, round_days

_KEY = "remap_rule"
ON, OFF = "strong", "off"
#: An exam that begins within this time is near.
NEAR_MS = 2 * 3_600_000


def on(c: Connection) -> bool:
    """Whether strong evidence is enough outside exam hours."""
    return get_meta(c, _KEY) == ON


def turn(db: Database, who: Actor, now: int, to: bool) -> None:
    """An administrator switches the rule on or off. The same again changes nothing."""
    with db.write() as tx:
        if on(tx.c) == to:
            return
        set_meta(tx, _KEY, ON if to else OFF)
        audit.record(tx, who, "remap.rule", "settings", now, active=to)


def exam_near(c: Connection, now: int) -> str | None:
    """The title of an exam that is open or running, or begins within two hours today; one without an hour is near
    all day."""
    live = c.execute(
        select(exams.c.title).where(exams.c.state.in_([str(state) for state in LIVE])).limit(1)
    ).scalar()
    if live is not None:
        return str(live)
    zone = host(c).timezone
    rows = c.execute(
        select(exams.c.title, round_days.c.date, exam_slots.c.starts)
        .join(round_days, round_days.c.id == exams.c.day_id)
        .join(exam_slots, exam_slots.c.id == exams.c.slot_id)
        .where(
            exams.c.state == str(ExamState.DRAFT),
            round_days.c.date.between(when.today(now, zone), when.today(now + NEAR_MS, zone)),
        )
        .order_by(exams.c.id)
    )
    for row in rows:
        if when.moment(row.date, row.starts or "00:00", zone) <= now + NEAR_MS:
            return str(row.title)
    return None


def accepts(c: Connection, now: int, given: Reckoned) -> bool:
    """Whether this remap needs no person: strong, no exam near, and the rule is on, or a person has accepted this
    very return before its key knocked."""
    if given.opinion.strength is not Strength.STRONG or given.opinion.device_id is None:
        return False
    one = next(c for c in given.facts.candidates if c.device_id == given.opinion.device_id)
    if one.seated is not None or not (on(c) or one.vouched is not None):
        return False
    return exam_near(c, now) is None
