"""The host school, as pages and clocks need it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from server.store.tables import schools


@dataclass(frozen=True, slots=True)
class HostSchool:
    name: str = ""
    timezone: str = "WIB"
    level: str = ""


def host(c: Connection) -> HostSchool:
    """The school whose rooms these are; before there is one, no name, no level and WIB."""
    row = c.execute(
        select(schools.c.name, schools.c.timezone, schools.c.level)
        .order_by(schools.c.is_host.desc(), schools.c.id)
        .limit(1)
    ).one_or_none()
    return HostSchool(row.name, row.timezone, row.level) if row is not None else HostSchool()


def school_npsn(c: Connection) -> str | None:
    """The host's NPSN, which devices name in their proof; None before it was entered."""
    return c.execute(select(schools.c.npsn).where(schools.c.is_host).limit(1)).scalar()
