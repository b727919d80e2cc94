"""Taking a decision on a remap back: everything that it changed stands again as it did, or nothing is touched.

What somebody has built on it since then is theirs: undoing refuses and says what is in the way.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.errors import Conflict
from server.services import audit, desired, ledger, remap_console
from server.services.actor import Actor
from server.services.lives import ENDED, LIVE, QUARANTINED, end
from server.services.remap_accept import claim, raise_if_taken
from server.services.remap_lives import REJECTED, SUPERSEDED, TAKEN_BACK
from server.services.remap_views import ACCEPTED, DECLINED, OPEN, UNDONE
from server.services.remap_views import SUPERSEDED as REMAP_SUPERSEDED
from server.store.database import BoardChanged, EnrolmentEnded, Write
from server.store.tables import (
    assignments,
    console_devices,
    device_places,
    device_seen,
    device_serials,
    devices,
    enrolments,
    exams,
    incidents,
    remaps,
    sittings,
)

Json = dict[str, Any]


def of_accepted(tx: Write, who: Actor, now: int, row: Row[Any]) -> None:
    """Raises: Conflict (`remap_decided`, `remap_newer`, `remap_in_use`, `remap_moved_on`, `remap_serial_taken`)."""
    before: Json = row.before
    _raise_if_newer(tx.c, row)
    lives = {life["id"]: life for life in before["lives"]}
    _raise_if_in_use(tx.c, row)
    _raise_if_lives_moved_on(tx.c, row, lives)
    claim(tx, row, seen=ACCEPTED, state=UNDONE, undone_at=now, undone_by=who.name)
    end(tx, now, _born_since(tx.c, row, lives), TAKEN_BACK)
    for life in lives.values():
        _restore(tx, row, life)
    _answered(tx, who, now, [i for i, life in lives.items() if life["standing"] == LIVE])
    _serials(tx, row, before["serial"])
    _place(tx, row, before["place"])
    _links(tx, row, before["links"])
    _debts(tx, row, before["owed"])
    _reopen(tx, row, before["incidents"], before["superseded"])
    desired.refresh(tx, [row.device_id], now)
    remap_console.order_back(tx, who, now, row.id)
    label = tx.c.execute(select(devices.c.label).where(devices.c.id == row.device_id)).scalar_one()
    audit.record(tx, who, "remap.undo", f"device {label}", now, remap=row.id)
    tx.tell(BoardChanged(None))


def of_rejected(tx: Write, who: Actor, now: int, row: Row[Any]) -> None:
    """The question is open again. Raises: Conflict (`remap_decided`, `remap_moved_on`)."""
    claim(
        tx,
        row,
        seen=DECLINED,
        state=OPEN,
        decided_at=None,
        decided_by=None,
        how=None,
        before=None,
        undone_at=now,
        undone_by=who.name,
    )
    for life in row.before["lives"]:
        back = tx.c.execute(
            enrolments.update()
            .where(
                enrolments.c.id == life["id"],
                enrolments.c.standing == ENDED,
                enrolments.c.end_reason == REJECTED,
            )
            .values(standing=life["standing"], ended_at=life["ended_at"], end_reason=life["end_reason"])
        )
        if back.rowcount != 1:
            raise _moved_on(row.id)
    _reopen(tx, row, row.before["incidents"], [])
    audit.record(tx, who, "remap.undo", f"serial {row.serial}", now, remap=row.id)
    tx.tell(BoardChanged(None))


# --- may it be ---------------------------------------------------------------------------------------------


def _raise_if_newer(c: Connection, row: Row[Any]) -> None:
    newer = c.execute(
        select(remaps.c.id)
        .where(
            remaps.c.device_id == row.device_id,
            remaps.c.state == ACCEPTED,
            remaps.c.decision > row.decision,
        )
        .limit(1)
    ).scalar()
    if newer is not None:
        raise Conflict(
            f"remap {row.id}: remap {newer} of the same Chromebook is newer; undo that first",
            code="remap_newer",
            remap=newer,
        )


def _raise_if_in_use(c: Connection, row: Row[Any]) -> None:
    """A pupil has gone on with it since: what they write is on the key that would be taken away."""
    title = c.execute(
        select(exams.c.title)
        .join(sittings, sittings.c.exam_id == exams.c.id)
        .join(assignments, assignments.c.sitting_id == sittings.c.id)
        .join(
            enrolments,
            (enrolments.c.device_id == assignments.c.device_id) & (enrolments.c.standing == LIVE),
        )
        .join(device_seen, device_seen.c.enrolment_id == enrolments.c.id)
        .where(
            assignments.c.device_id == row.device_id,
            (assignments.c.to_at.is_(None) & ledger.holding() & ledger.begun()) | ledger.owing(),
            device_seen.c.reported_at >= row.decided_at,
        )
        .limit(1)
    ).scalar()
    if title is not None:
        raise Conflict(
            f"remap {row.id}: a pupil works with this Chromebook in '{title}'; undo when it is free",
            code="remap_in_use",
            exam=title,
        )


def _raise_if_lives_moved_on(c: Connection, row: Row[Any], lives: dict[int, Json]) -> None:
    """The accepted key still speaks, and each life that made way may come back."""
    stand = {
        r.id: r
        for r in c.execute(
            select(enrolments.c.id, enrolments.c.standing, enrolments.c.end_reason).where(
                enrolments.c.id.in_(list(lives))
            )
        )
    }
    for key, life in lives.items():
        now = stand.get(key)
        if now is None or (key == row.enrolment_id and now.standing != LIVE):
            raise _moved_on(row.id)
        if key != row.enrolment_id and life["standing"] == LIVE:
            gone = now.standing == LIVE or (now.standing == ENDED and now.end_reason == REJECTED)
            if gone:
                raise _moved_on(row.id)


def _born_since(c: Connection, row: Row[Any], lives: dict[int, Json]) -> list[int]:
    """After a new serial number: the key that came with it, which speaks by this decision alone."""
    if row.before["serial"]["opened"] is None:
        return []
    return [
        i
        for i in c.execute(
            select(enrolments.c.id).where(
                enrolments.c.device_id == row.device_id, enrolments.c.standing.in_((LIVE, QUARANTINED))
            )
        ).scalars()
        if i not in lives
    ]


# --- back as it was ----------------------------------------------------------------------------------------


def _restore(tx: Write, row: Row[Any], life: Json) -> None:
    """A rival that went its own way since (it waits again, or was sent away) stays there."""
    where = [enrolments.c.id == life["id"]]
    if life["id"] != row.enrolment_id and life["standing"] == QUARANTINED:
        where += [enrolments.c.standing == ENDED, enrolments.c.end_reason == SUPERSEDED]
    values = {name: value for name, value in life.items() if name != "id"}
    tx.c.execute(enrolments.update().where(*where).values(**values))
    tx.tell(EnrolmentEnded(life["id"]))


def _answered(tx: Write, who: Actor, now: int, speaking: list[int]) -> None:
    """A life that had come back and asked speaks again: its question is answered."""
    tx.c.execute(
        remaps.update()
        .where(remaps.c.enrolment_id.in_(speaking), remaps.c.state == OPEN)
        .values(state=REMAP_SUPERSEDED, decided_at=now)
    )
    for incident in tx.c.execute(
        select(incidents.c.id, incidents.c.detail).where(
            incidents.c.kind == "newcomer", incidents.c.closed_at.is_(None)
        )
    ).all():
        if incident.detail.get("enrolment") in speaking:
            tx.c.execute(
                incidents.update()
                .where(incidents.c.id == incident.id)
                .values(closed_at=now, closed_by=who.name)
            )


def _serials(tx: Write, row: Row[Any], kept: Json) -> None:
    if kept["opened"] is None:
        return
    gone = tx.c.execute(
        device_serials.delete().where(device_serials.c.id == kept["opened"], device_serials.c.to_at.is_(None))
    )
    if gone.rowcount != 1:
        raise _moved_on(row.id)
    for serial_id in kept["closed"]:
        serial = tx.c.execute(
            select(device_serials.c.serial).where(device_serials.c.id == serial_id)
        ).scalar_one()
        raise_if_taken(tx.c, row.device_id, serial.strip().upper())
        tx.c.execute(device_serials.update().where(device_serials.c.id == serial_id).values(to_at=None))


def _place(tx: Write, row: Row[Any], opened: int | None) -> None:
    if opened is None:
        return
    gone = tx.c.execute(
        device_places.delete().where(device_places.c.id == opened, device_places.c.to_at.is_(None))
    )
    if gone.rowcount != 1:
        raise _moved_on(row.id)


def _links(tx: Write, row: Row[Any], kept: list[Json]) -> None:
    """Which record stands for whom; what a sync has settled otherwise since then stays."""
    for link in kept:
        ours = row.device_id if link["console_id"] == row.console_id else None
        stands = console_devices.c.device_id
        tx.c.execute(
            console_devices.update()
            .where(
                console_devices.c.console_id == link["console_id"],
                stands.is_(None) if ours is None else stands == ours,
            )
            .values(device_id=link["device_id"])
        )


def _debts(tx: Write, row: Row[Any], owed: list[int]) -> None:
    tx.c.execute(
        assignments.update()
        .where(assignments.c.id.in_(owed), assignments.c.cleared_at == row.decided_at)
        .values(cleared_at=None)
    )


def _reopen(tx: Write, row: Row[Any], incident_ids: list[int], superseded: list[int]) -> None:
    tx.c.execute(
        incidents.update()
        .where(incidents.c.id.in_(incident_ids), incidents.c.closed_at == row.decided_at)
        .values(closed_at=None, closed_by=None)
    )
    for remap_id in superseded:
        waits = tx.c.execute(select(remaps.c.enrolment_id).where(remaps.c.id == remap_id)).scalar()
        asked = (
            tx.c.execute(
                select(remaps.c.id).where(remaps.c.enrolment_id == waits, remaps.c.state == OPEN)
            ).first()
            if waits is not None
            else None
        )
        if asked is None:
            tx.c.execute(
                remaps.update()
                .where(remaps.c.id == remap_id, remaps.c.state == REMAP_SUPERSEDED)
                .values(state=OPEN, decided_at=None)
            )


def _moved_on(remap_id: int) -> Conflict:
    return Conflict(
        f"remap {remap_id}: what it changed has been changed again since; look at the Chromebook's page",
        code="remap_moved_on",
    )
