"""The school's key: made once, never overwritten, backed up encrypted and restored."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from server.domain.errors import BangkuError
from server.workspace.school_key import (
    backup_key,
    ensure_key,
    key_path,
    load_key,
    public_der,
    restore_key,
)

PASSPHRASE = "bangku panjang di kelas"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    ensure_key(folder)
    return folder


def code_of(caught: pytest.ExceptionInfo[BangkuError]) -> str:
    return caught.value.code


def test_the_key_is_made_once_and_then_read(data: Path) -> None:
    before = key_path(data).read_bytes()
    key = ensure_key(data)
    assert key.key_size == 2048
    assert key_path(data).read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_the_key_is_readable_by_its_account_only_and_a_loose_mode_is_tightened(data: Path) -> None:
    assert key_path(data).stat().st_mode & 0o777 == 0o600
    key_path(data).chmod(0o644)
    load_key(data)
    assert key_path(data).stat().st_mode & 0o777 == 0o600


def test_processes_that_start_together_end_with_one_key(tmp_path: Path) -> None:
    seen: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: seen.append(public_der(ensure_key(tmp_path)))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 6
    assert len(set(seen)) == 1
    assert [p.name for p in tmp_path.iterdir()] == [key_path(tmp_path).name], "a part file was left"


@pytest.mark.parametrize(
    "content", [b"", b"not a key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
)
def test_a_damaged_key_is_named_and_left_alone(data: Path, content: bytes) -> None:
    key_path(data).write_bytes(content)
    with pytest.raises(BangkuError) as caught:
        ensure_key(data)
    assert code_of(caught) == "school_key_unreadable"
    assert str(key_path(data)) in str(caught.value)
    assert key_path(data).read_bytes() == content


def test_a_key_of_another_kind_is_refused(data: Path) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    key_path(data).write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(BangkuError) as caught:
        ensure_key(data)
    assert code_of(caught) == "school_key_unreadable"


def test_a_missing_key_is_named_by_load(tmp_path: Path) -> None:
    with pytest.raises(BangkuError) as caught:
        load_key(tmp_path)
    assert code_of(caught) == "school_key_missing"


def test_a_backup_is_encrypted_and_restores_the_same_key_elsewhere(data: Path, tmp_path: Path) -> None:
    backup = tmp_path / "kunci.pem"
    backup_key(data, backup, PASSPHRASE)
    pem = backup.read_bytes()
    assert b"ENCRYPTED" in pem
    with pytest.raises(TypeError):
        load_pem_private_key(pem, None)
    assert isinstance(load_pem_private_key(pem, PASSPHRASE.encode()), RSAPrivateKey)

    new = tmp_path / "new server"
    assert public_der(restore_key(new, backup, PASSPHRASE)) == public_der(load_key(data))
    assert public_der(load_key(new)) == public_der(load_key(data))


def test_restoring_the_key_that_is_already_there_is_nothing(data: Path, tmp_path: Path) -> None:
    backup = tmp_path / "kunci.pem"
    backup_key(data, backup, PASSPHRASE)
    before = key_path(data).read_bytes()
    restore_key(data, backup, PASSPHRASE)
    assert key_path(data).read_bytes() == before


def test_restoring_over_another_key_is_refused(data: Path, tmp_path: Path) -> None:
    backup = tmp_path / "kunci.pem"
    backup_key(data, backup, PASSPHRASE)
    other = tmp_path / "other"
    ensure_key(other)
    before = key_path(other).read_bytes()
    with pytest.raises(BangkuError) as caught:
        restore_key(other, backup, PASSPHRASE)
    assert code_of(caught) == "school_key_exists"
    assert key_path(other).read_bytes() == before


def test_a_wrong_passphrase_is_named_and_writes_nothing(data: Path, tmp_path: Path) -> None:
    backup = tmp_path / "kunci.pem"
    backup_key(data, backup, PASSPHRASE)
    with pytest.raises(BangkuError) as caught:
        restore_key(tmp_path / "new", backup, PASSPHRASE + "!")
    assert code_of(caught) == "school_key_passphrase_wrong"
    assert not key_path(tmp_path / "new").exists()


def test_a_backup_file_is_never_overwritten(data: Path, tmp_path: Path) -> None:
    backup = tmp_path / "kunci.pem"
    backup.write_text("the only copy of something")
    with pytest.raises(BangkuError) as caught:
        backup_key(data, backup, PASSPHRASE)
    assert code_of(caught) == "school_key_backup_exists"
    assert backup.read_text() == "the only copy of something"


def test_a_backup_inside_the_data_folder_is_refused(data: Path) -> None:
    with pytest.raises(BangkuError) as caught:
        backup_key(data, data / "sub" / "kunci.pem", PASSPHRASE)
    assert code_of(caught) == "school_key_backup_same_place"


def test_a_short_passphrase_is_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(BangkuError) as caught:
        backup_key(data, tmp_path / "kunci.pem", "pendek")
    assert code_of(caught) == "school_key_passphrase_short"
    assert not (tmp_path / "kunci.pem").exists()


def test_places_that_are_not_there_are_named(data: Path, tmp_path: Path) -> None:
    with pytest.raises(BangkuError) as caught:
        backup_key(data, tmp_path / "no stick" / "kunci.pem", PASSPHRASE)
    assert code_of(caught) == "school_key_backup_folder"
    with pytest.raises(BangkuError) as caught:
        restore_key(tmp_path / "new", tmp_path / "no stick" / "kunci.pem", PASSPHRASE)
    assert code_of(caught) == "school_key_backup_missing"
