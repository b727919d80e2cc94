"""The exam token: six capital letters that a room can read from a projector and type without doubt."""

from __future__ import annotations

import re
from collections.abc import Callable

#: Capital letters without those that are mistaken for another letter or a digit when read aloud or
#: from the back of a room: I/J/L/O/Q, and the pairs U/V and M/N keep one each.
ALPHABET = "ABCDEFGHKNPRSTUWXYZ"
LENGTH = 6
DEFAULT_INTERVAL_MINUTES = 15  # what local exam programs use by default

_SHAPE = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")


def make(choose: Callable[[str], str]) -> str:
    """A new token; `choose` picks one character of a string (secrets.choice in production)."""
    return "".join(choose(ALPHABET) for _ in range(LENGTH))


def normalise(typed: str) -> str:
    """What a pupil meant: capitals, without the spaces and dots people add."""
    return re.sub(r"[\s.\-]+", "", typed).upper()


def is_token(text: str) -> bool:
    """True for a well-formed token of ours."""
    return _SHAPE.fullmatch(text) is not None
