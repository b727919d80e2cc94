"""What a board shows: a desk, a thing to look at, the whole room. Read by `services.board`, drawn by `web.picture`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from server.domain.exam import Client, ExamState
from server.domain.presence import Presence
from server.domain.sitting import ACTIVE, TO_BEGIN, SittingState
from server.services import tokens
from server.services.centre_spells import CentreView
from server.services.grades import Grade
from server.services.spares import SpareView
from server.services.swap_list import SwapView


@dataclass(frozen=True, slots=True)
class SeatView:
    """One desk. `ordered` and `applied` are modes; `pending` is True until the device applied the order."""

    sitting_id: int
    seat: str
    row: int
    column: int
    name: str
    number: str
    state: SittingState
    told: bool  # by a person, not by the device
    device: str | None
    grade: str | None
    presence: Presence
    ordered: str | None
    applied: str | None
    pending: bool
    locked: str | None  # reason of the lock that is ordered
    lock_text: str | None
    ends_at: int | None
    time_left_ms: int | None  # frozen, while paused or before the start
    block: str | None
    extra_ms: int
    battery: int | None
    charging: bool | None
    unsent: int | None
    page: str | None
    reported_at: int | None
    incidents: tuple[str, ...]
    cleared: bool
    beside: bool  # at a place beside the planned seat, where another pupil still writes
    moved_kind: str | None  # session | day | susulan
    grade_why: Grade | None = None
    owner: str | None = None  # the other school whose Chromebook this is
    borrowed: bool = False  # at a laptop that is no device of ours

    @property
    def attention(self) -> bool:
        return bool(self.incidents) or self.missing

    @property
    def missing(self) -> bool:
        """Silent, and should not be: nobody is missed at the seat of an absent pupil, nor once the device is cleared,
        nor while it is in the ministry's app, where nothing of ours runs."""
        if self.told:
            expected = self.state in TO_BEGIN
        else:
            expected = self.state in ACTIVE or (self.state is SittingState.FINISHED and not self.cleared)
        return expected and self.presence is Presence.MISSING


@dataclass(frozen=True, slots=True)
class IncidentView:
    """One thing to look at; several seats with one kind are one.

    `seats`: the desks of this exam it is about. `devices`: the Chromebooks, where it is about these and not about
    a pupil's desk.
    """

    kind: str
    cause: str
    seats: tuple[str, ...]
    ids: tuple[int, ...]
    opened_at: int
    detail: dict[str, Any]
    grouped: bool
    devices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Board:
    """Everything a proktor sees of one room."""

    exam_id: int
    title: str
    room: str
    round_name: str
    purpose: str
    day: int
    date: str
    slot: int
    columns: int
    state: ExamState
    client: Client
    opened_at: int | None
    started_at: int | None
    paused_at: int | None
    ended_at: int | None
    opens_at: int | None
    seats: tuple[SeatView, ...]
    incidents: tuple[IncidentView, ...]
    counts: dict[str, int]
    token: tokens.TokenView | None
    token_interval_minutes: int | None
    followed_by: int | None  # the exam that took over the devices
    next_exam: int | None  # the one that could
    later_day: int | None  # number of the round's next day, if this session has no exam there yet
    at: int
    centre: CentreView | None = None  # of an `exam_browser` exam
    swaps: tuple[SwapView, ...] = ()  # those that still want something
    spares: tuple[SpareView, ...] = ()

    @property
    def heard(self) -> int:
        """How many seats have a device that speaks to us. None at all: this room is only observed."""
        return sum(s.presence is not Presence.NEVER for s in self.seats)
