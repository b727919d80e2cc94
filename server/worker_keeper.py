"""Keeps one worker alive beside the server for as long as a console is connected.

The worker is a process of its own, because nothing in it may be patched and a long piece of work must not hold up
one device. It gets the data folder and nothing else: what is secret stays in that folder.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import time

from server import config
from server.config import Settings

log = logging.getLogger(__name__)

SHORT_LIFE_SECONDS = 30.0  # one that ended sooner is started again later and later
LONGEST_PAUSE_SECONDS = 60.0
STOP_SECONDS = 5.0


class WorkerKeeper:
    """`look` is called about once a second; it starts, restarts or stops the worker as the settings want it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._pause = 0.0
        self._stopped = False

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def look(self) -> None:
        if self._stopped:
            return
        wanted = config.refreshed(self._settings).managed
        if self._process is not None and self._process.poll() is not None:
            self._ended(self._process.returncode)
        if not wanted:
            self._end_process()
            self._pause = 0.0
        elif self._process is None and time.monotonic() >= self._started + self._pause:
            self._start()

    def stop(self) -> None:
        """The server stops: so does the worker. What it was doing goes on with the next one."""
        self._stopped = True
        self._end_process()

    def _start(self) -> None:
        self._started = time.monotonic()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "server.cli", "worker", "--attached"),
                *("--data-dir", str(self._settings.data_dir)),
            ],
            stdin=subprocess.PIPE,  # closes when this server dies, however it dies: then the worker ends too
        )
        log.info("worker %d started", self._process.pid)

    def _ended(self, code: int | None) -> None:
        lived = time.monotonic() - self._started
        short = lived < SHORT_LIFE_SECONDS
        self._pause = min(LONGEST_PAUSE_SECONDS, max(1.0, self._pause * 2)) if short else 0.0
        log.warning(
            "worker ended with code %s after %.0f s; next one in %.0f s",
            code,
            lived,
            max(0.0, self._pause - lived),
        )
        self._forget()

    def _end_process(self) -> None:
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._forget()

    def _forget(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None
