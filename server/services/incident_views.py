"""Incidents for reading: what a board shows now, and everything of an exam for its record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, or_, select

from server.domain.incident import GROUP_FROM
from server.services.board_views import IncidentView
from server.services.exam_rows import get as get_exam
from server.services.incident_outages import KIND as OUTAGE
from server.store.tables import devices, incidents, seats, sittings


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One incident of the record. `seats`: every desk it was about; `to_at` None: it is still going on."""

    id: int
    kind: str
    cause: str
    seats: tuple[str, ...]
    from_at: int
    to_at: int | None
    closed_by: str | None
    detail: dict[str, Any]
    under: tuple[RecordLine, ...] = ()


def open_now(c: Connection, exam_id: int) -> tuple[tuple[IncidentView, ...], dict[int, list[str]]]:
    """What is open: the board's lines, and the kinds at each sitting."""
    rows = c.execute(
        _rows().where(
            incidents.c.closed_at.is_(None),
            or_(incidents.c.exam_id == exam_id, incidents.c.exam_id.is_(None)),
        )
    ).all()
    kinds: dict[int, list[str]] = {}
    for row in rows:
        if row.sitting_id is not None:
            kinds.setdefault(row.sitting_id, []).append(row.kind)
    outages = [row for row in rows if row.kind == OUTAGE]
    members = _members(c, exam_id, [row.id for row in outages])
    views = [_outage(row, members[row.id]) for row in outages if row.id in members]
    shown = {view.ids[0] for view in views}
    return (
        tuple(
            sorted(
                [*views, *_alike([r for r in rows if r.kind != OUTAGE and r.group_id not in shown])],
                key=lambda view: view.opened_at,
            )
        ),
        kinds,
    )


def record(c: Connection, exam_id: int) -> list[RecordLine]:
    """Everything of this exam, what is closed too, the first one first. Raises: NotFound (`exam_unknown`)."""
    get_exam(c, exam_id)
    rows = c.execute(_rows().where(incidents.c.exam_id == exam_id)).all()
    above = sorted({row.group_id for row in rows if row.group_id is not None})
    outages = c.execute(_rows().where(incidents.c.id.in_(above))).all() if above else []
    lines = [_line(row) for row in rows if row.group_id is None and row.kind != OUTAGE]
    for outage in outages:
        under = tuple(_line(row) for row in rows if row.group_id == outage.id)
        lines.append(_line(outage, under))
    return sorted(lines, key=lambda line: (line.from_at, line.id))


def _rows() -> Select[Any]:
    return (
        select(incidents, seats.c.label.label("seat"), devices.c.label.label("device"))
        .outerjoin(sittings, sittings.c.id == incidents.c.sitting_id)
        .outerjoin(seats, seats.c.id == sittings.c.seat_id)
        .outerjoin(devices, devices.c.id == incidents.c.device_id)
        .order_by(incidents.c.opened_at, incidents.c.id)
    )


def _members(c: Connection, exam_id: int, outages: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """This exam's losses under each outage, those that are over too."""
    found: dict[int, list[Row[Any]]] = {}
    if outages:
        for row in c.execute(
            _rows().where(incidents.c.group_id.in_(outages), incidents.c.exam_id == exam_id)
        ):
            found.setdefault(row.group_id, []).append(row)
    return found


def _outage(row: Row[Any], members: Sequence[Row[Any]]) -> IncidentView:
    away = [m for m in members if m.closed_at is None]
    return IncidentView(
        kind=row.kind,
        cause=row.cause,
        seats=tuple(_name(m) for m in away),
        ids=(row.id,),
        opened_at=min(m.detail.get("since") or m.opened_at for m in members),
        detail={**row.detail, "all": len(members), "back": len(members) - len(away)},
        grouped=True,
    )


def _alike(rows: Sequence[Row[Any]]) -> list[IncidentView]:
    """Many devices with one kind are one line ("3 of 15: battery")."""
    by_kind: dict[str, list[Row[Any]]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, []).append(row)
    views = []
    for kind, members in by_kind.items():
        # Losses that nothing joins are not one thing: each stands for itself.
        together = len(members) >= GROUP_FROM and kind != "missing"
        for bundle in [members] if together else [[m] for m in members]:
            first = bundle[0]
            views.append(
                IncidentView(
                    kind=kind,
                    cause=first.cause,
                    seats=tuple(_name(m) for m in bundle),
                    ids=tuple(m.id for m in bundle),
                    opened_at=first.opened_at,
                    detail=dict(first.detail),
                    grouped=len(bundle) > 1,
                )
            )
    return views


def _name(row: Row[Any]) -> str:
    return str(row.seat or row.device or row.detail.get("serial") or "?")


def _line(row: Row[Any], under: tuple[RecordLine, ...] = ()) -> RecordLine:
    detail = dict(row.detail)
    own = [_name(row)] if row.kind != OUTAGE else []
    ended = row.closed_at
    if ended is not None and row.closed_by != "system":
        ended = detail.get("over_at", ended)
    begun = min((line.from_at for line in under), default=None)
    return RecordLine(
        id=row.id,
        kind=row.kind,
        cause=row.cause,
        seats=tuple(own) if own else tuple(seat for line in under for seat in line.seats),
        # A loss began when the device was last heard, not when we noticed.
        from_at=begun if begun is not None else _begun(row),
        to_at=ended,
        closed_by=row.closed_by,
        detail=detail,
        under=under,
    )


def _begun(row: Row[Any]) -> int:
    silent = row.kind in {"missing", "battery_out"}
    return int(row.detail.get("since") or row.opened_at) if silent else int(row.opened_at)
