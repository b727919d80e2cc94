"""The bytes both sides prove and authenticate (docs/protocol.md, sections 1 and 2). Pure computation."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key


@dataclass(frozen=True, slots=True)
class ProofFields:
    """What both proofs are about."""

    device_nonce: str
    server_nonce: str
    address: str
    school: str
    serial: str
    installation_id: str
    thumbprint: str
    protocol: int

    def _lines(self) -> list[str]:
        return [
            self.device_nonce, self.server_nonce, self.address, self.school, self.serial,
            self.installation_id, self.thumbprint, str(self.protocol),
        ]  # fmt: skip

    def proof_bytes(self, role: str) -> bytes:
        """`role`: device or server."""
        return "\n".join(["bangku-proof-1", role, *self._lines()]).encode()

    def session_bytes(self) -> bytes:
        return "\n".join(["bangku-session-1", *self._lines()]).encode()


def proof_mac(secret: str, role: str, fields: ProofFields) -> str:
    return hmac.new(secret.encode(), fields.proof_bytes(role), hashlib.sha256).hexdigest()


def session_key(secret: str, fields: ProofFields) -> bytes:
    """Derived by both sides, never sent (32 bytes)."""
    return hmac.new(secret.encode(), fields.session_bytes(), hashlib.sha256).digest()


def envelope_mac(key: bytes, kind: str, n: int, body: str) -> str:
    digest = hashlib.sha256(body.encode()).hexdigest()
    return hmac.new(key, f"{kind}\n{n}\n{digest}".encode(), hashlib.sha256).hexdigest()


def fits(one: str, other: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def thumbprint(spki: bytes) -> str:
    return hashlib.sha256(spki).hexdigest()


def key_name(public_key: str) -> str:
    """The thumbprint of a key as it stands in a message; empty for what is no base64url."""
    try:
        return thumbprint(from_base64url(public_key))
    except ValueError:
        return ""


def from_base64url(text: str) -> bytes:
    """Raises: ValueError for what is not base64url."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url") from error


def to_base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signature_fits(spki: bytes, signature: bytes, message: bytes) -> bool:
    """ECDSA P-256 with SHA-256; `signature` is raw r‖s as WebCrypto makes it."""
    try:
        key = load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm):
        return False
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        return False
    if len(signature) != 64:
        return False
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    try:
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
