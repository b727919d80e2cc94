"""The code that opens the check page: made to be read aloud and typed, and not worth guessing. Pure."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable

#: Capital letters and digits that are not mistaken for one another, on a screen or by ear.
ALPHABET = "ABCDEFGHKNPRSTUWXYZ3479"
LENGTH = 6
HOURS = (2, 4, 8, 12)  # how long a code may be good for
DEFAULT_HOURS = 4

FREE = 10  # wrong codes a minute that cost nothing: a room of people mistypes
MINUTE_MS = 60_000
PAUSE_MS = 2_000  # then at most one try in so long: thirty a minute, of 148 million codes
RESULTS_A_MINUTE = 120  # of one code: more than a technician with a room of Chromebooks sends


def make(choose: Callable[[str], str]) -> str:
    """A new code; `choose` picks one character of a string (secrets.choice in production)."""
    return "".join(choose(ALPHABET) for _ in range(LENGTH))


def normalise(typed: str) -> str:
    """What was meant: capitals, without the spaces and dots people add."""
    return re.sub(r"[\s.\-]+", "", typed).upper()


class Guesses:
    """Wrong codes of the last minute, whoever typed them: a room sits behind one address, so none is counted."""

    def __init__(self) -> None:
        self._wrong: deque[int] = deque(maxlen=FREE + 1)

    def wrong(self, now: int) -> None:
        self._wrong.append(now)

    def wait_ms(self, now: int) -> int:
        """How long until the next code is looked at; 0: now."""
        while self._wrong and self._wrong[0] <= now - MINUTE_MS:
            self._wrong.popleft()
        return max(0, self._wrong[-1] + PAUSE_MS - now) if len(self._wrong) > FREE else 0


class Pace:
    """How many results came in under each code in the last minute."""

    def __init__(self) -> None:
        self._taken: dict[int, deque[int]] = {}

    def take(self, code_id: int, now: int) -> int:
        """0 when one more is fine, else how many milliseconds until it is."""
        taken = self._taken.setdefault(code_id, deque())
        while taken and taken[0] <= now - MINUTE_MS:
            taken.popleft()
        if len(taken) >= RESULTS_A_MINUTE:
            return taken[0] + MINUTE_MS - now
        taken.append(now)
        return 0
