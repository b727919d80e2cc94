"""A line to Google that does as it is told: answers, breaks, keeps silent. For what an emulated console cannot play."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

TOKEN = "ya29.a-token-nobody-may-see"
ACCOUNT = "bangku@a-school.iam.gserviceaccount.com"
PRIVATE_KEY = (
    rsa.generate_private_key(public_exponent=65537, key_size=2048)
    .private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    .decode()
)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


BREAK = "break"  # close when the request was read
HALF = "half"  # close in the middle of an answer
SILENCE = "silence"  # never answer
Act = Answer | str


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def is_token(self) -> bool:
        return urlsplit(self.path).path == "/token"


def refusal(status: int, reason: str, message: str = "No.", **headers: str) -> Answer:
    """An error in the Directory API's style."""
    error = {"code": status, "message": message, "errors": [{"reason": reason, "domain": "global"}]}
    return Answer(status, {"error": error}, headers)


def token_refusal(error: str, description: str = "", status: int = 400, **headers: str) -> Answer:
    return Answer(status, {"error": error, "error_description": description}, headers)


class Wire:
    """`act` says what becomes of each request; every one is kept in `requests`."""

    def __init__(self, act: Callable[[Request], Act], tls: ssl.SSLContext | None = None) -> None:
        self.act = act
        self.requests: list[Request] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._tls = tls
        self._over = threading.Event()
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def calls(self) -> list[Request]:
        return [request for request in self.requests if not request.is_token]

    @property
    def scopes(self) -> list[str]:
        """Of the tokens that were asked for, as the JWT says."""
        import base64
        from urllib.parse import parse_qs

        found = []
        for request in self.requests:
            if request.is_token:
                claims = parse_qs(request.body.decode())["assertion"][0].split(".")[1]
                found.append(json.loads(base64.urlsafe_b64decode(claims + "=="))["scope"])
        return [scope.rsplit("/", 1)[1] for scope in found]

    def close(self) -> None:
        self._over.set()
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        if self._tls:
            try:
                connection = self._tls.wrap_socket(connection, server_side=True)
            except OSError:
                return  # the other side does not trust us
        with connection, connection.makefile("rb") as lines:
            while request := _read(lines):
                self.requests.append(request)
                act = self.act(request)
                if act == SILENCE:
                    self._over.wait(60)
                if act == HALF:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{")
                if isinstance(act, str):
                    return
                connection.sendall(_written(act))


def _read(lines: Any) -> Request | None:
    first = lines.readline().decode().split()
    if not first:
        return None
    headers = {}
    while line := lines.readline().decode().strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = lines.read(int(headers.get("content-length", 0)))
    return Request(first[0], first[1], headers, body)


def _written(answer: Answer) -> bytes:
    body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
    headers = {
        "Content-Type": "application/json",
        "Date": formatdate(usegmt=True),
        **answer.headers,
        "Content-Length": str(len(body)),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {answer.status} X\r\n{head}\r\n".encode() + body


def key_content(token_uri: str, **changes: Any) -> bytes:
    info = {
        "type": "service_account",
        "project_id": "a-school",
        "private_key_id": "1",
        "private_key": PRIVATE_KEY,
        "client_email": ACCOUNT,
        "client_id": "1234567890",
        "token_uri": token_uri,
        **changes,
    }
    return json.dumps({name: value for name, value in info.items() if value is not None}).encode()


def key_file(folder: Path, token_uri: str, **changes: Any) -> Path:
    path = folder / "google-credentials.json"
    path.write_bytes(key_content(token_uri, **changes))
    path.chmod(0o600)
    return path
