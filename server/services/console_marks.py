"""What Bangku itself read back from Google, written into the mirror at once: the next sync need not find it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from server.domain.remap_change import ANNOTATED
from server.store.database import Write, chunks
from server.store.tables import console_devices, console_history


def placed(tx: Write, now: int, unit_id: str, path: str, console_ids: list[str], **detail: object) -> None:
    """These devices were read in this org unit. A history line only where that is news."""
    for some in chunks(console_ids):
        rows = tx.c.execute(
            select(
                console_devices.c.console_id,
                console_devices.c.org_unit_id,
                console_devices.c.org_unit_path,
            ).where(console_devices.c.console_id.in_(some))
        ).all()
        news = [r for r in rows if r.org_unit_id != unit_id]
        tx.c.execute(
            console_devices.update()
            .where(console_devices.c.console_id.in_(some))
            .values(org_unit_id=unit_id, org_unit_path=path, seen_at=now)
        )
        if news:
            tx.c.execute(
                console_history.insert(),
                [
                    {
                        "console_id": r.console_id,
                        "at": now,
                        "kind": "moved",
                        "detail": {"before": r.org_unit_path, "after": path, **detail},
                    }
                    for r in news
                ],
            )


def status(tx: Write, now: int, console_id: str, word: str, **detail: object) -> None:
    """This device was read with this status."""
    before = tx.c.execute(
        select(console_devices.c.status).where(console_devices.c.console_id == console_id)
    ).scalar()
    if before is None or before == word:
        return
    tx.c.execute(
        console_devices.update()
        .where(console_devices.c.console_id == console_id)
        .values(status=word, seen_at=now)
    )
    note(tx, now, console_id, "status", {"before": before, "after": word, **detail})


def annotated(tx: Write, now: int, console_id: str, wrote: Mapping[str, str], **detail: object) -> None:
    """This device was read with these annotations (Google's field names)."""
    row = tx.c.execute(
        select(console_devices).where(console_devices.c.console_id == console_id)
    ).one_or_none()
    if row is None:
        return
    before = {name: getattr(row, ANNOTATED[name]) or "" for name in wrote}
    news = {name: value for name, value in wrote.items() if value != before[name]}
    columns = {ANNOTATED[name]: value or None for name, value in wrote.items()}
    tx.c.execute(
        console_devices.update()
        .where(console_devices.c.console_id == console_id)
        .values(**columns, seen_at=now)
    )
    if news:
        was = {name: before[name] for name in news}
        note(tx, now, console_id, "annotated", {"before": was, "after": news, **detail})


def note(tx: Write, now: int, console_id: str, kind: str, detail: dict[str, Any]) -> None:
    tx.c.execute(console_history.insert().values(console_id=console_id, at=now, kind=kind, detail=detail))
