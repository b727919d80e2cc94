"""What the centre does to an exam in the ministry's client, as far as a room can tell.

Token, login, clock and answers are the centre's. Two things a room can know: that it waits for the token, and that
the centre cannot be used while its own side works. Both are spells with a beginning and an end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from server.domain.errors import Conflict, Invalid
from server.domain.exam import Client

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
MISSES = 2  # a single unanswered look is not news
CLIENT_ERROR_LIMIT = 500
NOT_IMPLEMENTED = 501  # the host does not know HEAD, but it is there

_CLOCK = re.compile(r"([01]?\d|2[0-3])[.:]([0-5]\d)", re.ASCII)


class CentreState(StrEnum):
    TOKEN_AWAITED = "token_awaited"  # noqa: S105 - the name of a state
    UNREACHABLE = "unreachable"


class Teller(StrEnum):
    """Whose word a spell is: a person's word is only taken back by a person."""

    PROBE = "probe"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the centre's address. `our_side`: whether a second address answered; None: none was asked."""

    at: int
    answered: bool
    our_side: bool | None = None


@dataclass(frozen=True, slots=True)
class Streak:
    """Looks in a row that the centre did not answer while nothing spoke against our own side."""

    misses: int = 0
    first_at: int | None = None

    def after(self, look: Look) -> Streak:
        if look.answered or look.our_side is False:
            return Streak()  # without an internet of our own we learn nothing about the centre
        return Streak(self.misses + 1, look.at if self.first_at is None else self.first_at)

    @property
    def since(self) -> int | None:
        """From when the centre is away; None until that is sure enough to say."""
        return self.first_at if self.misses >= MISSES else None


def answers(status: int) -> bool:
    """Does an HTTP status mean that the service is there? A gateway's 502 or 503 does not."""
    return status < CLIENT_ERROR_LIMIT or status == NOT_IMPLEMENTED


def raise_if_not_centre(client: str) -> None:
    """Raises: Conflict (`centre_not_for_web`)."""
    if client != Client.EXAM_BROWSER:
        raise Conflict(
            "exam: it runs on this server, no centre has a part in it; look at the board instead",
            code="centre_not_for_web",
        )


def read_clock(text: str) -> int | None:
    """Minutes after midnight of "07.30" or "7:30"; None for nothing. Raises: Invalid (`centre_time_invalid`)."""
    text = text.strip()
    if not text:
        return None
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise Invalid(
            f"time '{text[:20]}': not a time of day; write it as 07.30",
            code="centre_time_invalid",
            field="time",
        )
    return int(match[1]) * 60 + int(match[2])


def today_at(minutes: int, now: int, zone_hours: int) -> int:
    """That time of the present local day. Raises: Invalid (`centre_time_later`) when it is still to come."""
    at = _midnight(now, zone_hours) + minutes * MINUTE_MS
    if at > now:
        raise Invalid(
            f"time {minutes // 60:02d}.{minutes % 60:02d}: still to come; enter one that has passed",
            code="centre_time_later",
            field="time",
        )
    return at


def passed_today(at: int | None, now: int, zone_hours: int) -> int | None:
    """A planned moment, once it has passed and while its day lasts."""
    return at if at is not None and _midnight(now, zone_hours) <= at <= now else None


def _midnight(now: int, zone_hours: int) -> int:
    """When the present day began where the school is: Indonesia's zones have no summer time."""
    shift = zone_hours * HOUR_MS
    return (now + shift) // DAY_MS * DAY_MS - shift


def raise_if_before(since: int, last_end: int | None) -> None:
    """Two spells of one kind do not overlap. Raises: Conflict (`centre_time_taken`)."""
    if last_end is not None and since < last_end:
        raise Conflict(
            "time: it lies in a spell already on record; enter a later one",
            code="centre_time_taken",
            field="time",
        )
