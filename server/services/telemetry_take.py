"""The job that brings what Chromebooks reported to Google: battery, free storage, network and its signal, kiosk app.

It comes late, so it is evidence and never a live signal. A school may have left its scope out: then the job ends by
saying so, nothing else is missing, and the board names what would be seen with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from server.domain import telemetry_record
from server.domain.errors import Conflict
from server.services import audit, google_jobs
from server.services.actor import Actor
from server.services.console_times import moment
from server.services.google_jobs import ACTIVE, Job
from server.services.google_work import Work
from server.store.database import Database, chunks
from server.store.tables import console_telemetry
from server.store.tables import google_jobs as jobs
from server.workspace.gateway import Feature, GoogleError
from server.workspace.scopes import SCOPES

Json = dict[str, Any]

KIND = "telemetry"
ROWS = 250  # written in one transaction
#: Google's answers that mean: not for this school, as it is set up now.
NOT_ALLOWED = frozenset({"google_scope", "google_forbidden", "google_api_disabled"})


@dataclass(frozen=True, slots=True)
class Telemetry:
    """How it stands. `refused`: the code by which Google refused it last; `scope`: what would have to be delegated."""

    taken_at: int | None
    refused: str | None
    job: Job | None  # in line, or running
    scope: str = SCOPES[Feature.TELEMETRY][0]


def order(db: Database, who: Actor, now: int) -> int:
    """Put it in line; what is in line already serves. Returns the job."""
    with db.write() as tx:
        there: int | None = tx.c.execute(
            select(jobs.c.id).where(jobs.c.kind == KIND, jobs.c.state.in_(ACTIVE))
        ).scalar()
        return there if there is not None else google_jobs.enqueue(tx, who, now, KIND, {})


def order_after_sync(db: Database, who: Actor, now: int) -> int | None:
    """Behind a sync, where Google did not refuse it the last time. Returns the job."""
    with db.read() as c:
        if state(c).refused is not None:
            return None
    try:
        return order(db, who, now)
    except Conflict:
        return None


def state(c: Connection) -> Telemetry:
    """From the newest jobs: a look at the features (`probe`) lifts a refusal when it finds the scope there."""
    newest = google_jobs.newest(c, KIND, "probe", limit=10)
    active = next((job for job in newest if job.kind == KIND and job.active), None)
    refused = None
    for job in newest:
        if job.state != "done" or job.result is None:
            continue
        found = _said(job)
        if found is not None:
            refused = found or None
            break
    taken = c.execute(
        select(console_telemetry.c.fetched_at).order_by(console_telemetry.c.fetched_at.desc()).limit(1)
    ).scalar()
    return Telemetry(taken, refused, active)


def _said(job: Job) -> str | None:
    """The code of a refusal, "" when it works, None when this job says nothing of it."""
    result = job.result or {}
    if job.kind == KIND:
        return str(result.get("not_allowed") or "")
    for feature in result.get("features", ()):
        if feature.get("feature") == str(Feature.TELEMETRY):
            return "" if feature.get("ok") else str(feature.get("code") or "google_scope")
    return None


def run(work: Work) -> Json:
    """The job: page after page, each written before the next is asked for, so a killed worker loses one at most.

    Raises: GoogleError for what is not a matter of rights.
    """
    taken, without, token, first = 0, 0, None, True
    while first or token is not None:
        first = False
        work.step("telemetry_reading", done=taken + without)
        try:
            page = work.gateway.list_telemetry_devices(telemetry_record.READ_MASK, page_token=token)
        except GoogleError as error:
            if error.code not in NOT_ALLOWED:
                raise
            return {"not_allowed": error.code, "scope": SCOPES[Feature.TELEMETRY][0]}
        token = page.next_page_token
        read = [
            (str(record["deviceId"]), *telemetry_record.read(record, moment))
            for record in page.items
            if record.get("deviceId")
        ]
        known = [one for one in read if one[1]]
        for some in chunks(known, ROWS):
            _write(work, some)
        taken, without = taken + len(known), without + len(read) - len(known)
    with work.context.db.write() as tx:
        audit.record(tx, work.job.by, "google.telemetry_take", f"job {work.job.id}", work.now, devices=taken)
    return {"telemetry": taken, "silent": without}


def _write(work: Work, some: list[tuple[str, Json, int | None]]) -> None:
    """A newer report replaces an older one; one that Google shows no more (it keeps few days) stays, with its age."""
    table = console_telemetry
    with work.context.db.write() as tx:
        ids = [console_id for console_id, _, _ in some]
        here = {
            row.console_id: row.facts
            for row in tx.c.execute(
                select(table.c.console_id, table.c.facts).where(table.c.console_id.in_(ids))
            )
        }
        for console_id, facts, _ in some:
            merged = {**here.get(console_id, {}), **facts}
            at = max(int(group["at"]) for group in merged.values())
            values = {"facts": merged, "at": at, "fetched_at": work.now}
            if console_id in here:
                tx.c.execute(table.update().where(table.c.console_id == console_id).values(**values))
            else:
                tx.c.execute(table.insert().values(console_id=console_id, **values))
