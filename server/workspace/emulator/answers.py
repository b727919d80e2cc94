"""How the console answers: the two error forms Google has, and what the common errors look like in each."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from server.workspace.emulator.call import Json, Refusal

#: HTTP status → google.rpc code, where a refusal does not name one.
RPC = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
USAGE_REASONS = {"userRateLimitExceeded", "rateLimitExceeded", "quotaExceeded", "accessNotConfigured"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. `body` None: nothing at all, as after a move or a delete."""

    status: int = 200
    body: Json | None = None
    headers: dict[str, str] = field(default_factory=dict)
    dropped: bool = False  # the connection breaks instead
    raw: bytes = b""  # the body, when it is written out already

    def payload(self) -> bytes:
        if self.body is None:
            return self.raw
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()


def error_answer(api: str, refusal: Refusal) -> Answer:
    """Directory lists `errors` beside the code; the others speak plain `google.rpc.Status`."""
    error: Json = {"code": refusal.status, "message": refusal.message}
    if api == "admin":
        domain = "usageLimits" if refusal.reason in USAGE_REASONS else "global"
        error["errors"] = [{"message": refusal.message, "domain": domain, "reason": refusal.reason}]
        if refusal.rpc:
            error["status"] = refusal.rpc
    else:
        error["status"] = refusal.rpc or RPC.get(refusal.status, "UNKNOWN")
    if refusal.details:
        error["details"] = [dict(detail) for detail in refusal.details]
    headers = (
        {"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/"'} if refusal.status == 401 else {}
    )
    return Answer(refusal.status, {"error": error}, headers)


def error_info(reason: str, service: str, **metadata: str) -> Json:
    """`google.rpc.ErrorInfo`, by which a client tells one 403 from another."""
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": {"service": service, **metadata},
    }


def token_error(status: int, error: str, description: str) -> Answer:
    body: dict[str, Any] = {"error": error, "error_description": description}
    return Answer(status, body)
