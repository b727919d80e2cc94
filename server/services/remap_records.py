"""The console's records as a return needs them: by whole serial number, with what the mirror saw of their enrolment."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from server.domain.console_record import deprovisioned, serial_key
from server.domain.remap_facts import Record
from server.services.console_times import moment
from server.store.tables import console_devices, console_history, google_jobs

_SAME = (
    select(console_devices)
    .where(
        func.upper(func.trim(console_devices.c.serial)) == bindparam("key"),
        console_devices.c.gone_at.is_(None),
    )
    .order_by(
        func.coalesce(console_devices.c.last_enrolled_at, 0).desc(),
        console_devices.c.first_seen_at.desc(),
        console_devices.c.console_id,
    )
)


def same_serial(c: Connection, key: str | None) -> list[Row[Any]]:
    """Records of this serial number, however it is written; the newest enrolment first."""
    return list(c.execute(_SAME, {"key": key})) if key is not None else []


def of_serial(c: Connection, serial: str) -> tuple[Row[Any] | None, list[Row[Any]]]:
    """The record that a device of this serial number is now, and other live ones of the same number."""
    same = same_serial(c, serial_key(serial))
    live = [r for r in same if not deprovisioned(r.status)]
    if live:
        return live[0], live[1:]
    return (same[0], []) if same else (None, [])


_HISTORY = (
    select(console_history.c.at, console_history.c.kind, console_history.c.detail)
    .where(
        console_history.c.console_id == bindparam("record"),
        console_history.c.kind.in_(("enrolled", "back", "status")),
    )
    .order_by(console_history.c.id)
)


def read_record(c: Connection, row: Row[Any]) -> Record:
    """A row of the mirror, with what its history says of its newest enrolment."""
    lines = c.execute(_HISTORY, {"record": row.console_id}).all()
    line = next((one for one in reversed(lines) if one.kind != "status"), None)
    before = _number(line.detail.get("before")) if line is not None and line.kind == "enrolled" else None
    let_go = [
        one.at for one in lines if one.kind == "status" and deprovisioned(str(one.detail.get("after", "")))
    ]
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
        deprovisioned_at=_newest(row, let_go),
        seen_at=row.seen_at,
        device_id=row.device_id,
    )


def _newest(row: Row[Any], seen: list[int]) -> int | None:
    """When the school let it go last: as Google says, or as the mirror saw it."""
    told = moment(str((row.facts or {}).get("lastDeprovisionTimestamp") or ""))
    return max([*seen, *([told] if told is not None else [])], default=None)


def _number(text: object) -> int | None:
    word = str(text or "")
    return int(word) if word.isascii() and word.isdigit() else None


_NEWEST_SYNC = (
    select(
        google_jobs.c.id,
        google_jobs.c.result["odd"].as_integer(),
        google_jobs.c.result["accepted"].as_string(),
    )
    .where(google_jobs.c.kind == "sync", google_jobs.c.state == "done")
    .order_by(google_jobs.c.id.desc())
    .limit(1)
)


def differs(c: Connection, key: str | None) -> bool:
    """The newest sync found something odd of this serial number that nobody has taken over."""
    newest = c.execute(_NEWEST_SYNC).one_or_none()
    if key is None or newest is None or not newest[1] or newest[2] == "all":
        return False
    told = c.execute(select(google_jobs.c.result).where(google_jobs.c.id == newest.id)).scalar_one()
    return any(
        line.get("odd") and line.get("what") == "device" and serial_key(str(line.get("serial", ""))) == key
        for line in told.get("lines", ())
    )
