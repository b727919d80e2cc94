"""The life of an exam: one table of arrows."""

from __future__ import annotations

from enum import StrEnum

from server.domain.errors import IllegalTransition


class ExamState(StrEnum):
    DRAFT = "draft"
    OPEN = "open"  # check-in: devices show the waiting page
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"
    ARCHIVED = "archived"


class Client(StrEnum):
    """Where the pupil works: a page in our own kiosk, or the ministry's kiosk app."""

    WEB = "web"
    EXAM_BROWSER = "exam_browser"


class Purpose(StrEnum):
    SIMULASI = "simulasi"
    GLADI = "gladi"
    UTAMA = "utama"
    SUSULAN = "susulan"


ARROWS: dict[ExamState, frozenset[ExamState]] = {
    ExamState.DRAFT: frozenset({ExamState.OPEN}),
    ExamState.OPEN: frozenset({ExamState.RUNNING, ExamState.DRAFT, ExamState.ENDED}),
    ExamState.RUNNING: frozenset({ExamState.PAUSED, ExamState.ENDED}),
    ExamState.PAUSED: frozenset({ExamState.RUNNING, ExamState.ENDED}),
    ExamState.ENDED: frozenset({ExamState.ARCHIVED}),
    ExamState.ARCHIVED: frozenset(),
}

#: States in which devices are held by the exam.
LIVE = frozenset({ExamState.OPEN, ExamState.RUNNING, ExamState.PAUSED})


def raise_if_no_arrow(seen: ExamState, wanted: ExamState) -> None:
    """Refuse a move the table does not have.

    Raises: IllegalTransition (`exam_state`) naming both states.
    """
    if wanted not in ARROWS[seen]:
        raise IllegalTransition(
            f"exam: cannot go from {seen} to {wanted}; reload the page to see its present state",
            code="exam_state",
            seen=str(seen),
            wanted=str(wanted),
        )
