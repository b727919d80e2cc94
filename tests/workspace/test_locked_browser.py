"""Where a locked browser cannot be had, it says why, in words."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from server.domain.errors import BangkuError
from server.workspace.isolation import isolate, policy_place
from server.workspace.locked_browser import FLAGS, BrowserSetup, LockedBrowser

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mount namespaces are Linux")
ROOT = Path(__file__).resolve().parents[2]


def setup(tmp_path: Path, **other: object) -> BrowserSetup:
    return BrowserSetup("about:blank", tmp_path / "policy", tmp_path / "profile", **other)  # type: ignore[arg-type]


def test_another_system_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(BangkuError) as caught:
        LockedBrowser(setup(tmp_path, headless=True))
    assert caught.value.code == "locked_browser_platform"
    assert isolate(tmp_path, tmp_path / "place").code == "not_linux"


@linux_only
def test_a_missing_browser_is_named(tmp_path: Path) -> None:
    with pytest.raises(BangkuError) as caught:
        LockedBrowser(setup(tmp_path, headless=True, executable="/nowhere/chromium"))
    assert caught.value.code == "chromium_missing"
    assert "/nowhere/chromium" in str(caught.value)


@linux_only
def test_a_missing_screen_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(BangkuError) as caught:
        LockedBrowser(setup(tmp_path, executable=sys.executable))
    assert caught.value.code == "display_missing"


@linux_only
def test_a_policy_place_that_cannot_be_made_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused = isolate(tmp_path, tmp_path / "file" / "policies")
    assert refused.code == "policy_place"
    assert not refused.works
    assert refused.reason is not None
    assert str(tmp_path / "file") in refused.reason


@linux_only
def test_a_refused_mount_is_told_in_words(tmp_path: Path) -> None:
    refused = isolate(tmp_path / "not there", tmp_path / "place")
    assert refused.code == "namespace"
    assert refused.command == ()


@linux_only
def test_a_command_sees_the_private_folder_and_nobody_else_does(tmp_path: Path) -> None:
    folder, place = tmp_path / "with space", tmp_path / "place"
    folder.mkdir()
    (folder / "marker").write_text("private")
    private = isolate(folder, place)
    if not private.works:
        pytest.skip(str(private.reason))
    seen = subprocess.run(
        [*private.command, "cat", str(place / "marker")], capture_output=True, text=True, check=True
    )
    assert seen.stdout == "private"
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(
    ("executable", "place"),
    [
        ("/usr/bin/chromium", "/etc/chromium/policies"),
        ("/usr/bin/google-chrome", "/etc/opt/chrome/policies"),
        ("/opt/own/build", "/etc/chromium/policies"),
    ],
)
def test_each_build_has_its_own_place(executable: str, place: str) -> None:
    assert policy_place(executable) == Path(place)


def test_no_flag_silently_stops_the_forced_extension() -> None:
    assert not {"--disable-extensions", "--disable-background-networking"} & set(FLAGS)


def test_the_modules_load_where_posix_is_missing() -> None:
    code = """
import sys
for name in ("fcntl", "termios", "pwd", "grp", "resource", "pty", "tty"):
    sys.modules[name] = None  # importing it now raises
import pkgutil, importlib, server.workspace as package
for found in pkgutil.iter_modules(package.__path__):
    importlib.import_module(f"server.workspace.{found.name}")
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@linux_only
@pytest.mark.skipif(shutil.which("sh") is None, reason="no sh")
def test_the_wrapper_for_drivers_never_runs_without_a_policy(tmp_path: Path) -> None:
    wrapper = ROOT / "scripts" / "locked_chromium"
    done = subprocess.run(
        [wrapper, "about:blank"],
        env={"PATH": "/usr/bin:/bin", "CHROMIUM": "true"},
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0
    assert b"POLICY_DIR" in done.stderr
