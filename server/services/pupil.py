"""What a pupil does on the page: arrive, confirm, enter the token, finish a part. Bound to a session each time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Row

from server.domain.errors import BangkuError, Conflict, Forbidden
from server.domain.exam import LIVE, Client, ExamState
from server.domain.sitting import SittingState, ends_at
from server.domain.token import is_token, normalise
from server.services import audit, desired, incidents, tokens
from server.services import sittings as steps
from server.services.pupil_answers import answers, save_answers
from server.services.pupil_card import by_card
from server.services.pupil_sessions import NotBound, PupilSession, exchange, page_ticket, require
from server.services.pupil_view import state
from server.store import blocks as block_rows
from server.store.database import BoardChanged, Database, Write
from server.store.tables import pupil_sessions, sittings

__all__ = [
    "NotBound",
    "PupilSession",
    "answers",
    "arrived",
    "by_card",
    "confirm",
    "enter_token",
    "exchange",
    "finish_block",
    "not_me",
    "page_ticket",
    "require",
    "save_answers",
    "state",
]

TOKEN_MISSES = 5
TOKEN_LOCK_MS = 60_000
S = SittingState


def arrived(db: Database, now: int, session_token: str | None) -> None:
    """The page is on the screen of the pupil's seat: expected becomes checked in. Repeating it does nothing."""
    with _act(db, now, session_token, "pupil.arrive") as (tx, me, row):
        tx.c.execute(  # a later reset of this sitting finds the page's session by it
            pupil_sessions.update()
            .where(pupil_sessions.c.token_hash == me.token_hash)
            .values(sitting_id=row.id)
        )
        if row.state == S.EXPECTED and row.client == Client.WEB:
            steps.move(tx, row.id, row.exam_id, S.EXPECTED, S.CHECKED_IN, now)
            _done(tx, me, row, now, "pupil.arrive")


def confirm(db: Database, now: int, session_token: str | None) -> None:
    """*Ya, ini saya*: ready for the token. Repeating it does nothing."""
    with _act(db, now, session_token, "pupil.confirm") as (tx, me, row):
        if S(row.state) in {S.EXPECTED, S.CHECKED_IN}:
            steps.move(tx, row.id, row.exam_id, S(row.state), S.READY, now)
            _done(tx, me, row, now, "pupil.confirm")


def not_me(db: Database, now: int, session_token: str | None) -> None:
    """*Bukan saya*: the proctor is told; who sits where is for a person to settle."""
    with _act(db, now, session_token, "pupil.not_me") as (tx, me, row):
        if incidents.open_once(
            tx, now, "not_me", exam_id=row.exam_id, sitting_id=row.id, device_id=me.device_id
        ):
            _done(tx, me, row, now, "pupil.not_me")


def enter_token(db: Database, now: int, session_token: str | None, token: str) -> None:
    """The right token starts the sitting's first part. Five misses close the entry of this sitting for a minute.

    Raises: Conflict (`not_confirmed`, `exam_not_running`, `token_not_ours`, `token_locked` with `seconds`),
    Forbidden (`token_wrong` with `left`).
    """
    wrong: BangkuError | None = None
    with _act(db, now, session_token, "pupil.token") as (tx, me, row):
        if row.state == S.WORKING:
            return  # typed twice, or the answer was lost on the way
        _may_enter(row, now)
        typed = normalise(token)
        if tokens.opens(tx.c, row.exam_id, typed, now):
            steps.begin(tx, row.id, row.exam_id, S.READY, now)
            tx.c.execute(
                sittings.update()
                .where(sittings.c.id == row.id)
                .values(token_misses=0, token_locked_until=None)
            )
            _done(tx, me, row, now, "pupil.begin")
        else:
            wrong = _miss(tx, row, typed, now)
            left = wrong.params.get("left", 0)
            audit.record(
                tx, me.actor, "pupil.token", me.what, now, outcome="refused", code=wrong.code, left=left
            )
    if wrong is not None:  # raised outside: the miss must stay counted
        raise wrong


