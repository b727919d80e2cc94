"""What accepting a remap does here, in one transaction, and what is kept so that it can be undone.

`before` on the row holds what stood: lives, serial numbers, place, links, incidents, debts. Nothing else is touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from server.domain.errors import Conflict
from server.domain.remap import Strength
from server.services import audit, clearing, desired, ledger, remap_console
from server.services.actor import SYSTEM, Actor
from server.services.lives import LIVE, QUARANTINED, end
from server.services.remap_lives import REPLACED, SUPERSEDED
from server.services.remap_views import ACCEPTED, OPEN, Reckoned, home_of
from server.services.remap_views import SUPERSEDED as REMAP_SUPERSEDED
from server.store.database import BoardChanged, EnrolmentEnded, Write
from server.store.tables import (
    assignments,
    console_devices,
    device_places,
    device_serials,
    devices,
    enrolments,
    incidents,
    remaps,
)

Json = dict[str, Any]
RULE, CLICK, SCAN, TYPED, OPENED = "rule", "click", "scan", "typed", "opened"
LIFE = ("id", "standing", "grade", "ended_at", "end_reason", "vouched_by", "console_id", "org_unit_path")


def carry_out(tx: Write, who: Actor, now: int, row: Row[Any], given: Reckoned, how: str) -> None:
    """Accept `row` as `given` says. Raises: Conflict (`remap_decided`, `remap_serial_taken`)."""
    device_id = given.opinion.device_id
    assert device_id is not None
    by = RULE if how == RULE else who.name
    claim(tx, row, state=ACCEPTED, decided_at=now, decided_by=by, how=how, decision=_next(tx.c))
    before: Json = {"lives": [], "serial": {"closed": [], "opened": None}, "place": None}
    before["lives"] = _lives(tx, who, now, given, device_id, how)
    before["superseded"] = supersede(tx, now, row, given, device_id)
    before["serial"] = _serial(tx, now, given, device_id)
    before["place"] = _place(tx, now, device_id)
    before["links"] = _links(tx, given, device_id)
    before["owed"] = _owed(tx.c, device_id)
    new = given.facts.newcomer
    if new is not None:
        born_at = tx.c.execute(
            select(enrolments.c.first_seen_at).where(enrolments.c.id == new.enrolment_id)
        ).scalar_one()
        clearing.wiped(tx, [device_id], now, born_at=born_at)
    before["incidents"] = _incidents(tx, now, who, given, device_id)
    desired.refresh(tx, [device_id], now)
    tx.c.execute(remaps.update().where(remaps.c.id == row.id).values(**given.values(), before=before))
    remap_console.order(tx, SYSTEM if how == RULE else who, now, row.id, given.changes)
    label = given.proposal.label
    audit.record(
        tx,
        SYSTEM if how == RULE else who,
        "remap.accept",
        f"device {label}",
        now,
        remap=row.id,
        how=how,
        strength=str(given.opinion.strength),
    )
    tx.tell(BoardChanged(None))


def _next(c: Connection) -> int:
    """The number of this acceptance. A clock that was set back would tell the wrong order."""
    return int(c.execute(select(func.coalesce(func.max(remaps.c.decision), 0))).scalar_one()) + 1


def claim(tx: Write, row: Row[Any], *, seen: str = OPEN, **values: object) -> None:
    """Decide the remap, if nobody has since it was looked at. Raises: Conflict (`remap_decided`)."""
    done = tx.c.execute(remaps.update().where(remaps.c.id == row.id, remaps.c.state == seen).values(**values))
    if done.rowcount != 1:
        raise decided(tx.c, row.id)


def decided(c: Connection, remap_id: int) -> Conflict:
    """Somebody was faster."""
    now = c.execute(select(remaps.c.state, remaps.c.decided_by).where(remaps.c.id == remap_id)).one()
    return Conflict(
        f"remap {remap_id}: {now.state} already by {now.decided_by or 'the server'}; reload the page",
        code="remap_decided",
        state=now.state,
        who=now.decided_by or "system",
    )


def keep(c: Connection, enrolment_ids: Sequence[int]) -> list[Json]:
    """Lives as they stand."""
    rows = c.execute(select(*(enrolments.c[name] for name in LIFE)).where(enrolments.c.id.in_(enrolment_ids)))
    return [dict(row._mapping) for row in rows]


def _lives(tx: Write, who: Actor, now: int, given: Reckoned, device_id: int, how: str) -> list[Json]:
    """The newcomer becomes the device; the earlier life and the other keys that wait are over."""
    new = given.facts.newcomer
    others = tx.c.execute(
        select(enrolments.c.id, enrolments.c.standing).where(
            enrolments.c.device_id == device_id, enrolments.c.standing.in_((LIVE, QUARANTINED))
        )
    ).all()
    mine = new.enrolment_id if new is not None else None
    changes_serial = given.facts.key is not None and _open_key(given, device_id) != given.facts.key
    # Without a key at the door the earlier life may yet speak; under another serial number it cannot.
    if new is None and not changes_serial:
        return []
    ended = [o.id for o in others if o.id != mine and o.standing == LIVE]
    waiting = [o.id for o in others if o.id != mine and o.standing == QUARANTINED]
    kept = keep(tx.c, [*ended, *waiting, *([mine] if mine is not None else [])])
    end(tx, now, ended, REPLACED)
    end(tx, now, waiting, SUPERSEDED)
    if new is not None and mine is not None:
        record = given.facts.record
        place = (
            {} if record is None else {"console_id": record.console_id, "org_unit_path": record.org_unit_path}
        )
        done = tx.c.execute(
            enrolments.update()
            .where(enrolments.c.id == mine, enrolments.c.standing == QUARANTINED)
            .values(
                standing=LIVE,
                grade=_grade(given, how),
                end_reason=None,
                vouched_by=None if how == RULE else who.name,
                **place,
            )
        )
        if done.rowcount != 1:
            raise Conflict(f"enrolment {mine}: it is not waiting", code="enrolment_not_waiting")
        tx.tell(EnrolmentEnded(mine))  # its connection comes back as a live one
    return kept


def _grade(given: Reckoned, how: str) -> str:
    """What was proven; where that is too little, a person's word."""
    new = given.facts.newcomer
    if new is not None and new.attested_at is not None and not new.attestation_refused:
        return "attested"
    if given.opinion.strength is Strength.STRONG:
        return "managed"
    return "manual"


