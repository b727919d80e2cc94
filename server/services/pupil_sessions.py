"""Who a pupil's page speaks for: tickets, sessions, and the sitting they stand for now.

Two doors lead in. A page on a school device trades a one-time ticket that came over the authenticated device
channel; a page without our extension trades a participant number and the code on the card. Only hashes are stored.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from server.domain.errors import BangkuError, Conflict, Forbidden
from server.domain.exam import LIVE, ExamState
from server.domain.sitting import SittingState
from server.services import audit
from server.services import sittings as steps
from server.services.actor import NOBODY, Actor
from server.store.database import Database
from server.store.tables import (
    assignments,
    devices,
    enrolments,
    exams,
    page_tickets,
    pupil_sessions,
    registrations,
    sittings,
)
from server.store.tables import audit as audit_rows

TICKET_MS = 60_000
SESSION_MS = 16 * 3_600_000  # one exam day; a kiosk that ran overnight binds itself anew
CARD_MISSES = 5
CARD_LOCK_MS = 60_000
CARD_ACT = "pupil.card"
NUMBER_MAX = 60


class NotBound(Forbidden):
    """The page has no valid session: it asks the extension for a ticket, or the pupil for the card."""

    code = "binding_needed"
    status = 401


@dataclass(frozen=True, slots=True)
class PupilSession:
    """`sitting` is what the session stands for now: a device's page follows the seat ledger."""

    token_hash: str
    device_id: int | None
    device_label: str | None
    sitting: Row[Any] | None

    @property
    def actor(self) -> Actor:
        """How the audit trail names this page."""
        if self.device_id is not None:
            return Actor.device(self.device_label)
        return Actor(f"card {self.sitting.number if self.sitting is not None else '?'}")

    @property
    def what(self) -> str:
        """The object of an audit line."""
        row = self.sitting
        return f"exam {row.exam_id} seat {row.seat}" if row is not None else f"device {self.device_label}"


def page_ticket(db: Database, now: int, device_id: int, enrolment_id: int) -> tuple[str, int]:
    """A one-time ticket for the page of this device, and when it runs out."""
    ticket = secrets.token_urlsafe(24)
    with db.write() as tx:
        tx.c.execute(page_tickets.delete().where(page_tickets.c.expires_at < now - TICKET_MS))
        tx.c.execute(
            page_tickets.insert().values(
                ticket_hash=_hash(ticket),
                device_id=device_id,
                enrolment_id=enrolment_id,
                created_at=now,
                expires_at=now + TICKET_MS,
            )
        )
    return ticket, now + TICKET_MS


def exchange(db: Database, now: int, ticket: str, address: str | None = None) -> str:
    """Trade a ticket for a session; the device's earlier page loses its own.

    Raises: Forbidden (`page_ticket_invalid`) for one that is unknown, used, too old, or of an ended enrolment.
    """
    who = Actor(NOBODY.name, address=address)
    try:
        with db.write() as tx:
            used = tx.c.execute(
                page_tickets.update()
                .where(
                    page_tickets.c.ticket_hash == _hash(ticket),
                    page_tickets.c.used_at.is_(None),
                    page_tickets.c.expires_at > now,
                )
                .values(used_at=now)
            )
            row = tx.c.execute(
                select(page_tickets.c.device_id, page_tickets.c.enrolment_id, devices.c.label)
                .join(devices, devices.c.id == page_tickets.c.device_id)
                .join(enrolments, enrolments.c.id == page_tickets.c.enrolment_id)
                .where(page_tickets.c.ticket_hash == _hash(ticket), enrolments.c.standing == "live")
            ).one_or_none()
            if used.rowcount != 1 or row is None:
                raise Forbidden(
                    "page ticket: unknown, used or over a minute old; the device fetches a new one by itself",
                    code="page_ticket_invalid",
                )
            tx.c.execute(
                pupil_sessions.update()
                .where(pupil_sessions.c.device_id == row.device_id, pupil_sessions.c.ended_at.is_(None))
                .values(ended_at=now)
            )
            token = secrets.token_urlsafe(32)
            tx.c.execute(
                pupil_sessions.insert().values(
                    token_hash=_hash(token),
                    device_id=row.device_id,
                    enrolment_id=row.enrolment_id,
                    sitting_id=_of_device(tx.c, row.device_id),
                    created_at=now,
                )
            )
            audit.record(tx, Actor.device(row.label, address), "pupil.bind", f"device {row.label}", now)
    except BangkuError as error:
        audit.refused(db, who, "pupil.bind", "page", now, error.code)
        raise
    return token


def by_card(db: Database, now: int, address: str | None, number: str, card_code: str) -> str:
    """A session for a page without our extension. Misses count per participant number, never per address:
    a whole room stands behind one.

    Raises: Forbidden (`card_wrong`), Conflict (`card_locked` with `seconds`, `card_no_exam`).
    """
    number, card_code = number.strip()[:NUMBER_MAX], card_code.strip().upper()
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
            if not ids:
                raise Forbidden(
                    f"{what}: number and code do not fit; compare them with the card", code="card_wrong"
                )
            sitting_id = _seated_now(tx.c, ids)
            if sitting_id is None:
                raise Conflict(f"{what}: no exam is open for it now; ask the proctor", code="card_no_exam")
            tx.c.execute(  # the card opens one page at a time
                pupil_sessions.update()
                .where(
                    pupil_sessions.c.sitting_id == sitting_id,
                    pupil_sessions.c.device_id.is_(None),
                    pupil_sessions.c.ended_at.is_(None),
                )
                .values(ended_at=now)
            )
            token = secrets.token_urlsafe(32)
            tx.c.execute(
                pupil_sessions.insert().values(token_hash=_hash(token), sitting_id=sitting_id, created_at=now)
            )
            audit.record(tx, Actor(f"card {number}", address=address), CARD_ACT, what, now)
    except BangkuError as error:
        audit.refused(db, Actor(NOBODY.name, address=address), CARD_ACT, what, now, error.code)
        raise
    return token


def require(c: Connection, now: int, token: str | None) -> PupilSession:
    """The session of a cookie. Raises: NotBound (`binding_needed`)."""
    row = None
    if token:
        row = c.execute(
            select(pupil_sessions, devices.c.label, enrolments.c.standing)
            .outerjoin(devices, devices.c.id == pupil_sessions.c.device_id)
            .outerjoin(enrolments, enrolments.c.id == pupil_sessions.c.enrolment_id)
            .where(
                pupil_sessions.c.token_hash == _hash(token),
                pupil_sessions.c.ended_at.is_(None),
                pupil_sessions.c.created_at > now - SESSION_MS,
            )
        ).one_or_none()
    if row is None or (row.device_id is not None and row.standing != "live"):
        raise NotBound("page: not bound to a device or card; it asks for a ticket by itself")
    sitting_id = _of_device(c, row.device_id) if row.device_id is not None else row.sitting_id
    sitting = steps.get(c, sitting_id) if sitting_id is not None else None
    return PupilSession(row.token_hash, row.device_id, row.label, sitting)


def _of_device(c: Connection, device_id: int) -> int | None:
    return c.execute(
        select(assignments.c.sitting_id).where(
            assignments.c.device_id == device_id, assignments.c.to_at.is_(None)
        )
    ).scalar()


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


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