def finish_block(db: Database, now: int, session_token: str | None, position: int) -> None:
    """The pupil ends a part; the next begins, or the sitting is finished. Repeating it does nothing.

    Raises: Conflict (`block_not_current`, `sitting_state`).
    """
    with _act(db, now, session_token, "pupil.finish_part") as (tx, me, row):
        block = next((b for b in block_rows.of_sitting(tx.c, row.id) if b.position == position), None)
        if block is not None and block.ended_at is not None:
            return
        if row.state != S.WORKING:
            raise Conflict(
                f"sitting {row.id}: not working now; wait for the proctor",
                code="sitting_state",
                seen=row.state,
            )
        limit = ends_at(block) if block is not None else None
        at = min(now, limit) if limit is not None else now
        finished = steps.end_block(tx, row.id, row.exam_id, position, at, now, "pupil")
        _done(tx, me, row, now, "pupil.finish_part", position=position, finished=finished)


@contextmanager
def _act(
    db: Database, now: int, session_token: str | None, action: str
) -> Iterator[tuple[Write, PupilSession, Row[Any]]]:
    """One act of a bound page on its live sitting, in one transaction; a refusal leaves its audit line."""
    with db.read() as c:
        me = require(c, now, session_token)
    try:
        with db.write() as tx:
            me = require(tx.c, now, session_token)
            row = me.sitting
            if row is None or row.exam_state not in {str(s) for s in LIVE}:
                raise Conflict("page: no exam is open on this seat; wait for the proctor", code="no_exam")
            yield tx, me, row
    except NotBound:
        raise
    except BangkuError as error:
        audit.refused(db, me.actor, action, me.what, now, error.code)
        raise


def _done(tx: Write, me: PupilSession, row: Row[Any], now: int, action: str, **detail: Any) -> None:
    audit.record(tx, me.actor, action, me.what, now, **detail)
    desired.refresh(tx, desired.devices_of(tx.c, [row.id]), now)
    tx.tell(BoardChanged(frozenset({row.exam_id})))


def _may_enter(row: Row[Any], now: int) -> None:
    if row.client == Client.EXAM_BROWSER:
        raise Conflict("token: this exam's token is entered in its own app", code="token_not_ours")
    if row.state in {S.EXPECTED, S.CHECKED_IN}:
        raise Conflict("token: say first that this is you", code="not_confirmed")
    if row.state != S.READY:
        raise Conflict(f"token: the sitting is {row.state}", code="sitting_state", seen=row.state)
    if row.exam_state != ExamState.RUNNING:
        raise Conflict("token: the exam has not started; wait for the proctor", code="exam_not_running")
    if row.token_locked_until is not None and row.token_locked_until > now:
        raise _locked(row.token_locked_until - now)


def _miss(tx: Write, row: Row[Any], typed: str, now: int) -> BangkuError:
    """Count a wrong token. What is no token at all (a letter short) is a slip, not a guess, and is not counted."""
    misses = row.token_misses + (1 if is_token(typed) else 0)
    full = misses >= TOKEN_MISSES
    tx.c.execute(
        sittings.update()
        .where(sittings.c.id == row.id)
        .values(token_misses=0 if full else misses, token_locked_until=now + TOKEN_LOCK_MS if full else None)
    )
    if full:
        return _locked(TOKEN_LOCK_MS)
    left = TOKEN_MISSES - misses
    return Forbidden(
        f"token: not the present one; look at the screen again ({left} tries left)",
        code="token_wrong",
        left=left,
    )


def _locked(for_ms: int) -> Conflict:
    seconds = max(1, -(-for_ms // 1000))
    return Conflict(
        f"token: {TOKEN_MISSES} wrong ones; wait {seconds} s", code="token_locked", seconds=seconds
    )
