"""Answers of the practice page: each kept at once, resent without harm, and read back as proof.

An answer counts when it was *given* in time, whenever it arrives: a device that was offline across the end
delivers afterwards, until its data was cleared. One given after the end is kept too, marked late.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.errors import Conflict, Invalid
from server.domain.paths import PRACTICE
from server.domain.sitting import Block, SittingState, ends_at
from server.services import audit, practice
from server.services import sittings as steps
from server.services.ledger import owing
from server.services.pupil_sessions import PupilSession, require
from server.store import blocks as block_rows
from server.store.database import BoardChanged, Database, Write
from server.store.tables import answers as answer_rows
from server.store.tables import assignments, exams, sittings

GRACE_MS = 2_000  # an answer typed on the last second, by a clock measured over the network
BATCH_MAX = 200
VALUE_MAX = 2_000
SEQ_MAX = 2**31 - 1

WORKED = frozenset({SittingState.WORKING, SittingState.PAUSED, SittingState.FINISHED, SittingState.MOVED})


def save_answers(
    db: Database, now: int, session_token: str | None, given: object, sitting_id: int | None = None
) -> dict[str, Any]:
    """Keep answers `{item, seq, value, answered_at}`; the same ones again change nothing.

    `sitting_id` is the sitting the page wrote them for: after a change of seats it may not be the present one.
    Returns `saved` and `late` (both kept: `{item, seq}`), `older` (the school has a newer one) and `refused`
    (`{item, seq, code}`); a bad answer never holds up its neighbours.
    Raises: Invalid (`answers_invalid`), Conflict (`sitting_not_yours`, `sitting_cleared`, `not_practice`).
    """
    rows = [_shape(one) for one in _batch(given)]
    with db.write() as tx:
        me = require(tx.c, now, session_token)
        sitting = _sitting(tx.c, me, sitting_id)
        blocks = {b.position: b for b in block_rows.of_sitting(tx.c, sitting.id)}
        result: dict[str, Any] = {"sitting": sitting.id, "saved": [], "late": [], "older": [], "refused": []}
        for item, seq, value, answered_at in rows:
            block = blocks.get(practice.position_of(item) or 0)
            code = None
            if block is None or not practice.knows(item):
                code = "item_unknown"
            elif block.started_at is None:
                code = "block_not_started"
            if code is not None or block is None:
                result["refused"].append({"item": item, "seq": seq, "code": code})
                continue
            at = min(answered_at, now)
            kind = _keep(tx, sitting.id, item, seq, value, at, now, _is_late(block, at))
            result[kind].append({"item": item, "seq": seq})
        if result["late"]:
            audit.record(
                tx, me.actor, "answers.late", f"sitting {sitting.id}", now, count=len(result["late"])
            )
            tx.tell(BoardChanged(frozenset({sitting.exam_id})))
    return result


def answers(
    c: Connection, now: int, session_token: str | None, sitting_id: int | None = None
) -> dict[str, Any]:
    """What the school has of the pupil's own answers: the newest of each item, as proof.

    A pupil who was moved here from an earlier session finds what was answered there.
    """
    me = require(c, now, session_token)
    sitting = _sitting(c, me, sitting_id)
    newest: dict[str, dict[str, Any]] = {}
    for one in _chain(c, sitting.id):
        for row in c.execute(
            select(answer_rows).where(answer_rows.c.sitting_id == one).order_by(answer_rows.c.seq)
        ):
            newest[row.item] = {"item": row.item, "seq": row.seq, "value": row.value, "late": row.late}
    return {"sitting": sitting.id, "answers": list(newest.values())}


def _chain(c: Connection, sitting_id: int) -> list[int]:
    """The sitting and those it was moved from, the first one first."""
    chain = [sitting_id]
    while True:
        before = c.execute(select(sittings.c.id).where(sittings.c.moved_to_id == chain[0])).scalar()
        if before is None or before in chain:
            return chain
        chain.insert(0, before)


def _batch(given: object) -> list[Any]:
    if not isinstance(given, list) or len(given) > BATCH_MAX:
        raise Invalid(f"answers: not a list of at most {BATCH_MAX}", code="answers_invalid", most=BATCH_MAX)
    return given


def _shape(one: Any) -> tuple[str, int, str, int]:
    if isinstance(one, dict):
        item, seq, value, at = (one.get(k) for k in ("item", "seq", "value", "answered_at"))
        if (
            isinstance(item, str)
            and 0 < len(item) <= 40
            and type(seq) is int
            and 0 < seq <= SEQ_MAX
            and isinstance(value, str)
            and len(value) <= VALUE_MAX
            and type(at) is int
            and at > 0
        ):
            return item, seq, value, at
    raise Invalid("answers: one is not {item, seq, value, answered_at}", code="answers_invalid")


def _sitting(c: Connection, me: PupilSession, wanted: int | None) -> Row[Any]:
    """The sitting these answers belong to: the present one, or one this device served before."""
    now_at = me.sitting.id if me.sitting is not None else None
    sitting_id = wanted if wanted is not None else now_at
    mine = sitting_id is not None and sitting_id == now_at
    if not mine and sitting_id is not None and me.device_id is not None:
        mine = (
            c.execute(
                select(assignments.c.id).where(
                    assignments.c.device_id == me.device_id, assignments.c.sitting_id == sitting_id
                )
            ).first()
            is not None
        )
    if not mine or sitting_id is None:
        raise Conflict("answers: they belong to another sitting", code="sitting_not_yours")
    row: Row[Any] = steps.get(c, sitting_id)
    start_url = c.execute(select(exams.c.start_url).where(exams.c.id == row.exam_id)).scalar()
    if start_url != PRACTICE or SittingState(row.state) not in WORKED:
        raise Conflict("answers: this sitting has no practice page open", code="not_practice")
    if row.cleared_at is not None and not _still_owed(c, me.device_id, sitting_id):
        raise Conflict("answers: this sitting is closed and its device cleared", code="sitting_cleared")
    return row


def _still_owed(c: Connection, device_id: int | None, sitting_id: int) -> bool:
    """A device that was swapped out brings what it holds, though the spare is cleared long since."""
    return (
        c.execute(
            select(assignments.c.id).where(
                assignments.c.device_id == device_id, assignments.c.sitting_id == sitting_id, owing()
            )
        ).first()
        is not None
    )


def _is_late(block: Block, at: int) -> bool:
    limit = block.ended_at if block.ended_at is not None else ends_at(block)
    return limit is not None and at > limit + GRACE_MS


def _keep(tx: Write, sitting_id: int, item: str, seq: int, value: str, at: int, now: int, late: bool) -> str:
    """Insert one answer, or find that it is here. Returns the list it belongs to.

    One number with two values comes from two pages of one sitting (a swapped device that woke up again). What was
    answered last stands, if need be under the next free number.
    """
    here = tx.c.execute(
        select(answer_rows.c.seq, answer_rows.c.value, answer_rows.c.answered_at, answer_rows.c.late)
        .where(answer_rows.c.sitting_id == sitting_id, answer_rows.c.item == item)
        .order_by(answer_rows.c.seq)
    ).all()
    same = next((r for r in here if r.value == value and (r.seq == seq or r.answered_at == at)), None)
    if same is not None:
        return "late" if same.late else "saved"
    if here and seq <= here[-1].seq:
        if at > max(r.answered_at for r in here):
            seq = here[-1].seq + 1
        elif any(r.seq == seq for r in here):
            return "older"
    tx.c.execute(
        answer_rows.insert().values(
            sitting_id=sitting_id, item=item, seq=seq, value=value, answered_at=at, received_at=now, late=late
        )
    )
    return "late" if late else "saved"
