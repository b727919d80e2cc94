"""A Chromebook that is not there: the device side of docs/protocol.md, with a real key and a durable-enough queue.

Used by `bangku simulate`, the demo, the tests and the benchmarks. It checks the server as strictly as the
extension does: a server that cannot prove the secret gets nothing and orders nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import socketio

from server.domain.proof import (
    ProofFields,
    envelope_mac,
    fits,
    proof_mac,
    session_key,
    thumbprint,
    to_base64url,
)
from server.domain.protocol import MAX_EVENTS, NAMESPACE, PROTOCOL
from server.simulated_installation import DeviceRefused, Installation, ServerNotProven

WELCOME_SECONDS = 10.0

#: (scope, challenge in base64url) → (response in base64url, error): what would answer on a Chromebook. A word of the
#: protocol's errors where it cannot.
Attest = Callable[[str, str], Awaitable[tuple[str | None, str | None]]]


class SimulatedDevice:
    """One device. `address` is what it dials and names in its proof; `dial` may differ to play a relay."""

    def __init__(
        self,
        address: str,
        school: str,
        secret: str,
        serial: str,
        *,
        installation: Installation | None = None,
        dial: str | None = None,
        clock_offset_ms: int = 0,
        attest: Attest | None = None,
    ) -> None:
        self.address, self.school, self.secret, self.serial = address, school, secret, serial
        self.dial = dial or address
        self.here = installation or Installation()
        self.clock_offset_ms = clock_offset_ms
        self.attest = attest
        self.half_open = False  # the network has swallowed this socket: it hears, and nobody hears it
        self.observed: dict[str, Any] = {
            "battery": 80, "charging": False, "focused": True, "page": "waiting", "page_host": None,
            "blocked_count": 0, "unsent_answers": 0, "free_storage_mb": 8_000, "extension_version": "0.1.0",
            "browser_version": "simulated", "clock_offset_ms": clock_offset_ms,
        }  # fmt: skip
        self.welcome: dict[str, Any] = {}
        self.standing = ""
        self.refused: str | None = None
        self._sio: socketio.AsyncClient | None = None
        self._key = b""
        self._sent = self._seen = 0
        self._acks: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._ticket: asyncio.Future[dict[str, Any]] | None = None

    @property
    def connected(self) -> bool:
        return self._sio is not None and self._sio.connected and bool(self.standing)

    @property
    def mode(self) -> str | None:
        """The mode it shows now; a lock that ran out gives way to the mode behind it."""
        lock = self.here.doc.get("lock")
        if lock and lock["expires_at"] is not None and self.server_now() >= lock["expires_at"]:
            return str(lock["then"])
        return self.here.doc.get("mode")

    def server_now(self) -> int:
        """The device's reckoning of server time."""
        return time.time_ns() // 1_000_000

    def record(self, kind: str, **data: Any) -> int:
        """Queue an event; it stays until the server has committed it."""
        self.here.seq += 1
        self.here.queue.append({"seq": self.here.seq, "at": self.server_now(), "kind": kind, "data": data})
        return self.here.seq

    async def connect(self, session: aiohttp.ClientSession | None = None) -> None:
        """Connect, prove, verify. Raises: DeviceRefused, ServerNotProven, ConnectionError."""
        await self.cut()
        sio = self.engine(session)
        hello: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        welcome: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.standing, self.refused, self._sent, self._seen = "", None, 0, 0

        def settle(future: asyncio.Future[Any], value: Any) -> None:
            if not future.done():
                future.set_result(value)

        def refused(raw: dict[str, Any]) -> None:
            self.refused = raw["code"]
            self._lost()
            for future in (hello, welcome):
                if not future.done():
                    future.set_exception(DeviceRefused(raw["code"]))

        sio.on("hello", lambda raw: settle(hello, raw), namespace=NAMESPACE)
        sio.on("welcome", lambda raw: settle(welcome, raw), namespace=NAMESPACE)
        sio.on("refused", refused, namespace=NAMESPACE)
        sio.on("disconnect", lambda *_: self._lost() if self._sio is sio else None, namespace=NAMESPACE)
        sio.on("ack", self._on_ack, namespace=NAMESPACE)
        sio.on("desired", self._on_desired, namespace=NAMESPACE)
        sio.on("page_ticket", self._on_page_ticket, namespace=NAMESPACE)
        sio.on("attest", self._on_attest, namespace=NAMESPACE)
        sio.on("noted", lambda raw: self._open("noted", raw), namespace=NAMESPACE)
        sio.on("still_here", self._on_still_here, namespace=NAMESPACE)
        self._sio = sio
        try:
            await sio.connect(self.dial, namespaces=[NAMESPACE], transports=["websocket"], wait_timeout=10)
            greeting = await asyncio.wait_for(hello, WELCOME_SECONDS)
            fields, proof = self.introduce(greeting["server_nonce"])
            await sio.emit("prove", proof, namespace=NAMESPACE)
            await self._accept(fields, await asyncio.wait_for(welcome, WELCOME_SECONDS))
        except BaseException:
            for future in (hello, welcome):
                if not future.cancel() and not future.cancelled():
                    future.exception()  # looked at, so that nobody is warned of it
            await self.cut()
            raise

    def engine(self, session: aiohttp.ClientSession | None) -> Any:
        """What carries the messages: the reference client, unless a load test has a lighter one."""
        return socketio.AsyncClient(reconnection=False, http_session=session)

    def introduce(self, server_nonce: str) -> tuple[ProofFields, dict[str, Any]]:
        """The `prove` message that answers a nonce."""
        spki = self.here.public_key
        fields = ProofFields(
            secrets.token_hex(16), server_nonce, self.address, self.school, self.serial, self.here.id,
            thumbprint(spki), PROTOCOL,
        )  # fmt: skip
        return fields, {
            "protocol": PROTOCOL,
            "address": self.address,
            "school": self.school,
            "serial": self.serial,
            "installation_id": self.here.id,
            "public_key": to_base64url(spki),
            "device_nonce": fields.device_nonce,
            "mac": proof_mac(self.secret, "device", fields),
            "signature": to_base64url(self.here.sign(fields.proof_bytes("device"))),
            "connection_ticket": self.here.ticket,
            "client": {"extension": "0.1.0", "browser": "simulated", "platform": "simulated"},
        }

    async def report(self, *, wait: bool = True) -> dict[str, Any] | None:
        """Send what is queued and seen now; returns the ack. Raises: ConnectionError."""
        body = {
            "applied": self._applied_now(),
            "observed": self.observed,
            "last_seq": self.here.seq,
            "events": self.here.queue[:MAX_EVENTS],
        }
        self.here.keep()
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        n = await self._emit("report", body, future if wait else None)
        if not wait:
            return None
        try:
            return await asyncio.wait_for(future, WELCOME_SECONDS)
        except TimeoutError as error:
            raise ConnectionError("no ack") from error
        finally:
            self._acks.pop(n, None)

    async def page_ticket(self) -> dict[str, Any]:
        """A one-time ticket for this device's page."""
        self._ticket = asyncio.get_running_loop().create_future()
        await self._emit("page_ticket", {})
        return await asyncio.wait_for(self._ticket, WELCOME_SECONDS)

    async def cut(self) -> None:
        """The connection is gone; everything on the device stays."""
        sio, self._sio = self._sio, None
        self.standing = ""
        self._lost()
        if sio is not None:
            with contextlib.suppress(Exception):
                await sio.disconnect()

    def _lost(self) -> None:
        """Nobody will answer what was sent."""
        for future in self._acks.values():
            if not future.done():
                future.set_exception(ConnectionError("connection lost"))
        self._acks.clear()

    def _applied_now(self) -> dict[str, Any] | None:
        return self.here.applied and {**self.here.applied, "mode": self.mode}

    async def _emit(self, kind: str, body: dict[str, Any], ack: asyncio.Future[Any] | None = None) -> int:
        if not self.connected or self._sio is None:
            raise ConnectionError("not connected")
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        self._sent += 1
        n = self._sent
        if ack is not None:
            self._acks[n] = ack
        envelope = {"n": n, "body": text, "mac": envelope_mac(self._key, kind, n, text)}
        await self._sio.emit(kind, envelope, namespace=NAMESPACE)
        return n

    async def _accept(self, fields: ProofFields, raw: dict[str, Any]) -> None:
        if not fits(proof_mac(self.secret, "server", fields), str(raw.get("proof"))):
            raise ServerNotProven
        self._key = session_key(self.secret, fields)
        self.welcome = self._open("welcome", raw)
        self.here.ticket = self.welcome["connection_ticket"]
        self.standing = self.welcome["standing"]
        self._acked(self.welcome["acked_seq"])
        await self._apply(self.welcome["desired"])
        self.here.keep()

    def _open(self, kind: str, raw: dict[str, Any]) -> dict[str, Any]:
        n, body = raw["n"], raw["body"]
        if n <= self._seen or not fits(envelope_mac(self._key, kind, n, body), raw["mac"]):
            raise ServerNotProven
        self._seen = n
        opened: dict[str, Any] = json.loads(body)
        return opened

    async def _on_ack(self, raw: dict[str, Any]) -> None:
        body = self._open("ack", raw)
        self._acked(body["acked_seq"])
        changed = "desired" in body and await self._apply(body["desired"])
        future = self._acks.get(body["report_n"])
        if future is not None and not future.done():
            future.set_result(body)
        if changed:
            await self._tell_applied()

    async def _on_desired(self, raw: dict[str, Any]) -> None:
        if await self._apply(self._open("desired", raw)):
            await self._tell_applied()

    async def _tell_applied(self) -> None:
        """The board waits for it, so it does not wait for the next interval; the extension does the same."""
        with contextlib.suppress(ConnectionError):
            await self.report(wait=False)

    async def _on_page_ticket(self, raw: dict[str, Any]) -> None:
        body = self._open("page_ticket", raw)
        if self._ticket is not None and not self._ticket.done():
            self._ticket.set_result(body)

    async def _on_attest(self, raw: dict[str, Any]) -> None:
        await self._emit("attested", await self.proof_of(self._open("attest", raw)))

    async def proof_of(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The answer to an `attest`: this machine's proof, or why there is none."""
        response, error = None, "unsupported"
        if self.attest is not None:
            response, failed = await self.attest(asked["scope"], asked["challenge"])
            error = failed or ("failed" if response is None else "")
        return {"id": asked["id"], "response": response, "error": error or None}

    async def _on_still_here(self, raw: dict[str, Any]) -> None:
        body = self._open("still_here", raw)
        if not self.half_open:
            await self._emit("here", {"nonce": body["nonce"]})

    def _acked(self, seq: int) -> None:
        self.here.queue = [event for event in self.here.queue if event["seq"] > seq]

    async def _apply(self, order: dict[str, Any]) -> bool:
        """Take a document whose digest differs; obey its order to clear. True when something changed."""
        if hashlib.sha256(order["doc"].encode()).hexdigest() != order["digest"]:
            raise ServerNotProven
        if self.here.applied is not None and self.here.applied["digest"] == order["digest"]:
            return False
        before = self.here.doc
        self.here.doc = json.loads(order["doc"])
        self.here.applied = {name: order[name] for name in ("epoch", "version", "digest")}
        self.record("applied", version=order["version"], mode=self.here.doc["mode"])
        clear = self.here.doc["clear"]
        if clear is not None and clear != before.get("clear"):
            self.record("site_data_cleared", clear_id=clear["id"])
        self.observed["page"] = {"exam": "exam", "locked": "lock"}.get(self.here.doc["mode"], "waiting")
        return True
