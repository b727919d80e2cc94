"""Whether the school has its Chromebooks attested, and the questions on their way: put, sent, answered, expired.

Off until somebody turns it on. The worker asks Google for a challenge and puts a question down; the server sends it to
the Chromebook and writes down what that answers; the worker has Google look at it (`attestation_work`). What comes of
it is in `attestation_outcomes`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from server.config import Settings
from server.domain.attestation import (
    CHALLENGE_MS,
    DEVICE_ERRORS,
    LAPSE_MS,
    SILENT_MS,
    Question,
    Scope,
    State,
    standing,
    to_wire,
)
from server.domain.errors import Conflict
from server.services import attestation_outcomes as outcomes
from server.services import audit, google_jobs
from server.services.actor import Actor
from server.services.lives import ENDED
from server.services.meta import get_meta, set_meta
from server.store.database import BoardChanged, Database, Write, chunks
from server.store.tables import attestations as t
from server.store.tables import enrolments
from server.store.tables import google_jobs as jobs

KEY = "attestation"  # meta: "on", or nothing
KIND = "attest"
#: A proof reaches Google a moment after it was given: one that comes in at the last moment is worth nothing.
MARGIN_MS = 5_000

Connected = Callable[[int], bool]


@dataclass(frozen=True, slots=True)
class Asking:
    """A question on its way to a Chromebook. `challenge` as the protocol writes it."""

    id: int
    enrolment_id: int
    scope: str
    expires_at: int
    challenge: str = field(repr=False)

    def as_message(self) -> dict[str, object]:
        return {
            "id": self.id,
            "scope": self.scope,
            "challenge": self.challenge,
            "expires_at": self.expires_at,
        }


def is_on(c: Connection) -> bool:
    return get_meta(c, KEY) == "on"


def turn_on(db: Database, settings: Settings, who: Actor, now: int) -> None:
    """From now on connected Chromebooks are asked. Raises: Conflict (`attest_no_console`)."""
    if not settings.managed:
        raise Conflict(
            "attestation: no console is connected, so nobody can vouch; connect it first",
            code="attest_no_console",
        )
    with db.write() as tx:
        if is_on(tx.c):
            return
        set_meta(tx, KEY, "on")
        audit.record(tx, who, "attestation.on", "attestation", now)
        active = select(jobs.c.id).where(jobs.c.kind == KIND, jobs.c.state.in_(google_jobs.ACTIVE)).limit(1)
        if tx.c.execute(active).first() is None:
            google_jobs.enqueue(tx, who, now, KIND, {})


def turn_off(db: Database, who: Actor, now: int) -> None:
    """Nobody is asked any more; a grade that only Google's word gave falls back, and the alerts about it end."""
    with db.write() as tx:
        if not is_on(tx.c):
            return
        set_meta(tx, KEY, "")
        outcomes.drop(tx, now)
        outcomes.fall_back(tx, enrolments.c.grade == "attested")
        for kind in outcomes.ALERTS:
            outcomes.close_alerts(tx, now, kind)
        audit.record(tx, who, "attestation.off", "attestation", now)
        tx.tell(BoardChanged(None))


# --- on their way -----------------------------------------------------------------------------------------


def unsent(c: Connection, now: int) -> list[Asking]:
    """Questions that no Chromebook has been told yet, the oldest first."""
    rows = c.execute(
        select(t.c.id, t.c.enrolment_id, t.c.scope, t.c.asked_at, t.c.challenge)
        .where(t.c.state == State.ASKED, t.c.sent_at.is_(None), t.c.asked_at > now - CHALLENGE_MS + MARGIN_MS)
        .order_by(t.c.id)
    )
    return [
        Asking(r.id, r.enrolment_id, r.scope, r.asked_at + CHALLENGE_MS, to_wire(r.challenge)) for r in rows
    ]


def sent(db: Database, now: int, ids: Sequence[int]) -> None:
    """These are on the wire."""
    if not ids:
        return
    with db.write() as tx:
        for some in chunks(ids):
            tx.c.execute(t.update().where(t.c.id.in_(some), t.c.state == State.ASKED).values(sent_at=now))


