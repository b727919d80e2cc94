"""Who a pupil's page speaks for: tickets, sessions, and the sitting they stand for now.

Two doors lead in. A page on a school device trades a one-time ticket that came over the authenticated device
channel; a page without our extension trades number and card code (`pupil_card`). Only hashes are stored.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.errors import BangkuError, Forbidden
from server.services import audit
from server.services import sittings as steps
from server.services.actor import NOBODY, Actor
from server.store.database import Database, Write
from server.store.tables import assignments, devices, enrolments, page_tickets, pupil_sessions
from server.store.tables import audit as audit_rows

TICKET_MS = 60_000
SESSION_MS = 16 * 3_600_000  # one exam day; a kiosk that ran overnight binds itself anew
QUIET_MS = 60_000  # between two audit lines about the same stranger


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
                ticket_hash=hashed(ticket),
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
                    page_tickets.c.ticket_hash == hashed(ticket),
                    page_tickets.c.used_at.is_(None),
                    page_tickets.c.expires_at > now,
                )
                .values(used_at=now)
            )
            row = tx.c.execute(
                select(page_tickets.c.device_id, page_tickets.c.enrolment_id, devices.c.label)
                .join(devices, devices.c.id == page_tickets.c.device_id)
                .join(enrolments, enrolments.c.id == page_tickets.c.enrolment_id)
                .where(page_tickets.c.ticket_hash == hashed(ticket), enrolments.c.standing == "live")
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
                    token_hash=hashed(token),
                    device_id=row.device_id,
                    enrolment_id=row.enrolment_id,
                    sitting_id=_of_device(tx.c, row.device_id),
                    created_at=now,
                )
            )
            audit.record(tx, Actor.device(row.label, address), "pupil.bind", f"device {row.label}", now)
    except BangkuError as error:
        refused_once(db, who, "pupil.bind", "page", now, error.code)
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
                pupil_sessions.c.token_hash == hashed(token),
                pupil_sessions.c.ended_at.is_(None),
                pupil_sessions.c.created_at > now - SESSION_MS,
            )
        ).one_or_none()
    if row is None or (row.device_id is not None and row.standing != "live"):
        raise NotBound("page: not bound to a device or card; it asks for a ticket by itself")
    sitting_id = _of_device(c, row.device_id) if row.device_id is not None else row.sitting_id
    sitting = steps.get(c, sitting_id) if sitting_id is not None else None
    return PupilSession(row.token_hash, row.device_id, row.label, sitting)


def end_by_card(tx: Write, sitting_id: int, now: int) -> None:
    """The pupil goes on elsewhere: a page that number and card code opened for this sitting is nobody's any more."""
    tx.c.execute(
        pupil_sessions.update()
        .where(
            pupil_sessions.c.sitting_id == sitting_id,
            pupil_sessions.c.device_id.is_(None),
            pupil_sessions.c.ended_at.is_(None),
        )
        .values(ended_at=now)
    )


def _of_device(c: Connection, device_id: int) -> int | None:
    return c.execute(
        select(assignments.c.sitting_id).where(
            assignments.c.device_id == device_id, assignments.c.to_at.is_(None)
        )
    ).scalar()


def refused_once(db: Database, who: Actor, action: str, what: str, now: int, code: str) -> None:
    """One line a minute: a stranger who tries for an hour must not fill the trail."""
    with db.read() as c:
        told = c.execute(
            select(audit_rows.c.id).where(
                audit_rows.c.action == action,
                audit_rows.c.object == what,
                audit_rows.c.code == code,
                audit_rows.c.address.is_not_distinct_from(who.address),
                audit_rows.c.at > now - QUIET_MS,
            )
        ).first()
    if told is None:
        audit.refused(db, who, action, what, now, code)


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
