"""One pupil's sitting: its states, its timed blocks, and the time that is left.

Time left is never stored. It follows from what was granted (block minutes, accommodation, incident time)
and from when the block started, stood still and ended, so it can only grow by an act that grants more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from server.domain.errors import IllegalTransition

MINUTE_MS = 60_000


class SittingState(StrEnum):
    EXPECTED = "expected"
    CHECKED_IN = "checked_in"
    READY = "ready"
    WORKING = "working"
    PAUSED = "paused"
    FINISHED = "finished"
    ABSENT = "absent"
    MOVED = "moved"


S = SittingState

ARROWS: dict[SittingState, frozenset[SittingState]] = {
    S.EXPECTED: frozenset({S.CHECKED_IN, S.READY, S.WORKING, S.ABSENT, S.MOVED}),
    S.CHECKED_IN: frozenset({S.READY, S.WORKING, S.EXPECTED, S.ABSENT, S.MOVED}),
    S.READY: frozenset({S.WORKING, S.CHECKED_IN, S.EXPECTED, S.ABSENT, S.MOVED}),
    S.WORKING: frozenset({S.PAUSED, S.FINISHED, S.MOVED}),
    S.PAUSED: frozenset({S.WORKING, S.FINISHED, S.MOVED}),
    S.FINISHED: frozenset({S.WORKING}),  # a reset by a person, with the time that was left
    S.ABSENT: frozenset({S.EXPECTED, S.MOVED}),  # came late after all; or sits it another day
    S.MOVED: frozenset(),
}

#: What a person told, a person may correct, whichever way it was wrong: for the ministry's client no device knows
#: better, and *semua mulai* comes before the absent are named. `checked_in`: seen with one's own eyes.
TELLABLE = frozenset({S.EXPECTED, S.CHECKED_IN, S.WORKING, S.FINISHED, S.ABSENT})

#: Seated and still to begin.
TO_BEGIN = frozenset({S.EXPECTED, S.CHECKED_IN, S.READY})

#: Seated and not done: these hold a seat and a device.
ACTIVE = TO_BEGIN | {S.WORKING, S.PAUSED}

#: Nothing was worked on here. A pupil moved in from another session may have worked there.
NOT_BEGUN = TO_BEGIN | {S.ABSENT}


def raise_if_no_arrow(seen: SittingState, wanted: SittingState, *, told: bool = False) -> None:
    """Refuse a move the table does not have (`sitting_state`); `told`: a person's own word may be corrected too."""
    corrects = told and seen is not wanted and {seen, wanted} <= TELLABLE
    if wanted not in ARROWS[seen] and not corrects:
        raise IllegalTransition(
            f"sitting: cannot go from {seen} to {wanted}; look at the seat again",
            code="sitting_state",
            seen=str(seen),
            wanted=str(wanted),
        )


@dataclass(frozen=True, slots=True)
class Block:
    """One timed part. `minutes` and `extra_minutes` are whole minutes >= 0; the rest is ms."""

    position: int
    name: str
    minutes: int
    extra_minutes: int = 0
    incident_ms: int = 0
    used_before_ms: int = 0  # in the sitting this one was moved from
    started_at: int | None = None
    paused_at: int | None = None
    stood_ms: int = 0  # finished pauses
    ended_at: int | None = None

    @property
    def granted_ms(self) -> int:
        """Everything this block was given: the profile's minutes, accommodation, incident time."""
        return (self.minutes + self.extra_minutes) * MINUTE_MS + self.incident_ms


def ends_at(block: Block) -> int | None:
    """When the block's time is up, or None while it has not started, stands still, or has ended."""
    if block.started_at is None or block.ended_at is not None or block.paused_at is not None:
        return None
    return block.started_at + block.granted_ms - block.used_before_ms + block.stood_ms


def time_left_ms(block: Block, now: int) -> int:
    """Milliseconds left at `now`; all of it before the start, 0 after the end, never negative."""
    if block.ended_at is not None:
        return 0
    return max(0, block.granted_ms - used_ms(block, now))


def used_ms(block: Block, now: int) -> int:
    """Working time used of a part up to `now` or to its end, in this sitting and the one it was moved from."""
    if block.started_at is None:
        return block.used_before_ms
    stops = [at for at in (block.paused_at, block.ended_at) if at is not None]
    clock = min([now, *stops])
    return block.used_before_ms + max(0, clock - block.started_at - block.stood_ms)


def current_block(blocks: Iterable[Block]) -> Block | None:
    """The first block that has not ended, or None when all have."""
    return next((b for b in sorted(blocks, key=lambda b: b.position) if b.ended_at is None), None)
