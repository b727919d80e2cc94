"""The centre's spells on record: reading them, and the two steps (begin, close) that other use cases take too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.centre import CentreState, Teller, passed_today
from server.domain.exam import Client
from server.services import when
from server.services.school import host
from server.store.database import BoardChanged, Write
from server.store.tables import centre_states, exam_tokens


@dataclass(frozen=True, slots=True)
class Spell:
    """`to_at` None: it lasts."""

    kind: CentreState
    from_at: int
    to_at: int | None
    told_by: Teller


@dataclass(frozen=True, slots=True)
class CentreView:
    """What the board of an `exam_browser` exam knows about the centre."""

    waiting: Spell | None
    unreachable: Spell | None
    past: tuple[Spell, ...]
    probe_url: str | None
    planned_at: int | None  # the session's start, offered as the beginning of the first wait


def of_exam(c: Connection, exam_id: int) -> list[Spell]:
    """All spells of an exam, oldest first."""
    rows = c.execute(
        select(centre_states)
        .where(centre_states.c.exam_id == exam_id)
        .order_by(centre_states.c.from_at, centre_states.c.id)
    )
    return [Spell(CentreState(r.kind), r.from_at, r.to_at, Teller(r.told_by)) for r in rows]


def view(c: Connection, exam: Row[Any], now: int) -> CentreView | None:
    """None for a `web` exam."""
    if exam.client != Client.EXAM_BROWSER:
        return None
    spells = of_exam(c, exam.id)
    lasting = {s.kind: s for s in spells if s.to_at is None}
    first = not any(s.kind is CentreState.TOKEN_AWAITED for s in spells) and not _had_token(c, exam.id)
    return CentreView(
        waiting=lasting.get(CentreState.TOKEN_AWAITED),
        unreachable=lasting.get(CentreState.UNREACHABLE),
        past=tuple(s for s in spells if s.to_at is not None),
        probe_url=exam.probe_url,
        planned_at=passed_today(exam.opens_at, now, zone_hours(c)) if first else None,
    )


def zone_hours(c: Connection) -> int:
    """Hours ahead of UTC where the school is."""
    return when.ZONES.get(host(c).timezone, 7)


def lasting(c: Connection, exam_id: int, kind: CentreState) -> Row[Any] | None:
    """The spell of this kind that has not ended."""
    return c.execute(
        select(centre_states).where(
            centre_states.c.exam_id == exam_id,
            centre_states.c.kind == str(kind),
            centre_states.c.to_at.is_(None),
        )
    ).one_or_none()


def last_end(c: Connection, exam_id: int, kind: CentreState) -> int | None:
    """When the newest spell of this kind that is over ended."""
    return c.execute(
        select(centre_states.c.to_at)
        .where(
            centre_states.c.exam_id == exam_id,
            centre_states.c.kind == str(kind),
            centre_states.c.to_at.is_not(None),
        )
        .order_by(centre_states.c.to_at.desc())
        .limit(1)
    ).scalar()


def close(
    tx: Write,
    exam_id: int,
    kinds: Iterable[CentreState],
    now: int,
    tellers: Iterable[Teller] = tuple(Teller),
) -> int | None:
    """End what lasts of these kinds, told by these; when the last one of it began, or None when nothing lasted."""
    rows = tx.c.execute(
        select(centre_states.c.id, centre_states.c.from_at).where(
            centre_states.c.exam_id == exam_id,
            centre_states.c.kind.in_([str(k) for k in kinds]),
            centre_states.c.told_by.in_([str(t) for t in tellers]),
            centre_states.c.to_at.is_(None),
        )
    ).all()
    for row in rows:
        tx.c.execute(
            centre_states.update()
            .where(centre_states.c.id == row.id, centre_states.c.to_at.is_(None))
            .values(to_at=now)
        )
    if not rows:
        return None
    tx.tell(BoardChanged(frozenset({exam_id})))
    return max(int(row.from_at) for row in rows)


def _had_token(c: Connection, exam_id: int) -> bool:
    return (
        c.execute(select(exam_tokens.c.id).where(exam_tokens.c.exam_id == exam_id).limit(1)).first()
        is not None
    )
