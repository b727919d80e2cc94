"""Another device for a seat, and a device that a person gives up on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, func, select

from server.domain.errors import Conflict, NotFound
from server.domain.exam import LIVE, Client, ExamState
from server.domain.sitting import ACTIVE, SittingState, current_block, used_ms
from server.domain.spare import BORROWED
from server.services import desired, ledger, minutes, pupil_sessions, spares
from server.services.actor import Actor
from server.services.each_seat import Outcome, each
from server.services.exam_rows import get as get_exam
from server.services.ledger import GIVEN_ON, PLACED, RELEASED, SWAPPED, close, let_go, open_row
from server.services.seat_checks import raise_if_not_seated
from server.services.spares import Connected
from server.store import blocks as block_rows
from server.store.database import Database, Write
from server.store.tables import assignments, device_seen, devices, enrolments, swaps


def place(
    db: Database,
    who: Actor,
    now: int,
    sitting_id: int,
    label: str,
    *,
    sure: bool = True,
    connected: Connected = lambda _id: False,
) -> list[Outcome]:
    """Give a seat another device, by its sticker ("7 → C03"). The pupil goes on with the time that was left.

    The device before is let go of: it shows nobody's name any more. What it still holds is delivered when it can.
    `sure`: also a device that something speaks against; without, that is said first (`spare_not_ready` with
    `reasons`, `domain.spare`). A device that another pupil needs is taken by nobody.
    Outcome codes: `device_unknown`, `device_taken`, `device_owes`, `device_unsent`, `device_same`, `spare_not_ready`,
    `seat_not_active`.
    """

    def act(tx: Write, row: Row[Any]) -> set[int]:
        raise_if_not_seated(row)
        device = labelled(tx.c, label)
        mine = open_row(tx.c, row.id)
        if mine is not None and mine.device_id == device.id:
            raise Conflict(
                f"{device.label}: it serves this seat already", code="device_same", device=device.label
            )
        _raise_if_not_free(tx.c, row, device, now, sure, connected)
        return _change(tx, who, now, row, mine, device)

    return each(db, who, now, [sitting_id], "seat.place", act, device=label)


def borrow(db: Database, who: Actor, now: int, sitting_id: int) -> list[Outcome]:
    """No spare is left: the pupil goes on at a laptop that is no device of ours, by number and card code.

    The ledger has the seat and no device; nothing locks that laptop, and the minutes say so.
    Outcome codes: `seat_not_active`, `borrowed_already`.
    """

    def act(tx: Write, row: Row[Any]) -> set[int]:
        raise_if_not_seated(row)
        mine = open_row(tx.c, row.id)
        if mine is not None and mine.reason == BORROWED:
            raise Conflict(
                f"seat {row.seat}: it has a borrowed laptop already", code="borrowed_already", seat=row.seat
            )
        return _change(tx, who, now, row, mine, None)

    return each(db, who, now, [sitting_id], "seat.borrow_laptop", act)


def release(db: Database, who: Actor, now: int, sitting_ids: Iterable[int]) -> list[Outcome]:
    """A person says that a done seat's device will not report any more today: it is dead, or went home.

    The seat's ledger row closes; what the device may still hold is asked for when it comes back, and until then
    it serves nobody. Outcome codes: `seat_still_active`, `seat_no_device`.
    """

    def act(tx: Write, row: Row[Any]) -> set[int]:
        if SittingState(row.state) in ACTIVE:
            raise Conflict(
                f"seat {row.seat}: the pupil is not done; finish or move the pupil first",
                code="seat_still_active",
                seat=row.seat,
            )
        mine = open_row(tx.c, row.id)
        if mine is None or mine.device_id is None:
            raise Conflict(f"seat {row.seat}: no device is held there", code="seat_no_device", seat=row.seat)
        close(tx, mine.id, now, RELEASED)
        return {mine.device_id}

    return each(db, who, now, sitting_ids, "seat.release_device", act, LIVE | {ExamState.ENDED})


def labelled(c: Connection, label: str) -> Row[Any]:
    """A device by its sticker, however it is written. Raises: NotFound (`device_unknown`)."""
    wanted = " ".join(label.split())
    rows = c.execute(select(devices).where(func.lower(devices.c.label) == func.lower(wanted))).all()
    exact = [row for row in rows if row.label == wanted] or (list(rows) if len(rows) == 1 else [])
    if not exact:
        raise NotFound(
            f"{label}: no such Chromebook; look at its sticker", code="device_unknown", device=label
        )
    return exact[0]


def _raise_if_not_free(
    c: Connection, row: Row[Any], device: Row[Any], now: int, sure: bool, connected: Connected
) -> None:
    exam = get_exam(c, row.exam_id)
    seen = spares.look(c, exam, now, connected, [device.id], thorough=not sure)[device.id]
    codes = {r.code: r for r in seen.reasons}
    what: dict[str, Any] = {"device": device.label}
    if "spare_needed" in codes:
        seat = codes["spare_needed"].params["seat"]
        raise Conflict(
            f"{device.label}: seat {seat} needs it; choose a free one", code="device_taken", seat=seat, **what
        )
    if "spare_unsent" in codes:
        count = codes["spare_unsent"].params["count"]
        raise Conflict(
            f"{device.label}: {count} answers of the pupil before are still on it; let it report",
            code="device_unsent",
            count=count,
            **what,
        )
    if "spare_owes" in codes:
        raise Conflict(
            f"{device.label}: what the pupil before wrote is not cleared from it yet; let it report",
            code="device_owes",
            **what,
        )
    if seen.reasons and not sure:
        said = [{"code": r.code, **r.params} for r in seen.reasons]
        raise Conflict(
            f"{device.label}: not ready ({', '.join(codes)}); take it all the same, or choose another",
            code="spare_not_ready",
            reasons=said,
            **what,
        )


def _change(
    tx: Write, who: Actor, now: int, row: Row[Any], mine: Row[Any] | None, device: Row[Any] | None
) -> set[int]:
    """Out with what served the seat, in with the device, or with a laptop (None). All that was on the way is written
    down: ledger, swap, minutes. Returns the devices that have somebody else's orders, or none, from now on."""
    before = mine.device_id if mine is not None else None
    had = before is not None or (mine is not None and mine.reason == BORROWED)
    heard_at, lost = _lost(tx.c, row, mine, now)
    life = desired.live_enrolment(tx.c, before) if before is not None else None
    if device is not None:
        let_go(tx, device.id, now, GIVEN_ON)
    if mine is not None:
        close(tx, mine.id, now, SWAPPED if had else PLACED)
    pupil_sessions.end_by_card(tx, row.id, now)
    seat_id = mine.seat_id if mine is not None else row.seat_id
    freed: set[int] = set()
    if seat_id is not None:
        if ledger.taken_seats(tx.c, [seat_id], [row.id]):
            seat_id = None  # somebody of the session before still works there: a place beside it
        else:
            freed = ledger.vacate(tx, [seat_id], now, [row.id])
    reason = BORROWED if device is None else SWAPPED if had else PLACED
    new_id = tx.insert(
        assignments,
        sitting_id=row.id,
        seat_id=seat_id,
        device_id=device.id if device is not None else None,
        from_at=now,
        reason=reason,
        by_staff_id=who.staff_id,
    )
    line = minutes.write(
        tx,
        row.exam_id,
        now,
        "laptop" if device is None else "swap" if had else "placed",
        minutes.by(tx.c, who),
        seat=row.seat,
        name=row.name,
        number=row.number,
        before=_label(tx.c, before),
        after=device.label if device is not None else None,
        heard_at=heard_at,
        lost_ms=lost,
    )
    tx.insert(
        swaps,
        exam_id=row.exam_id,
        sitting_id=row.id,
        from_device_id=before,
        to_device_id=device.id if device is not None else None,
        from_assignment_id=mine.id if mine is not None else None,
        to_assignment_id=new_id,
        from_enrolment_id=life,
        reason=reason,
        checklist=[],
        lost_ms=lost,
        minutes_line_id=line,
        at=now,
        by_staff_id=who.staff_id,
    )
    return freed | ({before} if before is not None else set())


def _lost(c: Connection, row: Row[Any], mine: Row[Any] | None, now: int) -> tuple[int | None, int | None]:
    """When the old device was last heard, and the working time since then: what may be made good. None: not known,
    or no clock of ours."""
    if mine is None or mine.device_id is None or row.client != Client.WEB:
        return None, None
    heard = c.execute(
        select(device_seen.c.reported_at)
        .join(enrolments, enrolments.c.id == device_seen.c.enrolment_id)
        .where(enrolments.c.device_id == mine.device_id, enrolments.c.standing == "live")
    ).scalar()
    if heard is None:
        return None, None
    block = current_block(block_rows.of_sitting(c, row.id))
    if block is None or block.started_at is None:
        return heard, 0
    return heard, max(0, used_ms(block, now) - used_ms(block, max(heard, mine.from_at)))


def _label(c: Connection, device_id: int | None) -> str | None:
    return c.execute(select(devices.c.label).where(devices.c.id == device_id)).scalar()
