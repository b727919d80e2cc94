"""Notes for the berita acara, written as things happen. What is undone stays readable, crossed out.

A line keeps a kind and what it needs to be said; the sentence is the screen's (`web/minutes_words`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from server.services.actor import Actor
from server.services.exam_rows import get as get_exam
from server.store.database import Write
from server.store.tables import minutes_lines, staff


@dataclass(frozen=True, slots=True)
class MinutesLine:
    """`params`: labels, names and times as they were then. `struck_at`: when it was undone."""

    id: int
    at: int
    kind: str
    params: dict[str, Any]
    by_name: str
    struck_at: int | None


def write(tx: Write, exam_id: int, now: int, kind: str, by_name: str, **params: object) -> int:
    """Write a line in the transaction of the act itself; its id."""
    return tx.insert(minutes_lines, exam_id=exam_id, at=now, kind=kind, params=params, by_name=by_name)


def strike(tx: Write, line_id: int, now: int) -> None:
    """The act was undone: the line is crossed out, not removed."""
    tx.c.execute(
        minutes_lines.update()
        .where(minutes_lines.c.id == line_id, minutes_lines.c.struck_at.is_(None))
        .values(struck_at=now)
    )


def lines(c: Connection, exam_id: int) -> list[MinutesLine]:
    """The notes of an exam, the first one first. Raises: NotFound (`exam_unknown`)."""
    get_exam(c, exam_id)
    rows = c.execute(
        select(minutes_lines)
        .where(minutes_lines.c.exam_id == exam_id)
        .order_by(minutes_lines.c.at, minutes_lines.c.id)
    )
    return [MinutesLine(r.id, r.at, r.kind, dict(r.params), r.by_name, r.struck_at) for r in rows]


def by(c: Connection, who: Actor) -> str:
    """The name that stands on paper: a person's own, else what acted."""
    name = c.execute(select(staff.c.name).where(staff.c.id == who.staff_id)).scalar()
    return str(name or who.name)
