"""What the console says of Chromebooks that came back: after each sync, proposals are opened and reckoned anew.

Which of them are worth a proposal, and how sure they are, is `remaps`' to say; here is only where to look.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.console_record import deprovisioned, serial_key
from server.services import remap_again, remaps
from server.services.meta import get_meta, set_meta
from server.store.database import Database, chunks
from server.store.tables import (
    console_devices,
    console_history,
    device_serials,
    devices,
    enrolments,
)
from server.store.tables import remaps as rows

_SEEN = "remap_sync_at"  # key of meta: the history of records up to here was looked at
t = console_devices


def after_sync(db: Database, now: int) -> int:
    """Open what is worth asking, reckon what is open. How many proposals were opened. The same again opens nothing."""
    _fill_lives(db)
    with db.read() as c:
        since = int(get_meta(c, _SEEN) or 0)
        wanted = [*_enrolled_again(c, since), *_nobodys(c)]
        keys = _unasked(c)
    opened = 0
    for enrolment_id in keys:
        with db.write() as tx:
            opened += remaps.open_for_newcomer(tx, now, enrolment_id) is not None
    for console_id in dict.fromkeys(wanted):
        with db.write() as tx:
            opened += remaps.open_for_record(tx, now, console_id) is not None
    remap_again.look_again(db, now)
    with db.write() as tx:
        set_meta(tx, _SEEN, str(now))
    return opened


def _enrolled_again(c: Connection, since: int) -> Iterable[str]:
    """Records of ours whose enrolment is news, or that came back."""
    return c.execute(
        select(console_history.c.console_id)
        .join(t, t.c.console_id == console_history.c.console_id)
        .where(
            console_history.c.kind.in_(("enrolled", "back")),
            console_history.c.at >= since,
            t.c.gone_at.is_(None),
            t.c.device_id.is_not(None),
        )
        .order_by(console_history.c.id)
    ).scalars()


def _nobodys(c: Connection) -> list[str]:
    """Live records without a Chromebook that something points to one: serial number, label, network address.

    One that was enrolled before the record that its Chromebook has now is the past, and asks nothing.
    """
    columns = (t.c.console_id, t.c.serial, t.c.status, t.c.annotated_asset_id, t.c.mac_address)
    since = (t.c.device_id, t.c.last_enrolled_at, t.c.first_seen_at)
    query = select(*columns, *since).where(t.c.gone_at.is_(None)).order_by(t.c.console_id)
    rows: list[Row[Any]] = list(c.execute(query))
    free = [row for row in rows if row.device_id is None and not deprovisioned(row.status)]
    if not free:
        return []
    born = {row.device_id: _born(row) for row in rows if row.device_id is not None}
    pointers = _pointers(c)
    return [
        row.console_id
        for row in free
        if any(
            device_id not in born or _born(row) > born[device_id]
            for name in _names(row)
            for device_id in pointers.get(name, ())
        )
    ]


def _pointers(c: Connection) -> dict[tuple[str, str], set[int]]:
    """What a record may carry → the Chromebooks it points to."""
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for device_id, serial in c.execute(select(device_serials.c.device_id, device_serials.c.serial)):
        found["serial", serial_key(serial) or ""].add(device_id)
    for device_id, label in c.execute(select(devices.c.id, devices.c.label)):
        found["label", label.casefold()].add(device_id)
    known = select(t.c.device_id, t.c.mac_address).where(
        t.c.device_id.is_not(None), t.c.mac_address.is_not(None)
    )
    for device_id, mac in c.execute(
        known
    ):  # also of records that are gone: after a repair that may be all there is
        found["mac", mac.casefold()].add(device_id)
    return found


def _names(row: Row[Any]) -> Iterable[tuple[str, str]]:
    yield "serial", serial_key(row.serial) or "–"
    yield "label", " ".join((row.annotated_asset_id or "–").split()).casefold()
    yield "mac", (row.mac_address or "–").casefold()


def _born(row: Row[Any]) -> tuple[int, int]:
    """Which of two records is the newer: by enrolment, else by when it was first seen."""
    return row.last_enrolled_at or 0, row.first_seen_at


def _unasked(c: Connection) -> list[int]:
    """Keys that wait for a person and were never asked about."""
    asked = select(rows.c.enrolment_id).where(rows.c.enrolment_id.is_not(None))
    waiting = select(enrolments.c.id).where(
        enrolments.c.standing == "quarantined", enrolments.c.id.not_in(asked)
    )
    return list(c.execute(waiting.order_by(enrolments.c.id)).scalars())


def _fill_lives(db: Database) -> None:
    """Where the console has each living key's Chromebook, for those that enrolled before it was known."""
    with db.read() as c:
        found = c.execute(
            select(enrolments.c.id, t.c.console_id, t.c.org_unit_path)
            .join(t, t.c.device_id == enrolments.c.device_id)
            .where(enrolments.c.standing == "live", enrolments.c.console_id.is_(None), t.c.gone_at.is_(None))
        ).all()
    for some in chunks(found):
        with db.write() as tx:
            for row in some:
                tx.c.execute(
                    enrolments.update()
                    .where(enrolments.c.id == row.id, enrolments.c.console_id.is_(None))
                    .values(console_id=row.console_id, org_unit_path=row.org_unit_path)
                )
