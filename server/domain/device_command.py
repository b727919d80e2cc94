"""What may be ordered of a Chromebook from afar, with what, and when it is over. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from server.domain.errors import Conflict, Invalid


class Kind(StrEnum):
    REBOOT = "reboot"
    SCREENSHOT = "screenshot"
    VOLUME = "volume"
    WIPE_USERS = "wipe_users"
    POWERWASH = "powerwash"
    DISABLE = "disable"
    ENABLE = "enable"
    DEPROVISION = "deprovision"


#: Google's commandType.
COMMANDS: dict[Kind, str] = {
    Kind.REBOOT: "REBOOT",
    Kind.SCREENSHOT: "TAKE_A_SCREENSHOT",
    Kind.VOLUME: "SET_VOLUME",
    Kind.WIPE_USERS: "WIPE_USERS",
    Kind.POWERWASH: "REMOTE_POWERWASH",
}
_ACTION = "CHANGE_CHROME_OS_DEVICE_STATUS_ACTION_"
#: Google's action, and the statuses that prove it (lower case).
STATUS_CHANGES: dict[Kind, tuple[str, frozenset[str]]] = {
    Kind.DISABLE: (_ACTION + "DISABLE", frozenset({"disabled"})),
    Kind.ENABLE: (_ACTION + "REENABLE", frozenset({"active", "provisioned"})),
    Kind.DEPROVISION: (_ACTION + "DEPROVISION", frozenset({"deprovisioned"})),
}
#: What a person chooses from → Google's reason. Google's deprecated ones are left out.
DEPROVISION_REASONS: dict[str, str] = {
    "retiring": "DEPROVISION_REASON_RETIRING_DEVICE",
    "same_model": "DEPROVISION_REASON_SAME_MODEL_REPLACEMENT",
    "other_model": "DEPROVISION_REASON_DIFFERENT_MODEL_REPLACEMENT",
    "not_required": "DEPROVISION_REASON_NOT_REQUIRED",
}

#: Something is lost or taken away: capped, the serial number typed, two people where the school says so, guarded.
DESTRUCTIVE = frozenset({Kind.WIPE_USERS, Kind.POWERWASH, Kind.DISABLE, Kind.DEPROVISION})
MOST_AT_ONCE = 50
MOST_DESTRUCTIVE = 1


class State(StrEnum):
    ASKED = "asked"  # waits for a second person
    QUEUED = "queued"
    SENT = "sent"
    ACKED = "acked"
    DONE = "done"
    FAILED = "failed"
    IGNORED = "ignored"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"  # sent or not, done or not: nobody can say, and it is not repeated


FOLLOWED = (State.SENT, State.ACKED)
OPEN = (State.QUEUED, *FOLLOWED)

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
ASK_LASTS_MS = 24 * HOUR
#: An answer of Google about a command it does not know (yet): reads lag behind writes.
UNSEEN_MS = 10 * MINUTE
#: Longest that a command is followed when Google never ends it.
FOLLOW_MS = 48 * HOUR


def read_payload(kind: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a command carries, checked. Raises: Invalid (`volume_invalid`, `deprovision_reason_missing`)."""
    if kind is Kind.VOLUME:
        text = str(given.get("volume", "")).strip()
        if not text.isascii() or not text.isdigit() or int(text) > 100:
            raise Invalid(
                f"volume '{text}': not a whole number from 0 to 100; write one",
                code="volume_invalid",
                field="volume",
            )
        return {"volume": int(text)}
    if kind is Kind.DEPROVISION:
        reason = str(given.get("reason", ""))
        if reason not in DEPROVISION_REASONS:
            raise Invalid(
                f"reason '{reason}': Google asks why; choose one of {', '.join(DEPROVISION_REASONS)}",
                code="deprovision_reason_missing",
                field="reason",
            )
        return {"reason": reason}
    return {}


def raise_if_too_many(kind: Kind, count: int, most_destructive: int = MOST_DESTRUCTIVE) -> None:
    """Raises: Invalid (`command_no_device`), Conflict (`command_too_many`)."""
    if count == 0:
        raise Invalid(f"{kind}: no device was named; choose one", code="command_no_device")
    most = most_destructive if kind in DESTRUCTIVE else MOST_AT_ONCE
    if count > most:
        raise Conflict(
            f"{kind}: {count} devices at once, at most {most}; do it in parts",
            code="command_too_many",
            count=count,
            most=most,
        )


def raise_if_not_typed(kind: Kind, serials: Sequence[str], typed: Sequence[str]) -> None:
    """A destructive command names its device twice: by choosing it, and by typing its serial number exactly.

    Raises: Invalid (`serial_not_typed`).
    """
    if kind in DESTRUCTIVE and sorted(serials) != sorted(text.strip() for text in typed):
        raise Invalid(
            f"{kind}: the serial number typed is not that of this device; read it off the case and type all of it",
            code="serial_not_typed",
            field="serial",
        )


@dataclass(frozen=True, slots=True)
class Told:
    """What a look at a command says. `state` None: it goes on."""

    state: State | None
    google_state: str
    code: str | None = None
    message: str = ""


def read_answer(answer: Mapping[str, Any]) -> Told:
    """Google's word for a command as ours. A state that nobody has described goes on being looked at."""
    word = str(answer.get("state", ""))
    result = answer.get("commandResult") or {}
    said = str(result.get("result", ""))
    message = str(result.get("errorMessage", ""))
    if word == "EXPIRED":
        return Told(State.EXPIRED, word, "command_expired")
    if word == "CANCELLED":
        return Told(State.CANCELLED, word, "command_cancelled")
    if word == "EXECUTED_BY_CLIENT" and said == "SUCCESS":
        return Told(State.DONE, word)
    if word == "EXECUTED_BY_CLIENT" and said == "FAILURE":
        return Told(State.FAILED, word, "command_failed", message)
    if word == "EXECUTED_BY_CLIENT" and said == "IGNORED":
        return Told(State.IGNORED, word, "command_ignored", message)
    if word in {"ACKED_BY_CLIENT", "EXECUTED_BY_CLIENT"}:
        return Told(State.ACKED, word)
    return Told(None, word)


def look_due(sent_at: int, looked_at: int | None, now: int) -> bool:
    """Often at first, seldom later: a Chromebook that is off may take its command hours from now."""
    if looked_at is None:
        return True
    age = now - sent_at
    pause = 5 * SECOND if age < MINUTE else 30 * SECOND if age < 15 * MINUTE else 5 * MINUTE
    return now - looked_at >= pause
