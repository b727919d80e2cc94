"""Orders to single Chromebooks through the console: asked for, confirmed by a second person where that is the rule,
sent by a job, and followed to their end by further looks of the same job."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain import device_command
from server.domain.device_command import DESTRUCTIVE, OPEN, Kind, State
from server.domain.errors import Conflict, Forbidden, Invalid, NotFound
from server.services import (
    audit,
    console_doubles,
    console_marks,
    device_command_run,
    device_guard,
    google_jobs,
)
from server.services.actor import Actor
from server.services.google_work import Work
from server.store.database import Database, Write
from server.store.tables import console_devices, device_commands, devices

Json = dict[str, Any]
t = device_commands
#: After a pass that failed as a whole (no network, no rights) the next one waits this long.
AFTER_FAILURE_MS = 60_000


def ask(
    db: Database,
    who: Actor,
    now: int,
    *,
    kind: str,
    device_ids: Sequence[int],
    payload: Mapping[str, Any] | None = None,
    serials_typed: Sequence[str] = (),
) -> list[int]:
    """Order this of these devices; the ids of the commands. All of them or none.

    Raises: Invalid (`command_unknown`, `command_no_device`, `volume_invalid`, `deprovision_reason_missing`,
    `serial_not_typed`), NotFound (`device_not_listed`), Conflict (`command_too_many`, `device_unlinked`,
    `device_doubled`, `command_waiting`, and those of `device_guard`).
    """
    made: list[int] = []
    with db.write() as tx:
        what, carried, found = _checked(tx.c, now, kind, device_ids, payload)
        device_command.raise_if_not_typed(what, [record.serial for _, record in found], serials_typed)
        state = State.ASKED if what in DESTRUCTIVE and device_guard.two_people(tx.c) else State.QUEUED
        for device, record in found:
            command_id = tx.insert(
                t,
                console_id=record.console_id,
                device_id=device.id,
                serial=record.serial,
                kind=str(what),
                payload=carried,
                state=str(state),
                asked_by=who.name,
                created_at=now,
            )
            made.append(command_id)
            said = {"kind": str(what), "command": command_id, "by": who.name, "state": str(state)}
            console_marks.note(tx, now, record.console_id, "command", said)
            audit.record(tx, who, "device.command", f"device {device.label}", now, kind=str(what), **carried)
        if state is State.QUEUED:
            _see_to_it(tx, who, now)
    return made


def dry(
    c: Connection, now: int, *, kind: str, device_ids: Sequence[int], payload: Mapping[str, Any] | None = None
) -> list[str]:
    """The serial numbers of who would be ordered this, to be typed for what cannot be undone. Nothing is ordered.

    Raises: as `ask`, but for the typing.
    """
    return [record.serial for _, record in _checked(c, now, kind, device_ids, payload)[2]]


def _checked(
    c: Connection, now: int, kind: str, device_ids: Sequence[int], payload: Mapping[str, Any] | None
) -> tuple[Kind, dict[str, Any], list[tuple[Row[Any], Row[Any]]]]:
    """The kind, what it carries, and (device, console record) of each, when nothing speaks against it."""
    if kind not in set(Kind):
        raise Invalid(f"command '{kind}': not known; known are {', '.join(Kind)}", code="command_unknown")
    what, wanted = Kind(kind), list(dict.fromkeys(device_ids))
    device_command.raise_if_too_many(what, len(wanted))
    carried = device_command.read_payload(what, payload or {})
    found = [(device, _record(c, device)) for device in (_device(c, i) for i in wanted)]
    for device, record in found:
        device_guard.raise_if_guarded(c, now, what, device)
        _raise_if_waiting(c, what, device, record.console_id)
    return what, carried, found


def confirm(db: Database, who: Actor, now: int, command_id: int, serial_typed: str) -> None:
    """The second person's yes.

    Raises: NotFound (`command_not_known`), Conflict (`command_moved_on`, those of `device_guard`),
    Forbidden (`second_person_same`), Invalid (`serial_not_typed`).
    """
    with db.write() as tx:
        command = get(tx.c, command_id)
        if command.asked_by == who.name:
            raise Forbidden(
                f"command {command_id}: asked by you; another person confirms it", code="second_person_same"
            )
        if command.created_at < now - device_command.ASK_LASTS_MS:
            raise _moved_on(command_id)
        kind = Kind(command.kind)
        device_command.raise_if_not_typed(kind, [command.serial], [serial_typed])
        device_guard.raise_if_guarded(tx.c, now, kind, _device(tx.c, command.device_id))
        done = tx.c.execute(
            t.update()
            .where(t.c.id == command_id, t.c.state == State.ASKED)
            .values(state=str(State.QUEUED), confirmed_by=who.name)
        )
        if done.rowcount != 1:
            raise _moved_on(command_id)
        audit.record(tx, who, "device.command_confirm", f"command {command_id}", now, kind=command.kind)
        _see_to_it(tx, who, now)


def withdraw(db: Database, who: Actor, now: int, command_id: int) -> None:
    """Take back what was not sent yet. Raises: NotFound (`command_not_known`), Conflict (`command_moved_on`)."""
    with db.write() as tx:
        command = get(tx.c, command_id)
        done = tx.c.execute(
            t.update()
            .where(t.c.id == command_id, t.c.state.in_((State.ASKED, State.QUEUED)))
            .values(state=str(State.CANCELLED), code="command_withdrawn", ended_at=now)
        )
        if done.rowcount != 1:
            raise _moved_on(command_id)
        audit.record(tx, who, "device.command_withdraw", f"command {command_id}", now, kind=command.kind)


def look_again(db: Database, now: int) -> bool:
    """For the worker's idle moments: put the last commands job in line again while a command is due for a look.

    One row of work serves a command that waits for hours; True when there is something to do.
    """
    with db.read() as c:
        due = device_command_run.due(c, now)
        newest = newest_job(c)
    if not due or newest is None or newest.active or newest.state == "cancelled":
        return False
    if newest.state == "failed" and now - (newest.ended_at or 0) < AFTER_FAILURE_MS:
        return False
    with db.write() as tx:
        return google_jobs.again(tx, newest)


def run(work: Work) -> Json:
    """The job: one look at everything that is open, then it ends."""
    return device_command_run.run(work)


def get(c: Connection, command_id: int) -> Row[Any]:
    """Raises: NotFound (`command_not_known`)."""
    row = c.execute(select(t).where(t.c.id == command_id)).one_or_none()
    if row is None:
        raise NotFound(f"command {command_id}: not known; reload the page", code="command_not_known")
    return row


def of_device(c: Connection, device_id: int, limit: int = 20) -> list[Row[Any]]:
    """The newest commands of a Chromebook, the newest first."""
    rows = c.execute(select(t).where(t.c.device_id == device_id).order_by(t.c.id.desc()).limit(limit))
    return list(rows)


def device_line(c: Connection, device_id: int) -> Any:
    """A Chromebook for its orders: label, serial number and status in the console.

    Raises: NotFound (`device_not_listed`).
    """
    _device(c, device_id)
    row: Any = c.execute(
        select(
            *(devices.c.id, devices.c.label, devices.c.in_service),
            *(console_devices.c.serial, console_devices.c.status, console_devices.c.org_unit_path),
        )
        .outerjoin(
            console_devices,
            (console_devices.c.device_id == devices.c.id) & console_devices.c.gone_at.is_(None),
        )
        .where(devices.c.id == device_id)
        .limit(1)
    ).one()
    return row


def newest_job(c: Connection) -> google_jobs.Job | None:
    return next(iter(google_jobs.newest(c, "commands", limit=1)), None)


def _see_to_it(tx: Write, who: Actor, now: int) -> None:
    """A job that is in line already will see the new command; one that is running will be put in line again."""
    with contextlib.suppress(Conflict):
        google_jobs.enqueue(tx, who, now, "commands", {})


def _device(c: Connection, device_id: int) -> Row[Any]:
    row = c.execute(select(devices).where(devices.c.id == device_id)).one_or_none()
    if row is None:
        raise NotFound(f"device {device_id}: not known; reload the list", code="device_not_listed")
    return row


def _record(c: Connection, device: Row[Any]) -> Row[Any]:
    """The one console record of a Chromebook: an order to the wrong one cannot be taken back."""
    rows = c.execute(
        select(console_devices).where(
            console_devices.c.device_id == device.id, console_devices.c.gone_at.is_(None)
        )
    ).all()
    if not rows:
        raise Conflict(
            f"{device.label}: the console has no record with its serial number; sync first",
            code="device_unlinked",
            label=device.label,
        )
    count = console_doubles.live(c, rows[0].serial)
    if count > 1 and rows[0].console_id not in console_doubles.decided(c):
        raise Conflict(
            f"{device.label}: the console has {count} records with its serial number; clear that up there",
            code="device_doubled",
            label=device.label,
        )
    return rows[0]


def _raise_if_waiting(c: Connection, kind: Kind, device: Row[Any], console_id: str) -> None:
    waiting = c.execute(
        select(t.c.id).where(
            t.c.console_id == console_id, t.c.kind == kind, t.c.state.in_((State.ASKED, *OPEN))
        )
    ).scalar()
    if waiting is not None:
        raise Conflict(
            f"{device.label}: {kind} is ordered already (command {waiting}); wait for its end",
            code="command_waiting",
            label=device.label,
        )


def _moved_on(command_id: int) -> Conflict:
    return Conflict(f"command {command_id}: no longer waits; reload the page", code="command_moved_on")
