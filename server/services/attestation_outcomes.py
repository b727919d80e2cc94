"""What comes of a question to Verified Access: the grade of an identity, and what a person is told.

Google's *yes* raises the grade. A *no*, and a silence, lower it and are told; nobody loses the exam by them. Only one
thing is more: a Chromebook that Google says is another one than it claims to be waits for a person, like any newcomer,
unless a pupil is working on it at that moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, select

from server.domain.attestation import OPEN, Scope, State, Verdict
from server.domain.sitting import SittingState
from server.services import audit, desired, incidents, remaps
from server.services.actor import Actor
from server.services.lives import ENDED, LIVE, QUARANTINED
from server.services.newcomers import seat_of
from server.store.database import BoardChanged, EnrolmentEnded, Write, chunks
from server.store.tables import assignments, devices, enrolments, sittings
from server.store.tables import attestations as t
from server.store.tables import incidents as incident_rows

REFUSED, MISMATCH, SILENT = "attest_refused", "attest_mismatch", "attest_silent"
UNAVAILABLE = "attest_unavailable"
#: Alerts that end with what they are about. A mismatch stays until a person has looked.
ALERTS = (REFUSED, SILENT, UNAVAILABLE)


def record(tx: Write, now: int, row: Row[Any], verdict: Verdict) -> None:
    """Google's word on one answer. A question that is over already stays as it is."""
    if not end(tx, now, [row.id], verdict.state, verdict.code, verdict.facts):
        return
    life = tx.c.execute(
        select(enrolments, devices.c.label)
        .join(devices, devices.c.id == enrolments.c.device_id)
        .where(enrolments.c.id == row.enrolment_id)
    ).one()
    if life.standing == ENDED:
        return
    scope = Scope(row.scope)
    if verdict.state is State.VERIFIED:
        _verified(tx, now, life, scope)
    elif verdict.state is State.REFUSED and verdict.other is not None:
        _mismatch(tx, now, life, verdict.other)
    elif verdict.state is State.REFUSED:
        _refused(tx, now, life, scope, verdict.code or "attest_refused")
    else:
        alert(tx, now, verdict.code or UNAVAILABLE)


def unavailable(tx: Write, now: int, ids: Sequence[int], code: str) -> None:
    """Nothing was found out. Told once for the school, however many Chromebooks it concerns."""
    if end(tx, now, ids, State.UNAVAILABLE, code):
        alert(tx, now, code)


def end(tx: Write, now: int, ids: Sequence[int], state: State, code: str | None, facts: Any = None) -> int:
    """These questions are over; how many were still open. Challenge and answer are kept no longer."""
    ended = 0
    for some in chunks(ids):
        ended += tx.c.execute(
            t.update()
            .where(t.c.id.in_(some), t.c.state.in_(sorted(OPEN)))
            .values(
                state=str(state),
                code=code,
                ended_at=now,
                challenge=None,
                response=None,
                facts=dict(facts or {}),
            )
        ).rowcount
    return ended


def drop(tx: Write, now: int) -> None:
    """Whatever is open ends: nobody asks any more."""
    open_ones = list(tx.c.execute(select(t.c.id).where(t.c.state.in_(sorted(OPEN)))).scalars())
    end(tx, now, open_ones, State.UNAVAILABLE, "attest_off")


def fall_back(tx: Write, *which: ColumnElement[bool]) -> None:
    """A grade that rested on Google's word alone: what is left is the known key, or the person who vouched."""
    ids = list(
        tx.c.execute(select(enrolments.c.id).where(enrolments.c.grade == "attested", *which)).scalars()
    )
    for some in chunks(ids):
        tx.c.execute(
            enrolments.update()
            .where(enrolments.c.id.in_(some), enrolments.c.grade == "attested")
            .values(grade=case((enrolments.c.vouched_by.is_not(None), "manual"), else_="bound"))
        )
    if ids:
        tx.tell(BoardChanged(None))


def silent(tx: Write, now: int, enrolment_id: int, device_id: int, since: int | None) -> None:
    """Connected, asked, and not one attempt for twelve minutes."""
    fall_back(tx, enrolments.c.id == enrolment_id)
    incidents.open_once(tx, now, SILENT, **seat_of(tx.c, device_id), device_id=device_id, since=since)


def alert(tx: Write, now: int, code: str) -> None:
    incidents.open_once(tx, now, UNAVAILABLE, code=code)


