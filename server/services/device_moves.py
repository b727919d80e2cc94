"""Chromebooks into an exam's org unit and home again: plan, order, and the job that carries it out.

A plan changes nothing; `order` takes the digest that was shown. How devices are moved and proved: `device_mover`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain import device_move
from server.domain.device_move import Plan, Target
from server.domain.errors import Conflict, Invalid, NotFound
from server.services import audit, device_mover, exam_day_moves, google_jobs
from server.services.actor import Actor
from server.services.device_move_candidates import home_plan, of_devices, of_room
from server.services.google_work import Work
from server.store.database import Database, Write, chunks
from server.store.tables import console_org_units, device_move_items, device_moves, rooms

Json = dict[str, Any]
#: A plan that nobody ordered is forgotten after this.
PLAN_LASTS_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Move:
    """A plan as it was written down; `id` names its page."""

    id: int
    digest: str
    plan: Plan


def plan(
    db: Database,
    who: Actor,
    now: int,
    *,
    org_unit_id: str,
    room_id: int | None = None,
    device_ids: Sequence[int] = (),
    reboot: bool = False,
) -> Move:
    """Who would go where, from what the last sync saw. Nothing moves.

    Raises: NotFound (`room_unknown`, `org_unit_unknown`), Invalid (`move_whom`), Conflict (`move_root`).
    """
    if room_id is None and not device_ids:
        raise Invalid("move: no room and no device was named; name one", code="move_whom")
    with db.write() as tx:
        made = _planned(tx.c, room_id, tuple(device_ids), org_unit_id, reboot)
        target = _target(tx.c, org_unit_id)
        return _keep(
            tx,
            who,
            now,
            made,
            purpose="exam",
            room_id=room_id,
            org_unit_id=org_unit_id,
            org_unit_path=target.path,
        )


def plan_home(db: Database, who: Actor, now: int, move_id: int, *, reboot: bool = False) -> Move:
    """Each device of a move back to its own former org unit, where it still is where we put it; also after a crash.

    Raises: NotFound (`move_unknown`), Conflict (`move_running`, `move_not_out`).
    """
    with db.write() as tx:
        out = row(tx.c, move_id)
        if out.purpose != "exam" or out.state == "planned":
            raise Conflict(f"move {move_id}: never went out; there is no way home", code="move_not_out")
        if active_job(tx.c, move_id) is not None:
            raise Conflict(f"move {move_id}: still going on; wait or stop it first", code="move_running")
        made = home_plan(tx.c, move_id, reboot)
        return _keep(tx, who, now, made, purpose="home", room_id=out.room_id, returns_id=move_id)


def order(db: Database, who: Actor, now: int, digest: str, *, late_reason: str = "") -> int:
    """Carry out the plan with this digest; the id of its job.

    Raises: Conflict (`move_plan_stale`, `move_running`, `move_nobody`, and those of
    `exam_day_moves.raise_if_not_now`), Invalid (`reason_missing`).
    """
    late_reason = " ".join(late_reason.split())
    if len(late_reason) > exam_day_moves.REASON_MAX:
        most = exam_day_moves.REASON_MAX
        raise Invalid(f"reason: at most {most} characters", code="reason_missing", most=most, field="reason")
    with db.write() as tx:
        move = tx.c.execute(
            select(device_moves)
            .where(device_moves.c.digest == digest, device_moves.c.state == "planned")
            .order_by(device_moves.c.id.desc())
            .limit(1)
        ).one_or_none()
        if move is None or move.created_at < now - PLAN_LASTS_MS:
            raise _stale(digest)
        exam_day_moves.raise_if_not_now(tx.c, now, _touched(tx.c, move.id), late_reason)
        made = _again(tx.c, move)
        if made.digest != digest:
            raise _stale(digest)
        device_move.raise_if_empty(made, f"move {move.id}")
        going = tx.c.execute(select(device_moves.c.id).where(device_moves.c.state == "moving")).scalars()
        busy = next((other for other in going if active_job(tx.c, other) is not None), None)
        if busy is not None:
            raise Conflict(f"move {busy}: still going on; wait or stop it first", code="move_running")
        tx.c.execute(
            device_moves.update()
            .where(device_moves.c.id == move.id, device_moves.c.state == "planned")
            .values(state="moving", late_reason=late_reason or None)
        )
        job_id = google_jobs.enqueue(tx, who, now, "move", {"move_id": move.id})
        said = {"to": move.org_unit_path, "devices": len(made.items), "reason": late_reason or None}
        audit.record(tx, who, "device.move", f"move {move.id}", now, **said)
        return job_id


def go_on(db: Database, who: Actor, now: int, move_id: int) -> int:
    """Take up a move that was stopped half-way; the id of its job. Raises: Conflict (`move_over`, `move_running`)."""
    with db.write() as tx:
        if row(tx.c, move_id).state != "moving":
            raise Conflict(f"move {move_id}: is over; plan a new one", code="move_over")
        if active_job(tx.c, move_id) is not None:
            raise Conflict(f"move {move_id}: still going on; wait or stop it first", code="move_running")
        return google_jobs.enqueue(tx, who, now, "move", {"move_id": move_id})


def run(work: Work) -> Json:
    """The job: see `device_mover`."""
    return device_mover.run(work)


def row(c: Connection, move_id: int) -> Row[Any]:
    """Raises: NotFound (`move_unknown`)."""
    found = c.execute(select(device_moves).where(device_moves.c.id == move_id)).one_or_none()
    if found is None:
        raise NotFound(f"move {move_id}: not known", code="move_unknown")
    return found


def active_job(c: Connection, move_id: int) -> google_jobs.Job | None:
    """The job that carries a move now or will."""
    return next(
        (
            j
            for j in google_jobs.newest(c, "move", limit=50)
            if j.active and j.params.get("move_id") == move_id
        ),
        None,
    )


def _touched(c: Connection, move_id: int) -> set[int]:
    """The rooms of a plan."""
    t = device_move_items
    rows = c.execute(
        select(t.c.device_id, t.c.from_org_unit_id, t.c.to_org_unit_id).where(t.c.move_id == move_id)
    ).all()
    units = {unit for row in rows for unit in (row.from_org_unit_id, row.to_org_unit_id)}
    return exam_day_moves.rooms_of(c, [row.device_id for row in rows if row.device_id], units)


def _stale(digest: str) -> Conflict:
    return Conflict(
        f"plan {digest}: no longer how the devices stand; plan again and look at it", code="move_plan_stale"
    )


def _again(c: Connection, move: Row[Any]) -> Plan:
    """The plan as it would be made now, for the devices and org units that this one named."""
    if move.purpose == "home":
        return home_plan(c, move.returns_id, move.reboot)
    if move.room_id is not None:
        return _planned(c, move.room_id, (), move.org_unit_id, move.reboot)
    items = c.execute(
        select(device_move_items.c.device_id).where(device_move_items.c.move_id == move.id)
    ).scalars()
    ids = [*items, *(left["device_id"] for left in move.left_out)]
    return _planned(c, None, tuple(i for i in ids if i is not None), move.org_unit_id, move.reboot)


def _planned(
    c: Connection, room_id: int | None, device_ids: tuple[int, ...], org_unit_id: str, reboot: bool
) -> Plan:
    if room_id is not None:
        if c.execute(select(rooms.c.id).where(rooms.c.id == room_id)).scalar() is None:
            raise NotFound(f"room {room_id}: not known", code="room_unknown")
        found = of_room(c, room_id)
    else:
        found = of_devices(c, device_ids)
    return device_move.plan(found, _target(c, org_unit_id), reboot)


def _target(c: Connection, org_unit_id: str) -> Target:
    unit = c.execute(
        select(console_org_units).where(
            console_org_units.c.org_unit_id == org_unit_id, console_org_units.c.gone_at.is_(None)
        )
    ).one_or_none()
    if unit is None:
        raise NotFound(
            f"org unit {org_unit_id}: not in the last sync; sync, or prepare it first",
            code="org_unit_unknown",
        )
    if unit.path == "/":
        raise Conflict("move: the root org unit is never an exam's; choose one below it", code="move_root")
    return Target(unit.org_unit_id, unit.path)


def _keep(tx: Write, who: Actor, now: int, made: Plan, **values: object) -> Move:
    """Write the plan down, and forget those that nobody ordered in a day."""
    old = device_moves.c.state == "planned", device_moves.c.created_at < now - PLAN_LASTS_MS
    stale = select(device_moves.c.id).where(*old)
    tx.c.execute(device_move_items.delete().where(device_move_items.c.move_id.in_(stale)))
    tx.c.execute(device_moves.delete().where(*old))
    move_id = tx.insert(
        device_moves,
        digest=made.digest,
        reboot=made.reboot,
        left_out=[left.as_dict() for left in made.left],
        state="planned",
        by_name=who.name,
        created_at=now,
        **values,
    )
    for some in chunks(made.items):
        tx.c.execute(
            device_move_items.insert(),
            [
                {
                    "move_id": move_id,
                    "console_id": item.console_id,
                    "device_id": item.device_id,
                    "from_org_unit_id": item.from_org_unit_id,
                    "from_path": item.from_path,
                    "to_org_unit_id": item.to_org_unit_id,
                    "to_path": item.to_path,
                    "outcome": "pending",
                }
                for item in some
            ],
        )
    return Move(move_id, made.digest, made)
