"""Which Chromebooks are another school's, until when, and which of them must be left alone in the console."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from server.domain.errors import Conflict
from server.domain.loan import Loan, overdue
from server.services import when
from server.services.school import host
from server.store.tables import device_loans, device_places, device_serials, devices, rooms, seats


@dataclass(frozen=True, slots=True)
class LoanLine:
    """One loan as lists show it. `returned_at` None: it is still here."""

    id: int
    device_id: int
    label: str
    serial: str | None
    model: str | None
    room: str | None
    seat: str | None
    owner: str
    owner_school_id: int | None
    from_at: int
    until: str
    overdue: bool
    foreign_policies: bool
    note: str | None
    returned_at: int | None
    condition: str | None


def open_loans(c: Connection, now: int) -> dict[int, Loan]:
    """Every device that is here on loan, by its id. What "overdue" means depends on the day it is at the school."""
    today = when.today(now, host(c).timezone)
    rows = c.execute(
        select(device_loans).where(device_loans.c.returned_at.is_(None)).order_by(device_loans.c.id)
    )
    return {
        r.device_id: Loan(r.device_id, r.owner, r.until, r.foreign_policies, overdue(r.until, today))
        for r in rows
    }


def not_ours(c: Connection) -> frozenset[int]:
    """Devices whose policies belong to another school: no move, order, policy or annotation of ours touches their
    record in a console."""
    rows = c.execute(
        select(device_loans.c.device_id).where(
            device_loans.c.returned_at.is_(None), device_loans.c.foreign_policies
        )
    )
    return frozenset(rows.scalars())


def raise_if_not_ours(c: Connection, device_id: int) -> None:
    """Raises: Conflict (`device_borrowed`)."""
    row = c.execute(
        select(devices.c.label, device_loans.c.owner)
        .join(device_loans, device_loans.c.device_id == devices.c.id)
        .where(
            devices.c.id == device_id, device_loans.c.returned_at.is_(None), device_loans.c.foreign_policies
        )
    ).first()
    if row is not None:
        raise Conflict(
            f"{row.label}: borrowed from {row.owner}, whose policies it keeps; ask them to change it in their console",
            code="device_borrowed",
            label=row.label,
            owner=row.owner,
        )


def lines(
    c: Connection, now: int, *, returned: bool | None = None, loan_id: int | None = None
) -> list[LoanLine]:
    """Loans for a list: those still here first, by end and label; `returned` False or True: only one kind."""
    today = when.today(now, host(c).timezone)
    query = (
        select(
            device_loans,
            *(devices.c.label, devices.c.model, device_serials.c.serial),
            *(rooms.c.name.label("room"), seats.c.label.label("seat")),
        )
        .join(devices, devices.c.id == device_loans.c.device_id)
        .outerjoin(
            device_serials, (device_serials.c.device_id == devices.c.id) & device_serials.c.to_at.is_(None)
        )
        .outerjoin(
            device_places, (device_places.c.device_id == devices.c.id) & device_places.c.to_at.is_(None)
        )
        .outerjoin(rooms, rooms.c.id == device_places.c.room_id)
        .outerjoin(seats, seats.c.id == device_places.c.seat_id)
        .order_by(
            device_loans.c.returned_at.is_not(None), device_loans.c.until, devices.c.label, device_loans.c.id
        )
    )
    if returned is not None:
        at = device_loans.c.returned_at
        query = query.where(at.is_not(None) if returned else at.is_(None))
    if loan_id is not None:
        query = query.where(device_loans.c.id == loan_id)
    return [
        LoanLine(
            id=r.id,
            device_id=r.device_id,
            label=r.label,
            serial=r.serial,
            model=r.model,
            room=r.room,
            seat=r.seat,
            owner=r.owner,
            owner_school_id=r.owner_school_id,
            from_at=r.from_at,
            until=r.until,
            overdue=r.returned_at is None and overdue(r.until, today),
            foreign_policies=r.foreign_policies,
            note=r.note,
            returned_at=r.returned_at,
            condition=r.condition,
        )
        for r in c.execute(query)
    ]


def given_back(c: Connection, device_ids: Iterable[int]) -> dict[int, LoanLine]:
    """Of these devices, those that went back to their owner and did not come again: their newest loan."""
    wanted = set(device_ids)
    newest = select(func.max(device_loans.c.id)).group_by(device_loans.c.device_id)
    ids = set(
        c.execute(
            select(device_loans.c.id).where(
                device_loans.c.id.in_(newest), device_loans.c.returned_at.is_not(None)
            )
        ).scalars()
    )
    if not ids:
        return {}
    return {
        line.device_id: line
        for line in lines(c, 0, returned=True)
        if line.id in ids and line.device_id in wanted
    }
