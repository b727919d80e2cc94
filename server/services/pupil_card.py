"""Number and card code: how a page without our extension becomes a pupil's."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from server.domain.errors import BangkuError, Conflict, Forbidden
from server.domain.exam import LIVE, ExamState
from server.domain.sitting import SittingState
from server.services import audit
from server.services.actor import NOBODY, Actor
from server.services.pupil_sessions import end_by_card, hashed, refused_once
from server.store.database import Database
from server.store.tables import audit as audit_rows
from server.store.tables import exams, pupil_sessions, registrations, sittings

CARD_MISSES = 5
CARD_LOCK_MS = 60_000
CARD_ACT = "pupil.card"
NUMBER_MAX = 60


def by_card(db: Database, now: int, address: str | None, number: str, card_code: str) -> str:
    """A session for a page without our extension. Misses count per participant number, never per address:
    a whole room stands behind one.

    Raises: Forbidden (`card_wrong`), Conflict (`card_locked` with `seconds`, `card_no_exam`).
    """
    number, card_code = number.strip()[:NUMBER_MAX], card_code.strip().upper()
    registered: Sequence[Any] = ()
    what = f"participant number {number}"
    try:
        with db.write() as tx:
            last = _misses(tx.c, what, now)
            if len(last) >= CARD_MISSES:
                seconds = max(1, -(-(last[0] + CARD_LOCK_MS - now) // 1000))
                raise Conflict(
                    f"{what}: {CARD_MISSES} wrong codes; wait {seconds} s",
                    code="card_locked",
                    seconds=seconds,
                )
            registered = tx.c.execute(
                select(registrations.c.id, registrations.c.card_code).where(registrations.c.number == number)
            ).all()
            ids = [
                r.id for r in registered if secrets.compare_digest(r.card_code.encode(), card_code.encode())
            ]
            if not registered:
                what = "participant number unknown"  # one line a minute for all of them together
            if not ids:
                raise Forbidden(
                    f"{what}: number and code do not fit; compare them with the card", code="card_wrong"
                )
            sitting_id = _seated_now(tx.c, ids)
            if sitting_id is None:
                raise Conflict(f"{what}: no exam is open for it now; ask the proctor", code="card_no_exam")
            end_by_card(tx, sitting_id, now)  # the card opens one page at a time
            token = secrets.token_urlsafe(32)
            tx.c.execute(
                pupil_sessions.insert().values(
                    token_hash=hashed(token), sitting_id=sitting_id, created_at=now
                )
            )
            audit.record(tx, Actor(f"card {number}", address=address), CARD_ACT, what, now)
    except BangkuError as error:
        who = Actor(NOBODY.name, address=address)
        if registered and error.code == "card_wrong":
            audit.refused(db, who, CARD_ACT, what, now, error.code)  # these lines are the counter
        else:
            refused_once(db, who, CARD_ACT, what, now, error.code)
        raise
    return token


def _seated_now(c: Connection, registration_ids: list[int]) -> int | None:
    """The sitting a card stands for: one still to be worked on before one that is done."""
    rows = c.execute(
        select(sittings.c.id, sittings.c.state, exams.c.state.label("exam_state"))
        .join(exams, exams.c.id == sittings.c.exam_id)
        .where(
            sittings.c.registration_id.in_(registration_ids),
            exams.c.state.in_([str(s) for s in LIVE]),
            sittings.c.state.not_in([str(SittingState.ABSENT), str(SittingState.MOVED)]),
        )
        .order_by(sittings.c.id)
    ).all()
    best = min(
        rows,
        key=lambda r: (r.state == SittingState.FINISHED, r.exam_state == ExamState.OPEN, r.id),
        default=None,
    )
    return best.id if best is not None else None


def _misses(c: Connection, what: str, now: int) -> list[int]:
    """Times of the wrong codes of the last minute since the last right one, oldest first. The audit trail is
    the counter, so a restart does not forget it."""
    fits = c.execute(
        select(func.max(audit_rows.c.at)).where(
            audit_rows.c.action == CARD_ACT, audit_rows.c.object == what, audit_rows.c.outcome == "done"
        )
    ).scalar()
    return list(
        c.execute(
            select(audit_rows.c.at)
            .where(
                audit_rows.c.action == CARD_ACT,
                audit_rows.c.object == what,
                audit_rows.c.code == "card_wrong",
                audit_rows.c.at > max(now - CARD_LOCK_MS, fits or 0),
            )
            .order_by(audit_rows.c.at)
        ).scalars()
    )
