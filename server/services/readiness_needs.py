"""What the next exam day asks of the Chromebooks of each room, and what can be known of them in the school's mode."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, func, select

from server.domain.errors import BangkuError, Invalid
from server.domain.exam import Client, ExamState
from server.domain.readiness_facts import Needs
from server.services import audit, console_sync, extension, when
from server.services.actor import Actor
from server.services.meta import get_meta, set_meta
from server.services.mode import Kind
from server.services.school import host
from server.store.database import Database
from server.store.tables import (
    console_devices,
    device_places,
    device_seen,
    enrolments,
    exam_units,
    exams,
    rooms,
    round_days,
)

LEAST_OS = "readiness_least_os"
OS_FIRST, OS_LAST = 60, 999  # milestones that a person can mean
_CHROME = re.compile(r"(?:Chrome|CriOS)/(\d{2,3})\.")
_PLAIN = re.compile(r"(\d{2,3})\.\d")


@dataclass(frozen=True, slots=True)
class School:
    """What is asked, by room; `console_at`: when the console's list was last taken over."""

    kind: Kind
    today: str
    by_room: Mapping[int, Needs]
    elsewhere: Needs
    console_at: int | None

    def of(self, room_id: int | None) -> Needs:
        return self.by_room.get(room_id, self.elsewhere) if room_id is not None else self.elsewhere


def kind_of(c: Connection) -> Kind:
    """The mode as the data shows it, for those who have no settings at hand (`mode.mode` is the exact one)."""
    if c.execute(select(console_devices.c.console_id).limit(1)).first() is not None:
        return Kind.MANAGED
    own = c.execute(select(enrolments.c.id).where(enrolments.c.standing == "live").limit(1)).first()
    return Kind.LOCAL if own is not None else Kind.OBSERVED


def days(c: Connection, now: int) -> list[str]:
    """Days from today on that have an exam which is not over, the nearest first."""
    return sorted({row.date for row in _coming(c, when.today(now, host(c).timezone))})


def school(c: Connection, now: int, kind: Kind | None = None, date: str | None = None) -> School:
    """`date`: only this day's exams count; else each room's nearest day."""
    zone = host(c).timezone
    today = when.today(now, zone)
    kind = kind or kind_of(c)
    coming = [row for row in _coming(c, today) if date in {None, row.date}]
    said = get_meta(c, LEAST_OS)
    general = int(said) if said else None
    usual = Client.EXAM_BROWSER if kind is Kind.OBSERVED else Client.WEB
    managed = kind is Kind.MANAGED
    elsewhere = Needs(
        now=now,
        console=managed,
        console_read=not managed
        or c.execute(select(console_devices.c.console_id).limit(1)).first() is not None,
        extension=kind is not Kind.OBSERVED,
        extension_version=_packaged() if kind is not Kind.OBSERVED else None,
        clients=frozenset({str(usual)}),
        date=today,
        least_os=general,
    )
    units = _units(c)
    milestones = _room_milestones(c)
    found: dict[int, Needs] = {}
    for room_id in c.execute(select(rooms.c.id)).scalars():
        mine = [row for row in coming if row.room_id == room_id]
        day = min((row.date for row in mine), default=None)
        on_day = [row for row in mine if row.date == day]
        clients = frozenset(row.client for row in on_day) or frozenset({str(usual)})
        least = [n for row in on_day if (n := _least_of(row.profile)) is not None]
        found[room_id] = replace(
            elsewhere,
            clients=clients,
            date=day or min((row.date for row in coming), default=today),
            day_at=when.moment(day, "00:00", zone) if day else None,
            eve_at=when.moment(when.day_before(day), "00:00", zone) if day else None,
            units=frozenset(units[key] for key in ((room_id, name) for name in clients) if key in units),
            least_os=max([*least, *([general] if general else [])], default=None),
            room_os=milestones.get(room_id),
        )
    return School(kind, today, found, elsewhere, console_sync.taken_at(c) if managed else None)


