"""Rows of `sitting_blocks` as the domain's blocks, and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import Connection, Row, select

from server.domain.sitting import Block
from server.store.database import Write
from server.store.tables import sitting_blocks


def of_sitting(c: Connection, sitting_id: int) -> list[Block]:
    """The blocks of one sitting, in order."""
    return of_sittings(c, [sitting_id]).get(sitting_id, [])


def of_sittings(c: Connection, sitting_ids: Iterable[int]) -> dict[int, list[Block]]:
    """The blocks of many sittings, in order, in one query."""
    rows = c.execute(
        select(sitting_blocks)
        .where(sitting_blocks.c.sitting_id.in_(list(sitting_ids)))
        .order_by(sitting_blocks.c.sitting_id, sitting_blocks.c.position)
    )
    found: dict[int, list[Block]] = {}
    for row in rows:
        found.setdefault(row.sitting_id, []).append(_block(row))
    return found


def add(tx: Write, sitting_id: int, blocks: Iterable[Block], end_reason: str | None = None) -> None:
    """Give a new sitting its blocks. `end_reason`: of those that have ended already."""
    tx.c.execute(
        sitting_blocks.insert(),
        [
            {
                **asdict(block),
                "sitting_id": sitting_id,
                "end_reason": end_reason if block.ended_at is not None else None,
            }
            for block in blocks
        ],
    )


def _block(row: Row[tuple[object, ...]]) -> Block:
    return Block(
        position=row.position,
        name=row.name,
        minutes=row.minutes,
        extra_minutes=row.extra_minutes,
        incident_ms=row.incident_ms,
        used_before_ms=row.used_before_ms,
        started_at=row.started_at,
        paused_at=row.paused_at,
        stood_ms=row.stood_ms,
        ended_at=row.ended_at,
    )
