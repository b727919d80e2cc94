"""The swaps of an exam that still want something: undoing, time to make good, steps with the ministry's client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.errors import Conflict
from server.domain.exam import LIVE, Client, ExamState
from server.domain.paths import CARD_PATH
from server.domain.sitting import ACTIVE, MINUTE_MS, SittingState
from server.domain.spare import BORROWED, LOST_LEAST_MS, UNDO_MS, Step
from server.services import audit, minutes, swap_undo
from server.services import sittings as steps
from server.services.actor import Actor
from server.services.meta import get_meta
from server.store.database import BoardChanged, Database
from server.store.tables import assignments, devices, participants, registrations, seats, sittings, swaps
from server.store.tables import audit as audit_rows

#: Time that was lost is offered as long as the proktor may still be walking back to the laptop.
OFFER_MS = 10 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Ticked:
    step: Step
    at: int | None
    by: str | None


@dataclass(frozen=True, slots=True)
class SwapView:
    """`undo_until`: None once it is too late. `lost_minutes`: to make good, rounded up; None: nothing to offer.
    `laptop`: the pupil is at one that is no device of ours."""

    id: int
    sitting_id: int
    seat: str
    name: str
    before: str | None
    after: str | None
    laptop: bool
    at: int
    undo_until: int | None
    lost_minutes: int | None
    checklist: tuple[Ticked, ...]  # empty where the centre has no part in it
    enter_url: str  # where a page without our extension becomes a pupil's

    @property
    def steps_left(self) -> int:
        return sum(1 for t in self.checklist if t.at is None)


def waiting(c: Connection, exam: Row[Any], now: int) -> list[SwapView]:
    """What the board shows, the newest first."""
    if ExamState(exam.state) not in LIVE:
        return []
    old, new = devices.alias("old"), devices.alias("new")
    query = (
        select(
            swaps,
            sittings.c.state,
            assignments.c.to_at,
            seats.c.label.label("seat"),
            participants.c.name,
            old.c.label.label("before"),
            new.c.label.label("after"),
        )
        .select_from(swaps)
        .join(sittings, sittings.c.id == swaps.c.sitting_id)
        .join(assignments, assignments.c.id == swaps.c.to_assignment_id)
        .join(registrations, registrations.c.id == sittings.c.registration_id)
        .join(participants, participants.c.id == registrations.c.participant_id)
        .outerjoin(seats, seats.c.id == sittings.c.seat_id)
        .outerjoin(old, old.c.id == swaps.c.from_device_id)
        .outerjoin(new, new.c.id == swaps.c.to_device_id)
        .where(
            swaps.c.exam_id == exam.id,
            swaps.c.undone_at.is_(None),
            assignments.c.to_at.is_(None),  # not changed again since
            sittings.c.state.in_([str(s) for s in ACTIVE]),
        )
        .order_by(swaps.c.id.desc())
    )
    url = (get_meta(c, "public_url") or "") + CARD_PATH
    found = [_view(row, exam, now, _granted_since(c, exam, row, now), url) for row in c.execute(query).all()]
    return [v for v in found if v.undo_until or v.lost_minutes or v.steps_left or v.laptop]


def tick(db: Database, who: Actor, now: int, swap_id: int, step: Step, *, done: bool = True) -> None:
    """The proktor did a step of the checklist, or takes the tick back. Nothing here is known of the centre itself.

    Raises: NotFound (`swap_unknown`), Conflict (`swap_undone`, `swap_no_steps`, `exam_not_live`).
    """
    with db.write() as tx:
        swap = swap_undo.get(tx.c, swap_id)
        row = steps.get(tx.c, swap.sitting_id)
        if swap.undone_at is not None:
            raise Conflict(f"seat {row.seat}: this swap was undone", code="swap_undone", seat=row.seat)
        if row.client != Client.EXAM_BROWSER:
            raise Conflict(
                f"seat {row.seat}: its clock and page go along by themselves; there are no steps",
                code="swap_no_steps",
                seat=row.seat,
            )
        if ExamState(row.exam_state) not in LIVE:
            raise Conflict("exam: it is not open, so its seats cannot be changed", code="exam_not_live")
        others = [t for t in swap.checklist if t["step"] != step]
        if done and len(others) == len(swap.checklist):
            others.append({"step": str(step), "at": now, "by": minutes.by(tx.c, who)})
        elif done:
            return  # ticked already: its time and name stay
        tx.c.execute(swaps.update().where(swaps.c.id == swap_id).values(checklist=others))
        audit.record(
            tx, who, "seat.swap_step", f"exam {row.exam_id} seat {row.seat}", now, step=str(step), done=done
        )
        tx.tell(BoardChanged(frozenset({row.exam_id})))


def _view(row: Row[Any], exam: Row[Any], now: int, granted: bool, url: str) -> SwapView:
    centre = exam.client == Client.EXAM_BROWSER
    ticked = {t["step"]: t for t in row.checklist}
    offer = (
        row.lost_ms is not None
        and row.lost_ms >= LOST_LEAST_MS
        and not granted
        and row.state in {SittingState.WORKING, SittingState.PAUSED}
        and now - row.at <= OFFER_MS
    )
    return SwapView(
        id=row.id,
        sitting_id=row.sitting_id,
        seat=row.seat or "–",
        name=row.name,
        before=row.before,
        after=row.after,
        laptop=row.reason == BORROWED,
        at=row.at,
        undo_until=row.at + UNDO_MS if now - row.at <= UNDO_MS else None,
        lost_minutes=-(-row.lost_ms // MINUTE_MS) if offer else None,
        checklist=tuple(
            Ticked(step, ticked.get(step, {}).get("at"), ticked.get(step, {}).get("by")) for step in Step
        )
        if centre
        else (),
        enter_url=url,
    )


def _granted_since(c: Connection, exam: Row[Any], row: Row[Any], now: int) -> bool:
    """Time was given to this seat after the swap: the trail says so."""
    if not row.lost_ms or now - row.at > OFFER_MS:
        return False
    return (
        c.execute(
            select(audit_rows.c.id).where(
                audit_rows.c.at >= row.at,
                audit_rows.c.action == "seat.extra_time",
                audit_rows.c.object == f"exam {exam.id} seat {row.seat}",
                audit_rows.c.outcome == "done",
            )
        ).first()
        is not None
    )
