"""A real server process on a real data folder, for tests that need sockets, crashes or browsers."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from server import config
from server.bootstrap import open_context
from server.services.context import Context

#: Above those that Chromium refuses, and below what Linux and macOS hand out by themselves: a port that is chosen here,
#: left while a server is down and taken again is not given to somebody's connection meanwhile.
PORTS = range(20_000, 32_000)
#: How long a test waits for what has to come, on a machine that is busy with other things. Only what never comes
#: takes so long.
PATIENCE_SECONDS = 60.0
_given: set[int] = set()


def free_port() -> int:
    """Free, and not the one that this run told somebody else of, who may not listen yet."""
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _given:
            _given.add(port)
            return port


def until(
    happened: Callable[[], Any], what: str | Callable[[], str], seconds: float = PATIENCE_SECONDS
) -> Any:
    """Poll until it happened; say what did not (a callable `what` looks again at the end)."""
    deadline = time.monotonic() + seconds
    while True:
        value = happened()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"did not happen in {seconds:g} s: {what() if callable(what) else what}")
        time.sleep(0.05)


class ServerProcess:
    """`bangku serve` as a school runs it. `context` is a second, in-process door to the same database."""

    def __init__(
        self,
        data_dir: Path,
        *,
        async_mode: str = "eventlet",
        public_url: str | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self.port = free_port()
        self.host = host
        self.async_mode = async_mode
        self.url = public_url or f"http://{host}:{self.port}"
        self.settings = config.load(
            data_dir,
            port=self.port,
            host=host,
            public_url=self.url,
            school_npsn="20999001",
            async_mode=async_mode,
        )
        config.save(self.settings)
        self.context: Context = open_context(self.settings)
        self.log = data_dir / "server.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> ServerProcess:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "server.cli", "serve", "--data-dir", str(self.settings.data_dir)],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "BANGKU_ASYNC_MODE": self.async_mode},
                start_new_session=True,
            )
        until(self._answers, lambda: f"server answers on {self.url}; its log: {self.tail()}")
        return self

    def kill(self) -> None:
        """SIGKILL: what a power cut looks like to the process."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    def tail(self, lines: int = 30) -> str:
        if not self.log.exists():
            return "(no log)"
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])

    def _answers(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise AssertionError(f"the server stopped while starting:\n{self.tail()}")
        try:
            with urllib.request.urlopen(f"http://{self.host}:{self.port}/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False
