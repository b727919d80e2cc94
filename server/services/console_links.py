"""Which record of the console is which Chromebook of ours: by its whole serial number, never by a part of it.

A record without a Chromebook becomes one only under a label that the console gives and nobody else has; for all
others a person says the label. Room and seat are never taken from Google.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, select

from server.domain.console_inventory import LABEL_MAX, Change, Kind, labels, links
from server.domain.console_record import deprovisioned, serial_key
from server.domain.errors import Conflict, Invalid, NotFound
from server.services import audit, desired
from server.services.actor import Actor
from server.services.inventory_plan import in_use
from server.store.database import BoardChanged, Database, Write
from server.store.tables import console_devices, device_serials, devices

ROWS = 250


def open_serials(c: Connection) -> dict[str, int]:
    """Serial number as it is compared → device. One that two devices claim tells nothing, and is left out."""
    found: dict[str, int] = {}
    twice: set[str] = set()
    for device_id, serial in c.execute(
        select(device_serials.c.device_id, device_serials.c.serial).where(device_serials.c.to_at.is_(None))
    ):
        key = serial_key(serial)
        if key is not None and found.setdefault(key, device_id) != device_id:
            twice.add(key)
    return {key: device_id for key, device_id in found.items() if key not in twice}


def settle(db: Database, now: int, held: Iterable[str] = ()) -> int:
    """After a sync: make the devices that the console names, link every record. Returns how many were made.

    `held`: records that wait for a person. The same again changes nothing.
    """
    with db.read() as c:
        wanted = _nameable(c, frozenset(held))
    for start in range(0, len(wanted), ROWS):
        with db.write() as tx:
            _make(tx, now, wanted[start : start + ROWS])
    with db.read() as c:
        rows = _records(c)
        records = [(r.console_id, r.serial, r.status, r.device_id) for r in rows]
        made = links(records, open_serials(c), _returning(c))
    differ = [
        {"key": r.console_id, "seen": r.device_id, "device": made[r.console_id]}
        for r in rows
        if made[r.console_id] != r.device_id
    ]
    for start in range(0, len(differ), ROWS):
        with db.write() as tx:
            tx.c.execute(_LINK, differ[start : start + ROWS])
    if wanted or differ:
        db.tell(BoardChanged(None))
    return len(wanted)


_LINK = (
    console_devices.update()
    .where(console_devices.c.console_id == bindparam("key"))
    .values(device_id=bindparam("device"))
)


def new_serials(db: Database, who: Actor, now: int, changes: Iterable[Change]) -> list[str]:
    """A person accepted that these records carry another serial number: so do their Chromebooks, from now on.

    Returns the serial numbers that were not given: another device has them, or a pupil needs the device now.
    """
    left = []
    for change in changes:
        if change.kind is not Kind.SERIAL or serial_key(change.after) is None:
            continue
        with db.write() as tx:
            if not _new_serial(tx, who, now, change):
                left.append(change.after)
    return left


def _new_serial(tx: Write, who: Actor, now: int, change: Change) -> bool:
    row = tx.c.execute(
        select(devices.c.id, devices.c.label)
        .join(console_devices, console_devices.c.device_id == devices.c.id)
        .where(console_devices.c.console_id == change.console_id)
    ).one_or_none()
    if row is None:
        return True
    holder = open_serials(tx.c).get(serial_key(change.after) or "")
    if holder == row.id:
        return True
    if holder is not None or row.id in in_use(tx.c):
        return False
    _open_serial(tx, now, row.id, change.after)
    audit.record(
        tx, who, "device.new_serial", f"device {row.label}", now, before=change.before, serial=change.after
    )
    desired.refresh(tx, [row.id], now)
    return True


def give_label(db: Database, who: Actor, now: int, console_id: str, label: str) -> int:
    """A person says which Chromebook a record of the console is: a new one, or one listed without a serial number.

    Raises: NotFound (`console_device_unknown`), Invalid (`label_invalid`), Conflict (`console_device_linked`,
    `label_taken`).
    """
    label = " ".join(label.split())
    if not 1 <= len(label) <= LABEL_MAX:
        raise Invalid(
            f"label: 1 to {LABEL_MAX} characters, as on the sticker",
            code="label_invalid",
            most=LABEL_MAX,
            field="label",
        )
    with db.write() as tx:
        row = tx.c.execute(
            select(console_devices).where(console_devices.c.console_id == console_id)
        ).one_or_none()
        if row is None:
            raise NotFound(f"console device {console_id}: not known", code="console_device_unknown")
        key = serial_key(row.serial)
        holder = row.device_id or (open_serials(tx.c).get(key) if key else None)
        if holder is not None:
            named = tx.c.execute(select(devices.c.label).where(devices.c.id == holder)).scalar_one()
            raise Conflict(
                f"console device {row.serial or console_id}: it is {named} already",
                code="console_device_linked",
                label=named,
            )
        device_id = _of_label(tx.c, label)
        if device_id is None:
            device_id = tx.insert(devices, label=label, model=_model(row.model), spare=False, created_at=now)
        if key is not None:
            _open_serial(tx, now, device_id, row.serial)
        tx.c.execute(
            console_devices.update()
            .where(console_devices.c.console_id == console_id, console_devices.c.device_id.is_(None))
            .values(device_id=device_id)
        )
        audit.record(tx, who, "device.label", f"device {label}", now, serial=row.serial)
        desired.refresh(tx, [device_id], now)
        tx.tell(BoardChanged(None))
        return device_id


def _of_label(c: Connection, label: str) -> int | None:
    """A device of that label that may take the record; None when there is no such label.

    Raises: Conflict (`label_taken`) when it has a serial number or a record of its own.
    """
    found = [
        (device_id, name)
        for device_id, name in c.execute(select(devices.c.id, devices.c.label))
        if name.casefold() == label.casefold()
    ]
    if not found:
        return None
    device_id, name = int(found[0][0]), found[0][1]
    serial = c.execute(
        select(device_serials.c.serial).where(
            device_serials.c.device_id == device_id, device_serials.c.to_at.is_(None)
        )
    ).scalar()
    other = c.execute(
        select(console_devices.c.serial).where(console_devices.c.device_id == device_id)
    ).scalar()
    if serial is not None or other is not None:
        raise Conflict(
            f"label '{name}': it is on the device with serial number '{serial or other}'",
            code="label_taken",
            label=name,
            serial=serial or other,
            field="label",
        )
    return device_id


def _records(c: Connection) -> list[Any]:
    """Records that are not gone."""
    return list(
        c.execute(
            select(
                console_devices.c.console_id,
                console_devices.c.serial,
                console_devices.c.status,
                console_devices.c.device_id,
                console_devices.c.annotated_asset_id,
                console_devices.c.model,
            ).where(console_devices.c.gone_at.is_(None))
        )
    )


def _returning(c: Connection) -> set[int]:
    """Devices whose record is gone from the console."""
    gone = select(console_devices.c.device_id).where(
        console_devices.c.gone_at.is_not(None), console_devices.c.device_id.is_not(None)
    )
    return set(c.execute(gone).scalars())


def _nameable(c: Connection, held: frozenset[str]) -> list[Mapping[str, Any]]:
    """Records that are nobody's yet, with the label that the console gives them."""
    given_before = _ever_given(c)
    rows = _records(c)
    seen: dict[str, int] = {}
    for row in rows:
        if (key := serial_key(row.serial)) is not None and not deprovisioned(row.status):
            seen[key] = seen.get(key, 0) + 1
    free = {
        row.console_id: row
        for row in rows
        if row.device_id is None
        and row.console_id not in held
        and (key := serial_key(row.serial)) is not None
        and seen.get(key) == 1
        and key not in given_before
        and not deprovisioned(row.status)
    }
    given = labels(
        [(row.console_id, row.annotated_asset_id) for row in free.values()],
        c.execute(select(devices.c.label)).scalars().all(),
    )
    return [
        {"label": label, "serial": free[key].serial, "model": _model(free[key].model)}
        for key, label in given.items()
    ]


