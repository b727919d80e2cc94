"""The token of an exam: made here for our own exams, copied by the proktor for the ministry's."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.centre import CentreState
from server.domain.errors import Conflict, Invalid
from server.domain.exam import Client, ExamState
from server.domain.sitting import MINUTE_MS
from server.domain.token import DEFAULT_INTERVAL_MINUTES, make
from server.services import audit, centre_spells
from server.services.actor import SYSTEM, Actor
from server.services.exam_rows import get as get_exam
from server.store.database import BoardChanged, Database, Write
from server.store.tables import exam_tokens, exams

OVERLAP_MS = 60_000  # a token just replaced still lets in a pupil who is typing it
CENTRE_TOKEN_MAX = 40


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token as it is shown. `to_at` None: until it is replaced."""

    value: str
    source: str
    from_at: int
    to_at: int | None


def current(c: Connection, exam_id: int, now: int) -> TokenView | None:
    """The token in force, or None."""
    row = c.execute(
        select(exam_tokens)
        .where(
            exam_tokens.c.exam_id == exam_id,
            exam_tokens.c.from_at <= now,
            (exam_tokens.c.to_at.is_(None)) | (exam_tokens.c.to_at > now),
        )
        .order_by(exam_tokens.c.id.desc())
        .limit(1)
    ).one_or_none()
    return TokenView(row.value, row.source, row.from_at, row.to_at) if row else None


def opens(c: Connection, exam_id: int, typed: str, now: int) -> bool:
    """True when the typed token is in force, or was until a minute ago."""
    rows = c.execute(
        select(exam_tokens.c.value).where(
            exam_tokens.c.exam_id == exam_id,
            exam_tokens.c.source == "bangku",
            exam_tokens.c.from_at <= now,
            (exam_tokens.c.to_at.is_(None)) | (exam_tokens.c.to_at > now - OVERLAP_MS),
        )
    ).scalars()
    # As bytes: compare_digest refuses text with letters outside ASCII, and pupils type those too.
    return any(secrets.compare_digest(value.encode(), typed.encode()) for value in rows)


def issue(tx: Write, exam: Row[Any], who: Actor, now: int, interval_minutes: int | None = None) -> str:
    """Make a new token inside a transaction; the one before ends now."""
    minutes = interval_minutes or exam.token_interval_minutes or DEFAULT_INTERVAL_MINUTES
    stop(tx, exam.id, now)
    value = make(secrets.choice)
    tx.c.execute(
        exam_tokens.insert().values(
            exam_id=exam.id,
            value=value,
            source="bangku",
            from_at=now,
            to_at=now + minutes * MINUTE_MS,
            released_by=who.staff_id,
        )
    )
    # The token itself is not written to the audit trail: it is still secret for a while.
    audit.record(tx, who, "token.release", f"exam {exam.id}", now, minutes=minutes)
    tx.tell(BoardChanged(frozenset({exam.id})))
    return value


def stop(tx: Write, exam_id: int, now: int) -> None:
    """End every token in force."""
    tx.c.execute(
        exam_tokens.update()
        .where(
            exam_tokens.c.exam_id == exam_id,
            (exam_tokens.c.to_at.is_(None)) | (exam_tokens.c.to_at > now),
        )
        .values(to_at=now)
    )


def release(db: Database, who: Actor, now: int, exam_id: int, interval_minutes: int | None = None) -> str:
    """A new token for a running `web` exam; `interval_minutes` 1–240 also becomes the interval from now on.

    Raises: NotFound (`exam_unknown`), Invalid (`token_interval`), Conflict (`token_not_ours`, `exam_not_running`,
    `exam_followed`).
    """
    if interval_minutes is not None and not 1 <= interval_minutes <= 240:
        raise Invalid(
            f"token: an interval of {interval_minutes} minutes; enter 1 to 240",
            code="token_interval",
            field="interval_minutes",
        )
    with db.write() as tx:
        exam = get_exam(tx.c, exam_id)
        if exam.client == Client.EXAM_BROWSER:
            raise Conflict(
                "token: this exam's token belongs to the centre; copy it from Proktor Browser",
                code="token_not_ours",
            )
        if exam.followed_by_id is not None:
            raise Conflict(
                "token: the next session has taken over; nobody begins this exam any more",
                code="exam_followed",
            )
        if exam.state != ExamState.RUNNING:
            raise Conflict("token: the exam is not running; start it first", code="exam_not_running")
        if interval_minutes is not None:
            tx.c.execute(
                exams.update().where(exams.c.id == exam_id).values(token_interval_minutes=interval_minutes)
            )
        return issue(tx, exam, who, now, interval_minutes)


def copy_from_centre(db: Database, who: Actor, now: int, exam_id: int, value: str) -> None:
    """Show what the proktor read in Proktor Browser. Any characters: its format is the centre's business.
    Who waited for it waits no more.

    Raises: NotFound (`exam_unknown`), Invalid (`token_empty`), Conflict (`token_ours`).
    """
    value = value.strip()
    if not value or len(value) > CENTRE_TOKEN_MAX or not value.isprintable():
        raise Invalid(
            f"token: empty or over {CENTRE_TOKEN_MAX} characters; copy it again",
            code="token_empty",
            field="value",
        )
    with db.write() as tx:
        exam = get_exam(tx.c, exam_id)
        if exam.client != Client.EXAM_BROWSER:
            raise Conflict("token: this exam's token is made here; release a new one", code="token_ours")
        stop(tx, exam_id, now)
        tx.c.execute(
            exam_tokens.insert().values(
                exam_id=exam_id,
                value=value,
                source="centre",
                from_at=now,
                to_at=None,
                released_by=who.staff_id,
            )
        )
        awaited = centre_spells.close(tx, exam_id, [CentreState.TOKEN_AWAITED], now)
        audit.record(tx, who, "token.copy", f"exam {exam_id}", now, awaited_since=awaited)
        tx.tell(BoardChanged(frozenset({exam_id})))


def rotate_due(tx: Write, now: int) -> None:
    """Renew the token of each running `web` exam whose token ran out (called by the sweep)."""
    running = tx.c.execute(
        select(exams).where(
            exams.c.state == str(ExamState.RUNNING),
            exams.c.client == str(Client.WEB),
            exams.c.followed_by_id.is_(None),
        )
    ).all()
    for exam in running:
        if current(tx.c, exam.id, now) is None:
            issue(tx, exam, SYSTEM, now)
