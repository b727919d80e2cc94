"""What the console says of Chromebooks that came back: after each sync, proposals are opened and reckoned anew.

Which of them are worth a proposal, and how sure they are, is `remaps`' to say; here is only where to look.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from server.domain.console_record import deprovisioned, serial_key
from server.services import remaps
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
    remaps.look_again(db, now)
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
    """Live records without a Chromebook that something points to one: serial number, label, network address."""
    records = c.execute(
        select(t.c.console_id, t.c.serial, t.c.status, t.c.annotated_asset_id, t.c.mac_address)
        .where(t.c.gone_at.is_(None), t.c.device_id.is_(None))
        .order_by(t.c.console_id)
    ).all()
    if not records:
        return []
    serials = {serial_key(s) for s in c.execute(select(device_serials.c.serial).distinct()).scalars()}
    labels = {label.casefold() for label in c.execute(select(devices.c.label)).scalars()}
    macs = {
        mac.casefold()
        for mac in c.execute(
            select(t.c.mac_address).where(t.c.device_id.is_not(None), t.c.mac_address.is_not(None))
        ).scalars()
    }
    return [
        r.console_id
        for r in records
        if not deprovisioned(r.status)
        and (
            ((key := serial_key(r.serial)) is not None and key in serials)
            or " ".join((r.annotated_asset_id or "").split()).casefold() in labels
            or (r.mac_address or "-").casefold() in macs
        )
    ]


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
