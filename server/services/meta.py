"""Small facts about this database itself: epoch, own address, school."""

from __future__ import annotations

from sqlalchemy import Connection, select

from server.store.database import Write
from server.store.tables import meta


def get_meta(c: Connection, key: str) -> str | None:
    return c.execute(select(meta.c.value).where(meta.c.key == key)).scalar()


def set_meta(tx: Write, key: str, value: str) -> None:
    done = tx.c.execute(meta.update().where(meta.c.key == key).values(value=value))
    if done.rowcount == 0:
        tx.c.execute(meta.insert().values(key=key, value=value))
