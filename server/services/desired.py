"""Keeping each device's desired document true to what was decided."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from urllib.parse import urlsplit

from sqlalchemy import Connection, bindparam, select

from server.domain.desired import DesiredInputs, DesiredState, compute, encode
from server.domain.paths import PUPIL_PATH
from server.services import desired_inputs
from server.services.meta import get_meta, set_meta
from server.store.database import DesiredChanged, Write, chunks
from server.store.tables import assignments, device_desired, devices, enrolments


def epoch(c: Connection) -> str:
    """The epoch of this database's orders (8 hex digits)."""
    return get_meta(c, "epoch") or "00000000"


def ensure_epoch(tx: Write) -> None:
    if get_meta(tx.c, "epoch") is None:
        set_meta(tx, "epoch", secrets.token_hex(4))


def current(c: Connection, device_id: int) -> DesiredState:
    """The document ordered for a device now; an idle one for a device never ordered anything."""
    row = c.execute(select(device_desired).where(device_desired.c.device_id == device_id)).one_or_none()
    if row is None:
        doc, digest = encode(compute(desired_inputs.of_devices(c, [device_id])[device_id]))
        return DesiredState(epoch(c), 0, digest, doc)
    return DesiredState(row.epoch, row.version, row.digest, row.doc)


def orders(c: Connection, device_ids: Iterable[int]) -> dict[int, DesiredState]:
    """`current` for many devices that were ordered something, in as few reads as possible."""
    found: dict[int, DesiredState] = {}
    for some in chunks(device_ids):
        rows = c.execute(select(device_desired).where(device_desired.c.device_id.in_(some)))
        found |= {r.device_id: DesiredState(r.epoch, r.version, r.digest, r.doc) for r in rows}
    return found


def quarantine(c: Connection) -> DesiredState:
    """What a quarantined newcomer is shown: idle, nobody's name, nothing of the exam."""
    url = get_meta(c, "public_url") or ""
    doc, digest = encode(
        compute(DesiredInputs(home_url=url + PUPIL_PATH, own_host=urlsplit(url).netloc, quarantined=True))
    )
    return DesiredState(epoch(c), 0, digest, doc)


def refresh(tx: Write, device_ids: Iterable[int], now: int) -> None:
    """Recompute these devices' documents; a changed one gets the next version and is pushed after commit.

    In bulk: an act on a whole room is one transaction, and that must stay short.
    """
    changed: set[int] = set()
    this_epoch = epoch(tx.c)
    for some in chunks(sorted(set(device_ids))):
        columns = (device_desired.c.device_id, device_desired.c.version, device_desired.c.digest)
        rows = tx.c.execute(
            select(*columns, device_desired.c.epoch).where(device_desired.c.device_id.in_(some))
        )
        stored = {row.device_id: row for row in rows}
        first, next_ = [], []
        for device_id, given in desired_inputs.of_devices(tx.c, some).items():
            doc, digest = encode(compute(given))
            row = stored.get(device_id)
            values = {"epoch": this_epoch, "digest": digest, "doc": doc, "changed_at": now}
            if row is None:
                first.append({**values, "device_id": device_id, "version": 1})
            elif row.digest != digest or row.epoch != this_epoch:
                next_.append({**values, "device": device_id, "seen": row.version, "version": row.version + 1})
            else:
                continue
            changed.add(device_id)
        if first:
            tx.c.execute(device_desired.insert(), first)
        if next_:
            tx.c.execute(_NEXT_VERSION, next_)
    if changed:
        tx.tell(DesiredChanged(frozenset(changed)))


_NEXT_VERSION = (
    device_desired.update()
    .where(device_desired.c.device_id == bindparam("device"), device_desired.c.version == bindparam("seen"))
    .values({name: bindparam(name) for name in ("epoch", "version", "digest", "doc", "changed_at")})
)


def devices_of(c: Connection, sitting_ids: Iterable[int]) -> set[int]:
    """Devices that serve these sittings now."""
    found: set[int] = set()
    for some in chunks(sitting_ids):
        found.update(
            c.execute(
                select(assignments.c.device_id).where(
                    assignments.c.sitting_id.in_(some),
                    assignments.c.to_at.is_(None),
                    assignments.c.device_id.is_not(None),
                )
            ).scalars()
        )
    return found


def live_enrolment(c: Connection, device_id: int) -> int | None:
    """The enrolment that speaks for a device now."""
    return c.execute(
        select(enrolments.c.id).where(enrolments.c.device_id == device_id, enrolments.c.standing == "live")
    ).scalar()


def refresh_all(tx: Write, now: int) -> None:
    """Recompute every device's document (a new address, a restored database)."""
    refresh(tx, tx.c.execute(select(devices.c.id)).scalars().all(), now)
