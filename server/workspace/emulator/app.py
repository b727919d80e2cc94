"""The emulated console over HTTP, and the `Emulator` that a test, a demo or the command line starts.

with Emulator(folder) as console:
    build("admin", "directory_v1", credentials=…(console.credentials), client_options={"api_endpoint": console.root})
"""

from __future__ import annotations

import os
import secrets
import socket
import struct
import threading
import time
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from server.workspace.emulator.answers import Answer
from server.workspace.emulator.batch import batch_answer
from server.workspace.emulator.call import Json
from server.workspace.emulator.console import Console, Request
from server.workspace.emulator.control import change_settings
from server.workspace.emulator.keys import ensure_key
from server.workspace.emulator.seed import seeded
from server.workspace.emulator.world import World

STATE_FILE = "console.json"
KEY_FILE = "service-account.json"
CONTROL_FILE = "control-key.txt"
TICK_SECONDS = 0.5
NO_LINGER = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
LARGEST_BODY = 10 * 1024 * 1024


class Emulator:
    """One console on one port. `school`: a YAML file, the same as a dictionary, or None for the demo school."""

    def __init__(
        self,
        folder: Path,
        school: Path | Mapping[str, Any] | None = None,
        *,
        seed: int = 1,
        host: str = "127.0.0.1",
        port: int = 0,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.credentials = folder / KEY_FILE
        self._control_key = folder / CONTROL_FILE
        if not self._control_key.exists():
            self._control_key.touch(mode=0o600)
            self._control_key.write_text(secrets.token_urlsafe(16), "utf-8")
        self.world = World.open(folder / STATE_FILE, lambda: seeded(school, seed, time.time()))
        self.console = Console(self.world, self._control_key.read_text("utf-8").strip())
        self.faults, self.quota = self.console.faults, self.console.quota
        if settings:
            self.set(**settings)
        self._server = _Server((host, port), self.console)
        self.root = f"http://{host}:{self._server.server_address[1]}"
        self.console.token_uri = f"{self.root}/token"
        ensure_key(self.world, self.credentials, self.console.token_uri)
        self._started = False
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(
                target=self._server.serve_forever, args=(0.05,), name="console-http", daemon=True
            ),
            threading.Thread(target=self._tick, name="console-tick", daemon=True),
        ]

    @property
    def subject(self) -> str:
        """The first administrator of the seed: whom a service account would act for."""
        return next(str(u["primaryEmail"]) for u in self.world.state["users"].values() if u.get("role"))

    @property
    def customer(self) -> str:
        return str(self.world.state["customer"]["id"])

    @property
    def control_key(self) -> str:
        return self.console.key

    def set(self, **settings: Any) -> None:
        """Change SETTINGS of world.py while it runs."""
        change_settings(self.console, settings)

    def fail(self, *rules: Json, seed: int = 0) -> None:
        """Put these fault rules in force, instead of any before. None: no faults."""
        self.faults.set(rules, seed)

    def device(self, serial: str) -> Json:
        """The record of the device with this serial number."""
        found: Sequence[Json] = [
            d for d in self.world.state["devices"].values() if d["serialNumber"] == serial
        ]
        if len(found) != 1:
            raise LookupError(f"{len(found)} devices have the serial number {serial}")
        return found[0]

    def start(self) -> Emulator:
        """Serve, from threads of its own. `with Emulator(…)` does this by itself."""
        if self._started:
            return self
        self._started = True
        self.world.start()
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        self._stopped.set()
        if self._started:
            self._server.shutdown()
        self._server.server_close()
        self.world.close()

    def __enter__(self) -> Emulator:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _tick(self) -> None:
        while not self._stopped.wait(TICK_SECONDS):
            with self.world.lock:
                self.console.tick()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], console: Console) -> None:
        self.console = console
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "ESF"
    sys_version = ""
    wbufsize = -1  # headers and body leave together: apart, each answer waits for an acknowledgement
    disable_nagle_algorithm = True
    server: _Server

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            length = int(headers.get("content-length", "0"))
        except ValueError:
            length = -1
        if not 0 <= length <= LARGEST_BODY:
            self.close_connection = True
            self._send(Answer(413, {"error": {"code": 413, "message": "the request is too large"}}))
            return
        body = self.rfile.read(length)
        request = Request(
            self.command, self.path, headers, body, self.client_address[0] in ("127.0.0.1", "::1")
        )
        if self.path.partition("?")[0].startswith("/batch"):
            self._send(batch_answer(self.server.console, request))
        else:
            self._send(self.server.console.answer(request))

    def _send(self, answer: Answer) -> None:
        if answer.dropped:
            # With no linger the other side sees a reset, as when a cable is pulled.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            self.close_connection = True
            self.connection.close()
            return
        payload = answer.payload()
        self.send_response(answer.status)
        for name, value in ({"Content-Type": "application/json; charset=UTF-8"} | answer.headers).items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if answer.status != 204:
            self.wfile.write(payload)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: addresses hold names, and counts are kept elsewhere."""
