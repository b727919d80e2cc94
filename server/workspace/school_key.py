"""The school's own key: made once, never overwritten, backed up apart and encrypted.

It signs the extension, so who holds it can push code to every locked device; and the extension's id is its
fingerprint, so losing it means a new id and new policies on every device.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from server.domain.errors import Conflict, Invalid, NotFound

KEY_FILE = "school-key.pem"
KEY_BITS = 2048  # what Chromium's own packer makes; the id is a hash of the public half
PASSPHRASE_MIN = 12


def key_path(data_dir: Path) -> Path:
    return data_dir / KEY_FILE


def ensure_key(data_dir: Path) -> RSAPrivateKey:
    """The school's key, made on first use.

    Raises: Invalid (`school_key_unreadable`) when a file is there that is not such a key; it is left alone.
    """
    path = key_path(data_dir)
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        key = generate_private_key(public_exponent=65537, key_size=KEY_BITS)
        try:
            _write_new(path, _pem(key, NoEncryption()))
        except FileExistsError:
            pass  # another process was first: theirs is the school's key
    return load_key(data_dir)


def load_key(data_dir: Path) -> RSAPrivateKey:
    """The school's key as it stands.

    Raises: NotFound (`school_key_missing`), Invalid (`school_key_unreadable`).
    """
    path = key_path(data_dir)
    try:
        pem = path.read_bytes()
    except FileNotFoundError:
        raise NotFound(
            f"school key {path}: not there; restore it from the backup, or start the server once to make one",
            code="school_key_missing",
            file=str(path),
        ) from None
    key = _read(pem, None, path)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        path.chmod(0o600)  # a copy put back by hand usually comes readable by everyone
    return key


def backup_key(data_dir: Path, target: Path, passphrase: str) -> None:
    """Write an encrypted copy of the key to `target`, which must not exist, and prove it by reading it back.

    Raises: Invalid (`school_key_passphrase_short`, `school_key_backup_same_place`),
    Conflict (`school_key_backup_exists`).
    """
    key = load_key(data_dir)
    if len(passphrase) < PASSPHRASE_MIN:
        raise Invalid(
            f"passphrase: {len(passphrase)} characters; use at least {PASSPHRASE_MIN}, for example four words",
            code="school_key_passphrase_short",
            minimum=PASSPHRASE_MIN,
        )
    if target.resolve().is_relative_to(data_dir.resolve()):
        raise Invalid(
            f"backup {target}: in the server's own data folder, so it would be lost with it; "
            "choose another place, such as a USB stick",
            code="school_key_backup_same_place",
            file=str(target),
        )
    secret = passphrase.encode()
    try:
        _write_new(target, _pem(key, BestAvailableEncryption(secret)))
    except FileExistsError:
        raise Conflict(
            f"backup {target}: already there and not overwritten; choose another name",
            code="school_key_backup_exists",
            file=str(target),
        ) from None
    except FileNotFoundError:
        raise NotFound(
            f"backup {target}: its folder does not exist; make the folder or choose another place",
            code="school_key_backup_folder",
            file=str(target),
        ) from None
    if not _same(_read(target.read_bytes(), secret, target), key):
        raise Invalid(
            f"backup {target}: reads back as another key; delete it and try again on another medium",
            code="school_key_backup_damaged",
            file=str(target),
        )


def restore_key(data_dir: Path, source: Path, passphrase: str) -> RSAPrivateKey:
    """Put a backed-up key into a data folder that has none (or has the same one).

    Raises: Conflict (`school_key_exists`), NotFound (`school_key_backup_missing`),
    Invalid (`school_key_passphrase_wrong`, `school_key_unreadable`).
    """
    try:
        pem = source.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        raise NotFound(
            f"backup {source}: not there; check the name and that the medium is plugged in",
            code="school_key_backup_missing",
            file=str(source),
        ) from None
    key = _read(pem, passphrase.encode(), source)
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        _write_new(key_path(data_dir), _pem(key, NoEncryption()))
    except FileExistsError:
        present = load_key(data_dir)
        if not _same(present, key):
            raise Conflict(
                f"school key {key_path(data_dir)}: there is another key, and devices may already trust it; "
                "move that file away yourself if the backup is the right one",
                code="school_key_exists",
                file=str(key_path(data_dir)),
            ) from None
    return key


def public_der(key: RSAPrivateKey) -> bytes:
    """The public half as SubjectPublicKeyInfo DER: what the id is a hash of and the manifest carries."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _pem(key: RSAPrivateKey, encryption: KeySerializationEncryption) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def _same(one: RSAPrivateKey, other: RSAPrivateKey) -> bool:
    return public_der(one) == public_der(other)


def _read(pem: bytes, passphrase: bytes | None, path: Path) -> RSAPrivateKey:
    encrypted = b"ENCRYPTED" in pem
    try:
        key = load_pem_private_key(pem, passphrase if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if encrypted and passphrase is not None:
            raise Invalid(
                f"{path}: the passphrase does not open it (or the file is damaged); try again",
                code="school_key_passphrase_wrong",
                file=str(path),
            ) from error
        raise _unreadable(path, "encrypted" if encrypted else "not a private key in PEM form") from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < KEY_BITS:
        raise _unreadable(path, f"not an RSA key of {KEY_BITS} bits or more")
    return key


def _unreadable(path: Path, why: str) -> Invalid:
    return Invalid(
        f"school key {path}: {why}, and left as it is; restore the backup after moving this file away",
        code="school_key_unreadable",
        file=str(path),
        why=why,
    )


def _write_new(path: Path, content: bytes) -> None:
    """Create `path` whole, readable by this account only, or raise FileExistsError.

    Written beside it first and then linked: a power cut leaves no half key under the real name, and of two
    processes exactly one wins. `rename` would not do: on POSIX it overwrites.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        try:
            os.link(part, path)
        except FileExistsError:
            raise
        except OSError:  # a stick with a file system that has no links (FAT)
            if path.exists():
                raise FileExistsError(path) from None
            part.rename(path)
    finally:
        part.unlink(missing_ok=True)
