"""Checks of a Chromebook before the day: written by its own page, by a person's hands, by a technician's tick."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.device_check import Kind, Source, read, ticked
from server.domain.errors import NotFound
from server.services import audit
from server.services.actor import Actor
from server.store.database import Database, Write, chunks
from server.store.tables import device_checks, devices

KEEP = 20  # of what a device's pages said of themselves; a person's ticks are all kept


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `seen` has the shape of its kind (domain.device_check); `by_name` is None for a page itself."""

    id: int
    at: int
    kind: Kind
    source: Source
    by_name: str | None
    seen: dict[str, Any]

    @property
    def self_reported(self) -> bool:
        """Nobody of ours saw it."""
        return self.source is not Source.PERSON


@dataclass(frozen=True, slots=True)
class Checks:
    """The newest of each kind. `client` is None unless a tick stands: one that was taken back is none."""

    page: Check | None = None
    hands: Check | None = None
    client: Check | None = None


def record_page(db: Database, who: Actor, now: int, device_id: int, seen: object) -> int:
    """What the check page measured. Raises: Invalid (`check_invalid`), NotFound (`device_unknown`)."""
    return _record(db, who, now, device_id, Kind.PAGE, Source.BROWSER, seen)


def record_hands(db: Database, who: Actor, now: int, device_id: int, seen: object, source: Source) -> int:
    """Touch, keys and screen, as a person tried them. Raises: as `record_page`."""
    return _record(db, who, now, device_id, Kind.HANDS, source, seen)


def tick_client(db: Database, who: Actor, now: int, device_id: int, version: str = "") -> int:
    """`who` saw the Exam Browser in the Apps menu and its login page. Raises: as `record_page`."""
    seen = {"menu": True, "login_page": True, "version": version}
    return _record(db, who, now, device_id, Kind.CLIENT, Source.PERSON, seen)


def take_back_client(db: Database, who: Actor, now: int, device_id: int) -> int:
    """The tick does not stand any more; both stay in the record. Raises: NotFound (`device_unknown`)."""
    seen = {"menu": False, "login_page": False, "version": ""}
    return _record(db, who, now, device_id, Kind.CLIENT, Source.PERSON, seen)


def newest(c: Connection, device_ids: Iterable[int]) -> dict[int, Checks]:
    """The newest check of each kind, for devices that have any."""
    found: dict[int, dict[Kind, Check]] = {}
    for some in chunks(sorted(set(device_ids))):
        rows = c.execute(
            select(device_checks)
            .where(device_checks.c.device_id.in_(some))
            .order_by(device_checks.c.at, device_checks.c.id)
        )
        for row in rows:
            found.setdefault(row.device_id, {})[Kind(row.kind)] = _check(row)
    return {device_id: _newest(kinds) for device_id, kinds in found.items()}


def _newest(kinds: dict[Kind, Check]) -> Checks:
    client = kinds.get(Kind.CLIENT)
    return Checks(
        kinds.get(Kind.PAGE),
        kinds.get(Kind.HANDS),
        client if client is not None and ticked(client.seen) else None,
    )


def _check(row: Row[Any]) -> Check:
    return Check(row.id, row.at, Kind(row.kind), Source(row.source), row.by_name, dict(row.seen))


def _record(
    db: Database, who: Actor, now: int, device_id: int, kind: Kind, source: Source, raw: object
) -> int:
    seen = read(kind, raw)
    with db.write() as tx:
        label = tx.c.execute(select(devices.c.label).where(devices.c.id == device_id)).scalar()
        if label is None:
            raise NotFound(
                f"device {device_id}: no such Chromebook; look at its sticker", code="device_unknown"
            )
        check_id = tx.insert(
            device_checks,
            device_id=device_id,
            kind=str(kind),
            source=str(source),
            by_name=who.name if source is Source.PERSON else None,
            seen=seen,
            at=now,
        )
        _forget_old(tx, device_id, kind)
        taken_back = kind is Kind.CLIENT and not ticked(seen)
        action = "device.client_take_back" if taken_back else f"device.check_{kind}"
        audit.record(tx, who, action, f"device {label}", now)
    return check_id


def _forget_old(tx: Write, device_id: int, kind: Kind) -> None:
    if kind is Kind.CLIENT:
        return
    old = (
        select(device_checks.c.id)
        .where(device_checks.c.device_id == device_id, device_checks.c.kind == str(kind))
        .order_by(device_checks.c.at.desc(), device_checks.c.id.desc())
        .offset(KEEP)
        .limit(KEEP)
    )
    ids = list(tx.c.scalars(old))
    if ids:
        tx.c.execute(device_checks.delete().where(device_checks.c.id.in_(ids)))
