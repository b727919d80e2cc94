"""When devices may change org unit, and when a device is guarded. Days are yyyy-mm-dd at the school; no clock.

Policy may take an hour to reach a device, so what an exam needs is in place and proved the day before (H-1).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """How far a device is on its way into the org unit of an exam day."""

    NOT_MOVED = "not_moved"
    NOT_PROVED = "not_proved"  # it is there, and has not fetched its policy since
    READY = "ready"
    UNKNOWN = "unknown"  # the console does not know it, or we do not know which one it is


@dataclass(frozen=True, slots=True)
class DayExam:
    """One exam of a day, as far as moving asks."""

    room_id: int
    client: str
    state: str
    title: str


OVER = frozenset({"ended", "archived"})
HELD = frozenset({"open", "running", "paused"})


def standing(unit_id: str | None, in_unit: str | None, since: int | None, synced_at: int | None) -> Standing:
    """`in_unit`: where the device is; `since`: when it was moved there (None: before we looked);
    `synced_at`: when it last fetched its policy."""
    if unit_id is None or in_unit is None:
        return Standing.UNKNOWN if in_unit is None else Standing.NOT_MOVED
    if in_unit != unit_id:
        return Standing.NOT_MOVED
    if synced_at is None or (since is not None and synced_at <= since):
        return Standing.NOT_PROVED
    return Standing.READY


def why_no_move(today: Sequence[DayExam], rooms: Collection[int]) -> tuple[str, DayExam] | None:
    """Why nothing may change org unit now, and for which exam: `move_exam_browser_day` (a whole school, never
    lifted), `move_exam_open` (these rooms, never lifted), `move_too_late` (these rooms; a person may say why)."""
    for exam in today:
        if exam.client == "exam_browser":
            return "move_exam_browser_day", exam
    here = [exam for exam in today if exam.room_id in rooms]
    for exam in here:
        if exam.state in HELD:
            return "move_exam_open", exam
    for exam in here:
        if exam.state not in OVER:
            return "move_too_late", exam
    return None


@dataclass(frozen=True, slots=True)
class Window:
    """Of one round: from the day before its first day to the end of its last."""

    round_name: str
    from_day: str
    to_day: str

    def holds(self, day: str) -> bool:
        return self.from_day <= day <= self.to_day


def guarding(windows: Sequence[Window], today: str) -> Window | None:
    """The round that guards the school's devices today."""
    return next((window for window in windows if window.holds(today)), None)
