"""What a Chromebook's record in the console held before it was wiped: its own, or the one it had then.

Of the same record the history tells what went away when it was enrolled again; of a new record the newest earlier one
of the same Chromebook. An org unit that it was only moved into for an exam is followed back to where it came from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, or_, select

from server.domain.console_record import serial_key
from server.domain.remap_change import ANNOTATED, UNIT, Former, same
from server.store.tables import (
    console_devices,
    console_history,
    console_org_units,
    device_move_items,
    device_serials,
    exam_units,
)

HOPS = 5  # exam org units that a Chromebook was moved through, one after the other
#: Lines of our own acts: they say nothing of what a wipe took, nor of what a person did.
OURS = ("move", "remap")


def values(record: Row[Any]) -> dict[str, str]:
    """A row of the mirror by Google's field names; empty where there is nothing."""
    found = {name: getattr(record, column) or "" for name, column in ANNOTATED.items()}
    return found | {UNIT: record.org_unit_path}


def of(c: Connection, device_id: int, record: Row[Any]) -> dict[str, Former]:
    """Field → what it held. A field that nothing is known of, or that a wipe did not touch, is missing."""
    return after(c, record, earlier(c, device_id, record))


def after(c: Connection, record: Row[Any], before: Row[Any] | None) -> dict[str, Former]:
    """The same, where the record before is known."""
    found = _lost(c, record)
    if before is not None:
        touched = _touched(c, record)
        held = {name: Former(value, name in touched) for name, value in values(before).items()}
        found = held | found
    unit = found.get(UNIT)
    if unit is not None:
        home = home_of(c, [r.console_id for r in (record, before) if r is not None], unit.value)
        found[UNIT] = Former(home, unit.touched)
        if record.org_unit_path.casefold() in _exam_units(c):  # it is where an exam needs it
            del found[UNIT]
    return found


_SERIALS = select(device_serials.c.serial).where(device_serials.c.device_id == bindparam("device"))
_BORN = func.coalesce(console_devices.c.last_enrolled_at, console_devices.c.first_seen_at)
_EARLIER = (
    select(console_devices)
    .where(
        console_devices.c.console_id != bindparam("record"),
        or_(
            console_devices.c.device_id == bindparam("device"),
            func.upper(func.trim(console_devices.c.serial)).in_(bindparam("keys", expanding=True)),
        ),
        or_(console_devices.c.first_seen_at < bindparam("seen"), bindparam("born") > _BORN),
    )
    .order_by(_BORN.desc(), console_devices.c.console_id)
    .limit(1)
)


def earlier(c: Connection, device_id: int, record: Row[Any]) -> Row[Any] | None:
    """The newest other record of this Chromebook that was known before this one; also one that is gone by now."""
    serials = c.execute(_SERIALS, {"device": device_id}).scalars()
    given = {
        "record": record.console_id,
        "device": device_id,
        "keys": [key for serial in serials if (key := serial_key(serial)) is not None],
        "seen": record.first_seen_at,
        "born": record.last_enrolled_at or record.first_seen_at,
    }
    return c.execute(_EARLIER, given).one_or_none()


def home_of(c: Connection, console_ids: list[str], path: str) -> str:
    """Where it belongs: an exam's org unit is followed back along the moves that brought it there."""
    exams = _exam_units(c)
    for _ in range(HOPS):
        if path.casefold() not in exams:
            break
        move = c.execute(
            select(device_move_items.c.from_org_unit_id, device_move_items.c.from_path)
            .where(
                device_move_items.c.console_id.in_(console_ids),
                or_(
                    device_move_items.c.to_org_unit_id == exams[path.casefold()],
                    func.lower(device_move_items.c.to_path) == path.lower(),
                ),
                device_move_items.c.outcome == "done",
            )
            .order_by(device_move_items.c.id.desc())
            .limit(1)
        ).one_or_none()
        if move is None:
            break
        path = _path(c, move.from_org_unit_id) or move.from_path
    return path


_LINES = (
    select(console_history)
    .where(
        console_history.c.console_id == bindparam("record"),
        console_history.c.kind.in_(("enrolled", "back", "moved", "annotated")),
    )
    .order_by(console_history.c.id)
)


def _lost(c: Connection, record: Row[Any]) -> dict[str, Former]:
    """What this same record held when it was enrolled again, from its history."""
    lines = c.execute(_LINES, {"record": record.console_id}).all()
    began = max((line.at for line in lines if line.kind in ("enrolled", "back")), default=None)
    if began is None:
        return {}
    lost: dict[str, Former] = {}
    for line in lines:
        if line.at < began or any(name in line.detail for name in OURS):
            continue
        for name, before, after in _told(line):
            was = lost.get(name)
            if was is None and line.at == began:  # read together with the new enrolment
                lost[name] = Former(before)
            elif was is not None and not same(name, after, was.value):
                lost[name] = Former(was.value, touched=True)
    return lost


def _touched(c: Connection, record: Row[Any]) -> set[str]:
    """Fields of a record that somebody else than us has changed since it was first seen."""
    lines = c.execute(
        select(console_history).where(
            console_history.c.console_id == record.console_id,
            console_history.c.kind.in_(("moved", "annotated")),
        )
    ).all()
    return {name for line in lines if not any(o in line.detail for o in OURS) for name, _, _ in _told(line)}


def _told(line: Row[Any]) -> Iterator[tuple[str, str, str]]:
    """Field, before, after: what a line of a record's history says."""
    detail: Mapping[str, Any] = line.detail
    if line.kind == "moved":
        yield UNIT, str(detail.get("before") or ""), str(detail.get("after") or "")
    elif line.kind == "annotated":
        for name in ANNOTATED:
            if name in detail["before"]:
                yield name, detail["before"][name], detail["after"].get(name, "")


def _exam_units(c: Connection) -> dict[str, str]:
    """Path, casefolded → id, of org units that were prepared for exams."""
    rows = c.execute(
        select(exam_units.c.org_unit_id, exam_units.c.path).where(exam_units.c.org_unit_id.is_not(None))
    ).all()
    return {
        (_path(c, row.org_unit_id) or row.path or "").casefold(): row.org_unit_id for row in rows if row.path
    }


def _path(c: Connection, unit_id: str | None) -> str | None:
    """How an org unit is called now."""
    found: str | None = c.execute(
        select(console_org_units.c.path).where(
            console_org_units.c.org_unit_id == unit_id, console_org_units.c.gone_at.is_(None)
        )
    ).scalar()
    return found
