"""Reading what is known of one return: the key that knocks, the console's record, and the devices it might be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from server.domain.console_record import deprovisioned, serial_key
from server.domain.remap_change import UNIT, Former
from server.domain.remap_facts import Candidate, Facts, Newcomer, Record
from server.services import remap_former, remap_lives
from server.services.remap_records import differs, of_serial, read_record, same_serial
from server.store.tables import (
    attestations,
    console_devices,
    device_commands,
    device_serials,
    devices,
    enrolments,
    remaps,
)

#: Orders that take a device's keys away, and the states in which they may have been carried out.
WIPES = ("powerwash", "wipe_users")
CARRIED_OUT = ("acked", "done")


# Built once: a room's proposals are reckoned again and again, and building a statement costs more than running it.
_LIFE = select(enrolments).where(enrolments.c.id == bindparam("life"))
_ASKED = (
    select(remaps.c.state, remaps.c.opened_at, remaps.c.decided_at, remaps.c.undone_at)
    .where(remaps.c.enrolment_id == bindparam("life"))
    .order_by(remaps.c.id.desc())
)
_ATTESTED = (
    select(attestations.c.scope, attestations.c.state)
    .where(
        attestations.c.enrolment_id == bindparam("life"), attestations.c.state.in_(("verified", "refused"))
    )
    .order_by(attestations.c.id)
)
_HOLDERS = select(device_serials.c.device_id).where(
    func.upper(func.trim(device_serials.c.serial)) == bindparam("key")
)
_LABELLED = select(devices.c.id).where(func.lower(devices.c.label) == bindparam("label"))
_SAME_MAC = select(console_devices.c.device_id).where(
    func.upper(console_devices.c.mac_address) == bindparam("mac"),
    console_devices.c.console_id != bindparam("record"),
    console_devices.c.device_id.is_not(None),
)
_DEVICE = select(devices).where(devices.c.id == bindparam("device"))
_SERIALS = (
    select(device_serials.c.serial, device_serials.c.to_at)
    .where(device_serials.c.device_id == bindparam("device"))
    .order_by(device_serials.c.id)
)
_WIPED = select(func.max(func.coalesce(device_commands.c.ended_at, device_commands.c.sent_at))).where(
    device_commands.c.device_id == bindparam("device"),
    device_commands.c.kind.in_(WIPES),
    device_commands.c.state.in_(CARRIED_OUT),
)
_VOUCHED = (
    select(remaps.c.decided_by, remaps.c.decided_at)
    .where(
        remaps.c.device_id == bindparam("device"),
        remaps.c.console_id == bindparam("record"),
        remaps.c.enrolment_id.is_(None),
        remaps.c.state == "accepted",
        remaps.c.how != "rule",
        remaps.c.decided_at >= bindparam("since"),
    )
    .order_by(remaps.c.id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Facts, and the rows behind them that a proposal is made from: the record, and what it held (by device)."""

    facts: Facts
    record: Row[Any] | None
    former: Mapping[int, Mapping[str, Former]]


def of_newcomer(c: Connection, now: int, enrolment_id: int, *, chosen: int | None = None) -> Gathered | None:
    """Facts on a key that waits; None when there is no such enrolment."""
    life = c.execute(_LIFE, {"life": enrolment_id}).one_or_none()
    if life is None:
        return None
    live, twins = of_serial(c, life.serial)
    new = _newcomer(c, now, life)
    return _facts(c, life.serial, new, life, live, twins, chosen)


def of_record(c: Connection, console_id: str, *, chosen: int | None = None) -> Gathered | None:
    """Facts on a record while no key has knocked; None when it is not there any more."""
    row = c.execute(
        select(console_devices).where(
            console_devices.c.console_id == console_id, console_devices.c.gone_at.is_(None)
        )
    ).one_or_none()
    if row is None:
        return None
    key = serial_key(row.serial)
    others = [r for r in same_serial(c, key) if r.console_id != console_id and not deprovisioned(r.status)]
    return _facts(c, row.serial, None, None, row, others, chosen)


def _facts(
    c: Connection,
    serial: str,
    new: Newcomer | None,
    life: Row[Any] | None,
    row: Row[Any] | None,
    twins: Iterable[Row[Any]],
    chosen: int | None,
) -> Gathered:
    record = read_record(c, row) if row is not None else None
    key = serial_key(serial)
    ids = _device_ids(c, key, row)
    ids |= {life.device_id} if life is not None else set()
    ids |= {chosen} if chosen is not None else set()
    candidates: list[Candidate] = []
    formers: dict[int, dict[str, Former]] = {}
    for device_id in sorted(ids):
        before = remap_former.earlier(c, device_id, row) if row is not None else None
        formers[device_id] = remap_former.after(c, row, before) if row is not None else {}
        back = _Back(row, record, before, formers[device_id].get(UNIT))
        found = candidate(c, device_id, back, new.enrolment_id if new else None)
        if found is not None:
            candidates.append(found)
    facts = Facts(
        serial=serial,
        newcomer=new,
        record=record,
        twins=tuple(read_record(c, twin) for twin in twins),
        candidates=tuple(candidates),
        console=record is not None
        or c.execute(select(console_devices.c.console_id).limit(1)).first() is not None,
        sent_away_at=_record_sent_away(c, record) if new is None and record is not None else None,
        differs=differs(c, key),
        chosen=chosen,
    )
    return Gathered(facts, row, formers)


