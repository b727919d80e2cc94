"""A real Chromium under a lock policy of its own: what a lab PC runs, and how the lock is tried here."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from server.domain.errors import BangkuError
from server.workspace.isolation import POLICY_PLACES, Isolation, isolate, policy_place
from server.workspace.policy_folder import write_policy
from server.workspace.virtual_display import VirtualDisplay

#: Not among them, because each silently stops a force-installed extension: --disable-extensions,
#: --disable-background-networking. (Playwright and chromedriver add both by themselves.)
FLAGS = (
    "--kiosk",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-quic",  # school gateways that inspect or shape TCP let UDP through, or drop it without a word
    "--disable-sync",
    "--disable-component-update",  # no download of tens of megabytes while a room shares one line
    "--hide-crash-restore-bubble",  # after a power cut the pupil sees the exam, not a question about tabs
    "--password-store=basic",  # no keyring prompt over the exam
)
GRACE_SECONDS = 5.0


class BrowserRefused(BangkuError):
    """The locked browser cannot be started on this machine; the message says why."""

    code = "locked_browser"


@dataclass(frozen=True, slots=True)
class BrowserSetup:
    """What one locked browser is made of. `policy_dir` and `user_data_dir` are its alone."""

    url: str
    policy_dir: Path
    user_data_dir: Path
    executable: str = ""  # found by itself when empty
    headless: bool = False
    own_display: bool = False
    size: tuple[int, int] = (1366, 768)
    log_file: Path | None = None
    extra_flags: tuple[str, ...] = ()


def find_chromium() -> str | None:
    """The path of a Chromium or Chrome of this machine, or None."""
    return next((found for name in POLICY_PLACES if (found := shutil.which(name))), None)


class LockedBrowser:
    """One browser process group. Can be started again after it ended.

    `isolation` tells whether its policy is private; when it is not, the browser runs without any policy and
    `isolation.reason` says why in words: show it.
    """

    def __init__(self, setup: BrowserSetup) -> None:
        """Raises: BrowserRefused (`locked_browser_platform`, `chromium_missing`, `display_missing`)."""
        if not sys.platform.startswith("linux"):
            raise BrowserRefused(
                "locked browser: it needs Linux; on this machine open the pupil page in a browser window",
                code="locked_browser_platform",
            )
        executable = setup.executable or find_chromium()
        if not executable or not shutil.which(executable):
            raise BrowserRefused(
                f"locked browser: no Chromium found{f' at {executable}' if executable else ''}; "
                "install the package 'chromium'",
                code="chromium_missing",
            )
        if not (setup.headless or setup.own_display or os.environ.get("DISPLAY")):
            raise BrowserRefused(
                "locked browser: there is no screen (DISPLAY is not set); "
                "start it from a desktop or with a display of its own",
                code="display_missing",
            )
        self.setup = setup
        self.executable = executable
        (setup.policy_dir / "managed").mkdir(parents=True, exist_ok=True)
        setup.user_data_dir.mkdir(parents=True, exist_ok=True)
        self.isolation: Isolation = isolate(setup.policy_dir, policy_place(executable))
        self._display: VirtualDisplay | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._group_ended = True

    @property
    def pid(self) -> int | None:
        """The browser's own process id (the wrapper turns into the browser), or None before the first start."""
        return self._process.pid if self._process else None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def display(self) -> str | None:
        """The display it is on, e.g. ':99'."""
        return self._display.name if self._display else os.environ.get("DISPLAY")

    def command(self) -> list[str]:
        """The whole command line."""
        setup = self.setup
        command = [*self.isolation.command, self.executable, *FLAGS]
        command.append(f"--user-data-dir={setup.user_data_dir.resolve()}")
        # Chromium's sandbox refuses root, and a user namespace makes everyone root inside it.
        if os.geteuid() == 0 or "--map-root-user" in command:
            command.append("--no-sandbox")
        if setup.headless:
            command.append("--headless=new")
        if setup.own_display:
            width, height = setup.size
            # There is no window manager to make the window as large as the screen.
            command += ["--ozone-platform=x11", f"--window-size={width},{height}", "--window-position=0,0"]
        return [*command, *setup.extra_flags, setup.url]

    def write_policy(self, policy: Mapping[str, object]) -> None:
        """Change the policy; a running browser takes it at once."""
        write_policy(self.setup.policy_dir, policy)

    def start(self) -> None:
        """Start it (and its display). Nothing happens when it runs.

        Raises: DisplayRefused (`xvfb_missing`, `xvfb_failed`).
        """
        if self.running:
            return
        self.wait(0)  # helpers of a browser that died may still hold its folder
        if self.setup.own_display and self._display is None:
            self._display = VirtualDisplay(*self.setup.size)
        environment = dict(os.environ)
        if self._display is not None:
            environment["DISPLAY"] = self._display.name
            environment.pop("WAYLAND_DISPLAY", None)
        log = open(self.setup.log_file, "ab") if self.setup.log_file else None  # noqa: SIM115
        try:
            self._process = subprocess.Popen(
                self.command(),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log or subprocess.DEVNULL,
                stderr=log or subprocess.DEVNULL,
                start_new_session=True,  # a group of its own, so that all of it can be ended
            )
            self._group_ended = False
        finally:
            if log:
                log.close()

    def wait(self, timeout: float | None = None) -> int | None:
        """Its exit code, or None when it still runs after `timeout` seconds (or never ran)."""
        if self._process is None:
            return None
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        self._end_group()
        return code

    def terminate(self, grace: float = GRACE_SECONDS) -> None:
        """End the browser with all its processes, politely first, and its own display."""
        if self.running:
            self._signal(signal.SIGTERM)
            self.wait(grace)
        self._end_group()
        if self._display is not None:
            self._display.close()
            self._display = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.terminate()

    def _end_group(self) -> None:
        # Once only: after that, the number may belong to someone else's group.
        if self._process is not None and not self._group_ended:
            self._signal(signal.SIGKILL)
            self._process.wait()
            self._group_ended = True

    def _signal(self, number: int) -> None:
        assert self._process is not None
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            pass  # nothing of it is left
