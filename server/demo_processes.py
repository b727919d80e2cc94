"""The processes of a demo: started, waited for, stopped."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import click

READY_SECONDS = 30


def start(command: str, data_dir: Path, *args: str) -> subprocess.Popen[bytes]:
    log = (data_dir / f"{command}.log").open("ab")
    return subprocess.Popen(
        [sys.executable, "-m", "server.cli", command, "--data-dir", str(data_dir), *args],
        stdout=log,
        stderr=subprocess.STDOUT,
        env=os.environ.copy(),
    )


def wait_until_serving(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=2):  # noqa: S310 - our own http address
                return
        except OSError:
            time.sleep(0.1)
    click.echo(
        f"The server did not come up at {url}. Is the port taken? Its words are in serve.log in the data folder."
    )
    sys.exit(1)


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
