"""A day at the school as yyyy-mm-dd, the one spelling that also sorts; read from what people and spreadsheets write."""

from __future__ import annotations

import re

_ISO = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)
_LOCAL = re.compile(r"(?P<day>\d{1,2})[./-](?P<month>\d{1,2})[./-](?P<year>\d{4}|\d{2})")
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def read(text: str) -> str | None:
    """2026-11-30, with an hour or without; 30/11/2026, 30.11.26. None when it is no day."""
    found = _ISO.fullmatch(text) or _LOCAL.fullmatch(text)
    if found is None or not text.isascii():
        return None
    year, month, day = int(found["year"]), int(found["month"]), int(found["day"])
    year += 2000 if len(found["year"]) == 2 else 0
    if year < 1 or not 1 <= month <= 12:
        return None
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return f"{year:04d}-{month:02d}-{day:02d}" if 1 <= day <= _DAYS[month - 1] + leap else None


def day_first(day: str) -> str:
    """30/11/2026, as people here write it: a browser's own date field would show 11/30/2026 where its language is English."""
    return "/".join(reversed(day.split("-")))


def is_day(text: str) -> bool:
    """It is a day that exists, and in the spelling that sorts."""
    return read(text) == text
