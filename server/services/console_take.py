"""Taking over what a sync found: Google's columns of the mirror, in small transactions.

They are written here and by reading back what Bangku itself ordered, never by a person's form; and nothing that a
person gives a device (label, room, spare, in service) is touched here.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import bindparam, select

from server.domain.console_inventory import Change, Comparison, Kind, UnitChange
from server.domain.console_record import COLUMNS, ConsoleDevice, OrgUnit
from server.domain.remap_change import ANNOTATED
from server.services.console_staging import Found
from server.store.database import Database, Write
from server.store.tables import console_devices, console_history, console_org_units

ROWS = 250  # records written in one transaction: under 50 ms


def take(db: Database, now: int, made: Comparison, found: Found, *, held: frozenset[str], odd: bool) -> None:
    """Write what was found, but for the records that are `held`, and odd org units only with `odd`.

    Stopped anywhere, the same again goes on from there.
    """
    with _uncollected():
        _take(db, now, made, found, held=held, odd=odd)


@contextmanager
def _uncollected() -> Iterator[None]:
    """A full collection among ten thousand records takes 100 ms and more, and would fall into a write transaction."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _take(db: Database, now: int, made: Comparison, found: Found, *, held: frozenset[str], odd: bool) -> None:
    _take_units(db, now, [u for u in made.units if odd or not u.odd], found.units)
    history: dict[str, list[Change]] = {}
    for change in made.changes:
        history.setdefault(change.console_id, []).append(change)
    wanted = [device for key, device in found.devices.items() if key not in held]
    for start in range(0, len(wanted), ROWS):
        with db.write() as tx:
            _write(tx, now, wanted[start : start + ROWS], found.at, history)
    gone = [c for c in made.changes if c.kind is Kind.GONE and c.console_id not in held]
    for start in range(0, len(gone), ROWS):
        with db.write() as tx:
            some = gone[start : start + ROWS]
            tx.c.execute(
                console_devices.update()
                .where(
                    console_devices.c.console_id.in_([c.console_id for c in some]),
                    console_devices.c.gone_at.is_(None),
                )
                .values(gone_at=now)
            )
            _tell(tx, now, some)


_UPDATE = (
    console_devices.update()
    .where(
        console_devices.c.console_id == bindparam("key"), console_devices.c.seen_at <= bindparam("fetched")
    )
    .values(
        **{name: bindparam(name) for name in COLUMNS if name != "console_id"},
        digest=bindparam("digest"),
        seen_at=bindparam("fetched"),
        gone_at=None,
    )
)


def _write(
    tx: Write,
    now: int,
    devices: list[ConsoleDevice],
    at: Mapping[str, int],
    history: Mapping[str, list[Change]],
) -> None:
    ids = [device.console_id for device in devices]
    columns = [console_devices.c[column] for column in ANNOTATED.values()]
    here = {
        row.console_id: row
        for row in tx.c.execute(
            select(console_devices.c.console_id, console_devices.c.seen_at, *columns).where(
                console_devices.c.console_id.in_(ids)
            )
        )
    }
    new, old = [], []
    for device in devices:
        values = {**device.values(), "digest": device.digest}
        fetched = at[device.console_id]
        if device.console_id in here:
            old.append({**values, "key": device.console_id, "fetched": fetched})
        else:
            new.append({**values, "first_seen_at": now, "seen_at": fetched})
    if new:
        tx.c.execute(console_devices.insert(), new)
    if old:
        tx.c.execute(_UPDATE, old)
    _tell(tx, now, [change for key in ids for change in history.get(key, ())])
    _tell_annotated(tx, now, [(here[d.console_id], d) for d in devices if d.console_id in here], at)


def _tell(tx: Write, now: int, changes: list[Change]) -> None:
    """Lines for the history of each device."""
    rows = [
        {
            "console_id": change.console_id,
            "at": now,
            "kind": "seen" if change.kind is Kind.NEW else str(change.kind),
            "detail": {"before": change.before, "after": change.after},
        }
        for change in changes
    ]
    if rows:
        tx.c.execute(console_history.insert(), rows)


def _tell_annotated(
    tx: Write, now: int, pairs: list[tuple[Any, ConsoleDevice]], at: Mapping[str, int]
) -> None:
    """What stood on a record is kept when it changes: a wiped Chromebook is given it back (`remap_former`)."""
    rows = []
    for was, device in pairs:
        if was.seen_at > at[device.console_id]:
            continue
        before = {name: getattr(was, column) or "" for name, column in ANNOTATED.items()}
        after = {name: getattr(device, column) or "" for name, column in ANNOTATED.items()}
        news = [name for name in ANNOTATED if before[name] != after[name]]
        if news:
            detail = {"before": {n: before[n] for n in news}, "after": {n: after[n] for n in news}}
            rows.append({"console_id": device.console_id, "at": now, "kind": "annotated", "detail": detail})
    if rows:
        tx.c.execute(console_history.insert(), rows)


def _take_units(db: Database, now: int, changes: list[UnitChange], units: list[OrgUnit]) -> None:
    """Renamed units keep their id, so their devices get the new path without having moved."""
    gone = [change.org_unit_id for change in changes if change.kind == "vanished"]
    for start in range(0, len(units), ROWS):
        with db.write() as tx:
            for unit in units[start : start + ROWS]:
                values = {
                    "path": unit.path,
                    "name": unit.name,
                    "parent_id": unit.parent_id,
                    "seen_at": now,
                    "gone_at": None,
                }
                where = console_org_units.c.org_unit_id == unit.org_unit_id
                if tx.c.execute(console_org_units.update().where(where).values(**values)).rowcount == 0:
                    tx.c.execute(console_org_units.insert().values(org_unit_id=unit.org_unit_id, **values))
    if gone:
        with db.write() as tx:
            tx.c.execute(
                console_org_units.update()
                .where(console_org_units.c.org_unit_id.in_(gone), console_org_units.c.gone_at.is_(None))
                .values(gone_at=now)
            )
    _paths(db, [change for change in changes if change.kind == "renamed"])


def _paths(db: Database, renamed: list[UnitChange]) -> None:
    """Also devices that this sync did not fetch stand in the org unit that was renamed."""
    for change in renamed:
        inside = (
            select(console_devices.c.console_id)
            .where(
                console_devices.c.org_unit_id == change.org_unit_id,
                console_devices.c.org_unit_path == change.before,
            )
            .limit(ROWS)
        )
        while True:
            with db.write() as tx:
                ids = tx.c.execute(inside).scalars().all()
                tx.c.execute(
                    console_devices.update()
                    .where(console_devices.c.console_id.in_(ids))
                    .values(org_unit_path=change.after)
                )
            if not ids:
                break
