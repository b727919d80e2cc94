"""What a scanned code or a typed label names in this school."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from server.domain import scan
from server.domain.errors import NotFound
from server.domain.scan import Scan, What
from server.services.meta import get_meta, set_meta
from server.store.database import Database
from server.store.tables import devices, registrations

_KEY = "sticker_key"


@dataclass(frozen=True, slots=True)
class Found:
    """A device or a registration; `scanned`: its code carried this school's mark."""

    what: What
    id: int
    name: str
    scanned: bool


def key(db: Database) -> bytes:
    """The school's key for marks, made at first need. In the database, so that stickers outlive a restore."""
    with db.read() as c:
        known = get_meta(c, _KEY)
    if known is None:
        with db.write() as tx:
            known = get_meta(tx.c, _KEY)
            if known is None:
                known = secrets.token_hex(32)
                set_meta(tx, _KEY, known)
    return bytes.fromhex(known)


def code(db: Database, what: What, name: str) -> str:
    """What a sticker or card carries after the address."""
    return scan.code(what, name, key(db))


def find(db: Database, text: str) -> Found:
    """Raises: NotFound (`device_unknown`, `card_unknown`, `code_unreadable`, `sticker_foreign`)."""
    said = scan.read(text)
    if said is None:
        raise NotFound("code: not one of this school's stickers or cards", code="code_unreadable")
    genuine = scan.genuine(said, key(db))
    with db.read() as c:
        if said.what is What.CARD:
            found = _card(c, said, genuine)
        elif said.mark is None or genuine:
            found = _device(c, said, genuine)
        else:  # a label may look like one with a mark; else another school's C03 is not ours
            found = _device(c, scan.plain(said), genuine)
    if found is not None:
        return found
    if said.what is What.DEVICE and said.mark is not None and not genuine:
        raise NotFound(
            f"{said.name}: the sticker was not printed by this school; print one, or type our label",
            code="sticker_foreign",
            device=said.name,
        )
    if said.what is What.CARD:
        raise NotFound(f"card {said.name}: not of this school", code="card_unknown")
    raise NotFound(
        f"{said.name}: no such Chromebook; look at its sticker", code="device_unknown", device=said.name
    )


def _device(c: Connection, said: Scan, genuine: bool) -> Found | None:
    rows = c.execute(
        select(devices.c.id, devices.c.label).where(func.lower(devices.c.label) == func.lower(said.name))
    ).all()
    exact = [row for row in rows if row.label == said.name] or (list(rows) if len(rows) == 1 else [])
    return Found(What.DEVICE, exact[0].id, exact[0].label, genuine) if exact else None


def _card(c: Connection, said: Scan, genuine: bool) -> Found | None:
    if not genuine or not (said.name.isascii() and said.name.isdigit()):
        return None  # a card's number says nothing by itself: only the printed mark makes it one
    row = c.execute(
        select(registrations.c.id, registrations.c.number).where(registrations.c.id == int(said.name))
    ).one_or_none()
    return Found(What.CARD, row.id, row.number, True) if row is not None else None
