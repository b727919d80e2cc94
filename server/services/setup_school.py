"""The host school and the schools that sit with it (menumpang)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, func, select

from server.domain import setup
from server.domain.errors import Conflict, Invalid, NotFound
from server.services import audit, setup_uses
from server.services.actor import Actor
from server.services.meta import set_meta
from server.store.database import BoardChanged, Database, Write
from server.store.tables import participants, schools

NAME_LENGTH = 160


def host(c: Connection) -> Row[Any] | None:
    return c.execute(select(schools).where(schools.c.is_host)).first()


def guests(c: Connection) -> list[Row[Any]]:
    """Guest schools by name, each with its number of participants."""
    count = func.count(participants.c.id).label("participants")
    query = (
        select(schools, count)
        .outerjoin(participants, participants.c.school_id == schools.c.id)
        .where(schools.c.is_host.is_(False))
        .group_by(schools.c.id)
        .order_by(schools.c.name)
    )
    return list(c.execute(query))


def save_host(db: Database, who: Actor, now: int, *, npsn: str, name: str, level: str, timezone: str) -> int:
    """Make or correct the school whose rooms these are; devices prove themselves with its NPSN.

    Raises: SeveralInvalid (`npsn_invalid`, `field_missing`, …); Conflict (`school_exists`, `school_npsn_in_use`).
    """
    values = _checked(npsn, name, level, timezone)
    with db.write() as tx:
        found = host(tx.c)
        if found is not None and found.npsn != values["npsn"]:
            # Their policy names the old one: every Chromebook would be turned away until it has the new policy.
            setup_uses.raise_if_used(
                f"school {found.npsn}",
                "school_npsn_in_use",
                setup_uses.enrolled_devices(tx.c),
                field="npsn",
                name=found.npsn,
            )
        _raise_if_known(tx, values["npsn"], found.id if found is not None else None)
        if found is None:
            school_id = tx.insert(schools, is_host=True, **values)
        else:
            school_id = int(found.id)
            tx.c.execute(schools.update().where(schools.c.id == school_id).values(**values))
        set_meta(tx, "school_npsn", values["npsn"])
        audit.record(tx, who, "setup.school", f"school {values['npsn']}", now, **values)
        tx.tell(BoardChanged(None))
    return school_id


def add_guest(db: Database, who: Actor, now: int, *, npsn: str, name: str, level: str) -> int:
    """A school whose pupils sit here. Its clock is the host's.

    Raises: SeveralInvalid; Conflict (`school_missing`, `school_exists`).
    """
    with db.write() as tx:
        own = must_host(tx.c)
        values = _checked(npsn, name, level, own.timezone)
        _raise_if_known(tx, values["npsn"], None)
        school_id = tx.insert(schools, is_host=False, **values)
        audit.record(tx, who, "setup.guest_add", f"school {values['npsn']}", now, name=values["name"])
    return school_id


def remove_guest(db: Database, who: Actor, now: int, school_id: int) -> None:
    """Raises: NotFound (`school_unknown`); Conflict (`school_in_use`) while pupils of it are registered."""
    with db.write() as tx:
        row = tx.c.execute(
            select(schools).where(schools.c.id == school_id, schools.c.is_host.is_(False))
        ).one_or_none()
        if row is None:
            raise NotFound(f"school {school_id}: no such guest school", code="school_unknown")
        setup_uses.raise_if_used(
            f"school {row.npsn}", "school_in_use", setup_uses.of_school(tx.c, school_id), name=row.name
        )
        tx.c.execute(schools.delete().where(schools.c.id == school_id))
        audit.record(tx, who, "setup.guest_remove", f"school {row.npsn}", now, name=row.name)


def must_host(c: Connection) -> Row[Any]:
    """Raises: Conflict (`school_missing`)."""
    found = host(c)
    if found is None:
        raise Conflict("school: none yet; enter it first", code="school_missing")
    return found


def _checked(npsn: str, name: str, level: str, timezone: str) -> dict[str, str]:
    npsn, name = npsn.strip().upper(), setup.tidy(name)
    problems: list[Invalid] = [
        *setup.npsn_problem(npsn),
        *setup.text_problem(name, "name", NAME_LENGTH),
        *setup.choice_problem(level, "level", setup.LEVELS),
        *setup.choice_problem(timezone, "timezone", setup.TIMEZONES),
    ]
    setup.raise_if_any(problems)
    return {"npsn": npsn, "name": name, "level": level, "timezone": timezone}


def _raise_if_known(tx: Write, npsn: str, own_id: int | None) -> None:
    other = tx.c.execute(select(schools).where(schools.c.npsn == npsn)).one_or_none()
    if other is not None and other.id != own_id:
        raise Conflict(
            f"school {npsn}: already there as {other.name}",
            code="school_exists",
            field="npsn",
            name=other.name,
        )
