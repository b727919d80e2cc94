"""Staff accounts: no default password; a one-time link lets each person choose their own."""

from __future__ import annotations

import re
import secrets
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Row, select

from server.domain.errors import Conflict, Forbidden, Invalid, NotFound
from server.domain.roles import Role
from server.services import audit, staff_links
from server.services.actor import NOBODY, Actor
from server.services.runner import Runner, here
from server.store.database import Database, StaffChanged, Write
from server.store.tables import setup_links, staff

PASSWORD_MIN = 10
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,58}[a-z0-9]")


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # Argon2id with the library's defaults (RFC 9106, low-memory profile)


@cache
def _nobody_hash() -> str:
    """A hash to verify against when the username is unknown, so that both answers take as long."""
    return _hasher().hash(secrets.token_hex(16))


def by_id(c: Connection, staff_id: int) -> Row[Any] | None:
    return c.execute(select(staff).where(staff.c.id == staff_id)).one_or_none()


def everyone(c: Connection) -> list[Row[Any]]:
    return list(c.execute(select(staff).order_by(staff.c.active.desc(), staff.c.name)))


def authenticate(
    db: Database, now: int, username: str, password: str, address: str | None, run: Runner = here
) -> Row[Any]:
    """The account, when the password fits.

    Raises: Forbidden (`sign_in_refused`): one code for every reason, so that it tells nothing.
    """
    name = username.strip().lower()
    with db.read() as c:
        row = c.execute(select(staff).where(staff.c.username == name)).one_or_none()
    usable = row is not None and row.active and row.password_hash is not None
    good = run(_verify, row.password_hash if usable and row is not None else _nobody_hash(), password)
    if row is None or not usable or not good:
        audit.refused(
            db,
            Actor(NOBODY.name, address=address),
            "staff.sign_in",
            f"staff {name[:60]}",
            now,
            "sign_in_refused",
        )
        raise Forbidden(
            "sign-in: the name and password do not fit; try again or ask for a new link",
            code="sign_in_refused",
        )
    with db.write() as tx:
        who = Actor(row.username, Role(row.role), address, row.id)
        audit.record(tx, who, "staff.sign_in", f"staff {row.username}", now)
    return row


def create(db: Database, who: Actor, now: int, *, username: str, name: str, role: Role) -> tuple[int, str]:
    """A new account without a password. Returns (id, one-time set-up token).

    Raises: Invalid (`username_invalid`, `name_missing`), Conflict (`username_taken`).
    """
    username = _username(username)
    if not name.strip():
        raise Invalid("name: empty", code="name_missing", field="name")
    with db.write() as tx:
        _raise_if_taken(tx, username)
        staff_id = tx.insert(staff, username=username, name=name.strip(), role=str(role), created_at=now)
        token = staff_links.issue(tx, staff_id, now)
        audit.record(tx, who, "staff.create", f"staff {username}", now, role=str(role))
    return staff_id, token


def new_link(db: Database, who: Actor, now: int, staff_id: int) -> str:
    """A fresh one-time link for a forgotten password; the old password stays until it is used."""
    with db.write() as tx:
        row = _must(tx.c, staff_id)
        token = staff_links.issue(tx, staff_id, now)
        audit.record(tx, who, "staff.new_link", f"staff {row.username}", now)
    return token


def first_link(db: Database, now: int) -> str | None:
    """The set-up token for the very first administrator, or None once there is one. Each call makes a new one
    and ends those before it."""
    with db.write() as tx:
        if _anyone_set_up(tx.c):
            return None
        tx.c.execute(setup_links.delete().where(setup_links.c.staff_id.is_(None)))
        return staff_links.issue(tx, None, now)


def _anyone_set_up(c: Connection) -> bool:
    return c.execute(select(staff.c.id).where(staff.c.password_hash.is_not(None))).first() is not None


def link_owner(c: Connection, token: str, now: int) -> tuple[bool, Row[Any] | None]:
    """(good, account): account None with good True is the first administrator's link."""
    row = c.execute(
        select(setup_links).where(
            setup_links.c.token_hash == staff_links.digest(token),
            setup_links.c.used_at.is_(None),
            setup_links.c.expires_at > now,
        )
    ).one_or_none()
    if row is None or (row.staff_id is None and _anyone_set_up(c)):
        return False, None
    return True, by_id(c, row.staff_id) if row.staff_id is not None else None


