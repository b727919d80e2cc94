"""What a sticker's or a card's code says, however it came in: a camera, a USB scanner, or a label typed by hand. Pure.

A sticker leads to `<address>/d/<label>.<mark>`, a participant's card to `<address>/k/<number>.<mark>`. The mark is a
few letters keyed by the school: it shows that a code was scanned and not typed, and opens nothing by itself.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

MARK_LENGTH = 6  # 30 bits: nobody types it by luck, and the code stays small enough for a 38 mm label
_ADDRESS = re.compile(r"/([dk])/([^/?#\s]{1,300})/?$", re.IGNORECASE)
_MARKED = re.compile(rf"(.+)\.([A-Z2-7]{{{MARK_LENGTH}}})", re.IGNORECASE | re.DOTALL)


class What(StrEnum):
    DEVICE = "d"
    CARD = "k"


@dataclass(frozen=True, slots=True)
class Scan:
    """`name`: a device's label or a card's number. `mark`: None when it was typed."""

    what: What
    name: str
    mark: str | None = None


def code(what: What, name: str, key: bytes) -> str:
    """What stands after `/d/` or `/k/`: the name, a dot, the mark."""
    return f"{name}.{_mark(what, name, key)}"


def read(text: str) -> Scan | None:
    """A whole address, the end of one, or a bare label; None when it is none of these."""
    text = text.strip()
    if any("\ud800" <= letter <= "\udfff" for letter in text):  # half a character: nobody printed that
        return None
    found = _ADDRESS.search(text)
    if found is None:
        bare = bool(text) and len(text) <= 20 and not re.search(r"[/:?#]", text)
        return Scan(What.DEVICE, " ".join(text.split())) if bare else None
    what, name = What(found[1].lower()), unquote(found[2])
    marked = _MARKED.fullmatch(name)
    return Scan(what, marked[1], marked[2].upper()) if marked else Scan(what, name)


def plain(scan: Scan) -> Scan:
    """The same with what looked like a mark read as part of the name."""
    return scan if scan.mark is None else Scan(scan.what, f"{scan.name}.{scan.mark}")


def genuine(scan: Scan, key: bytes) -> bool:
    """The code came from a sticker or card that this school printed."""
    return scan.mark is not None and hmac.compare_digest(scan.mark, _mark(scan.what, scan.name, key))


def _mark(what: What, name: str, key: bytes) -> str:
    digest = hmac.new(key, f"{what}\n{name.casefold()}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode()[:MARK_LENGTH]
