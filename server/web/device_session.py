"""One proven conversation with one device: counters and MACs, whichever way its messages travel."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field

from server.domain.proof import envelope_mac, fits
from server.domain.protocol import MAX_MESSAGE_BYTES, Envelope, Refused, Tolerance
from server.services.enrol import Admitted


@dataclass(slots=True)
class Session:
    """`sent` and `seen` are the highest counters in each direction."""

    device: Admitted
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    sent: int = 0
    seen: int = 0
    reported: bool = False
    used_at: int = 0
    address: str | None = None

    def open(self, kind: str, raw: object, tolerance: Tolerance) -> str:
        """The authenticated body of an envelope.

        Raises: Refused (`bad_message`, `too_large`, `bad_mac`).
        """
        if (
            isinstance(raw, dict)
            and isinstance(raw.get("body"), str)
            and len(raw["body"]) > MAX_MESSAGE_BYTES
        ):
            raise Refused(
                "too_large", f"{self.device.device_label}: a message over {MAX_MESSAGE_BYTES} bytes"
            )
        envelope = tolerance.parse(Envelope, raw)
        if envelope.n <= self.seen or not fits(
            envelope_mac(self.device.key, kind, envelope.n, envelope.body), envelope.mac
        ):
            raise Refused("bad_mac", f"{self.device.device_label}: a MAC or counter is wrong", 0)
        self.seen = envelope.n
        return envelope.body

    def seal(self, kind: str, body: dict[str, object]) -> dict[str, object]:
        """An envelope for the device."""
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        self.sent += 1
        return {"n": self.sent, "body": text, "mac": envelope_mac(self.device.key, kind, self.sent, text)}
