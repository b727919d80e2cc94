"""`bangku check` on the connection to the Google console: what is there, without asking Google."""

from __future__ import annotations

from pathlib import Path

import pytest

from server import config
from server.check import Result, run_checks
from server.workspace.emulator.app import Emulator


def console(folder: Path) -> Result:
    return next(result for result in run_checks(folder) if result.what == "Google console")


@pytest.fixture
def connected(tmp_path: Path) -> Path:
    """A data folder with the key of an emulated console in it, which does not run any more."""
    folder = tmp_path / "data"
    emulator = Emulator(tmp_path / "console")
    with emulator:
        settings = config.load(folder, google_subject=emulator.subject, google_api_root=emulator.root)
        config.save(settings)
        settings.google_credentials.write_bytes(emulator.credentials.read_bytes())
        settings.google_credentials.chmod(0o600)
    return folder


def test_a_school_without_a_console_has_no_problem(tmp_path: Path) -> None:
    found = console(tmp_path / "data")
    assert found.ok
    assert "not connected" in found.text


def test_who_acts_for_whom_is_said_and_no_secret(connected: Path) -> None:
    found = console(connected)
    assert found.ok, found.text
    assert "acts for bangku@smpncontoh.sch.id, emulated at http://127.0.0.1:" in found.text
    assert "PRIVATE KEY" not in found.text


@pytest.mark.parametrize("spoil", [lambda file: file.chmod(0o644), lambda file: file.write_text("{")])
def test_a_key_file_that_cannot_serve_is_a_problem_with_a_next_step(connected: Path, spoil) -> None:
    spoil(connected / config.CREDENTIALS_FILE)
    found = console(connected)
    assert not found.ok
    assert found.code == "google_credentials"
    assert "bangku google connect" in found.hint
