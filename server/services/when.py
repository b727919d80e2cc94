"""School time: a day and an hour on the wall, as the server's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

#: Hours ahead of UTC of Indonesia's three zones.
ZONES = {"WIB": 7, "WITA": 8, "WIT": 9}


def zone(name: str) -> timezone:
    """The zone of that name; WIB for an unknown one."""
    return timezone(timedelta(hours=ZONES.get(name, 7)))


def moment(day: str, hour: str, zone_name: str) -> int:
    """yyyy-mm-dd and hh:mm at the school, as UTC epoch ms."""
    local = datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=zone(zone_name))
    return int(local.timestamp() * 1000)


def local(at: int, zone_name: str) -> datetime:
    """UTC epoch ms as it stands on the school's wall."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(zone(zone_name))


def today(now: int, zone_name: str) -> str:
    """The day it is at the school, yyyy-mm-dd."""
    return local(now, zone_name).date().isoformat()


def day_before(day: str) -> str:
    """H-1 of a day, both yyyy-mm-dd."""
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()
