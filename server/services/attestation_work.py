"""The worker's part of attestation: a challenge from Google for each Chromebook that is due, Google's look at each answer.

One pass does what there is and ends; the idle worker puts the job in line again while there is more
(`look_again`), so a room that is asked every ten minutes never holds up other work.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select

from server.domain.attestation import (
    CHALLENGE_MS,
    HEARD_MS,
    KIOSK_MODE,
    Claim,
    Question,
    Record,
    Scope,
    State,
    Verdict,
    from_wire,
    judge_kiosk,
    judge_machine,
    next_scope,
)
from server.domain.policy_settings import Variant
from server.services import attestation, google_account, google_jobs, policy_settings
from server.services import attestation_outcomes as outcomes
from server.services.google_work import Work
from server.services.lives import ENDED
from server.services.meta import get_meta, set_meta
from server.store.database import Database, Write
from server.store.tables import attestations as t
from server.store.tables import console_devices, device_seen, enrolments
from server.workspace.gateway import GoogleError

log = logging.getLogger(__name__)

Json = dict[str, Any]

ASKED_MOST = 20  # in one pass: their minute must not run out while the others' challenges are fetched
AFTER_FAILURE_MS = 60_000
KEPT_MS = 30 * 24 * 3_600_000  # questions that are over
PRUNED = "attestation_pruned"  # meta: the day on which old ones were last thrown away


@dataclass(frozen=True, slots=True)
class Due:
    """A connected Chromebook that is asked now."""

    enrolment_id: int
    scope: Scope


@dataclass(frozen=True, slots=True)
class _Ours:
    """The domain in which the school's Chromebooks are enrolled, and the customer (None: not to be had)."""

    domain: str
    customer: str | None


def look_again(db: Database, now: int) -> bool:
    """For the worker's idle moments: put the job in line again while somebody is due or has answered."""
    with db.read() as c:
        if not attestation.is_on(c):
            return False
        newest = next(iter(google_jobs.newest(c, attestation.KIND, limit=1)), None)
        if newest is None or newest.active:
            return False
        stopped = newest.state in ("failed", "cancelled")
        if stopped and now - (newest.ended_at or 0) < AFTER_FAILURE_MS:
            return False
        if not _answers(c) and not due(c, now):
            return False
    with db.write() as tx:
        return google_jobs.again(tx, newest, result=None)


def run(work: Work) -> Json:
    """The job. Answers first: their minute is running."""
    with work.context.db.read() as c:
        if not attestation.is_on(c):
            return {}
    work.step("attest_asking")
    counts = {"asked": 0, "verified": 0, "not_attested": 0, "unavailable": 0}
    _look_at_answers(work, counts)
    _ask(work, counts)
    with work.context.db.write() as tx:
        outcomes.settle(tx, work.now)
        _prune(tx, work.now)
    return counts


def due(c: Connection, now: int) -> list[Due]:
    """Whom to ask now: those that reported just now, first those that were never asked."""
    kiosk = policy_settings.get(c).variant is Variant.KIOSK
    here = (
        select(enrolments.c.id)
        .join(device_seen, device_seen.c.enrolment_id == enrolments.c.id)
        .where(enrolments.c.standing != ENDED, device_seen.c.reported_at >= now - HEARD_MS)
    )
    ids = list(c.execute(here.order_by(enrolments.c.id)).scalars())
    newest = _newest(c)
    found = [
        (newest.get(i, {}).get(Scope.MACHINE), Due(i, scope))
        for i in ids
        if (scope := next_scope(newest.get(i, {}), now, kiosk=kiosk)) is not None
    ]
    found.sort(key=lambda one: one[0].asked_at if one[0] is not None else 0)
    return [one for _, one in found]


def _newest(c: Connection) -> dict[int, dict[Scope, Question]]:
    """The newest question of each scope, of every life that is not over."""
    last = (
        select(func.max(t.c.id))
        .join(enrolments, enrolments.c.id == t.c.enrolment_id)
        .where(enrolments.c.standing != ENDED)
        .group_by(t.c.enrolment_id, t.c.scope)
    )
    found: dict[int, dict[Scope, Question]] = {}
    for row in c.execute(select(t).where(t.c.id.in_(last))):
        found.setdefault(row.enrolment_id, {})[Scope(row.scope)] = attestation.question(row)
    return found


# --- asking -----------------------------------------------------------------------------------------------


