"""Reading what is known of one return: the key that knocks, the console's record, and the devices it might be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, func, select

from server.domain.console_record import deprovisioned, serial_key
from server.domain.remap_change import UNIT
from server.domain.remap_facts import Candidate, Facts, Newcomer, Record
from server.services import remap_former, remap_lives
from server.services.console_times import moment
from server.store.tables import (
    attestations,
    console_devices,
    console_history,
    device_commands,
    device_serials,
    devices,
    enrolments,
    google_jobs,
    remaps,
)

#: Orders that take a device's keys away, and the states in which they may have been carried out.
WIPES = ("powerwash", "wipe_users")
CARRIED_OUT = ("acked", "done")


def of_newcomer(c: Connection, now: int, enrolment_id: int, *, chosen: int | None = None) -> Facts | None:
    """Facts on a key that waits; None when there is no such enrolment."""
    life = c.execute(select(enrolments).where(enrolments.c.id == enrolment_id)).one_or_none()
    if life is None:
        return None
    live, twins = _records(c, life.serial)
    new = _newcomer(c, now, life)
    return _facts(c, life.serial, new, life, live, twins, chosen)


def of_record(c: Connection, console_id: str, *, chosen: int | None = None) -> Facts | None:
    """Facts on a record while no key has knocked; None when it is not there any more."""
    row = c.execute(
        select(console_devices).where(
            console_devices.c.console_id == console_id, console_devices.c.gone_at.is_(None)
        )
    ).one_or_none()
    if row is None:
        return None
    key = serial_key(row.serial)
    others = [r for r in _same_serial(c, key) if r.console_id != console_id and not deprovisioned(r.status)]
    return _facts(c, row.serial, None, None, row, others, chosen)


def _facts(
    c: Connection,
    serial: str,
    new: Newcomer | None,
    life: Row[Any] | None,
    row: Row[Any] | None,
    twins: Iterable[Row[Any]],
    chosen: int | None,
) -> Facts:
    record = read_record(c, row) if row is not None else None
    key = serial_key(serial)
    ids = _device_ids(c, key, row)
    ids |= {life.device_id} if life is not None else set()
    ids |= {chosen} if chosen is not None else set()
    candidates = [
        found
        for device_id in sorted(ids)
        if (found := candidate(c, device_id, row, record, new.enrolment_id if new else None)) is not None
    ]
    return Facts(
        serial=serial,
        newcomer=new,
        record=record,
        twins=tuple(read_record(c, twin) for twin in twins),
        candidates=tuple(candidates),
        console=record is not None
        or c.execute(select(console_devices.c.console_id).limit(1)).first() is not None,
        differs=_differs(c, key),
        chosen=chosen,
    )


# --- the key -----------------------------------------------------------------------------------------------


def _newcomer(c: Connection, now: int, life: Row[Any]) -> Newcomer:
    asked = list(
        c.execute(
            select(remaps.c.state, remaps.c.opened_at, remaps.c.decided_at, remaps.c.undone_at)
            .where(remaps.c.enrolment_id == life.id)
            .order_by(remaps.c.id.desc())
        )
    )
    own = remap_lives.was_live(life)
    opened = next((r.opened_at for r in asked if r.state == "open"), now)
    sent_away = [r.decided_at if r.state == "rejected" else r.undone_at for r in asked if r.state in _AWAY]
    newest = c.execute(
        select(attestations.c.state)
        .where(attestations.c.enrolment_id == life.id, attestations.c.state.in_(("verified", "refused")))
        .order_by(attestations.c.id.desc())
        .limit(1)
    ).scalar()
    return Newcomer(
        enrolment_id=life.id,
        serial=life.serial,
        first_seen_at=opened if own else life.first_seen_at,
        attested_at=life.attested_at,
        attestation_refused=newest == "refused",
        own_key=own,
        sent_away_at=max((at for at in sent_away if at is not None), default=None),
    )


_AWAY = ("rejected", "undone")


# --- the console -------------------------------------------------------------------------------------------


def _same_serial(c: Connection, key: str | None) -> list[Row[Any]]:
    if key is None:
        return []
    return list(
        c.execute(
            select(console_devices)
            .where(
                func.upper(func.trim(console_devices.c.serial)) == key, console_devices.c.gone_at.is_(None)
            )
            .order_by(
                func.coalesce(console_devices.c.last_enrolled_at, 0).desc(),
                console_devices.c.first_seen_at.desc(),
                console_devices.c.console_id,
            )
        )
    )


def _records(c: Connection, serial: str) -> tuple[Row[Any] | None, list[Row[Any]]]:
    """The record that a device of this serial number is now, and other live ones of the same number."""
    same = _same_serial(c, serial_key(serial))
    live = [r for r in same if not deprovisioned(r.status)]
    if live:
        return live[0], live[1:]
    return (same[0], []) if same else (None, [])


def read_record(c: Connection, row: Row[Any]) -> Record:
    """A row of the mirror, with what its history says of its newest enrolment."""
    line = c.execute(
        select(console_history.c.at, console_history.c.kind, console_history.c.detail)
        .where(
            console_history.c.console_id == row.console_id,
            console_history.c.kind.in_(("enrolled", "back")),
        )
        .order_by(console_history.c.id.desc())
        .limit(1)
    ).one_or_none()
    before = _number(line.detail.get("before")) if line is not None and line.kind == "enrolled" else None
    return Record(
        console_id=row.console_id,
        serial=row.serial,
        status=row.status,
        org_unit_path=row.org_unit_path,
        asset_id=row.annotated_asset_id or "",
        mac=row.mac_address or "",
        model=row.model or "",
        boot_mode=row.boot_mode or "",
        flex=str((row.facts or {}).get("chromeOsType", "")).casefold() == "chromeosflex",
        last_enrolled_at=row.last_enrolled_at,
        enrolled_before=before,
        change_seen_at=line.at if line is not None else row.first_seen_at,
        deprovisioned_at=_deprovisioned_at(c, row),
        seen_at=row.seen_at,
        device_id=row.device_id,
    )


def _deprovisioned_at(c: Connection, row: Row[Any]) -> int | None:
    told = moment(str((row.facts or {}).get("lastDeprovisionTimestamp") or ""))
    lines = c.execute(
        select(console_history.c.at, console_history.c.detail).where(
            console_history.c.console_id == row.console_id, console_history.c.kind == "status"
        )
    )
    seen = [line.at for line in lines if deprovisioned(str(line.detail.get("after", "")))]
    return max([*seen, *([told] if told is not None else [])], default=None)


def _number(text: object) -> int | None:
    word = str(text or "")
    return int(word) if word.isascii() and word.isdigit() else None


def _differs(c: Connection, key: str | None) -> bool:
    """The newest sync found something odd of this serial number that nobody has taken over."""
    newest = c.execute(
        select(google_jobs.c.result)
        .where(google_jobs.c.kind == "sync", google_jobs.c.state == "done")
        .order_by(google_jobs.c.id.desc())
        .limit(1)
    ).scalar()
    if (
        key is None
        or not isinstance(newest, dict)
        or newest.get("accepted") == "all"
        or not newest.get("odd")
    ):
        return False
    return any(
        line.get("odd") and line.get("what") == "device" and serial_key(str(line.get("serial", ""))) == key
        for line in newest.get("lines", ())
    )


# --- the devices -------------------------------------------------------------------------------------------


def _device_ids(c: Connection, key: str | None, row: Row[Any] | None) -> set[int]:
    found: set[int] = set()
    if key is not None:
        found.update(
            c.execute(
                select(device_serials.c.device_id).where(
                    func.upper(func.trim(device_serials.c.serial)) == key
                )
            ).scalars()
        )
    if row is None:
        return found
    if row.device_id is not None:
        found.add(row.device_id)
    asset = " ".join((row.annotated_asset_id or "").split())
    if asset:
        found.update(
            c.execute(select(devices.c.id).where(func.lower(devices.c.label) == asset.lower())).scalars()
        )
    if row.mac_address:
        found.update(
            device_id
            for device_id in c.execute(
                select(console_devices.c.device_id).where(
                    func.upper(console_devices.c.mac_address) == row.mac_address.upper(),
                    console_devices.c.console_id != row.console_id,
                    console_devices.c.device_id.is_not(None),
                )
            ).scalars()
            if device_id is not None
        )
    return found


def candidate(
    c: Connection, device_id: int, row: Row[Any] | None, record: Record | None, but: int | None
) -> Candidate | None:
    """A device as far as a return asks. `but`: the key that knocks, which is not its own rival."""
    device = c.execute(select(devices).where(devices.c.id == device_id)).one_or_none()
    if device is None:
        return None
    serials = c.execute(
        select(device_serials.c.serial, device_serials.c.to_at)
        .where(device_serials.c.device_id == device_id)
        .order_by(device_serials.c.id)
    ).all()
    present = next((s.serial for s in serials if s.to_at is None), None)
    former = {key for s in serials if s.to_at is not None and (key := serial_key(s.serial)) is not None}
    lives = remap_lives.read(c, device_id, but)
    return Candidate(
        device_id=device.id,
        label=device.label,
        serial=present,
        former_serials=frozenset(former - {serial_key(present or "")}),
        in_service=device.in_service,
        record=_record_before(c, device_id, row, record),
        life=lives.before,
        waiting=lives.waiting,
        seated=remap_lives.seated(c, device_id),
        wipe_ordered_at=_wipe(c, device_id),
        home_unit=_home_unit(c, device_id, row),
        vouched=_vouched(c, device_id, record),
    )


def _record_before(
    c: Connection, device_id: int, row: Row[Any] | None, record: Record | None
) -> Record | None:
    if row is None:
        return None
    before = remap_former.earlier(c, device_id, row)
    if before is not None:
        return read_record(c, before)
    return record if row.device_id == device_id else None


def _home_unit(c: Connection, device_id: int, row: Row[Any] | None) -> str:
    """Where it stood before; where a person has put it since then, that."""
    if row is None:
        return ""
    unit = remap_former.of(c, device_id, row).get(UNIT)
    if unit is None:
        return str(row.org_unit_path) if row.device_id == device_id else ""
    return str(row.org_unit_path) if unit.touched else unit.value


def _wipe(c: Connection, device_id: int) -> int | None:
    ended = func.coalesce(device_commands.c.ended_at, device_commands.c.sent_at)
    found: int | None = c.execute(
        select(func.max(ended)).where(
            device_commands.c.device_id == device_id,
            device_commands.c.kind.in_(WIPES),
            device_commands.c.state.in_(CARRIED_OUT),
        )
    ).scalar()
    return found


def _vouched(c: Connection, device_id: int, record: Record | None) -> tuple[str, int] | None:
    """A person accepted that this record, as it is enrolled now, is this device; no key had knocked then."""
    if record is None:
        return None
    found = c.execute(
        select(remaps.c.decided_by, remaps.c.decided_at)
        .where(
            remaps.c.device_id == device_id,
            remaps.c.console_id == record.console_id,
            remaps.c.enrolment_id.is_(None),
            remaps.c.state == "accepted",
            remaps.c.how != "rule",
            remaps.c.decided_at >= (record.change_seen_at or 0),
        )
        .order_by(remaps.c.id.desc())
        .limit(1)
    ).one_or_none()
    return (found.decided_by, found.decided_at) if found is not None else None
