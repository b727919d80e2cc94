"""Reading the audit trail, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from server.store.tables import audit

PAGE = 100
EXPORT_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Filter:
    """Empty fields do not filter. `text` is looked for in actor and object."""

    actor: str = ""
    action: str = ""
    outcome: str = ""
    text: str = ""
    before_id: int | None = None


def lines(c: Connection, wanted: Filter, limit: int = PAGE) -> list[Row[Any]]:
    return list(c.execute(_select(wanted).limit(limit)))


def actions(c: Connection) -> list[str]:
    """Kinds of acts that occur."""
    return list(c.execute(select(audit.c.action).distinct().order_by(audit.c.action)).scalars())


def _select(wanted: Filter) -> Select[Any]:
    query = select(audit).order_by(audit.c.id.desc())
    if wanted.actor:
        query = query.where(audit.c.actor == wanted.actor)
    if wanted.action:
        query = query.where(audit.c.action == wanted.action)
    if wanted.outcome:
        query = query.where(audit.c.outcome == wanted.outcome)
    if wanted.text:
        query = query.where(
            audit.c.object.contains(wanted.text, autoescape=True)
            | audit.c.actor.contains(wanted.text, autoescape=True)
        )
    if wanted.before_id is not None:
        query = query.where(audit.c.id < wanted.before_id)
    return query
