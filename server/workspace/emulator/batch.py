"""POST /batch: many calls in one multipart request. It saves connections, not quota."""

from __future__ import annotations

import email
from email.message import Message
from http.client import responses

from server.workspace.emulator.answers import Answer
from server.workspace.emulator.console import Console, Request

MOST = 1_000
BOUNDARY = "batch_emulated"


def batch_answer(console: Console, request: Request) -> Answer:
    kind = request.headers.get("content-type", "")
    whole = email.message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + request.body)
    parts = whole.get_payload()
    if request.verb != "POST" or not isinstance(parts, list) or not 0 < len(parts) <= MOST:
        return Answer(400, {"error": {"code": 400, "message": "Failed to parse batch request"}})
    chunks = []
    for part in parts:
        if not isinstance(part, Message):
            continue
        inner = _request(part, request)
        answer = console.answer(inner)
        if answer.dropped:
            return answer
        head = f"HTTP/1.1 {answer.status} {responses.get(answer.status, '')}\r\nContent-Type: application/json\r\n"
        content_id = part.get("Content-ID", "<1>").strip("<>")
        chunks.append(
            f"--{BOUNDARY}\r\nContent-Type: application/http\r\nContent-ID: <response-{content_id}>\r\n\r\n".encode()
            + f"{head}Content-Length: {len(answer.payload())}\r\n\r\n".encode()
            + answer.payload()
            + b"\r\n"
        )
    chunks.append(f"--{BOUNDARY}--\r\n".encode())
    return Answer(
        200, headers={"Content-Type": f"multipart/mixed; boundary={BOUNDARY}"}, raw=b"".join(chunks)
    )


def _request(part: Message, outer: Request) -> Request:
    """One call of the batch; it may bring a token of its own."""
    text = part.get_payload(decode=True)
    raw = (text if isinstance(text, bytes) else str(part.get_payload()).encode()).replace(b"\r\n", b"\n")
    line, _, rest = raw.lstrip().partition(b"\n")
    head, _, body = rest.partition(b"\n\n")
    verb, target, *_ = [*line.decode().split(), "", ""]
    headers = {}
    for header in head.decode().splitlines():
        name, _, value = header.partition(":")
        headers[name.strip().lower()] = value.strip()
    if "authorization" in outer.headers:
        headers.setdefault("authorization", outer.headers["authorization"])
    # Calls to /_emulator inside a batch are nobody's business.
    return Request(verb, target, headers, body, local=False)