def use_link(
    db: Database,
    now: int,
    token: str,
    password: str,
    address: str | None,
    *,
    username: str | None = None,
    name: str | None = None,
    run: Runner = here,
) -> int:
    """Set the password a link stands for; the first administrator also chooses name and username.

    Raises: Invalid (`password_short`, `username_invalid`), NotFound (`link_spent`).
    """
    hashed = _hashed(password, run)
    with db.write() as tx:
        good, owner = link_owner(tx.c, token, now)
        if not good:
            raise NotFound(
                "link: used, replaced or too old; ask the administrator for a new one", code="link_spent"
            )
        if owner is None:
            chosen = _username(username or "")
            _raise_if_taken(tx, chosen)
            staff_id = tx.insert(
                staff,
                username=chosen,
                name=(name or chosen).strip(),
                role=str(Role.ADMIN),
                password_hash=hashed,
                created_at=now,
            )
        else:
            staff_id, chosen = owner.id, owner.username
            _set_password(tx, owner, hashed, now)
        tx.c.execute(
            setup_links.update()
            .where(setup_links.c.token_hash == staff_links.digest(token))
            .values(used_at=now)
        )
        audit.record(
            tx,
            Actor(chosen, address=address, staff_id=staff_id),
            "staff.password_set",
            f"staff {chosen}",
            now,
        )
    return staff_id


def set_password(
    db: Database, who: Actor, now: int, staff_id: int, password: str, run: Runner = here
) -> None:
    """Set a password directly (command line and demo). Raises: Invalid (`password_short`), NotFound."""
    hashed = _hashed(password, run)
    with db.write() as tx:
        row = _must(tx.c, staff_id)
        _set_password(tx, row, hashed, now)
        audit.record(tx, who, "staff.password_set", f"staff {row.username}", now)


def change(
    db: Database, who: Actor, now: int, staff_id: int, *, role: Role | None = None, active: bool | None = None
) -> None:
    """Change a role, close or reopen an account. The last active administrator stays one.

    Raises: NotFound (`staff_unknown`), Conflict (`last_admin`).
    """
    with db.write() as tx:
        row = _must(tx.c, staff_id)
        loses_admin = (
            row.role == Role.ADMIN and row.active and (active is False or (role not in {None, Role.ADMIN}))
        )
        if loses_admin:
            others = tx.c.execute(
                select(staff.c.id).where(
                    staff.c.role == str(Role.ADMIN),
                    staff.c.active.is_(True),
                    staff.c.id != staff_id,
                    staff.c.password_hash.is_not(None),  # who never chose one cannot sign in
                )
            ).first()
            if others is None:
                raise Conflict(
                    f"staff {row.username}: the last administrator; make another one first", code="last_admin"
                )
        values: dict[str, Any] = {"session_version": row.session_version + 1}
        if role is not None:
            values["role"] = str(role)
        if active is not None:
            values["active"] = active
        tx.c.execute(staff.update().where(staff.c.id == staff_id).values(**values))
        audit.record(
            tx,
            who,
            "staff.change",
            f"staff {row.username}",
            now,
            role=str(role) if role else None,
            active=active,
        )
        tx.tell(StaffChanged(staff_id))


def _verify(hashed: str, password: str) -> bool:
    try:
        return _hasher().verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def _username(typed: str) -> str:
    name = typed.strip().lower()
    if not _USERNAME.fullmatch(name):
        raise Invalid(
            f"username '{name}': 3 to 60 of a–z, 0–9, dot, dash, underscore",
            code="username_invalid",
            field="username",
        )
    return name


def _raise_if_taken(tx: Write, username: str) -> None:
    if tx.c.execute(select(staff.c.id).where(staff.c.username == username)).first():
        raise Conflict(f"username '{username}': taken", code="username_taken", field="username")


def _hashed(password: str, run: Runner) -> str:
    """Hash a new password, away from the event loop."""
    if len(password) < PASSWORD_MIN:
        raise Invalid(
            f"password: shorter than {PASSWORD_MIN} characters",
            code="password_short",
            field="password",
            least=PASSWORD_MIN,
        )
    return str(run(_hasher().hash, password))


def _set_password(tx: Write, row: Row[Any], hashed: str, now: int) -> None:
    tx.c.execute(
        staff.update()
        .where(staff.c.id == row.id)
        .values(password_hash=hashed, session_version=row.session_version + 1)
    )
    staff_links.end_all(tx, row.id, now)
    tx.tell(StaffChanged(row.id))


def _must(c: Connection, staff_id: int) -> Row[Any]:
    row = by_id(c, staff_id)
    if row is None:
        raise NotFound(f"staff {staff_id}: not known", code="staff_unknown")
    return row
