"""Codes that open the check page for some hours, without a sign-in: handed out, entered, taken back."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from server.domain import check_code
from server.domain.errors import Conflict, Forbidden, Invalid, NotFound
from server.services import audit
from server.services.actor import NOBODY, Actor
from server.services.pupil_sessions import refused_once
from server.store.database import Database
from server.store.tables import check_codes, staff

MOST = 10  # in force at once: a person who needs more has forgotten some
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class CheckCode:
    """A code in force; `by` is the username of who handed it out."""

    id: int
    code: str
    created_at: int
    expires_at: int
    by: str | None

    @property
    def actor(self) -> Actor:
        """How the audit trail names whoever came in by this code."""
        return Actor(f"check {self.code}")


def hand_out(db: Database, who: Actor, now: int, hours: int = check_code.DEFAULT_HOURS) -> CheckCode:
    """Raises: Invalid (`check_hours`), Conflict (`check_codes_many`)."""
    if hours not in check_code.HOURS:
        raise Invalid(f"hours: {hours} is not one of {check_code.HOURS}", code="check_hours", field="hours")
    with db.write() as tx:
        if len(in_force(tx.c, now)) >= MOST:
            raise Conflict(
                f"check codes: {MOST} are in force; take one back first", code="check_codes_many", most=MOST
            )
        code = check_code.make(secrets.choice)
        code_id = tx.insert(
            check_codes,
            code=code,
            created_at=now,
            expires_at=now + hours * HOUR_MS,
            by_staff_id=who.staff_id,
        )
        audit.record(tx, who, "check.hand_out", f"check {code}", now, hours=hours)
    return CheckCode(code_id, code, now, now + hours * HOUR_MS, who.name)


def withdraw(db: Database, who: Actor, now: int, code_id: int) -> None:
    """It opens nothing any more, and pages that came in by it are closed. Raises: NotFound (`check_code_unknown`)."""
    with db.write() as tx:
        row = tx.c.execute(select(check_codes).where(check_codes.c.id == code_id)).one_or_none()
        if row is None:
            raise NotFound(f"check code {code_id}: not known; reload the page", code="check_code_unknown")
        if row.expires_at <= now:
            return
        tx.c.execute(check_codes.update().where(check_codes.c.id == code_id).values(expires_at=now))
        audit.record(tx, who, "check.withdraw", f"check {row.code}", now)


def enter(db: Database, now: int, typed: str, address: str | None) -> CheckCode:
    """The code that was typed. Raises: Forbidden (`check_code_wrong`)."""
    with db.read() as c:
        row = c.execute(_codes(now).where(check_codes.c.code == check_code.normalise(typed))).one_or_none()
    if row is None:
        refused_once(db, Actor(NOBODY.name, address=address), "check.enter", "page", now, "check_code_wrong")
        raise Forbidden(
            "check code: not one in force; compare it with the technician's page", code="check_code_wrong"
        )
    return _code(row)


def standing(c: Connection, now: int, code_id: int) -> CheckCode | None:
    """The code with this id while it is in force."""
    row = c.execute(_codes(now).where(check_codes.c.id == code_id)).one_or_none()
    return _code(row) if row is not None else None


def in_force(c: Connection, now: int) -> list[CheckCode]:
    """Newest first."""
    return [_code(row) for row in c.execute(_codes(now).order_by(check_codes.c.id.desc()))]


def _codes(now: int) -> Select[Any]:
    return (
        select(check_codes, staff.c.username)
        .outerjoin(staff, staff.c.id == check_codes.c.by_staff_id)
        .where(check_codes.c.expires_at > now)
    )


def _code(row: Row[Any]) -> CheckCode:
    return CheckCode(row.id, row.code, row.created_at, row.expires_at, row.username)