def _ever_given(c: Connection) -> set[str]:
    """Serial numbers that stand or stood on a device: what became of one, a person says."""
    rows = c.execute(select(device_serials.c.serial).distinct())
    return {key for serial in rows.scalars() if (key := serial_key(serial)) is not None}


def _make(tx: Write, now: int, wanted: list[Mapping[str, Any]]) -> None:
    """New devices in bulk. They were never shown anything, so there is no order to compute for them yet."""
    made = tx.c.execute(
        devices.insert().returning(devices.c.id, devices.c.label),
        [{"label": w["label"], "model": w["model"], "spare": False, "created_at": now} for w in wanted],
    )
    ids = {row.label: row.id for row in made}
    tx.c.execute(
        device_serials.insert(),
        [{"device_id": ids[w["label"]], "serial": w["serial"], "from_at": now} for w in wanted],
    )


def _open_serial(tx: Write, now: int, device_id: int, serial: str) -> None:
    tx.c.execute(
        device_serials.update()
        .where(device_serials.c.device_id == device_id, device_serials.c.to_at.is_(None))
        .values(to_at=now)
    )
    tx.c.execute(device_serials.insert().values(device_id=device_id, serial=serial, from_at=now))


def _model(text: str | None) -> str | None:
    return text[:80] if text else None
