"""Work with the Google console, as rows: queued by a page or a command, done by one worker, resumed after a crash.

One job runs at a time in the whole school, because all share one allowance of calls. A worker shows that it lives by
`beat`; a running job without a beat is taken up again, so every job is written to go on from what it has stored. Each
claim gives the job a new lease: a worker that was believed dead and comes back finds another's there, and stops.
"""

from __future__ import annotations

from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select

from server.domain.errors import Conflict, NotFound
from server.domain.roles import Role
from server.services import audit
from server.services.actor import Actor
from server.store.database import Database, Write
from server.store.tables import google_jobs

Json = dict[str, Any]

BEAT_LOST_MS = 30_000  # a worker beats at least every few seconds, also while it waits for its turn
ACTIVE = ("queued", "running")


@dataclass(frozen=True, slots=True)
class Job:
    """A row of work. `step` is a code that the screen has words for; `total` None: not known yet."""

    id: int
    kind: str
    state: str
    params: Json
    done: int
    total: int | None
    step: str | None
    waits_until: int | None
    result: Json | None
    code: str | None
    code_params: Json | None
    by: Actor
    created_at: int
    started_at: int | None
    ended_at: int | None
    lease: str | None = None

    @property
    def active(self) -> bool:
        return self.state in ACTIVE


def enqueue(tx: Write, who: Actor, now: int, kind: str, params: Json) -> int:
    """Put a job in line, in the transaction of the act that wants it.

    Raises: Conflict (`job_waiting`) when the same work is in line or running already.
    """
    same = tx.c.execute(
        select(google_jobs.c.id, google_jobs.c.params).where(
            google_jobs.c.kind == kind, google_jobs.c.state.in_(ACTIVE)
        )
    ).all()
    for row in same:
        if row.params == params:
            raise Conflict(
                f"{kind}: job {row.id} does this already; wait for it", code="job_waiting", job_id=row.id
            )
    job_id = tx.insert(
        google_jobs,
        kind=kind,
        state="queued",
        params=params,
        by_name=who.name,
        by_role=str(who.role) if who.role else None,
        by_staff_id=who.staff_id,
        created_at=now,
    )
    audit.record(tx, who, f"google.{kind}", f"job {job_id}", now)
    return job_id


def claim(db: Database, now: int, job_id: int | None = None) -> Job | None:
    """Take the oldest job that waits, or one whose worker died; None when there is none or another one runs."""
    lost = or_(
        google_jobs.c.beat_at.is_(None),
        google_jobs.c.beat_at < now - BEAT_LOST_MS,
        google_jobs.c.beat_at > now + BEAT_LOST_MS,  # the clock was set back
    )
    with db.read() as c:  # asked every second: with nothing in line nobody else's write is held up
        if (
            c.execute(select(google_jobs.c.id).where(google_jobs.c.state.in_(ACTIVE)).limit(1)).first()
            is None
        ):
            return None
    with db.write() as tx:
        running = tx.c.execute(
            select(google_jobs.c.id).where(google_jobs.c.state == "running", ~lost)
        ).first()
        if running is not None:
            return None
        waiting = (
            select(google_jobs)
            .where(or_(google_jobs.c.state == "queued", google_jobs.c.state == "running"))
            .order_by(google_jobs.c.state.desc(), google_jobs.c.id)  # what was begun goes on first
        )
        if job_id is not None:
            waiting = waiting.where(google_jobs.c.id == job_id)
        row = tx.c.execute(waiting.limit(1)).first()
        if row is None:
            return None
        tx.c.execute(
            google_jobs.update()
            .where(google_jobs.c.id == row.id)
            .values(state="running", started_at=row.started_at or now, beat_at=now, lease=token_hex(8))
        )
        return _job(tx.c.execute(select(google_jobs).where(google_jobs.c.id == row.id)).one())


