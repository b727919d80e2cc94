"""Whose connection broke, or stopped answering: seconds before its missing reports would say so.

A report comes every 10 s, so silence alone is told apart from patience only after some of them. A connection is
pinged every 1.5 s; a ping that nobody answers says it sooner.
"""

from __future__ import annotations

#: A reconnect takes a second or two and a walk between access points about three: not news.
GRACE_MS = 3_000
REMEMBERED = 20_000  # devices that went
#: We listen once a second. After a longer pause answers may still lie unread before us, so a ping owes nothing yet;
STALLED_MS = 2_500
#: and after one like this (the laptop slept, its clock jumped) reports were missed: silence counts from now on.
DEAF_MS = 15_000


class Heard:
    """Kept in memory: after a restart of the server only silence says that somebody is missing."""

    def __init__(self) -> None:
        self._went: dict[int, int] = {}
        self._round: int | None = None
        self._stalled = self._since = 0

    def listening_since(self, now: int) -> int:
        """Asked in every round: since when (epoch ms) nobody's silence can be our own. After a start: since then."""
        gap = now - self._round if self._round is not None else DEAF_MS
        self._round = now
        if gap >= STALLED_MS or gap < 0:
            self._stalled = now
        if gap >= DEAF_MS or gap < 0:
            self._since = now
        return self._since

    def came(self, device_id: int) -> None:
        """A proof or a report of this device arrived."""
        self._went.pop(device_id, None)

    def went(self, device_id: int, now: int) -> None:
        """Its connection is gone."""
        if len(self._went) >= REMEMBERED:
            self._went.pop(next(iter(self._went)))
        self._went[device_id] = now

    def lost(self, device_id: int, unanswered_ms: int | None, now: int) -> bool:
        """`unanswered_ms`: how long its open connection owes an answer to a ping; None: it has none."""
        if 0 <= now - self._stalled < GRACE_MS:
            return False
        if unanswered_ms is not None:
            return unanswered_ms >= GRACE_MS
        went = self._went.get(device_id)
        return went is not None and now - went >= GRACE_MS
