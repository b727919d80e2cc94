"""CRX3: the layout read by hand, the signature checked without our packer's help."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import struct
import xml.etree.ElementTree as ElementTree
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from server.domain.errors import BangkuError
from server.workspace.crx import extension_id, pack_extension, update_manifest


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "ext"
    (folder / "vendor").mkdir(parents=True)
    (folder / "_locales" / "id").mkdir(parents=True)
    (folder / "manifest.json").write_text(
        json.dumps({"manifest_version": 3, "name": "Bangku", "version": "1.2.3"}), "utf-8"
    )
    (folder / "worker.js").write_text("console.log('halo');\n", "utf-8")
    (folder / "vendor" / "io.js").write_text("export {};\n", "utf-8")
    (folder / "_locales" / "id" / "messages.json").write_text("{}", "utf-8")
    return folder


def fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Length-delimited protobuf fields; anything else is an error here."""
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    while at < len(data):
        tag = varint()
        assert tag & 7 == 2
        size = varint()
        yield tag >> 3, data[at : at + size]
        at += size
    assert at == len(data)


def verify(crx: bytes) -> tuple[str, zipfile.ZipFile]:
    """Do what Chromium's verifier does; return (id, archive)."""
    magic, version, size = crx[:4], *struct.unpack("<II", crx[4:12])
    assert (magic, version) == (b"Cr24", 3)
    header = dict(fields(crx[12 : 12 + size]))
    archive = crx[12 + size :]
    assert set(header) == {2, 10_000}
    proof = dict(fields(header[2]))
    crx_id = dict(fields(header[10_000]))[1]
    assert hashlib.sha256(proof[1]).digest()[:16] == crx_id
    public = load_der_public_key(proof[1])
    assert isinstance(public, RSAPublicKey)
    signed = header[10_000]
    public.verify(
        proof[2],
        b"CRX3 SignedData\x00" + struct.pack("<I", len(signed)) + signed + archive,
        PKCS1v15(),
        SHA256(),
    )
    letters = "".join(chr(ord("a") + int(digit, 16)) for digit in crx_id.hex())
    return letters, zipfile.ZipFile(io.BytesIO(archive))


def test_the_signature_and_the_id_hold(source: Path, key: RSAPrivateKey) -> None:
    packed = pack_extension(source, key)
    found, archive = verify(packed.crx)
    assert found == packed.id
    assert archive.testzip() is None
    assert archive.namelist() == ["_locales/id/messages.json", "manifest.json", "vendor/io.js", "worker.js"]


def test_one_changed_byte_breaks_the_signature(source: Path, key: RSAPrivateKey) -> None:
    crx = bytearray(pack_extension(source, key).crx)
    crx[-30] ^= 1
    with pytest.raises(InvalidSignature):
        verify(bytes(crx))


def test_the_manifest_carries_the_key_whatever_it_said_before(source: Path, key: RSAPrivateKey) -> None:
    manifest = json.loads((source / "manifest.json").read_text("utf-8"))
    (source / "manifest.json").write_text(json.dumps({**manifest, "key": "someone else's"}), "utf-8")
    packed = pack_extension(source, key)
    _, archive = verify(packed.crx)
    inside = json.loads(archive.read("manifest.json"))
    assert extension_id(base64.b64decode(inside["key"])) == packed.id
    assert inside["version"] == packed.version == "1.2.3"
    assert json.loads((source / "manifest.json").read_text("utf-8"))["key"] == "someone else's"


def test_the_id_of_a_known_key() -> None:
    # The first 16 bytes of SHA-256 of nothing: e3b0c44298fc1c149afbf4c8996fb924.
    assert extension_id(b"") == "odlameecjipmbmbejkplpemijjgpljce"


def test_the_same_files_and_key_give_the_same_bytes(source: Path, key: RSAPrivateKey, tmp_path: Path) -> None:
    first = pack_extension(source, key)
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in sorted(source.rglob("*"), reverse=True):  # other order, other times, other modes
        target = copy / path.relative_to(source)
        if path.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
            target.chmod(0o755)
    assert pack_extension(copy, key).crx == first.crx


def test_hidden_and_foreign_files_stay_out(source: Path, key: RSAPrivateKey) -> None:
    (source / ".eslintrc").write_text("x")
    (source / ".cache").mkdir()
    (source / ".cache" / "x.js").write_text("x")
    (source / "package.json").write_text("{}")
    _, archive = verify(pack_extension(source, key).crx)
    assert not [n for n in archive.namelist() if n.startswith(".") or n == "package.json"]


@pytest.mark.parametrize("leave", ["nothing", "folder", "readme"])
def test_an_extension_that_was_not_built_is_refused(source: Path, key: RSAPrivateKey, leave: str) -> None:
    (source / "vendor" / "io.js").unlink()
    if leave == "nothing":
        (source / "vendor").rmdir()
    elif leave == "readme":
        (source / "vendor" / "README.md").write_text("x")
    with pytest.raises(BangkuError) as caught:
        pack_extension(source, key)
    assert caught.value.code == "extension_not_built"
    assert "scripts/build_ext" in str(caught.value)


@pytest.mark.parametrize("version", [None, 1, "", "1.x", "01.2", "1.2.3.4.5", "1.70000", "1.2.3 "])
def test_a_version_that_chromium_refuses_is_refused_here(
    source: Path, key: RSAPrivateKey, version: object
) -> None:
    (source / "manifest.json").write_text(
        json.dumps({"manifest_version": 3, "name": "x", "version": version})
    )
    with pytest.raises(BangkuError) as caught:
        pack_extension(source, key)
    assert caught.value.code == "extension_manifest"


@pytest.mark.parametrize("content", [None, "{", "[]"])
def test_a_missing_or_broken_manifest_is_named(source: Path, key: RSAPrivateKey, content: str | None) -> None:
    (source / "manifest.json").unlink()
    if content is not None:
        (source / "manifest.json").write_text(content)
    with pytest.raises(BangkuError) as caught:
        pack_extension(source, key)
    assert caught.value.code == "extension_manifest"
    assert "manifest.json" in str(caught.value)


def test_the_update_manifest_is_well_formed_and_escaped() -> None:
    address = "http://127.0.0.1:9/x.crx?a=1&b='<"
    root = ElementTree.fromstring(update_manifest("a" * 32, "1.2.3", address))
    space = "{http://www.google.com/update2/response}"
    app = root.find(f"{space}app")
    assert root.get("protocol") == "2.0"
    assert app is not None
    check = app.find(f"{space}updatecheck")
    assert check is not None
    assert (app.get("appid"), check.get("codebase"), check.get("version")) == ("a" * 32, address, "1.2.3")
