"""One row of the seat ledger as it is read: who had which seat and device, from when to when. Pure.

A row says what a pupil was given; whether the pupil was there says the sitting (`standing`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from server.domain.sitting import SittingState
from server.domain.spare import BORROWED


class Standing(StrEnum):
    """What is known of the pupil at an instant."""

    ABSENT = "absent"  # recorded as absent: the seat was kept, nobody sat there
    WAITING = "waiting"  # no device yet
    SEATED = "seated"
    WORKING = "working"
    DONE = "done"  # finished or moved; the device was still being emptied


@dataclass(frozen=True, slots=True)
class Row:
    """Times are epoch ms; `to_at` None: still so. `seat` None: a place beside the planned seat.

    `label_then`, `name_then`: as they were written down then, where that is known and differs from today's.
    """

    id: int
    sitting_id: int
    exam_id: int
    exam: str
    date: str
    slot: int
    room: str
    seat: str | None
    planned_seat: str | None
    name: str
    number: str
    device: str | None
    serial: str | None
    from_at: int
    to_at: int | None
    began: str
    ended: str | None
    by_name: str | None
    state: SittingState
    begun_at: int | None
    left_at: int | None
    undone_at: int | None = None
    label_then: str | None = None
    name_then: str | None = None

    @property
    def laptop(self) -> bool:
        return self.began == BORROWED

    def covers(self, at: int) -> bool:
        """From the first moment on, up to and without the last."""
        return self.from_at <= at and (self.to_at is None or at < self.to_at)

    def standing(self, at: int) -> Standing:
        if self.state is SittingState.ABSENT:
            return Standing.ABSENT
        if self.left_at is not None and self.left_at <= at:
            return Standing.DONE
        if self.device is None and not self.laptop:
            return Standing.WAITING
        begun = self.begun_at is not None and self.begun_at <= at
        return Standing.WORKING if begun else Standing.SEATED


_WEIGHT = (Standing.WORKING, Standing.SEATED, Standing.WAITING, Standing.DONE, Standing.ABSENT)


@dataclass(frozen=True, slots=True)
class Answer:
    """Who had it at an instant, first who was most there; else who had it last before, and who next."""

    at: int
    rows: tuple[Row, ...]
    before: Row | None
    after: Row | None


def answer(rows: Iterable[Row], at: int) -> Answer:
    """From all rows of one seat, device or pupil."""
    every: Sequence[Row] = sorted(rows, key=lambda r: (r.from_at, r.id))
    here = sorted((r for r in every if r.covers(at)), key=lambda r: _WEIGHT.index(r.standing(at)))
    gone = [r for r in every if r.to_at is not None and r.to_at <= at and r.to_at > r.from_at]
    coming = [r for r in every if r.from_at > at]
    return Answer(
        at,
        tuple(here),
        max(gone, key=lambda r: (r.to_at or 0, r.id), default=None),
        coming[0] if coming else None,
    )
