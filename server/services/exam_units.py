"""Org units made ahead of an exam, and which one serves which room: an exam then starts by moving devices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain import exam_unit
from server.domain.errors import Conflict, NotFound
from server.domain.exam_unit import UnitPlan, Wanted
from server.services import audit, google_jobs
from server.services.actor import Actor
from server.services.device_sight import bare
from server.services.google_work import Work
from server.services.meta import get_meta, set_meta
from server.store.database import Database, Write
from server.store.tables import console_org_units, exam_units, rooms
from server.workspace.gateway import GoogleError

Json = dict[str, Any]
t = exam_units
PARENT = "exam_units_parent"  # key of meta: below which org unit they are made
DEFAULT_PARENT = "/Ujian"
PATIENCE_SECONDS = (1, 2, 4, 8)
TRIES = 3
OF_THE_UNIT = frozenset({"google_invalid", "google_not_found", "google_conflict"})


def parent(c: Connection) -> str:
    return get_meta(c, PARENT) or DEFAULT_PARENT


def units(c: Connection) -> list[Row[Any]]:
    """What was wanted so far, by room: `ready` ones have an org unit."""
    rows = c.execute(
        select(t, rooms.c.name.label("room"))
        .join(rooms, rooms.c.id == t.c.room_id)
        .order_by(rooms.c.name, t.c.client.desc())
    )
    return list(rows)


def room_names(c: Connection) -> dict[int, str]:
    return {r.id: r.name for r in c.execute(select(rooms.c.id, rooms.c.name))}


def unit_of(c: Connection, room_id: int, client: str) -> Row[Any] | None:
    """The org unit that serves a room's exams in this client; None while there is none."""
    return c.execute(
        select(t).where(t.c.room_id == room_id, t.c.client == client, t.c.org_unit_id.is_not(None))
    ).one_or_none()


def suggested(c: Connection) -> list[Wanted]:
    """For every room and client a name: the one chosen before, or one made of the room's."""
    chosen = {(r.room_id, r.client): r.name for r in c.execute(select(t))}
    said = {"web": "{room}", "exam_browser": "{room} Exam Browser"}
    return [
        Wanted(r.id, client, chosen.get((r.id, client)) or said[client].format(room=r.name.replace("/", "-")))
        for r in c.execute(select(rooms.c.id, rooms.c.name).order_by(rooms.c.name))
        for client in exam_unit.CLIENTS
    ]


def plan(c: Connection, wanted: Sequence[Wanted], parent_path: str) -> UnitPlan:
    """What would be made. Raises: as `exam_unit.plan`, NotFound (`room_unknown`)."""
    known = set(c.execute(select(rooms.c.id)).scalars())
    lost = next((want.room_id for want in wanted if want.room_id not in known), None)
    if lost is not None:
        raise NotFound(f"room {lost}: not known", code="room_unknown")
    paths = c.execute(select(console_org_units.c.path).where(console_org_units.c.gone_at.is_(None))).scalars()
    return exam_unit.plan(wanted, parent_path, set(paths))


def order(db: Database, who: Actor, now: int, wanted: Sequence[Wanted], parent_path: str, digest: str) -> int:
    """Make what the plan with this digest showed; the id of the job. An org unit that is there is used as it is.

    Raises: as `plan`, Conflict (`unit_plan_stale`).
    """
    with db.write() as tx:
        made = plan(tx.c, wanted, parent_path)
        if made.digest != digest or not made.lines:
            raise Conflict("org units: no longer as they were shown; plan again", code="unit_plan_stale")
        set_meta(tx, PARENT, made.parent_path)
        for line in made.lines:
            _want(tx, now, line, made.parent_path)
        audit.record(tx, who, "device.units", made.parent_path, now, units=[line.path for line in made.lines])
        return google_jobs.enqueue(tx, who, now, "units", {"digest": digest})


