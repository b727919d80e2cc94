"""A network of its own for one browser, whose only way out is a wire that can be cut.

Inside the network namespace, 127.0.0.1:PORT is a forwarder to a UNIX socket (files are shared, networks are not);
outside, that socket leads to the school server on the same port. So the browser sees the very address the others
see, on loopback, and a cut is a cut for pages, extension and everything.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import sys
import threading
from pathlib import Path


class Wire:
    """Needs root and `ip netns`; `possible()` says so beforehand."""

    def __init__(self, name: str, port: int, folder: Path) -> None:
        self.name, self.port = name, port
        self.path = folder / f"{name}.sock"
        _ip("netns", "add", name)
        _ip("netns", "exec", name, "ip", "link", "set", "lo", "up")
        self._outside = socket.socket(socket.AF_UNIX)
        self._outside.bind(str(self.path))
        self._outside.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()
        self._inside: subprocess.Popen[bytes] | None = None
        self.mend()

    @staticmethod
    def possible() -> str | None:
        """None, or in words why not."""
        if not sys.platform.startswith("linux") or os.geteuid() != 0:
            return "network namespaces need root on Linux"
        name = f"bangku-probe-{os.getpid()}"  # of its own: another run that asks at this moment is no refusal
        if subprocess.run(["ip", "netns", "add", name], capture_output=True).returncode != 0:
            return "network namespaces are refused here"
        _ip("netns", "del", name)
        return None

    @property
    def command(self) -> tuple[str, ...]:
        """Goes before a command that shall live in this network."""
        return ("ip", "netns", "exec", self.name)

    def cut(self) -> None:
        """Every connection ends at once and none can be made."""
        if self._inside is not None:
            self._inside.kill()
            self._inside.wait()
            self._inside = None

    def mend(self) -> None:
        if self._inside is None:
            self._inside = subprocess.Popen(
                [*self.command, sys.executable, __file__, str(self.port), str(self.path)],
                stdout=subprocess.PIPE,
            )
            assert self._inside.stdout is not None
            self._inside.stdout.readline()  # it listens

    def close(self) -> None:
        self.cut()
        self._outside.close()
        _ip("netns", "del", self.name)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._outside.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", self.port))
                except OSError:
                    near.close()
                    continue
                threading.Thread(target=_pump, args=(near, far), daemon=True).start()


def _pump(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError), one, other:
        while True:
            ready, _, _ = select.select([one, other], [], [])
            for source in ready:
                data = source.recv(65536)
                if not data:
                    return
                (other if source is one else one).sendall(data)


def _ip(*args: str) -> None:
    subprocess.run(["ip", *args], check=True, capture_output=True)


def _main() -> None:
    """The end inside the namespace."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(sys.argv[1])))
    listener.listen(64)
    print("listening", flush=True)
    while True:
        near, _ = listener.accept()
        far = socket.socket(socket.AF_UNIX)
        try:
            far.connect(sys.argv[2])
        except OSError:
            near.close()
            continue
        threading.Thread(target=_pump, args=(near, far), daemon=True).start()


if __name__ == "__main__":
    _main()