def beat(
    db: Database,
    now: int,
    job: Job,
    *,
    step: str | None = None,
    done: int | None = None,
    total: int | None = None,
    waits_until: int | None = None,
) -> bool:
    """Say that the worker lives and how far it is. False: the job is no longer this worker's (`standing`)."""
    values: Json = {"beat_at": now, "waits_until": waits_until}
    given = {"step": step, "done": done, "total": total}
    values.update({name: value for name, value in given.items() if value is not None})
    with db.write() as tx:
        return tx.c.execute(google_jobs.update().where(*_mine(job)).values(**values)).rowcount == 1


def pulse(db: Database, now: int, job: Job) -> bool:
    """Say that the worker lives, and nothing of how far it is: for one that waits long for a single answer."""
    with db.write() as tx:
        return tx.c.execute(google_jobs.update().where(*_mine(job)).values(beat_at=now)).rowcount == 1


def standing(db: Database, job: Job) -> str:
    """`running`: still this worker's. `cancelled`: stop where it is safe. `lost`: another worker has it."""
    with db.read() as c:
        row = c.execute(
            select(google_jobs.c.state, google_jobs.c.lease).where(google_jobs.c.id == job.id)
        ).first()
    if row is None or row.lease != job.lease or row.state not in {"running", "cancelled"}:
        return "lost"
    return str(row.state)


def finish(db: Database, now: int, job: Job, result: Json) -> None:
    """The job did all it could; what failed for single items stands in `result`."""
    _end(db, now, job, state="done", result=result)


def fail(db: Database, now: int, job: Job, code: str, params: Json) -> None:
    """Something stopped the job as a whole."""
    _end(db, now, job, state="failed", code=code, code_params=params)


def cancel(db: Database, who: Actor, now: int, job_id: int) -> None:
    """Stop a job: at once while it waits, at its next safe point while it runs.

    Raises: NotFound (`job_unknown`), Conflict (`job_over`).
    """
    with db.write() as tx:
        job = get(tx.c, job_id)
        if not job.active:
            raise Conflict(f"job {job_id} is over ({job.state})", code="job_over")
        tx.c.execute(
            google_jobs.update()
            .where(google_jobs.c.id == job_id)
            .values(state="cancelled", ended_at=now, waits_until=None)
        )
        audit.record(tx, who, "google.cancel", f"job {job_id}", now, kind=job.kind)


def get(c: Connection, job_id: int) -> Job:
    """Raises: NotFound (`job_unknown`)."""
    row = c.execute(select(google_jobs).where(google_jobs.c.id == job_id)).first()
    if row is None:
        raise NotFound(f"job {job_id}: not known", code="job_unknown")
    return _job(row)


def newest(c: Connection, *kinds: str, limit: int = 20) -> list[Job]:
    """The newest jobs of these kinds, the newest first."""
    rows = c.execute(
        select(google_jobs)
        .where(google_jobs.c.kind.in_(kinds))
        .order_by(google_jobs.c.id.desc())
        .limit(limit)
    )
    return [_job(row) for row in rows]


def _end(db: Database, now: int, job: Job, **values: object) -> None:
    with db.write() as tx:
        tx.c.execute(google_jobs.update().where(*_mine(job)).values(ended_at=now, waits_until=None, **values))


def _mine(job: Job) -> tuple[ColumnElement[bool], ...]:
    """Running still, and taken by nobody else since."""
    c = google_jobs.c
    return c.id == job.id, c.state == "running", c.lease == job.lease


def _job(row: Row[Any]) -> Job:
    by = Actor(row.by_name, Role(row.by_role) if row.by_role else None, None, row.by_staff_id)
    names = (
        *("id", "kind", "state", "params", "done", "total", "step", "waits_until"),
        *("result", "code", "code_params", "created_at", "started_at", "ended_at", "lease"),
    )
    return Job(by=by, **{name: getattr(row, name) for name in names})


def again(tx: Write, job: Job, **values: object) -> bool:
    """The same row in line once more, unless somebody else has taken it meanwhile. What stands in its result stays."""
    done = tx.c.execute(
        google_jobs.update()
        .where(google_jobs.c.id == job.id, google_jobs.c.state == job.state)
        .values(
            **{
                "state": "queued",
                "beat_at": None,
                "ended_at": None,
                "code": None,
                "code_params": None,
                "done": 0,
                **values,
            }
        )
    )
    return done.rowcount == 1