def _open_key(given: Reckoned, device_id: int) -> str | None:
    return next(one.key for one in given.facts.candidates if one.device_id == device_id)


def supersede(tx: Write, now: int, row: Row[Any], given: Reckoned, device_id: int) -> list[int]:
    """Other proposals about the same device or record are spent."""
    about = remaps.c.device_id == device_id
    if given.console_id is not None:
        about |= remaps.c.console_id == given.console_id
    if given.facts.newcomer is None:  # a key that waits keeps its own question
        about &= remaps.c.enrolment_id.is_(None)
    ids = list(
        tx.c.execute(
            select(remaps.c.id).where(about, remaps.c.state == OPEN, remaps.c.id != row.id)
        ).scalars()
    )
    if ids:
        tx.c.execute(
            remaps.update()
            .where(remaps.c.id.in_(ids), remaps.c.state == OPEN)
            .values(state=REMAP_SUPERSEDED, decided_at=now)
        )
    return ids


def _serial(tx: Write, now: int, given: Reckoned, device_id: int) -> Json:
    """A serial number is never overwritten: the old row is closed, a new one opened."""
    key = given.facts.key
    if key is None or _open_key(given, device_id) == key:
        return {"closed": [], "opened": None}
    raise_if_taken(tx.c, device_id, key)
    closed = list(
        tx.c.execute(
            select(device_serials.c.id).where(
                device_serials.c.device_id == device_id, device_serials.c.to_at.is_(None)
            )
        ).scalars()
    )
    tx.c.execute(device_serials.update().where(device_serials.c.id.in_(closed)).values(to_at=now))
    opened = tx.insert(
        device_serials, device_id=device_id, serial=given.facts.serial.strip()[:80], from_at=now
    )
    return {"closed": closed, "opened": opened}


def raise_if_taken(c: Connection, device_id: int, key: str) -> None:
    """Raises: Conflict (`remap_serial_taken`) when another device has this serial number."""
    holder = c.execute(
        select(devices.c.label)
        .join(device_serials, device_serials.c.device_id == devices.c.id)
        .where(
            func.upper(func.trim(device_serials.c.serial)) == key,
            device_serials.c.to_at.is_(None),
            devices.c.id != device_id,
        )
        .limit(1)
    ).scalar()
    if holder is not None:
        raise Conflict(
            f"serial number {key}: it belongs to {holder}; correct the list of Chromebooks first",
            code="remap_serial_taken",
            serial=key,
            label=holder,
        )


def _place(tx: Write, now: int, device_id: int) -> int | None:
    """Its home again, where it has none and nobody else has taken it. The id of the row that was opened."""
    home = home_of(tx.c, device_id)
    if home is None or home.to_at is None:
        return None
    if home.seat_id is not None and ledger.homes(tx.c, [home.seat_id]):
        return None
    return tx.insert(
        device_places, device_id=device_id, room_id=home.room_id, seat_id=home.seat_id, from_at=now
    )


def _links(tx: Write, given: Reckoned, device_id: int) -> list[Json]:
    """From now on this record stands for the device, and no other one does."""
    if given.console_id is None:
        return []
    rows = tx.c.execute(
        select(console_devices.c.console_id, console_devices.c.device_id).where(
            (console_devices.c.device_id == device_id) | (console_devices.c.console_id == given.console_id),
            console_devices.c.gone_at.is_(None),  # one that is gone stays in the Chromebook's history
        )
    ).all()
    changed = [
        {"console_id": r.console_id, "device_id": r.device_id}
        for r in rows
        if (r.device_id == device_id) != (r.console_id == given.console_id)
    ]
    for link in changed:
        mine = link["console_id"] == given.console_id
        tx.c.execute(
            console_devices.update()
            .where(console_devices.c.console_id == link["console_id"])
            .values(device_id=device_id if mine else None)
        )
    return changed


def _owed(c: Connection, device_id: int) -> list[int]:
    return list(
        c.execute(
            select(assignments.c.id).where(assignments.c.device_id == device_id, ledger.owing())
        ).scalars()
    )


def _incidents(tx: Write, now: int, who: Actor, given: Reckoned, device_id: int) -> list[int]:
    """What asked for this decision is settled."""
    key = given.facts.serial
    rows = tx.c.execute(
        select(incidents.c.id, incidents.c.kind, incidents.c.detail, incidents.c.device_id).where(
            incidents.c.kind.in_(("newcomer", "newcomers_many", "unknown_device")),
            incidents.c.closed_at.is_(None),
        )
    ).all()
    ids = [
        r.id
        for r in rows
        if (r.device_id == device_id and given.facts.newcomer is not None)
        or (r.kind == "unknown_device" and r.detail.get("serial") == key)
    ]
    if ids:
        tx.c.execute(
            incidents.update().where(incidents.c.id.in_(ids)).values(closed_at=now, closed_by=who.name)
        )
    return ids
