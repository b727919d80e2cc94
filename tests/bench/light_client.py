"""Socket.IO over one websocket with nothing but asyncio: what a browser does, at a fraction of the reference client's cost.

Only what docs/protocol.md uses: one namespace, text frames, no polling, no binary. The reference client is what the
tests use; this one exists so that a load test measures the server and not itself.
"""

from __future__ import annotations

import asyncio
import base64
import inspect
import json
import os
import struct
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit


class LightClient(asyncio.Protocol):
    """The part of socketio.AsyncClient that a simulated device calls."""

    def __init__(self) -> None:
        self.connected = False
        self._handlers: dict[str, Callable[..., Any]] = {}
        self._buffer = bytearray()
        self._open = False
        self._accepted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None
        self._running: set[asyncio.Future[Any]] = set()
        self._namespace = "/"
        self._host = ""

    def on(self, event: str, handler: Callable[..., Any], namespace: str) -> None:
        self._handlers[event] = handler

    async def connect(self, url: str, *, namespaces: list[str], wait_timeout: float, **_: Any) -> None:
        parts = urlsplit(url)
        self._namespace, self._host = namespaces[0], parts.netloc
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(wait_timeout):
            await loop.create_connection(lambda: self, parts.hostname, parts.port)
            await self._accepted

    async def emit(self, event: str, data: Any, namespace: str) -> None:
        self._send(f"42{namespace}," + json.dumps([event, data], separators=(",", ":")))

    async def disconnect(self) -> None:
        self.connected = False
        if self._transport is not None:
            self._transport.close()

    # --- asyncio.Protocol -----------------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            (
                "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
                f"Host: {self._host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
            ).encode()
        )

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._open:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            if b" 101 " not in self._buffer[:end].split(b"\r\n", 1)[0]:
                self._fail(ConnectionError("the server did not upgrade"))
                return
            del self._buffer[: end + 4]
            self._open = True
        while (frame := self._frame()) is not None:
            self._take(*frame)

    def connection_lost(self, _error: Exception | None) -> None:
        was, self.connected = self.connected, False
        if not self._accepted.done():
            self._accepted.set_exception(ConnectionError("connection lost"))
        if was:
            self._call("disconnect")

    # --- frames ---------------------------------------------------------------------------------------

    def _frame(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, start = buffer[1] & 127, 2
        if size == 126:
            if len(buffer) < 4:
                return None
            size, start = struct.unpack_from("!H", buffer, 2)[0], 4
        elif size == 127:
            if len(buffer) < 10:
                return None
            size, start = struct.unpack_from("!Q", buffer, 2)[0], 10
        if len(buffer) < start + size:
            return None
        opcode, payload = buffer[0] & 15, bytes(buffer[start : start + size])
        del buffer[: start + size]
        return opcode, payload

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == 8:
            if self._transport is not None:
                self._transport.close()
            return
        text = payload.decode()
        if text == "2":
            self._send("3")
        elif text.startswith("0"):
            self._send(f"40{self._namespace},")
        elif text.startswith("40"):
            self.connected = True
            if not self._accepted.done():
                self._accepted.set_result(None)
        elif text.startswith("42"):
            event, *given = json.loads(text[text.index(",") + 1 :])
            self._call(event, *given)
        elif text.startswith(("41", "44")):
            self._fail(ConnectionError("the server closed the namespace"))

    def _call(self, event: str, *given: Any) -> None:
        handler = self._handlers.get(event)
        if handler is not None and inspect.isawaitable(done := handler(*given)):
            task = asyncio.ensure_future(done)
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    def _fail(self, error: Exception) -> None:
        if not self._accepted.done():
            self._accepted.set_exception(error)
        if self._transport is not None:
            self._transport.close()

    def _send(self, text: str) -> None:
        # Masked, as the protocol wants, with a key of zeros: unmasking costs the server the same.
        data = text.encode()
        size = len(data)
        if size < 126:
            head = struct.pack("!BB", 129, 128 | size)
        elif size < 65_536:
            head = struct.pack("!BBH", 129, 128 | 126, size)
        else:
            head = struct.pack("!BBQ", 129, 128 | 127, size)
        if self._transport is None or self._transport.is_closing():
            raise ConnectionError("not connected")
        self._transport.write(head + bytes(4) + data)
