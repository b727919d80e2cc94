"""Incidents for reading: what a board shows now, and everything of an exam for its record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select

from server.domain.incident import GROUP_FROM
from server.services.board_views import IncidentView
from server.services.exam_rows import get as get_exam
from server.services.incident_outages import KIND as OUTAGE
from server.store.tables import assignments, device_places, devices, incidents, seats, sittings


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One incident of the record. `seats`: every desk it was about; `device`: the Chromebook, where it is about that
    and not about a pupil's desk; `to_at` None: it is still going on."""

    id: int
    kind: str
    cause: str
    seats: tuple[str, ...]
    from_at: int
    to_at: int | None
    closed_by: str | None
    detail: dict[str, Any]
    under: tuple[RecordLine, ...] = ()
    device: str | None = None


def open_now(c: Connection, exam_id: int) -> tuple[tuple[IncidentView, ...], dict[int, list[str]]]:
    """What is open: the board's lines, and the kinds at each sitting."""
    rows = c.execute(
        _rows(exam_id).where(
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
    """Everything of this exam, what is closed too, the first one first; what its room's spares met meanwhile with it.

    Raises: NotFound (`exam_unknown`).
    """
    exam = get_exam(c, exam_id)
    own = incidents.c.exam_id == exam_id
    if exam.opened_at is not None:
        own = or_(own, _of_spares(exam))
    rows = c.execute(_rows(exam_id).where(own)).all()
    above = sorted({row.group_id for row in rows if row.group_id is not None})
    outages = c.execute(_rows(exam_id).where(incidents.c.id.in_(above))).all() if above else []
    lines = [_line(row) for row in rows if row.group_id is None and row.kind != OUTAGE]
    for outage in outages:
        under = tuple(_line(row) for row in rows if row.group_id == outage.id)
        lines.append(_line(outage, under))
    return sorted(lines, key=lambda line: (line.from_at, line.id))


def _of_spares(exam: Row[Any]) -> ColumnElement[bool]:
    """A Chromebook of the room that stands at no desk belongs to no exam."""
    here = select(device_places.c.device_id).where(
        device_places.c.room_id == exam.room_id,
        or_(device_places.c.to_at.is_(None), device_places.c.to_at >= exam.opened_at),
    )
    spare = and_(
        incidents.c.exam_id.is_(None),
        incidents.c.device_id.in_(here),
        or_(incidents.c.closed_at.is_(None), incidents.c.closed_at >= exam.opened_at),
    )
    return spare if exam.ended_at is None else and_(spare, incidents.c.opened_at <= exam.ended_at)


def _rows(exam_id: int) -> Select[Any]:
    """With the desk of each: the pupil's, or the one in this exam where its device stands now."""
    placed = (
        select(assignments.c.device_id, sittings.c.seat_id)
        .join(sittings, sittings.c.id == assignments.c.sitting_id)
        .where(assignments.c.to_at.is_(None), sittings.c.exam_id == exam_id)
        .subquery()
    )
    return (
        select(incidents, seats.c.label.label("seat"), devices.c.label.label("device"))
        .outerjoin(sittings, sittings.c.id == incidents.c.sitting_id)
        .outerjoin(
            placed, and_(incidents.c.sitting_id.is_(None), placed.c.device_id == incidents.c.device_id)
        )
        .outerjoin(seats, seats.c.id == func.coalesce(sittings.c.seat_id, placed.c.seat_id))
        .outerjoin(devices, devices.c.id == incidents.c.device_id)
        .order_by(incidents.c.opened_at, incidents.c.id)
    )


def _members(c: Connection, exam_id: int, outages: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """This exam's losses under each outage, those that are over too."""
    found: dict[int, list[Row[Any]]] = {}
    if outages:
        for row in c.execute(
            _rows(exam_id).where(incidents.c.group_id.in_(outages), incidents.c.exam_id == exam_id)
        ):
            found.setdefault(row.group_id, []).append(row)
    return found


def _outage(row: Row[Any], members: Sequence[Row[Any]]) -> IncidentView:
    away = [m for m in members if m.closed_at is None]
    return IncidentView(
        kind=row.kind,
        cause=row.cause,
        seats=_seats(away),
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
                    seats=_seats(bundle),
                    ids=tuple(m.id for m in bundle),
                    opened_at=first.opened_at,
                    detail=dict(first.detail),
                    grouped=len(bundle) > 1,
                    devices=tuple(m.device for m in bundle if _of_device(m)),
                )
            )
    return views


def _seats(rows: Sequence[Row[Any]]) -> tuple[str, ...]:
    return tuple(row.seat for row in rows if row.seat is not None)


def _of_device(row: Row[Any]) -> bool:
    return row.sitting_id is None and row.device is not None


def _line(row: Row[Any], under: tuple[RecordLine, ...] = ()) -> RecordLine:
    detail = dict(row.detail)
    own = _seats([row])
    ended = row.closed_at
    if ended is not None and row.closed_by != "system":
        ended = detail.get("over_at", ended)
    begun = min((line.from_at for line in under), default=None)
    return RecordLine(
        id=row.id,
        kind=row.kind,
        cause=row.cause,
        seats=own or tuple(seat for line in under for seat in line.seats),
        # A loss began when the device was last heard, not when we noticed.
        from_at=begun if begun is not None else _begun(row),
        to_at=ended,
        closed_by=row.closed_by,
        detail=detail,
        under=under,
        device=row.device if _of_device(row) else None,
    )


def _begun(row: Row[Any]) -> int:
    silent = row.kind in {"missing", "battery_out"}
    return int(row.detail.get("since") or row.opened_at) if silent else int(row.opened_at)
