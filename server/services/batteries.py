"""Batteries of a room, forecast to a time: made of the marks that devices leave as their charge falls."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from server.domain.battery import Forecast, Mark, forecast
from server.store.tables import battery_marks, device_places, device_seen, devices, enrolments


@dataclass(frozen=True, slots=True)
class Battery:
    """`percent` as last reported."""

    device: str
    percent: int
    charging: bool
    forecast: Forecast


def of_room(c: Connection, room_id: int, until: int) -> list[Battery]:
    """The Chromebooks in service of a room that ever told their charge, the emptiest at `until` first."""
    rows = c.execute(
        select(devices.c.label, enrolments.c.id, device_seen.c.reported_at, device_seen.c.observed)
        .join(device_places, device_places.c.device_id == devices.c.id)
        .join(enrolments, (enrolments.c.device_id == devices.c.id) & (enrolments.c.standing == "live"))
        .join(device_seen, device_seen.c.enrolment_id == enrolments.c.id)
        .where(
            device_places.c.room_id == room_id,
            device_places.c.to_at.is_(None),
            devices.c.in_service.is_(True),
        )
        .order_by(devices.c.label)
    ).all()
    marks = _marks(c, [row.id for row in rows])
    found: list[Battery] = []
    for row in rows:
        percent, charging = row.observed.get("battery"), bool(row.observed.get("charging"))
        if percent is None:
            continue
        earlier = [mark for mark in marks.get(row.id, []) if mark.at < row.reported_at]
        seen = forecast([*earlier, Mark(row.reported_at, percent, charging)], until)
        if seen is not None:
            found.append(Battery(row.label, percent, charging, seen))
    return sorted(found, key=lambda b: (b.forecast.percent, b.device))


def _marks(c: Connection, enrolment_ids: list[int]) -> dict[int, list[Mark]]:
    found: dict[int, list[Mark]] = {}
    for m in c.execute(
        select(battery_marks)
        .where(battery_marks.c.enrolment_id.in_(enrolment_ids))
        .order_by(battery_marks.c.at)
    ):
        found.setdefault(m.enrolment_id, []).append(Mark(m.at, m.percent, m.charging))
    return found
