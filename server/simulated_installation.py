"""What lives and dies together on a simulated device, and what its server may do to it."""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

_KEPT = ("id", "seq", "queue", "ticket", "applied", "doc")


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
    file: Path | None = None

    @classmethod
    def of(cls, file: Path) -> Installation:
        """The one kept in a file, or a new one that will be: a rehearsal that is started again brings back the
        same devices, not strangers with their serial numbers."""
        made = cls(file=file)
        if file.exists():
            kept = json.loads(file.read_text("utf-8"))
            for name in _KEPT:
                setattr(made, name, kept[name])
            key = load_pem_private_key(kept["key"].encode(), None)
            assert isinstance(key, ec.EllipticCurvePrivateKey)
            made.key = key
        return made

    def keep(self) -> None:
        """Write it down, whole or not at all. Before anything of it is sent: a number is never given out twice."""
        if self.file is None:
            return
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        part = self.file.with_suffix(".part")
        part.write_text(json.dumps({"key": key, **{name: getattr(self, name) for name in _KEPT}}), "utf-8")
        os.replace(part, self.file)

    @property
    def public_key(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, message: bytes) -> bytes:
        """Raw r‖s, as WebCrypto makes it."""
        r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
