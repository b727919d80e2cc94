"""How long to wait before a call that failed in passing is sent again, and when to give up.

Full jitter: any moment between now and a bound that doubles. A room of servers that was cut off together does not
come back together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

MOST_TRIES = 8
CAP_SECONDS = 60.0
TOTAL_SECONDS = 300.0  # of pauses for one call; what Google asks for beyond that is told to a person


@dataclass(slots=True)
class Tries:
    """The tries of one call. `spread` gives a number from 0 up to 1."""

    spread: Callable[[], float]
    sent: int = 1
    waited: float = 0.0
    total: float = TOTAL_SECONDS

    def pause(self, retry_after: float | None = None) -> float | None:
        """Seconds until the next try, None when it is time to give up. Google's own wish is a lower bound."""
        if self.sent >= MOST_TRIES:
            return None
        seconds = self.spread() * min(CAP_SECONDS, 2.0**self.sent)
        if retry_after is not None:
            seconds += retry_after  # not all at the very second that Google named
        if self.waited + seconds > self.total:
            return None
        self.sent += 1
        self.waited += seconds
        return seconds
