"""Policy files appear whole, private, and always with the same time of change."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from server.workspace.policy_folder import remove_policy, write_policy


def test_a_policy_is_written_replaced_and_removed(tmp_path: Path) -> None:
    file = write_policy(tmp_path / "new", {"A": 1})
    assert file.parent.name == "managed"
    first = file.stat()
    assert json.loads(file.read_text("utf-8")) == {"A": 1}
    write_policy(tmp_path / "new", {"A": 2})
    assert json.loads(file.read_text("utf-8")) == {"A": 2}
    assert file.stat().st_mtime == first.st_mtime
    assert [p.name for p in file.parent.iterdir()] == [file.name], "Chromium reads every file there"
    remove_policy(tmp_path / "new")
    remove_policy(tmp_path / "new")
    assert not file.exists()


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_the_file_is_private_since_it_holds_the_secret(tmp_path: Path) -> None:
    assert write_policy(tmp_path, {}).stat().st_mode & 0o777 == 0o600
