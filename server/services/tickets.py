"""Connection tickets: which of two copies of one installation is the one that was here last.

What is given for a ticket is always the same: a copy of a profile that comes with the ticket before, while the newest one
is not confirmed yet, is then given the very one that the real device holds, and cannot push it out of the line. The key
is this server's alone: who knows the enrolment secret and an old ticket cannot reckon the next ones.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from server.services.meta import get_meta, set_meta
from server.store.database import Write

KEY = "ticket_key"  # meta: 64 hex digits


def next_ticket(tx: Write, enrolment_id: int, presented: str | None) -> str:
    """The ticket that follows the one whose hash is `presented` (None: none was)."""
    key = get_meta(tx.c, KEY)
    if key is None:
        key = secrets.token_hex(32)
        set_meta(tx, KEY, key)
    told = f"{enrolment_id}\n{presented or ''}".encode()
    made = hmac.new(bytes.fromhex(key), told, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made[:24]).decode()


def ticket_hash(ticket: str) -> str:
    """What is kept of a connection ticket."""
    return hashlib.sha256(ticket.encode()).hexdigest()
