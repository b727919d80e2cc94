"""What the ledger page and its interface are asked, read and checked: each mistake names its field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from server.domain.errors import Invalid, NotFound
from server.services import when
from server.services.school import host
from server.services.seat_ledger import Filter
from server.store.tables import devices, rooms, seats

_CLOCK = re.compile(r"([01]?\d|2[0-3])[.:]([0-5]\d)(?:[.:]([0-5]\d))?")
MINUTE_MS = 60_000
TEXT_MAX = 80
YEARS = range(2000, 2200)


@dataclass(frozen=True, slots=True)
class Query:
    """`instant` (epoch ms) and how long what was typed lasts: a whole minute where no second was given."""

    wanted: Filter
    instant: int | None
    zone: str


def read(c: Connection, given: Mapping[str, str], now: int) -> Query:
    """From `exam, date, room, seat, device, person, at`.

    Raises: Invalid (`ledger_exam_invalid`, `ledger_date_invalid`, `ledger_time_invalid`,
    `ledger_room_missing`, `ledger_text_long`), NotFound (`room_unknown`, `ledger_seat_unknown`, `device_unknown`),
    each with `field`.
    """
    text = {key: given.get(key, "").strip() for key in ("date", "room", "seat", "device", "person", "at")}
    for key, value in text.items():
        if len(value) > TEXT_MAX:
            raise Invalid(f"{key}: too long", code="ledger_text_long", field=key, most=TEXT_MAX)
    zone = host(c).timezone
    exam = given.get("exam", "").strip()
    if exam and not (exam.isascii() and exam.isdigit() and len(exam) < 10):
        raise Invalid("exam: not the number of an exam", code="ledger_exam_invalid", field="exam")
    day = _day(text["date"])
    text["room"] = _room(c, text["room"], text["seat"])
    text["seat"] = _seat(c, text["room"], text["seat"])
    text["device"] = _device(c, text["device"])
    instant, lasts = _instant(text["at"], day, when.today(now, zone), zone)
    at_a_time = instant is not None
    wanted = Filter(
        exam_id=int(exam) if exam else None,
        date="" if at_a_time else day,  # the instant says the day
        room=text["room"],
        seat=text["seat"],
        device=text["device"],
        person=text["person"],
        at=instant,
        until=instant + lasts if instant is not None else None,
    )
    return Query(wanted, instant, zone)


def _day(text: str) -> str:
    if not text:
        return ""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()
        if day.year not in YEARS:
            raise ValueError("no exam was or will be then")
        return day.isoformat()
    except ValueError as error:
        raise Invalid(
            f"date: '{text}' is not yyyy-mm-dd", code="ledger_date_invalid", field="date"
        ) from error


def _instant(text: str, day: str, today: str, zone: str) -> tuple[int | None, int]:
    """(epoch ms, how much longer it lasts): 08.41 of `day` or of today, or a whole ISO time."""
    if not text:
        return None, 0
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        hour, minute, second = int(clock[1]), clock[2], clock[3]
        at = when.moment(day or today, f"{hour:02d}:{minute}:{second or '00'}", zone)
        return at, 0 if second else MINUTE_MS - 1
    try:
        if "T" not in text.upper():
            raise ValueError("no hour")
        # A plus sign in an address that nobody wrote as %2B arrives as a space.
        said = datetime.fromisoformat(re.sub(r" (\d\d:?\d\d)$", r"+\1", text))
        if said.year not in YEARS:
            raise ValueError("no exam was or will be then")
    except ValueError as error:
        raise Invalid(
            f"at: '{text}' is neither 08.41 nor 2026-11-24T08:41", code="ledger_time_invalid", field="at"
        ) from error
    if said.tzinfo is None:
        said = said.replace(tzinfo=when.zone(zone))
    whole_minute = re.search(r"T\d\d:?\d\d:?\d\d", text, re.IGNORECASE) is None
    return int(said.timestamp() * 1000), MINUTE_MS - 1 if whole_minute else 0


def _room(c: Connection, text: str, seat: str) -> str:
    if text:
        found = c.execute(select(rooms.c.name).where(func.lower(rooms.c.name) == func.lower(text))).scalar()
        if found is None:
            raise NotFound(f"room '{text}': not known", code="room_unknown", field="room")
        return str(found)
    if not seat:
        return ""
    having = c.execute(
        select(rooms.c.name)
        .join(seats, seats.c.room_id == rooms.c.id)
        .where(func.lower(seats.c.label) == func.lower(seat))
        .distinct()
    ).scalars()
    names = list(having)
    if len(names) > 1:
        raise Invalid(
            f"room: {len(names)} rooms have a seat {seat}; say which",
            code="ledger_room_missing",
            field="room",
            seat=seat,
            rooms=", ".join(names),
        )
    return names[0] if names else ""


def _seat(c: Connection, room: str, text: str) -> str:
    if not text:
        return ""
    query = select(seats.c.label).where(func.lower(seats.c.label) == func.lower(text))
    if room:
        query = query.join(rooms, rooms.c.id == seats.c.room_id).where(rooms.c.name == room)
    found = c.execute(query.limit(1)).scalar()
    if found is None:
        raise NotFound(
            f"seat '{text}': not in {room or 'any room'}", code="ledger_seat_unknown", field="seat", seat=text
        )
    return str(found)


def _device(c: Connection, text: str) -> str:
    if not text:
        return ""
    found = (
        c.execute(select(devices.c.label).where(func.lower(devices.c.label) == func.lower(text)))
        .scalars()
        .all()
    )
    if not found:
        raise NotFound(
            f"device '{text}': no such sticker", code="device_unknown", field="device", device=text
        )
    return text if text in found else str(found[0])
