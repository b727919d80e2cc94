"""Looking for devices by what we and the console know; and the records of the console that are nobody's yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select

from server.domain.console_record import serial_key
from server.services import console_sync, google_jobs, inventory_list
from server.services.google_jobs import Job
from server.services.inventory_list import DeviceLine
from server.store.tables import (
    console_devices,
    console_org_units,
    device_serials,
    devices,
    rooms,
)

PAGE = 200


@dataclass(frozen=True, slots=True)
class Filter:
    """Empty fields do not filter. `since` (ms) goes with `policy`: yes (policy fetched since) or no."""

    text: str = ""
    org_unit: str = ""  # org unit id; "none": not in the console
    status: str = ""
    linked: str = ""  # yes | no
    room: int | None = None
    service: str = ""  # in | out
    policy: str = ""  # yes | no
    since: int | None = None

    @property
    def asked(self) -> bool:
        return self != Filter()


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters offer: only what occurs."""

    org_units: list[tuple[str, str]]
    statuses: list[str]
    rooms: list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Console:
    """Whether the console's list is here, and how old it is. `taken_at`: of the newest sync that was taken over."""

    records: int
    unlabelled: int
    newest: Job | None
    taken_at: int | None


def conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    """Over the columns of `inventory_list.JOINED`."""
    found: list[ColumnElement[bool]] = []
    mirror = console_devices.c
    if wanted.text:
        found.append(
            or_(
                devices.c.label.contains(wanted.text, autoescape=True),
                device_serials.c.serial.contains(wanted.text, autoescape=True),
            )
        )
    if wanted.org_unit:
        found.append(mirror.org_unit_id == wanted.org_unit)
    if wanted.status:
        found.append(mirror.status == wanted.status)
    if wanted.linked:
        found.append(
            mirror.console_id.is_not(None) if wanted.linked == "yes" else mirror.console_id.is_(None)
        )
    if wanted.room is not None:
        found.append(rooms.c.id == wanted.room)
    if wanted.service:
        found.append(devices.c.in_service.is_(wanted.service == "in"))
    if wanted.policy and wanted.since is not None:
        since = mirror.last_sync_at >= wanted.since
        found.append(since if wanted.policy == "yes" else or_(~since, mirror.last_sync_at.is_(None)))
    return found


def lines(c: Connection, wanted: Filter, page: int = 0) -> tuple[list[DeviceLine], int]:
    """One page of the list, and how many there are in all."""
    where = conditions(wanted)
    return inventory_list.lines(c, where, PAGE, page * PAGE), inventory_list.count(c, where)


def every(c: Connection, wanted: Filter) -> list[DeviceLine]:
    """The whole list, for a file."""
    return inventory_list.lines(c, conditions(wanted))


def choices(c: Connection) -> Choices:
    live = console_devices.c.gone_at.is_(None)
    used = select(console_devices.c.org_unit_id).where(live).distinct()
    units = c.execute(
        select(console_org_units.c.org_unit_id, console_org_units.c.path)
        .where(console_org_units.c.org_unit_id.in_(used))
        .order_by(console_org_units.c.path)
    )
    statuses = c.execute(
        select(console_devices.c.status).where(live).distinct().order_by(console_devices.c.status)
    )
    homes = c.execute(select(rooms.c.id, rooms.c.name).order_by(rooms.c.name))
    return Choices(
        [(row.org_unit_id, row.path) for row in units],
        list(statuses.scalars()),
        [(row.id, row.name) for row in homes],
    )


def console(c: Connection) -> Console:
    """How far the list of the console is here."""
    newest = google_jobs.newest(c, "sync", limit=1)
    return Console(
        records=_count(c, console_devices.c.gone_at.is_(None)),
        unlabelled=_count(c, console_devices.c.gone_at.is_(None), console_devices.c.device_id.is_(None)),
        newest=newest[0] if newest else None,
        taken_at=console_sync.taken_at(c),
    )


def unlabelled(c: Connection) -> list[Row[Any]]:
    """Records that are no device of ours, by org unit and serial number."""
    return list(
        c.execute(
            select(console_devices)
            .where(console_devices.c.gone_at.is_(None), console_devices.c.device_id.is_(None))
            .order_by(console_devices.c.org_unit_path, console_devices.c.serial)
        )
    )


def why_unlabelled(c: Connection, rows: list[Row[Any]]) -> dict[str, tuple[str, str]]:
    """Why the console's own label did not make a device of each: (code, what stands in the way)."""
    labels = {label.casefold(): label for label in c.execute(select(devices.c.label)).scalars()}
    given = c.execute(
        select(device_serials.c.serial, devices.c.label, device_serials.c.to_at).join(
            devices, devices.c.id == device_serials.c.device_id
        )
    )
    serials = {serial_key(row.serial): row.label for row in given}
    said: dict[str, tuple[str, str]] = {}
    for row in rows:
        key, asset = serial_key(row.serial), " ".join((row.annotated_asset_id or "").split())
        if key is None:
            said[row.console_id] = ("no_serial", row.serial)
        elif key in serials:
            said[row.console_id] = ("serial_of", serials[key])
        elif not asset:
            said[row.console_id] = ("no_asset_id", "")
        elif asset.casefold() in labels:
            said[row.console_id] = ("label_of", labels[asset.casefold()])
        else:
            said[row.console_id] = ("asset_id_unfit", asset)
    return said


def _count(c: Connection, *where: ColumnElement[bool]) -> int:
    return int(c.execute(select(func.count()).select_from(console_devices).where(*where)).scalar_one())