def answered(
    db: Database, now: int, enrolment_id: int, question_id: int, response: str | None, error: str | None
) -> bool:
    """Keep what a Chromebook said, once and in time. False: there is no such question of its any more."""
    with db.write() as tx:
        row = tx.c.execute(
            select(t).where(t.c.id == question_id, t.c.enrolment_id == enrolment_id, t.c.state == State.ASKED)
        ).one_or_none()
        if row is None or now > row.asked_at + CHALLENGE_MS - MARGIN_MS:
            return False
        if response is None:
            code = DEVICE_ERRORS.get(error or "", "attest_failed")
            outcomes.unavailable(tx, now, [row.id], code)
        else:
            tx.c.execute(
                t.update()
                .where(t.c.id == row.id, t.c.state == State.ASKED)
                .values(state=str(State.ANSWERED), response=response)
            )
        return True


def was_asked(db: Database, enrolment_id: int, question_id: int) -> bool:
    """Whether this question was ever put to this life, however it ended."""
    with db.read() as c:
        asked = select(t.c.id).where(t.c.id == question_id, t.c.enrolment_id == enrolment_id)
        return c.execute(asked).first() is not None


def tick(db: Database, now: int, connected: Connected) -> None:
    """Once a second: questions whose minute is over, Chromebooks that fell silent, grades that nobody renewed."""
    with db.read() as c:
        late = _late(c, now)
        lapsed = c.execute(select(enrolments.c.id).where(*_lapsed(now)).limit(1)).first()
    if not late and lapsed is None:
        return
    with db.write() as tx:
        late = _late(tx.c, now)
        for state, code in ((State.SILENT, "attest_silent"), (State.UNAVAILABLE, "attest_late")):
            ids = [row_id for row_id, was in late if (was == State.ASKED) == (state is State.SILENT)]
            outcomes.end(tx, now, ids, state, code)
        _tell_silent(tx, now, [row_id for row_id, was in late if was == State.ASKED], connected)
        outcomes.fall_back(tx, *_lapsed(now))


def _late(c: Connection, now: int) -> list[tuple[int, str]]:
    """(question, its state): those whose minute is over. One that was answered in time waits for the worker longer:
    it is the worker that knows whether it has sent it."""
    rows = c.execute(
        select(t.c.id, t.c.state).where(
            (t.c.state == State.ASKED) & (t.c.asked_at <= now - CHALLENGE_MS)
            | (t.c.state == State.ANSWERED) & (t.c.asked_at <= now - 2 * CHALLENGE_MS)
        )
    )
    return [(row.id, row.state) for row in rows]


def _lapsed(now: int) -> tuple[ColumnElement[bool], ...]:
    return enrolments.c.grade == "attested", enrolments.c.attested_at < now - LAPSE_MS


def _tell_silent(tx: Write, now: int, ids: Sequence[int], connected: Connected) -> None:
    for some in chunks(ids):
        rows = tx.c.execute(
            select(enrolments.c.id, enrolments.c.device_id)
            .join(t, t.c.enrolment_id == enrolments.c.id)
            .where(t.c.id.in_(some), enrolments.c.standing != ENDED)
            .distinct()
        ).all()
        for row in rows:
            stands = standing(questions(tx.c, row.id, now), now, connected=connected(row.device_id))
            if stands.state is State.SILENT:
                outcomes.silent(tx, now, row.id, row.device_id, stands.since)


def questions(c: Connection, enrolment_id: int, now: int) -> list[Question]:
    """What this life's machine was asked lately, the oldest first."""
    mine = (t.c.enrolment_id == enrolment_id, t.c.scope == Scope.MACHINE)
    return [question(row) for row in c.execute(select(t).where(*mine, *lately(now)).order_by(t.c.id))]


def lately(now: int) -> tuple[ColumnElement[bool], ...]:
    """SQL: as far back as it matters where a Chromebook stands."""
    return (t.c.asked_at > now - 10 * SILENT_MS,)


def question(row: Row[Any]) -> Question:
    return Question(Scope(row.scope), State(row.state), row.asked_at, row.ended_at, row.code)
