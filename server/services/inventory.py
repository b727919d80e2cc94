"""Chromebooks in: read a sheet, show what it would do, then do all of it or nothing; and in or out of service.

A serial number and a home are never overwritten: the old row is closed and a new one opened, so that a device keeps
its history.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Table, select

from server.domain.console_record import serial_key
from server.domain.errors import Conflict, Invalid, NotFound
from server.domain.import_preview import Preview, Summary
from server.domain.inventory import Inventory
from server.services import audit, desired, loan_acts, loans
from server.services.actor import Actor
from server.services.inventory_plan import Wanted, plan, raise_if_in_use
from server.services.loan_acts import LentIn, LoanRefused
from server.store.database import BoardChanged, Database, Write, chunks
from server.store.tables import device_places, device_serials, devices

REASON_MAX = 200
ORDER_STEP = 10


def preview(c: Any, found: Inventory) -> Preview:
    """What `import_devices` would do: the same plan, not carried out."""
    return plan(c, found).preview


def import_devices(
    db: Database, who: Actor, now: int, found: Inventory, file_name: str, seen: str | None = None
) -> Summary:
    """All rows in one transaction; the same file again changes nothing.

    `seen`: the digest of the preview that was shown. Raises: Invalid (`inventory_has_problems`, and `device_in_use`
    for a device that serves a sitting), Conflict (`preview_changed`).
    """
    with db.write() as tx:
        made = plan(tx.c, found)
        shown = made.preview
        if shown.problems:
            raise _refusal(shown, file_name)
        shown.raise_if_not(seen, file_name)
        new, changed = _write(tx, who, now, made.wanted)
        desired.refresh(tx, changed, now)
        summary = shown.summary
        audit.record(
            tx,
            who,
            "device.import",
            "devices",
            now,
            file=file_name,
            new=summary.new,
            changed=summary.changed,
            same=summary.same,
        )
        tx.tell(BoardChanged(None))
    # A new device was never shown anything, so its first order may follow in small steps: hundreds in the
    # transaction above would hold up every other writer for seconds.
    for start in range(0, len(new), ORDER_STEP):
        with db.write() as tx:
            desired.refresh(tx, new[start : start + ORDER_STEP], now)
    return summary


def lend_in(db: Database, who: Actor, now: int, given: LentIn) -> int:
    """Take in one Chromebook of another school, new or known by its label; the id of its loan.

    Raises: SeveralInvalid and NotFound as `loan_acts.checked`, LoanRefused (`loan_refused`: what a list of this one
    device would be refused for), Conflict (`loan_open`; `label_taken`: another Chromebook bears that label).
    """
    with db.write() as tx:
        found, owner = loan_acts.checked(tx.c, now, given)
        made = plan(tx.c, found)
        if made.preview.problems:
            raise LoanRefused(made.preview.problems)
        (wanted,) = made.wanted
        if wanted.id is not None and wanted.loan:
            label = found.rows[0].label
            raise Conflict(
                f"{label}: on loan already; change that one", code="loan_open", label=label, field="label"
            )
        if wanted.id is not None:
            _raise_if_another(tx.c, wanted.id, found.rows[0].serial)
        new, _ = _write(tx, who, now, made.wanted)
        device_id = wanted.id if wanted.id is not None else new[0]
        loan_id = loan_acts.open_loan(
            tx,
            who,
            now,
            device_id,
            owner=owner,
            until=given.until,
            owner_school_id=given.owner_school_id,
            foreign_policies=given.foreign_policies,
            note=given.note.strip(),
        )
        desired.refresh(tx, [device_id], now)
        tx.tell(BoardChanged(None))
    return loan_id


def set_service(db: Database, who: Actor, now: int, device_id: int, in_service: bool, reason: str) -> None:
    """Take a device out of service, or back, and say why. The next check-in gives its seat to another.

    Raises: NotFound (`device_not_listed`), Invalid (`reason_missing`), Conflict (`device_in_use`,
    `device_keeps_work`, `device_moved_on`).
    """
    reason = " ".join(reason.split())
    if not 1 <= len(reason) <= REASON_MAX:
        raise Invalid(
            f"reason: 1 to {REASON_MAX} characters; say why in a few words",
            code="reason_missing",
            most=REASON_MAX,
            field="reason",
        )
    with db.write() as tx:
        device = tx.c.execute(select(devices).where(devices.c.id == device_id)).one_or_none()
        if device is None:
            raise NotFound(f"device {device_id}: not known; reload the list", code="device_not_listed")
        if not in_service:
            raise_if_in_use(tx.c, device_id, device.label)
        done = tx.c.execute(
            devices.update()
            .where(devices.c.id == device_id, devices.c.in_service.is_(not in_service))
            .values(in_service=in_service)
        )
        if done.rowcount != 1:
            raise Conflict(
                f"{device.label}: somebody changed it already; reload the list",
                code="device_moved_on",
                label=device.label,
            )
        action = "device.in_service" if in_service else "device.out_of_service"
        audit.record(tx, who, action, f"device {device.label}", now, reason=reason)
        desired.refresh(tx, [device_id], now)
        tx.tell(BoardChanged(None))


def _raise_if_another(c: Connection, device_id: int, serial: str | None) -> None:
    """Every school has a C03: theirs must not become ours, and ours neither theirs nor without its number. Only its own
    number says that it is the very one, entered in a list before; one that went home may come again as another one.
    Raises: Conflict (`label_taken`)."""
    known = c.execute(
        select(devices.c.label, device_serials.c.serial)
        .outerjoin(
            device_serials, (device_serials.c.device_id == devices.c.id) & device_serials.c.to_at.is_(None)
        )
        .where(devices.c.id == device_id)
    ).one()
    if known.serial is not None and serial_key(known.serial) == serial_key(serial or ""):
        return
    if not loans.given_back(c, [device_id]):
        raise Conflict(
            f"{known.label}: the label of a Chromebook of ours (serial number {known.serial or 'not entered'}); "
            "choose another",
            code="label_taken",
            kind="another" if serial and known.serial else "ours",
            label=known.label,
            serial=known.serial,
            field="label",
        )


def _refusal(shown: Preview, file_name: str) -> Invalid:
    first = shown.problems[0]
    said = {"file": file_name, "row": first.row, "count": len(shown.problems)}
    if first.code == "device_in_use":
        return Invalid(
            f"{file_name} row {first.row}: {first.message}",
            code="device_in_use",
            label=first.value,
            **said,
            **first.more,
        )
    return Invalid(
        f"{file_name}: {len(shown.problems)} problems, the first in row {first.row}: {first.message}",
        code="inventory_has_problems",
        **said,
    )


def _write(tx: Write, who: Actor, now: int, wanted: Iterable[Wanted]) -> tuple[list[int], list[int]]:
    """Carry a plan out. Every old row is closed before a new one opens. Returns the new and the changed devices."""
    serials: list[tuple[int, dict[str, object]]] = []
    places: list[tuple[int, dict[str, object]]] = []
    new: list[int] = []
    changed: list[int] = []
    for w in wanted:
        device_id = w.id
        if device_id is None:
            device_id = tx.insert(devices, label=w.row.label, model=w.model, spare=w.spare, created_at=now)
            new.append(device_id)
        elif not w.what:
            continue
        else:
            changed.append(device_id)
            if w.what & {"model", "spare"}:
                tx.c.execute(
                    devices.update().where(devices.c.id == device_id).values(model=w.model, spare=w.spare)
                )
        if w.serial is not None and (w.id is None or "serial" in w.what):
            serials.append((device_id, {"serial": w.serial}))
        if w.room_id is not None and (w.id is None or w.what & {"room", "seat"}):
            places.append((device_id, {"room_id": w.room_id, "seat_id": w.seat_id}))
        if w.row.owner and w.row.until and (w.id is None or w.what & {"owner", "until"}):
            loan_acts.open_loan(tx, who, now, device_id, owner=w.row.owner, until=w.row.until)
    _reopen(tx, device_serials, serials, now)
    _reopen(tx, device_places, places, now)
    return new, changed


def _reopen(tx: Write, table: Table, rows: list[tuple[int, dict[str, object]]], now: int) -> None:
    for some in chunks(rows):
        ids = [device_id for device_id, _ in some]
        tx.c.execute(
            table.update().where(table.c.device_id.in_(ids), table.c.to_at.is_(None)).values(to_at=now)
        )
        tx.c.execute(table.insert(), [{"device_id": key, "from_at": now, **given} for key, given in some])
