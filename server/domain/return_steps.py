"""Why a Chromebook counts as not come back, and what a person does at it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from server.domain.console_record import deprovisioned


class Why(StrEnum):
    DEPROVISIONED = "deprovisioned"  # its record says that the school manages it no longer
    RECORD_GONE = "record_gone"  # the console has no record of it any more
    WIPED = "wiped"  # our own order wiped it, and it was not enrolled since
    NO_CONTACT = "no_contact"  # enrolled again, and no key of it has come
    KEY_ENDED = "key_ended"  # its key was ended, and no other one has come


#: What to do on the spot, in order.
STEPS: dict[Why, tuple[str, ...]] = {
    Why.DEPROVISIONED: ("wipe_it", "join_wifi", "enrol_by_hand", "wait_policy", "check_in"),
    Why.RECORD_GONE: ("join_wifi", "enrol_by_hand", "sync_console", "wait_policy", "check_in"),
    Why.WIPED: ("join_wifi", "let_enrol", "enrol_by_hand", "wait_policy", "check_in"),
    Why.NO_CONTACT: ("look_unit", "join_wifi", "wait_policy", "check_in"),
    Why.KEY_ENDED: ("join_wifi", "check_in"),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of one device. `enrolled_at` is Google's clock, the others are ours; None: not known."""

    status: str | None
    gone: bool
    enrolled_at: int | None
    wiped_at: int | None
    heard_at: int | None
    live: bool
    waiting: bool


def why(seen: Seen) -> Why | None:
    """None: it is here, or was never away. One whose newest key waits for a person is here."""
    if seen.waiting:
        return None
    if seen.gone:
        return Why.RECORD_GONE
    if seen.status is not None and deprovisioned(seen.status):
        return Why.DEPROVISIONED
    silent = seen.wiped_at is not None and (seen.heard_at is None or seen.heard_at <= seen.wiped_at)
    back = seen.enrolled_at is not None and (seen.heard_at is None or seen.enrolled_at > seen.heard_at)
    if silent and not (back and seen.enrolled_at is not None and seen.enrolled_at > (seen.wiped_at or 0)):
        return Why.WIPED
    if back and seen.heard_at is not None:
        return Why.NO_CONTACT
    return Why.KEY_ENDED if seen.heard_at is not None and not seen.live else None


def steps(reason: Why) -> tuple[str, ...]:
    return STEPS[reason]