def run(work: Work) -> Json:
    """The job: what is wanted and not there is made; after a crash what was sent is looked for first."""
    db = work.context.db
    with db.read() as c:
        open_ = c.execute(select(t).where(t.c.state.in_(("wanted", "sent"))).order_by(t.c.id)).all()
    made: list[str] = []
    for count, row in enumerate(open_):
        work.step("units_making", count, len(open_))
        try:
            for path in exam_unit.above(row.parent_path):
                _ensure(work, path, made)
            _set(db, row, work.now, state="sent")
            unit = _ensure(work, f"{row.parent_path.rstrip('/')}/{row.name}", made)
        except GoogleError as error:
            _set(db, row, work.now, state="failed", code=error.code)
            if error.code not in OF_THE_UNIT and not error.passing:
                raise
            continue
        _ready(db, row, work.now, unit)
    return {"units": len(open_), "units_made": len(made)}


def _ensure(work: Work, path: str, made: list[str]) -> Json:
    """The org unit of this path, made when it is not there, and in the mirror from now on."""
    unit = _get(work, path) or _make(work, path, made)
    _mirror(work.context.db, work.now, unit)
    return unit


def _make(work: Work, path: str, made: list[str]) -> Json:
    """A lost answer is looked up; what is surely not there is made again: two of one path cannot be."""
    parent_path, name = exam_unit.split(path)
    for tries in range(TRIES):
        try:
            unit = work.gateway.insert_org_unit(name, parent_path)
        except GoogleError as error:
            if (found := _look_up(work, path, error)) is not None:
                return found
            if not error.passing or tries == TRIES - 1:
                raise
        else:
            made.append(path)
            return unit
    raise AssertionError("unreachable")


def _look_up(work: Work, path: str, error: GoogleError) -> Json | None:
    """After a failure: whether it was made after all, by that call or by somebody else."""
    found = _get(work, path)
    for seconds in PATIENCE_SECONDS:
        if found is not None or not (error.passing or error.code == "google_conflict"):
            break
        work.wait(seconds)
        found = _get(work, path)
    return found


def _get(work: Work, path: str) -> Json | None:
    try:
        return work.gateway.get_org_unit(path)
    except GoogleError as error:
        if error.code not in {"google_not_found", "google_invalid"}:
            raise
        return None


def _want(tx: Write, now: int, line: exam_unit.UnitLine, parent_path: str) -> None:
    """The wish of a room and client; one that is served by this very path already stays as it is."""
    before = tx.c.execute(
        select(t).where(t.c.room_id == line.room_id, t.c.client == line.client)
    ).one_or_none()
    values = {"name": line.name, "parent_path": parent_path, "at": now}
    if before is None:
        tx.insert(t, room_id=line.room_id, client=line.client, state="wanted", **values)
    elif before.state != "ready" or before.path != line.path:
        tx.c.execute(
            t.update()
            .where(t.c.id == before.id)
            .values(state="wanted", code=None, org_unit_id=None, path=None, **values)
        )


def _set(db: Database, row: Row[Any], now: int, **values: object) -> None:
    with db.write() as tx:
        tx.c.execute(t.update().where(t.c.id == row.id).values(at=now, **values))


def _ready(db: Database, row: Row[Any], now: int, unit: Json) -> None:
    unit_id, path = bare(unit["orgUnitId"]), str(unit["orgUnitPath"])
    with db.write() as tx:
        tx.c.execute(
            t.update()
            .where(t.c.id == row.id)
            .values(state="ready", code=None, org_unit_id=unit_id, path=path, at=now)
        )


def _mirror(db: Database, now: int, unit: Json) -> None:
    """What was read back is known before the next sync."""
    unit_id = bare(unit["orgUnitId"])
    seen = {"path": str(unit["orgUnitPath"]), "name": str(unit["name"]), "seen_at": now, "gone_at": None}
    seen["parent_id"] = bare(unit.get("parentOrgUnitId")) or None
    with db.write() as tx:
        known = tx.c.execute(
            console_org_units.update().where(console_org_units.c.org_unit_id == unit_id).values(**seen)
        )
        if known.rowcount == 0:
            tx.c.execute(console_org_units.insert().values(org_unit_id=unit_id, **seen))