def _ask(work: Work, counts: Json) -> None:
    with work.context.db.read() as c:
        wanted = due(c, work.now)
    for number, one in enumerate(wanted[:ASKED_MOST]):
        try:
            challenge = work.gateway.generate_challenge()
        except GoogleError as error:
            log.info("attestation: no challenge to be had: %s", error)
            _nobody_can_be_asked(work, wanted[number:], error.code)
            counts["unavailable"] += len(wanted) - number
            return
        _put(work, one, State.ASKED, challenge=challenge)
        counts["asked"] += 1


def _put(work: Work, one: Due, state: State, **values: Any) -> int:
    challenge = str(values.get("challenge") or "")
    with work.context.db.write() as tx:
        return tx.insert(
            t,
            enrolment_id=one.enrolment_id,
            scope=str(one.scope),
            state=str(state),
            asked_at=work.now,
            challenge_hash=hashlib.sha256(challenge.encode()).hexdigest() if challenge else None,
            facts={},
            **values,
        )


def _nobody_can_be_asked(work: Work, left: Sequence[Due], code: str) -> None:
    ids = [_put(work, one, State.ASKED) for one in left]
    with work.context.db.write() as tx:
        outcomes.unavailable(tx, work.now, ids, code)


# --- looking at answers --------------------------------------------------------------------------------------


def _answers(c: Connection) -> list[Row[Any]]:
    return list(c.execute(select(t).where(t.c.state == State.ANSWERED).order_by(t.c.id)))


def _look_at_answers(work: Work, counts: Json) -> None:
    with work.context.db.read() as c:
        rows = _answers(c)
    if not rows:
        return
    try:
        ours = _ours(work)
    except GoogleError as error:
        with work.context.db.write() as tx:
            outcomes.unavailable(tx, work.now, [row.id for row in rows], error.code)
        counts["unavailable"] += len(rows)
        return
    for row in rows:
        verdict = _verdict(work, row, ours)
        with work.context.db.write() as tx:
            outcomes.record(tx, work.now, row, verdict)
        name = {State.VERIFIED: "verified", State.REFUSED: "not_attested"}.get(verdict.state, "unavailable")
        counts[name] += 1


def _verdict(work: Work, row: Row[Any], ours: _Ours) -> Verdict:
    if work.now > row.asked_at + CHALLENGE_MS:
        return Verdict(State.UNAVAILABLE, "attest_late")  # ours to answer for, not the Chromebook's
    scope = Scope(row.scope)
    try:
        response = from_wire(row.response)
        answer = work.gateway.verify_challenge(
            response, ours.domain if scope is Scope.MACHINE else KIOSK_MODE
        )
    except ValueError:
        return Verdict(State.REFUSED, "attest_nonsense")
    except GoogleError as error:
        if error.code != "google_not_attested":
            return Verdict(State.UNAVAILABLE, error.code)
        code = "attest_not_attested" if scope is Scope.MACHINE else "attest_not_kiosk"
        return Verdict(State.REFUSED, code, {"said": str(error.params.get("said", ""))[:200]})
    with work.context.db.read() as c:
        claim = _claim(c, row.enrolment_id, answer, ours.customer)
    return judge_machine(answer, claim) if scope is Scope.MACHINE else judge_kiosk(answer, claim)


def _claim(c: Connection, enrolment_id: int, answer: Mapping[str, Any], customer: str | None) -> Claim:
    life = c.execute(select(enrolments).where(enrolments.c.id == enrolment_id)).one()
    named = str(answer.get("devicePermanentId") or "")
    rows = c.execute(
        select(console_devices.c.console_id, console_devices.c.serial, console_devices.c.device_id).where(
            console_devices.c.gone_at.is_(None),
            or_(console_devices.c.device_id == life.device_id, console_devices.c.console_id == named),
        )
    )
    records = tuple(Record(row.console_id, row.serial, row.device_id) for row in rows)
    return Claim(life.device_id, life.serial, customer, records)


def _ours(work: Work) -> _Ours:
    """Who we are at Google. Raises: GoogleError when Google is away."""
    try:
        told = work.gateway.get_customer()
    except GoogleError as error:
        if error.passing:
            raise
        told = {}  # the school did not delegate that scope
    with work.context.db.read() as c:
        known = get_meta(c, google_account.CUSTOMER)
    # The administrator for whom Bangku acts is one of that domain, as far as anybody knows.
    subject = (work.context.settings.google_subject or "").rpartition("@")[2]
    return _Ours(str(told.get("customerDomain") or subject), str(told.get("id") or known or "") or None)


def _prune(tx: Write, now: int) -> None:
    day = str(now // 86_400_000)
    if get_meta(tx.c, PRUNED) == day:
        return
    set_meta(tx, PRUNED, day)
    tx.c.execute(t.delete().where(t.c.ended_at < now - KEPT_MS))
