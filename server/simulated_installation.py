"""What lives and dies together on a simulated device, and what its server may do to it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class DeviceRefused(Exception):
    """The server said no; `code` is of docs/protocol.md, section 6."""

    def __init__(self, code: str) -> None:
        super().__init__(f"the server refused this device [{code}]")
        self.code = code


class ServerNotProven(Exception):
    """The other side does not know the enrolment secret: nothing of it was taken."""


@dataclass(slots=True)
class Installation:
    """What lives and dies together on a device: id, key, event numbers, queue, ticket, applied document."""

    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    seq: int = 0
    queue: list[dict[str, Any]] = field(default_factory=list)
    ticket: str | None = None
    applied: dict[str, Any] | None = None
    doc: dict[str, Any] = field(default_factory=dict)

    @property
    def public_key(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, message: bytes) -> bytes:
        """Raw r‖s, as WebCrypto makes it."""
        r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
