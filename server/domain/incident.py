"""Something a person should look at: kind and cause. The machine reports, a person decides."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from server.domain.sitting import SittingState


class Cause(StrEnum):
    NETWORK = "network"
    POWER = "power"
    RESTART = "restart"
    FOCUS = "focus"
    IDENTITY = "identity"
    TIME = "time"
    OTHER = "other"


#: kind → cause. Kinds of one cause on many devices are shown as one group.
CAUSES: dict[str, Cause] = {
    "missing": Cause.NETWORK,
    "network_loss": Cause.NETWORK,  # many at once in one place; what happened to each stands under it
    "battery_low": Cause.POWER,
    "battery_out": Cause.POWER,  # silent, and nearly flat when it was last heard
    "left_exam": Cause.FOCUS,
    "blocked": Cause.FOCUS,  # an attempt to leave was turned back, in an exam whose profile wants it told
    "newcomer": Cause.IDENTITY,
    "newcomers_many": Cause.IDENTITY,  # as many unknown keys as may wait for one device
    "fork": Cause.IDENTITY,
    "unknown_device": Cause.IDENTITY,
    "attest_refused": Cause.IDENTITY,  # Google does not vouch for it
    "attest_mismatch": Cause.IDENTITY,  # Google says that it is another one than it claims
    "attest_silent": Cause.IDENTITY,  # it is asked for its proof and says nothing
    "attest_unavailable": Cause.OTHER,  # nobody can be asked now
    "clock_off": Cause.TIME,
    "not_me": Cause.IDENTITY,  # a pupil says the name shown is not theirs
    "no_device": Cause.OTHER,
    "answers_unsent": Cause.NETWORK,
    "browser_restarted": Cause.RESTART,
}

BATTERY_LOW_PERCENT = 15
CLOCK_OFF_MS = 120_000
GROUP_FROM = 3  # as many devices with one cause are one thing to look at


@dataclass(frozen=True, slots=True)
class Sign:
    """What the newest report of a seated device shows. `heard_at` (epoch ms): since when it could be silent."""

    missing: bool
    state: SittingState
    battery: int | None
    charging: bool | None
    focused: bool
    clock_offset_ms: int
    heard_at: int = 0


def present(sign: Sign) -> set[str]:
    """Kinds that hold now; the sweep opens those that are new and closes those that are over."""
    busy = sign.state in {
        SittingState.CHECKED_IN,
        SittingState.READY,
        SittingState.WORKING,
        SittingState.PAUSED,
    }
    kinds: set[str] = set()
    flat = sign.battery is not None and sign.battery <= BATTERY_LOW_PERCENT and not sign.charging
    if sign.missing and busy:
        kinds.add("battery_out" if flat else "missing")
    elif flat:
        kinds.add("battery_low")
    if sign.state is SittingState.WORKING and not sign.focused and not sign.missing:
        kinds.add("left_exam")
    if abs(sign.clock_offset_ms) > CLOCK_OFF_MS:
        kinds.add("clock_off")
    return kinds


#: Kinds that come and go with what devices report; the others stay until a person closes them.
DERIVED = frozenset({"missing", "battery_low", "battery_out", "left_exam", "clock_off"})

#: Opened by an event of the device, over when its exam page is in front again (or nobody works there any more).
RESTARTED = "browser_restarted"
ON_THE_EXAM = frozenset({"exam", "practice"})
