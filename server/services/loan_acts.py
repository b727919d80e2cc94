"""Lending a Chromebook in from another school, keeping it longer, giving it back.

While it is here it is a device like the others, with a label of ours. When it goes back it leaves its place and is out
of service; what it did here stays in its history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.errors import Conflict, Invalid, NotFound
from server.domain.inventory import LENGTHS, DeviceRow, Inventory, real_serial
from server.domain.loan import OWNER_MOST, SAID_MOST, day_problem, overdue
from server.domain.school_day import is_day
from server.domain.setup import raise_if_any, text_problem, tidy
from server.domain.sheet import Problem
from server.services import audit, desired, when
from server.services.actor import Actor
from server.services.inventory_plan import raise_if_in_use
from server.services.school import host
from server.store.database import BoardChanged, Database, Write
from server.store.tables import device_loans, device_places, devices, schools


class LoanRefused(Conflict):
    """The device cannot be taken in like this; `problems` as a list of devices would have them."""

    def __init__(self, problems: list[Problem]) -> None:
        first = problems[0]
        super().__init__(f"borrowed device: {first.message}", code="loan_refused", column=first.column)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class LentIn:
    """What a person says of one borrowed Chromebook. `owner_school_id`: a registered guest school; its name counts."""

    label: str
    owner: str
    until: str
    owner_school_id: int | None = None
    serial: str = ""
    model: str = ""
    room: str = ""
    spare: bool = False
    foreign_policies: bool = True
    note: str = ""

    def row(self) -> DeviceRow:
        """As a row of a list of devices."""
        return DeviceRow(
            row=1,
            label=tidy(self.label),
            serial=real_serial(tidy(self.serial)),
            model=tidy(self.model) or None,
            room=tidy(self.room) or None,
            spare=self.spare,
        )


def checked(c: Connection, now: int, given: LentIn) -> tuple[Inventory, str]:
    """The device as a list of one, and the owner's name.

    Raises: SeveralInvalid (`field_missing`, `field_long`, `loan_until_invalid`, `loan_until_over`),
    NotFound (`school_unknown`).
    """
    owner = tidy(given.owner)
    if given.owner_school_id is not None:
        owner = _school(c, given.owner_school_id)
    lengths = dict(LENGTHS)
    problems = [
        *text_problem(tidy(given.label), "label", lengths["label"]),
        *text_problem(owner, "owner", OWNER_MOST),
        *day_problem(given.until, when.today(now, host(c).timezone)),
    ]
    for name, text, most in (
        ("serial", given.serial, lengths["serial"]),
        ("model", given.model, lengths["model"]),
        ("note", given.note, SAID_MOST),
    ):
        if tidy(text):
            problems += text_problem(tidy(text), name, most)
    raise_if_any(problems)
    return Inventory(rows=[given.row()]), owner


def open_loan(
    tx: Write,
    who: Actor,
    now: int,
    device_id: int,
    *,
    owner: str,
    until: str,
    owner_school_id: int | None = None,
    foreign_policies: bool = True,
    note: str | None = None,
) -> int:
    """Begin a loan, and put a device that went home earlier into service again; or correct the one that is open."""
    label = tx.c.execute(select(devices.c.label).where(devices.c.id == device_id)).scalar_one()
    known = _open(tx.c, device_id)
    said = {"owner": owner, "until": until}
    if known is not None:
        tx.c.execute(device_loans.update().where(device_loans.c.id == known.id).values(**said))
        audit.record(tx, who, "device.loan_change", f"device {label}", now, was=known.until, **said)
        return int(known.id)
    loan_id = tx.insert(
        device_loans,
        device_id=device_id,
        owner_school_id=owner_school_id,
        foreign_policies=foreign_policies,
        from_at=now,
        note=note or None,
        by_staff_id=who.staff_id,
        **said,
    )
    tx.c.execute(devices.update().where(devices.c.id == device_id).values(in_service=True))
    audit.record(tx, who, "device.loan_in", f"device {label}", now, foreign_policies=foreign_policies, **said)
    return loan_id


def extend(db: Database, who: Actor, now: int, loan_id: int, until: str) -> None:
    """Another last day; also an earlier one.

    Raises: NotFound (`loan_unknown`), Conflict (`loan_over`), Invalid (`loan_until_invalid`, `loan_until_over`).
    """
    with db.write() as tx:
        loan = _must_be_open(tx.c, loan_id)
        raise_if_any(day_problem(until, when.today(now, host(tx.c).timezone)))
        _change(tx, loan, until=until)
        audit.record(tx, who, "device.loan_change", f"device {loan.label}", now, was=loan.until, until=until)
        tx.tell(BoardChanged(None))


def say_policies(db: Database, who: Actor, now: int, loan_id: int, foreign: bool) -> None:
    """Whose policies it carries: its owner's (left alone in the console), or ours after all.

    Raises: NotFound (`loan_unknown`), Conflict (`loan_over`).
    """
    with db.write() as tx:
        loan = _must_be_open(tx.c, loan_id)
        _change(tx, loan, foreign_policies=foreign)
        audit.record(tx, who, "device.loan_change", f"device {loan.label}", now, foreign_policies=foreign)
        tx.tell(BoardChanged(None))


def give_back(db: Database, who: Actor, now: int, loan_id: int, *, on: str, condition: str) -> None:
    """It is with its owner again since this day (yyyy-mm-dd at the school), in the condition that was said.

    Raises: NotFound (`loan_unknown`), Conflict (`loan_over`, `device_in_use`, `device_keeps_work`),
    Invalid (`loan_back_invalid`, `condition_missing`).
    """
    condition = tidy(condition)
    if not 1 <= len(condition) <= SAID_MOST:
        raise Invalid(
            f"condition: 1 to {SAID_MOST} characters; say how it went back",
            code="condition_missing",
            most=SAID_MOST,
            field="condition",
        )
    with db.write() as tx:
        loan = _must_be_open(tx.c, loan_id)
        zone = host(tx.c).timezone
        today = when.today(now, zone)
        if not is_day(on) or on > today or overdue(on, when.today(loan.from_at, zone)):
            raise Invalid(
                f"returned on '{on}': not a day between the start of the loan and today ({today})",
                code="loan_back_invalid",
                field="on",
            )
        raise_if_in_use(tx.c, loan.device_id, loan.label)
        at = now if on == today else max(loan.from_at, when.moment(on, "12:00", zone))
        _change(tx, loan, returned_at=at, condition=condition)
        tx.c.execute(devices.update().where(devices.c.id == loan.device_id).values(in_service=False))
        tx.c.execute(
            device_places.update()
            .where(device_places.c.device_id == loan.device_id, device_places.c.to_at.is_(None))
            .values(to_at=now)
        )
        audit.record(
            tx, who, "device.loan_back", f"device {loan.label}", now, owner=loan.owner, condition=condition
        )
        desired.refresh(tx, [loan.device_id], now)
        tx.tell(BoardChanged(None))


def _open(c: Connection, device_id: int) -> Row[Any] | None:
    return c.execute(
        select(device_loans).where(
            device_loans.c.device_id == device_id, device_loans.c.returned_at.is_(None)
        )
    ).first()


def _must_be_open(c: Connection, loan_id: int) -> Row[Any]:
    loan = c.execute(
        select(device_loans, devices.c.label)
        .join(devices, devices.c.id == device_loans.c.device_id)
        .where(device_loans.c.id == loan_id)
    ).one_or_none()
    if loan is None:
        raise NotFound(f"loan {loan_id}: not known; reload the list", code="loan_unknown")
    if loan.returned_at is not None:
        raise _over(loan)
    return loan


def _over(loan: Row[Any]) -> Conflict:
    return Conflict(f"{loan.label}: already back with {loan.owner}", code="loan_over", label=loan.label)


def _change(tx: Write, loan: Row[Any], **values: object) -> None:
    done = tx.c.execute(
        device_loans.update()
        .where(device_loans.c.id == loan.id, device_loans.c.returned_at.is_(None))
        .values(**values)
    )
    if done.rowcount != 1:
        raise _over(loan)


def _school(c: Connection, school_id: int) -> str:
    name = c.execute(
        select(schools.c.name).where(schools.c.id == school_id, schools.c.is_host.is_(False))
    ).scalar()
    if name is None:
        raise NotFound(f"school {school_id}: no such guest school", code="school_unknown")
    return str(name)
