"""House rules that a machine can hold, so that nobody has to."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINES = 300
MAY_BE_LONG = {"server/store/tables.py"}  # one list of tables is easier to read whole
MAY_PRINT = {"server/cli.py", "server/cli_emulator.py", "server/check.py", "server/demo.py"}


def _ours(*folders: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *folders],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _code(*folders: str) -> list[Path]:
    endings = {".py", ".js", ".css", ".html", ".sh"}
    return [p for p in _ours(*folders) if p.suffix in endings and "migrations/versions" not in _name(p)]


def test_no_file_has_grown_a_second_purpose():
    long = {
        _name(path): count
        for path in _code("server", "kiosk_ext")
        if (count := len(path.read_text("utf-8").splitlines())) > LINES and _name(path) not in MAY_BE_LONG
    }
    assert not long, f"over {LINES} lines: which second purpose moved in? {long}"


def test_no_drawer_for_everything():
    names = {p.name for p in _ours("server", "kiosk_ext", "tests", "scripts")}
    assert not names & {"utils.py", "util.py", "helpers.py", "utils.js", "helpers.js"}


def test_only_the_command_line_prints():
    found = []
    for path in _code("server"):
        if path.suffix != ".py" or _name(path) in MAY_PRINT:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                found.append(f"{_name(path)}:{node.lineno}")
    assert not found


def test_scripts_can_be_run():
    for path in _ours("scripts", ".ci"):
        if path.suffix == "" and path.parent.name in {"scripts", ".ci"}:
            assert path.stat().st_mode & 0o111, f"{_name(path)} is not executable"
            assert path.read_text("utf-8").startswith("#!"), f"{_name(path)} has no first line"


def test_the_locks_name_versions_and_hashes_and_no_address():
    python = (ROOT / "requirements.lock").read_text("utf-8")
    assert "://" not in python
    pins = re.findall(r"^[a-z0-9][^\s]*==[^\s]+", python, re.M)
    assert len(pins) > 50
    assert all("--hash=sha256:" in block for block in re.split(r"^(?=[a-z0-9])", python, flags=re.M)[1:])
    wanted = configparser.ConfigParser()
    wanted.read(ROOT / "setup.cfg", "utf-8")
    needs = wanted["options"]["install_requires"] + wanted["options.extras_require"]["dev"]
    names = {
        re.split(r"[\s=<>!~;\[]", line)[0].lower().replace("_", "-") for line in needs.split("\n") if line
    }
    missing = names - {pin.split("==")[0] for pin in pins}
    assert not missing, f"not in requirements.lock: {missing}; run scripts/update_lock"
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text("utf-8")
