"""Packing the extension as CRX3 with the school's own key, and the update manifest that names it.

A CRX3 file is `Cr24`, the number 3, the header's length, the header, and a ZIP. The header is a protobuf
(Chromium: components/crx_file/crx3.proto) small enough to write by hand:

    CrxFileHeader        2: sha256_with_rsa (AsymmetricKeyProof), 10000: signed_header_data
    AsymmetricKeyProof   1: public key (SPKI DER), 2: signature
    SignedData           1: crx_id, the first 16 bytes of SHA-256(public key)

That file's comment speaks of PSS, but Chromium's verifier checks PKCS#1 v1.5 with SHA-256.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import struct
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from server.domain.errors import Invalid
from server.workspace.school_key import public_der

CRX_TYPE = "application/x-chrome-extension"
UPDATE_TYPE = "text/xml"
#: Chromium's rule: one to four whole numbers up to 65535, no leading zeros.
_VERSION = re.compile(r"(0|[1-9]\d{0,4})(\.(0|[1-9]\d{0,4})){0,3}")
#: Never part of the extension, though they may lie in its folder.
_LEFT_OUT = frozenset({"node_modules", "__pycache__", "package.json", "package-lock.json"})


@dataclass(frozen=True, slots=True)
class PackedExtension:
    """A signed extension. `id` follows from the key alone, so it is the same for every version."""

    id: str
    version: str
    crx: bytes = field(repr=False)

    def update_manifest(self, codebase: str) -> bytes:
        """The XML that Chromium polls; `codebase` is the address of the CRX."""
        return update_manifest(self.id, self.version, codebase)


def extension_id(public_key: bytes) -> str:
    """The id that follows from a public key (SPKI DER): 32 letters a-p."""
    digits = hashlib.sha256(public_key).hexdigest()[:32]
    return digits.translate(str.maketrans("0123456789abcdef", "abcdefghijklmnop"))


def pack_extension(source: Path, key: RSAPrivateKey) -> PackedExtension:
    """Pack the folder `source` (an unpacked extension) and sign it.

    The same files and key give the same bytes, on any machine.
    Raises: Invalid (`extension_not_built`, `extension_manifest`).
    """
    public = public_der(key)
    manifest = _manifest(source)
    # The key in the manifest gives a copy loaded unpacked the same id as the packed one.
    manifest["key"] = base64.b64encode(public).decode()
    archive = _zip(source, json.dumps(manifest, indent=2, ensure_ascii=False).encode())
    return PackedExtension(extension_id(public), manifest["version"], _sign(archive, key, public))


def update_manifest(extension: str, version: str, codebase: str) -> bytes:
    """Omaha's `gupdate` answer. `version` must be the CRX's own, or Chromium refuses what it downloads."""
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        "<gupdate xmlns='http://www.google.com/update2/response' protocol='2.0'>\n"
        f"  <app appid={quoteattr(extension)}>\n"
        f"    <updatecheck codebase={quoteattr(codebase)} version={quoteattr(version)}/>\n"
        "  </app>\n"
        "</gupdate>\n"
    ).encode()


def _manifest(source: Path) -> dict[str, Any]:
    path = source / "manifest.json"
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise _bad_manifest(path, "not there; this folder is not an extension") from None
    except ValueError as error:
        raise _bad_manifest(path, f"not readable as JSON ({error}); correct it") from error
    if not isinstance(manifest, dict):
        raise _bad_manifest(path, "not a JSON object; correct it")
    version = manifest.get("version")
    if (
        not isinstance(version, str)
        or not _VERSION.fullmatch(version)
        or any(int(part) > 65_535 for part in version.split("."))
    ):
        raise _bad_manifest(path, f"version {version!r} is not like 1.2.3 with parts up to 65535; correct it")
    vendor = source / "vendor"
    if not vendor.is_dir() or not any(p.suffix in {".js", ".mjs"} for p in vendor.rglob("*")):
        raise Invalid(
            f"extension {source}: its vendor folder is missing or empty, so the worker could not start; "
            "run scripts/build_ext",
            code="extension_not_built",
            folder=str(source),
        )
    return manifest


def _bad_manifest(path: Path, why: str) -> Invalid:
    return Invalid(f"{path}: {why}", code="extension_manifest", file=str(path), why=why)


def _zip(source: Path, manifest: bytes) -> bytes:
    buffer = io.BytesIO()
    # Stored, not deflated: zlib builds differ in their output, and the main and the standby server must
    # serve the same bytes for the same version.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, path in sorted(_files(source).items()):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # else it tells Windows from Unix
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, manifest if name == "manifest.json" else path.read_bytes())
    return buffer.getvalue()


def _files(source: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in source.rglob("*"):
        parts = path.relative_to(source).parts
        if path.is_file() and not any(part.startswith(".") or part in _LEFT_OUT for part in parts):
            found["/".join(parts)] = path
    return found


def _sign(archive: bytes, key: RSAPrivateKey, public: bytes) -> bytes:
    signed_data = _field(1, hashlib.sha256(public).digest()[:16])
    message = b"CRX3 SignedData\x00" + struct.pack("<I", len(signed_data)) + signed_data + archive
    signature = key.sign(message, PKCS1v15(), SHA256())
    header = _field(2, _field(1, public) + _field(2, signature)) + _field(10_000, signed_data)
    return b"Cr24" + struct.pack("<II", 3, len(header)) + header + archive


def _field(number: int, content: bytes) -> bytes:
    """One length-delimited protobuf field (wire type 2)."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