@dataclass(frozen=True, slots=True)
class _Back:
    """The record as it came back, the other one that was there before, and where it stood."""

    row: Row[Any] | None
    record: Record | None
    before: Row[Any] | None
    unit: Former | None


def _record_sent_away(c: Connection, record: Record) -> int | None:
    """A person said no to this return of a record, or took a yes back."""
    rows = c.execute(
        select(remaps.c.state, remaps.c.decided_at, remaps.c.undone_at).where(
            remaps.c.console_id == record.console_id,
            remaps.c.enrolment_id.is_(None),
            remaps.c.state.in_(_AWAY),
            remaps.c.decided_at >= (record.change_seen_at or 0),
        )
    )
    return max((r.decided_at if r.state == "rejected" else r.undone_at for r in rows), default=None)


# --- the key -----------------------------------------------------------------------------------------------


def _newcomer(c: Connection, now: int, life: Row[Any]) -> Newcomer:
    asked = list(c.execute(_ASKED, {"life": life.id}))
    own = remap_lives.was_live(life)
    opened = next((r.opened_at for r in asked if r.state == "open"), now)
    sent_away = [r.decided_at if r.state == "rejected" else r.undone_at for r in asked if r.state in _AWAY]
    newest = {row.scope: row.state for row in c.execute(_ATTESTED, {"life": life.id})}
    since = opened if own else life.first_seen_at
    # What was proven before this key's life ended says nothing of who holds a copy of it now.
    proven = life.attested_at if life.attested_at is not None and life.attested_at >= since else None
    return Newcomer(
        enrolment_id=life.id,
        serial=life.serial,
        first_seen_at=since,
        attested_at=proven,
        attestation_refused="refused" in newest.values(),
        own_key=own,
        sent_away_at=max((at for at in sent_away if at is not None), default=None),
    )


_AWAY = ("rejected", "undone")


# --- the devices -------------------------------------------------------------------------------------------


def _device_ids(c: Connection, key: str | None, row: Row[Any] | None) -> set[int]:
    found: set[int] = set()
    if key is not None:
        found.update(c.execute(_HOLDERS, {"key": key}).scalars())
    if row is None:
        return found
    if row.device_id is not None:
        found.add(row.device_id)
    asset = " ".join((row.annotated_asset_id or "").split())
    if asset:
        found.update(c.execute(_LABELLED, {"label": asset.lower()}).scalars())
    if row.mac_address:
        mac = {"mac": row.mac_address.upper(), "record": row.console_id}
        found.update(i for i in c.execute(_SAME_MAC, mac).scalars() if i is not None)
    return found


def candidate(c: Connection, device_id: int, back: _Back, but: int | None) -> Candidate | None:
    """A device as far as a return asks. `but`: the key that knocks, which is not its own rival."""
    device = c.execute(_DEVICE, {"device": device_id}).one_or_none()
    if device is None:
        return None
    serials = c.execute(_SERIALS, {"device": device_id}).all()
    present = next((s.serial for s in serials if s.to_at is None), None)
    former = {key for s in serials if s.to_at is not None and (key := serial_key(s.serial)) is not None}
    lives = remap_lives.read(c, device_id, but)
    return Candidate(
        device_id=device.id,
        label=device.label,
        serial=present,
        former_serials=frozenset(former - {serial_key(present or "")}),
        in_service=device.in_service,
        record=_record_before(c, device_id, back),
        life=lives.before,
        waiting=lives.waiting,
        seated=remap_lives.seated(c, device_id),
        wipe_ordered_at=_wipe(c, device_id),
        home_unit=_home_unit(device_id, back),
        vouched=_vouched(c, device_id, back.record),
    )


def _record_before(c: Connection, device_id: int, back: _Back) -> Record | None:
    if back.before is not None:
        return read_record(c, back.before)
    return back.record if back.row is not None and back.row.device_id == device_id else None


def _home_unit(device_id: int, back: _Back) -> str:
    """Where it stood before; where a person has put it since then, that."""
    if back.row is None:
        return ""
    here = str(back.row.org_unit_path)
    if back.unit is None:
        return here if back.row.device_id == device_id else ""
    return here if back.unit.touched else back.unit.value


def _wipe(c: Connection, device_id: int) -> int | None:
    found: int | None = c.execute(_WIPED, {"device": device_id}).scalar()
    return found


def _vouched(c: Connection, device_id: int, record: Record | None) -> tuple[str, int] | None:
    """A person accepted that this record, as it is enrolled now, is this device; no key had knocked then."""
    if record is None:
        return None
    given = {"device": device_id, "record": record.console_id, "since": record.change_seen_at or 0}
    found = c.execute(_VOUCHED, given).one_or_none()
    return (found.decided_by, found.decided_at) if found is not None else None
