"""A screen of its own for one browser (Xvfb): no window of another can cover it.

A headed browser whose window is covered paints nothing and counts as not started; it then gets its managed
configuration after three minutes instead of three seconds (measured). So each gets its own display.
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import time
from types import TracebackType
from typing import Self

from server.domain.errors import BangkuError

START_SECONDS = 20.0


class DisplayRefused(BangkuError):
    """A virtual screen could not be had."""

    code = "display_refused"


class VirtualDisplay:
    """One Xvfb. Its number is chosen by the X server itself, so that two never fight for one."""

    def __init__(self, width: int = 1366, height: int = 768) -> None:
        program = shutil.which("Xvfb")
        if program is None:
            raise DisplayRefused(
                "virtual display: Xvfb is not installed; install the package 'xvfb'", code="xvfb_missing"
            )
        reading, writing = os.pipe()
        command = [program, "-displayfd", str(writing), "-screen", "0", f"{width}x{height}x24"]
        command += ["-nolisten", "tcp", "-noreset"]
        try:
            self._process = subprocess.Popen(
                command,
                pass_fds=[writing],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl+C in the terminal ends the browser first, then its screen
            )
        finally:
            os.close(writing)
        try:
            self.name = f":{self._number(reading)}"
        except DisplayRefused:
            self.close()
            raise
        finally:
            os.close(reading)

    @property
    def pid(self) -> int:
        return self._process.pid

    def close(self) -> None:
        """End the X server and wait for it."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @staticmethod
    def _number(reading: int) -> int:
        text = b""
        deadline = time.monotonic() + START_SECONDS
        while not text.endswith(b"\n"):
            ready, _, _ = select.select([reading], [], [], max(0.0, deadline - time.monotonic()))
            chunk = os.read(reading, 64) if ready else b""
            if not chunk:  # the deadline passed, or Xvfb ended without a number
                raise DisplayRefused(
                    "virtual display: Xvfb did not start; see whether /tmp is writable and not full",
                    code="xvfb_failed",
                )
            text += chunk
        return int(text)
