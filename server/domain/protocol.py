"""The shapes of docs/protocol.md: what a device may send, what it is answered, and the refusal codes.

Pure. Unknown fields are refused in development and ignored, and counted, in production (`parse`).
"""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from server.domain.errors import BangkuError

PROTOCOL = 1
NAMESPACE = "/device"
NONCE_LIFE_MS = 30_000
PROOF_WITHIN_S = 5.0
MAX_MESSAGE_BYTES = 256 * 1024
MAX_EVENTS = 200

REFUSALS = frozenset(
    {
        "bad_message", "too_large", "protocol_version", "wrong_address", "wrong_school", "bad_proof",
        "nonce_expired", "unknown_device", "installation_forked", "proof_timeout", "not_proven", "bad_mac",
        "session_gone", "replaced", "busy", "event_invalid", "newcomers_many", "rejected",
    }
)  # fmt: skip


class Refused(BangkuError):
    """The device is told `code` and to wait; nothing of its message was kept."""

    status = 403

    def __init__(self, code: str, why: str, retry_after_ms: int = 5_000) -> None:
        super().__init__(why, code=code)
        self.retry_after_ms = retry_after_ms

    def as_message(self) -> dict[str, object]:
        return {"code": self.code, "retry_after_ms": self.retry_after_ms}


# No control character anywhere: these lines are joined by line feeds before they are authenticated.
Text = Annotated[str, StringConstraints(max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")]
Short = Annotated[str, StringConstraints(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]
Nonce = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Mac = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Base64Url = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,400}$")]
#: A challenge or its answer: some kilobytes of base64url.
Blob = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,65536}$")]
Uuid = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Count = Annotated[int, Field(ge=0, le=2**53 - 1, strict=True)]
Signed = Annotated[int, Field(ge=-(2**53), le=2**53, strict=True)]
Flag = Annotated[bool, Field(strict=True)]


class _Message(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)


class Client(_Message):
    extension: Short
    browser: Short
    platform: Short


class Prove(_Message):
    protocol: Count
    address: Text
    school: Short
    serial: Short
    installation_id: Uuid
    public_key: Base64Url
    device_nonce: Nonce
    mac: Mac
    signature: Base64Url
    connection_ticket: Base64Url | None
    client: Client


class Envelope(_Message):
    n: Count
    body: Annotated[str, StringConstraints(max_length=MAX_MESSAGE_BYTES)]
    mac: Mac


class Applied(_Message):
    epoch: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}$")]
    version: Count
    digest: Mac
    mode: Literal["idle", "waiting", "exam", "locked", "finished"]


class Observed(_Message):
    battery: Annotated[int, Field(ge=0, le=100, strict=True)] | None
    charging: Flag | None
    focused: Flag
    page: Literal["waiting", "exam", "practice", "lock", "blocked", "other", "none"]
    page_host: Text | None
    blocked_count: Count
    unsent_answers: Count | None
    free_storage_mb: Count | None
    extension_version: Short
    browser_version: Short
    clock_offset_ms: Signed


class Event(_Message):
    """Only the frame is checked with the report; kind and data each by themselves, so that one bad event
    becomes a tombstone and never blocks its neighbours."""

    seq: Annotated[int, Field(ge=1, le=2**53 - 1, strict=True)]
    at: Count
    kind: Short
    data: dict[str, Any]


class Report(_Message):
    applied: Applied | None
    observed: Observed
    last_seq: Count
    events: Annotated[list[Event], Field(max_length=MAX_EVENTS)]


class Attested(_Message):
    """The device's word on an `attest`: exactly one of the two."""

    id: Count
    response: Blob | None
    error: Literal["unsupported", "not_allowed", "failed"] | None

    @model_validator(mode="after")
    def _one_of_two(self) -> Attested:
        if (self.response is None) == (self.error is None):
            raise ValueError("either a response or an error")
        return self


class Here(_Message):
    """The answer of a connection that is alive to `still_here`."""

    nonce: Nonce


_TEXT, _COUNT, _SIGNED = re.compile(r"[^\x00-\x1f\x7f]{0,300}"), "count", "signed"

#: event kind → its data fields: a set of words, or the kind of value. Exactly the table of docs/protocol.md.
EVENT_KINDS: dict[str, dict[str, frozenset[str] | str]] = {
    "worker_started": {"cause": frozenset({"install", "browser", "wake", "update"})},
    "connected": {"address": "text"},
    "disconnected": {"reason": "text"},
    "applied": {"version": _COUNT, "mode": frozenset({"idle", "waiting", "exam", "locked", "finished"})},
    "page": {
        "page": frozenset({"waiting", "exam", "practice", "lock", "blocked", "other", "none"}),
        "host": "text?",
    },
    "blocked": {"host": "text?", "how": frozenset({"navigation", "tab", "window", "page"})},
    "keys_blocked": {"count": _COUNT},
    "focus_lost": {},
    "focus_gained": {},
    "lock_shown": {"reason": frozenset({"proctor", "supervisor", "paused", "incident", "identity"})},
    "lock_cleared": {"cause": frozenset({"order", "expired"})},
    "clock_jumped": {"by_ms": _SIGNED},
    "time_up": {},
    "site_data_cleared": {"clear_id": "text"},
}


def event_fault(kind: str, data: dict[str, Any]) -> str | None:
    """Why an event is stored as a tombstone (`event_invalid`), or None when it is good."""
    fields = EVENT_KINDS.get(kind)
    if fields is None or set(data) != set(fields):
        return "event_invalid"
    for name, rule in fields.items():
        value = data[name]
        if isinstance(rule, frozenset):
            good = isinstance(value, str) and value in rule
        elif rule == _COUNT:
            good = type(value) is int and 0 <= value < 2**53
        elif rule == _SIGNED:
            good = type(value) is int and abs(value) < 2**53
        else:
            good = (value is None and rule == "text?") or (
                isinstance(value, str) and bool(_TEXT.fullmatch(value))
            )
        if not good:
            return "event_invalid"
    return None


M = TypeVar("M", bound=_Message)


class Tolerance:
    """Unknown fields: refused when strict, else counted."""

    def __init__(self, strict: bool) -> None:
        self.strict = strict
        self.ignored = 0

    def parse(self, model: type[M], raw: object) -> M:
        """A message of this shape. Raises: Refused (`bad_message`)."""
        try:
            message = model.model_validate(raw)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise Refused("bad_message", f"{model.__name__.lower()}: {where}: {first['msg']}") from error
        unknown = _unknown(message)
        if unknown:
            if self.strict:
                raise Refused("bad_message", f"{model.__name__.lower()}: unknown fields {', '.join(unknown)}")
            self.ignored += len(unknown)
        return message

    def body(self, model: type[M], text: str) -> M:
        """The message in the text of an envelope's body. Raises: Refused (`bad_message`)."""
        return self.parse(model, _loads(text))

    def report(self, text: str) -> Report:
        """A report from its text. Raises: Refused (`bad_message`, `too_large`)."""
        raw = _loads(text)
        events = raw.get("events") if isinstance(raw, dict) else None
        if isinstance(events, list) and len(events) > MAX_EVENTS:
            raise Refused("too_large", f"report: {len(events)} events, at most {MAX_EVENTS} are taken")
        return self.parse(Report, raw)


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:  # brackets nested by the thousand are no message either
        raise Refused("bad_message", "not JSON") from error


def _unknown(message: BaseModel) -> list[str]:
    found = sorted(message.model_extra or ())
    for value in message.__dict__.values():
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, BaseModel):
                found += _unknown(inner)
    return found
