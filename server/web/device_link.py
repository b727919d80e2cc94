"""One way to a device, as an engine gives it, and how far a conversation on it has come."""

from __future__ import annotations

import secrets
from typing import Protocol

from server.domain.protocol import Refused
from server.web.device_session import Session


class Link(Protocol):
    """One way to a device, given by the engine."""

    address: str | None

    def send(self, event: str, message: dict[str, object]) -> None: ...

    def close(self) -> None: ...

    def unanswered_ms(self) -> int:
        """How long the oldest ping has waited for an answer; 0 when none does."""
        ...


class Connection:
    """One open link and how far it has come."""

    def __init__(self, link: Link, now: int) -> None:
        self.link = link
        self.nonce = secrets.token_hex(16)
        self.opened_at = now
        self.session: Session | None = None
        self.key = ""  # thumbprint, as soon as a proof named one
        self.proving = False
        self.over = False

    def send(self, kind: str, body: dict[str, object]) -> None:
        """A sealed message, once it is proven; nothing to one that is gone."""
        if self.session is not None and not self.over:
            self.link.send(kind, self.session.seal(kind, body))

    def refuse(self, refused: Refused) -> None:
        self.over = True
        self.link.send("refused", refused.as_message())
        self.link.close()