def console_at(c: Connection) -> int | None:
    """When the console's list was last taken over; None: never."""
    return console_sync.taken_at(c)


def least_os(c: Connection) -> int | None:
    """The oldest ChromeOS that the school accepts; None: it named none."""
    said = get_meta(c, LEAST_OS)
    return int(said) if said else None


def set_least_os(db: Database, who: Actor, now: int, text: str) -> None:
    """Name the oldest milestone that counts, or nothing. Raises: Invalid (`least_os_invalid`)."""
    text = text.strip()
    fits = text.isascii() and text.isdigit() and len(text) < 5 and OS_FIRST <= int(text) <= OS_LAST
    if text and not fits:
        raise Invalid(
            f"ChromeOS '{text[:10]}': name a milestone such as 120, or nothing",
            code="least_os_invalid",
            field="least_os",
            first=OS_FIRST,
            last=OS_LAST,
        )
    with db.write() as tx:
        if (get_meta(tx.c, LEAST_OS) or "") == text:
            return
        set_meta(tx, LEAST_OS, text)
        audit.record(tx, who, "readiness.least_os", "school", now, version=text or "-")


def milestone(text: str | None) -> int | None:
    """The first number of a version: `120.0.6099.272`, or of Chrome's in what a browser calls itself; None where
    there is none."""
    found = _CHROME.search(text or "") or _PLAIN.match((text or "").strip())
    return int(found[1]) if found else None


def _coming(c: Connection, today: str) -> Sequence[Any]:
    over = [str(ExamState.ENDED), str(ExamState.ARCHIVED)]
    return c.execute(
        select(round_days.c.date, exams.c.room_id, exams.c.client, exams.c.profile)
        .join(round_days, round_days.c.id == exams.c.day_id)
        .where(round_days.c.date >= today, exams.c.state.not_in(over))
    ).all()


def _least_of(profile: Mapping[str, object]) -> int | None:
    """What the exam's profile asks of ChromeOS, where it names it."""
    asked = profile.get("chromeos")
    least = asked.get("least") if isinstance(asked, dict) else None
    return least if isinstance(least, int) else None


def _units(c: Connection) -> dict[tuple[int, str], str]:
    rows = c.execute(select(exam_units).where(exam_units.c.org_unit_id.is_not(None)))
    return {(row.room_id, row.client): row.org_unit_id for row in rows}


def _room_milestones(c: Connection) -> dict[int, int]:
    """Room → the milestone that most of its Chromebooks run; of two equally common ones the newer."""
    said = func.coalesce(
        console_devices.c.os_version, device_seen.c.observed["browser_version"].as_string()
    ).label("said")
    rows = c.execute(
        select(device_places.c.room_id, said, func.count().label("n"))
        .outerjoin(
            console_devices,
            (console_devices.c.device_id == device_places.c.device_id) & console_devices.c.gone_at.is_(None),
        )
        .outerjoin(
            enrolments,
            (enrolments.c.device_id == device_places.c.device_id) & (enrolments.c.standing == "live"),
        )
        .outerjoin(device_seen, device_seen.c.enrolment_id == enrolments.c.id)
        .where(device_places.c.to_at.is_(None))
        .group_by(device_places.c.room_id, said)
    )
    counts: dict[int, Counter[int]] = {}
    for row in rows:
        number = milestone(row.said)
        if number is not None:
            counts.setdefault(row.room_id, Counter())[number] += row.n
    return {room: max(_common(found)) for room, found in counts.items()}


def _common(found: Counter[int]) -> Iterable[int]:
    most = max(found.values())
    return (number for number, n in found.items() if n == most)


def _packaged() -> str | None:
    """The version of the extension that this server offers; None: its files are not there."""
    try:
        manifest = extension.source_dir() / "manifest.json"
        return str(json.loads(manifest.read_text("utf-8"))["version"])
    except BangkuError:
        return None