def close_alerts(tx: Write, now: int, kind: str, *which: ColumnElement[bool]) -> None:
    closed = tx.c.execute(
        incident_rows.update()
        .where(incident_rows.c.kind == kind, incident_rows.c.closed_at.is_(None), *which)
        .values(closed_at=now, closed_by="system")
    )
    if closed.rowcount:
        tx.tell(BoardChanged(None))


def settle(tx: Write, now: int) -> None:
    """End the school's alerts whose cause no Chromebook's newest question has any more."""
    open_ones = tx.c.execute(
        select(incident_rows.c.id, incident_rows.c.detail).where(
            incident_rows.c.kind == UNAVAILABLE, incident_rows.c.closed_at.is_(None)
        )
    ).all()
    if not open_ones:
        return
    still = _codes_now(tx.c)
    over = [row.id for row in open_ones if row.detail.get("code") not in still]
    if over:
        close_alerts(tx, now, UNAVAILABLE, incident_rows.c.id.in_(over))


def _codes_now(c: Connection) -> set[str]:
    newest: dict[tuple[int, str], Any] = {}
    rows = c.execute(
        select(t.c.enrolment_id, t.c.scope, t.c.state, t.c.code)
        .join(enrolments, enrolments.c.id == t.c.enrolment_id)
        .where(enrolments.c.standing != ENDED, t.c.state.not_in(sorted({*OPEN, State.SILENT})))
        .order_by(t.c.id)
    )
    for row in rows:
        newest[row.enrolment_id, row.scope] = row
    return {row.code for row in newest.values() if row.state == State.UNAVAILABLE}


def _verified(tx: Write, now: int, life: Row[Any], scope: Scope) -> None:
    if scope is Scope.KIOSK:
        tx.c.execute(enrolments.update().where(enrolments.c.id == life.id).values(kiosk_at=now))
        return
    live = life.standing == LIVE
    grade = "attested" if live else life.grade
    tx.c.execute(enrolments.update().where(enrolments.c.id == life.id).values(attested_at=now, grade=grade))
    for kind in (REFUSED, SILENT):
        close_alerts(tx, now, kind, incident_rows.c.device_id == life.device_id)
    if live and life.grade != "attested":
        _note(tx, now, life, "done")
    elif (
        life.standing == QUARANTINED
    ):  # what Google proved speaks for it; the school's rule may accept it now
        remaps.open_for_newcomer(tx, now, life.id)


def _refused(tx: Write, now: int, life: Row[Any], scope: Scope, code: str) -> None:
    if scope is Scope.MACHINE:
        fall_back(tx, enrolments.c.id == life.id)
    new = incidents.open_once(
        tx, now, REFUSED, **seat_of(tx.c, life.device_id), device_id=life.device_id, code=code
    )
    if new:
        _note(tx, now, life, "refused", code)


def _mismatch(tx: Write, now: int, life: Row[Any], other: str) -> None:
    """It is another Chromebook. It waits for a person; a pupil who works on it is not thrown out by a machine."""
    fall_back(tx, enrolments.c.id == life.id)
    working = _working(tx.c, life.device_id)
    if life.standing == LIVE and not working:
        tx.c.execute(
            enrolments.update()
            .where(enrolments.c.id == life.id, enrolments.c.standing == LIVE)
            .values(standing=QUARANTINED, grade="claimed")
        )
        desired.refresh(tx, [life.device_id], now)
        tx.tell(EnrolmentEnded(life.id))  # it comes back as one that waits
    new = incidents.open_once(
        *(tx, now, MISMATCH),
        **seat_of(tx.c, life.device_id),
        device_id=life.device_id,
        enrolment=life.id,
        serial=other,
        working=working,
    )
    if new:
        _note(tx, now, life, "refused", MISMATCH, serial=other)


def _note(
    tx: Write, now: int, life: Row[Any], outcome: str, code: str | None = None, **detail: object
) -> None:
    who, what = Actor.device(life.label), f"device {life.label}"
    audit.record(tx, who, "device.attest", what, now, outcome=outcome, code=code, **detail)
    tx.tell(BoardChanged(None))


def _working(c: Connection, device_id: int) -> bool:
    busy = (str(SittingState.WORKING), str(SittingState.PAUSED))
    found = c.execute(
        select(sittings.c.id)
        .join(assignments, assignments.c.sitting_id == sittings.c.id)
        .where(
            assignments.c.device_id == device_id, assignments.c.to_at.is_(None), sittings.c.state.in_(busy)
        )
        .limit(1)
    ).first()
    return found is not None
