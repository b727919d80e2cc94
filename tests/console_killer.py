"""SIGKILL a worker at any of its steps: before and after each call to Google, before and after each commit.

Started once as a process of its own, it imports everything, then forks a worker for each line it reads:
`<data folder> <now> <step>`; the worker does the next job and is killed at that step (0: never). The answer is one
line: `<steps taken> <killed|ended>`. Its clock moves only when it waits, so nothing here sleeps. With
`<console's address> <control key>` behind, the console's time moves along.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Killer:
    """The process that forks workers, seen from a test."""

    def __init__(self) -> None:
        root = Path(__file__).resolve().parent.parent
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
        )

    def work(self, data: Path, now: int, step: int = 0, console: Any = None) -> tuple[int, bool]:
        """One job of a real worker process; how many steps it took, and whether it was killed."""
        assert self.process.stdin is not None and self.process.stdout is not None
        beside = (console.root, console.control_key) if console is not None else ()
        self.process.stdin.write("\t".join([str(data), str(now), str(step), *beside]) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        assert len(answer) == 2, "the process that forks workers is gone"
        return int(answer[0]), answer[1] == "killed"

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(60)


def main() -> None:
    """Fork a worker per line. No thread runs here, so the copy is a sound process."""
    from googleapiclient import http

    from server import bootstrap, worker  # noqa: F401 - imported once, before any fork
    from server.services import device_commands, device_moves, exam_units, remap_console  # noqa: F401
    from server.workspace import google_api  # noqa: F401

    for line in sys.stdin:
        folder, now, step, *console = line.rstrip("\n").split("\t")
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            status = 0
            try:
                _worker(Path(folder), int(now), int(step), writer, http, console)
            except BaseException:
                import traceback

                traceback.print_exc()
                status = 1
            finally:
                os._exit(status)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            steps = len(pipe.read())
        _pid, ended = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(ended) and os.WTERMSIG(ended) == signal.SIGKILL
        print(steps, "killed" if killed else f"ended{os.waitstatus_to_exitcode(ended) or ''}", flush=True)


def _worker(folder: Path, now: int, last: int, writer: int, http: Any, console: list[str]) -> None:
    from server import config
    from server.bootstrap import open_gateway
    from server.services.context import Context
    from server.store.database import Database, Write
    from server.worker import run_one

    clock = [now]
    count = [0]

    def point() -> None:
        count[0] += 1
        os.write(writer, b".")
        if count[0] == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def sleep(seconds: float) -> None:
        clock[0] += max(1, round(seconds * 1000))
        if console:
            asked = urllib.request.Request(
                f"{console[0]}/_emulator/advance",
                json.dumps({"seconds": seconds}).encode(),
                {"x-emulator-key": console[1], "content-type": "application/json"},
            )
            urllib.request.urlopen(asked, timeout=60).close()

    class Counted(Database):
        @contextmanager
        def write(self) -> Iterator[Write]:
            with super().write() as tx:
                yield tx
                point()  # before the commit
            point()  # after it

    execute = http.HttpRequest.execute

    def counted(request: Any, *args: Any, **more: Any) -> Any:
        point()
        answer = execute(request, *args, **more)
        point()
        return answer

    http.HttpRequest.execute = counted
    settings = config.load(folder)
    context = Context(settings, Counted(settings.database_url), lambda: clock[0])
    run_one(context, open_gateway, sleep=sleep)


if __name__ == "__main__":
    main()
