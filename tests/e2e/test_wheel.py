"""What a school installs: the wheel alone, with no checkout, no Node and no network behind it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path
from zipfile import ZipFile

import pytest

from server.services import demo
from tests.stage import free_port, until

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(os.name != "posix", reason="scripts/build is a shell script"),
    pytest.mark.skipif(not (ROOT / "kiosk_ext" / "vendor").is_dir(), reason="the extension is not built"),
]

#: In each Python of the school's environment: which files of the checkout does it open?
WATCH = """\
import os, sys

def look(event, args, root={root!r}, fine={fine!r}, log={log!r}):
    if event == "open" and isinstance(args[0], str) and args[0].startswith(root) and not args[0].startswith(fine):
        line = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(line, (args[0] + "\\n").encode())
        os.close(line)

sys.addaudithook(look)
"""


class School:
    """A fresh environment, an empty working folder, and nothing else on the path."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.opened = folder / "opened"
        self.work = folder / "work"
        self.work.mkdir()
        home = folder / "environment"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
        self.bin = home / "bin"
        python = str(self.bin / "python")
        pip = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            python,
            "install",
            "--quiet",
            "--no-index",
            "--no-deps",
        ]
        subprocess.run([*pip, str(wheel)], check=True)
        self._borrow_dependencies(Path(sysconfig.get_path("purelib", vars={"base": str(home)})))

    def _borrow_dependencies(self, site: Path) -> None:
        """The dependencies are those of this run, so that no network is needed. Our own package is not among
        them: a path named in a .pth file has its own .pth files left unread, and those make the checkout importable.
        """
        ours = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
        (site / "dependencies.pth").write_text("".join(f"{path}\n" for path in sorted(ours)))
        watch = WATCH.format(root=f"{ROOT}{os.sep}", fine=tuple(ours), log=str(self.opened))
        (site / "sitecustomize.py").write_text(watch)

    def start(self, program: str, *args: str) -> subprocess.Popen[str]:
        env = {"PATH": str(self.bin), "HOME": str(self.work), "PYTHONUNBUFFERED": "1", "LANG": "C.UTF-8"}
        assert not any(shutil.which(program, path=env["PATH"]) for program in ("node", "npm"))
        command = [str(self.bin / program), *args]
        return subprocess.Popen(
            command, cwd=self.work, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def run(self, program: str, *args: str) -> str:
        process = self.start(program, *args)
        said, _ = process.communicate(timeout=180)
        assert process.returncode == 0, said
        return said

    def files_of_the_checkout(self) -> list[str]:
        """Opened since the last question."""
        if not self.opened.exists():
            return []
        opened = sorted(set(self.opened.read_text().splitlines()))
        self.opened.unlink()
        return opened


@pytest.fixture
def school(tmp_path):
    subprocess.run([ROOT / "scripts" / "build", tmp_path / "wheel"], check=True, stdout=subprocess.DEVNULL)
    (wheel,) = (tmp_path / "wheel").glob("bangku-*.whl")
    inside = ZipFile(wheel).namelist()
    assert "server/web/static/vendor/socket.io.esm.min.js" in inside  # the board's live channel
    assert "server/web/translations/en/LC_MESSAGES/messages.mo" in inside
    return School(tmp_path, wheel)


def test_the_wheel_alone_checks_packs_and_brings_a_room_up(school):
    seen = str(ROOT / "setup.cfg")
    school.run("python", "-c", f"open({seen!r})")
    assert school.files_of_the_checkout() == [seen]  # the watch sees what it should

    said = school.run("bangku", "check")
    assert "PROBLEM" not in said
    assert str(school.bin.parent) in said  # the extension it would pack is the wheel's

    assert "bangku.crx" in school.run("bangku", "pack-ext")
    assert (school.work / "var" / "bangku" / "bangku.crx").stat().st_size > 10_000

    room = school.start("bangku", "demo", "--no-browser", "--for-seconds", "120", "--port", str(free_port()))
    try:
        up = f"{demo.WORKING} of {demo.WORKING} Chromebooks here"
        lines: list[str] = []

        def is_up() -> bool:
            assert room.stdout is not None
            lines.append(room.stdout.readline())
            assert lines[-1], "".join(lines)
            return up in lines[-1]

        until(is_up, lambda: "".join(lines), 110)
    finally:
        room.send_signal(signal.SIGTERM)
        room.communicate(timeout=60)
    assert room.returncode == 0
    assert school.files_of_the_checkout() == []
