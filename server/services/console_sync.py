"""The devices of the console brought here: fetched page by page, compared, and taken over once somebody agreed.

A sync writes nothing but its own staging until it has all pages; it ends with a summary and a digest. Ordinary things
may be taken over by the same job when it was ordered so; odd ones only by `accept` with the digest that was shown.
Each page is stored together with the token of the next, so a killed worker goes on where it was.
"""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from server.domain.console_inventory import Comparison
from server.domain.console_record import FIELDS
from server.domain.errors import Conflict
from server.services import audit, console_links, console_staging, console_take, google_jobs, remap_sync
from server.services.actor import Actor
from server.services.console_times import day
from server.services.google_jobs import ACTIVE, Job
from server.services.google_work import Displaced, Work
from server.store.database import Database, Write
from server.store.tables import google_jobs as jobs
from server.workspace.gateway import GoogleError

log = logging.getLogger(__name__)
Json = dict[str, Any]

MASK = ",".join(FIELDS)
OVERLAP_DAYS = 1  # the search knows days only, and in a time zone that Google does not name
ASK_EACH = 100  # so many missing devices are asked for one by one before they are called gone
LINES = 1_000  # of the summary, the odd ones first
ORDINARY, ALL = "ordinary", "all"
#: Asked of the database: a summary has up to a thousand lines, too much to read for one word of it.
_ACCEPTED = jobs.c.result["accepted"].as_string()


def order(db: Database, who: Actor, now: int, *, full: bool, accept: str | None = None) -> int:
    """Put a sync in line. `full`: all devices, so that gone ones are seen; else those that synced since the last time
    (all, when there was none). `accept`: None shows only; `ordinary` takes over what is not odd at its end.

    Raises: Conflict (`job_waiting`).
    """
    with db.write() as tx:
        running = tx.c.execute(
            select(jobs.c.id).where(jobs.c.kind == "sync", jobs.c.state.in_(ACTIVE))
        ).scalar()
        if running is not None:
            raise Conflict(
                f"sync: job {running} runs already; wait for it", code="job_waiting", job_id=running
            )
        last = None if full else watermark(tx)
        since = day(last, OVERLAP_DAYS) if last is not None else None
        return google_jobs.enqueue(
            tx, who, now, "sync", {"full": since is None, "since": since, "accept": accept}
        )


def watermark(tx: Write) -> int | None:
    """When the newest sync began of which nothing waits any more."""
    settled = or_(
        _ACCEPTED == ALL,
        and_(_ACCEPTED == ORDINARY, func.coalesce(jobs.c.result["odd"].as_integer(), 0) == 0),
    )
    began: int | None = tx.c.execute(
        select(jobs.c.started_at)
        .where(jobs.c.kind == "sync", jobs.c.state == "done", settled)
        .order_by(jobs.c.id.desc())
        .limit(1)
    ).scalar()
    return began


def taken_at(c: Connection) -> int | None:
    """When something of a sync was last taken over."""
    at: int | None = c.execute(
        select(jobs.c.result["accepted_at"].as_integer())
        .where(jobs.c.kind == "sync", _ACCEPTED.is_not(None))
        .order_by(jobs.c.id.desc())
        .limit(1)
    ).scalar()
    return at


def run(work: Work) -> Json:
    """The job: fetch, compare, perhaps take over what is ordinary. Returns the summary (docs/architecture.md)."""
    db, job = work.context.db, work.job
    result: Json = dict(job.result or {})
    if "digest" not in result:
        unsure = _fetch(work, result)
        with db.read() as c:
            fetched = console_staging.staged_count(c, job.id)
        work.step("sync_compare", done=fetched, total=fetched)
        with db.read() as c:
            made, _ = console_staging.against_mirror(c, job.id, full=job.params["full"], gone_odd=unsure)
        result = _summary(job, made, fetched) | {"gone_odd": unsure}
        keep(db, job, result)
    if job.params.get("accept") == ORDINARY and result["accepted"] is None:
        work.step("sync_take")
        result |= _take(db, job.by, work.now, job, result, odd=False)
    return result


def accept(
    db: Database, who: Actor, now: int, job_id: int, digest: str, *, only_ordinary: bool = False
) -> Json:
    """Take over what the sync of this job found. `digest`: of the summary that was shown.

    Many small transactions; stopped half-way, the same call goes on. Raises: NotFound (`job_unknown`), Conflict
    (`sync_not_done`, `sync_changed`, `sync_old`, `sync_accepted`).
    """
    with db.read() as c:
        job = google_jobs.get(c, job_id)
        newer = [
            j for j in google_jobs.newest(c, "sync", limit=5) if j.id > job_id and j.state != "cancelled"
        ]
    result = dict(job.result or {})
    if job.kind != "sync" or job.state != "done" or "digest" not in result:
        raise Conflict(f"job {job_id}: it is no finished sync", code="sync_not_done")
    if digest != result["digest"]:
        raise Conflict(f"sync {job_id}: not the summary that was shown; look again", code="sync_changed")
    if newer:
        raise Conflict(f"sync {job_id}: sync {newer[0].id} is newer; use that", code="sync_old")
    if _settled(result) or (only_ordinary and result["accepted"] is not None):
        raise Conflict(f"sync {job_id}: taken over already", code="sync_accepted")
    return result | _take(db, who, now, job, result, odd=not only_ordinary)


def _settled(result: Json) -> bool:
    accepted = result.get("accepted")
    return accepted == ALL or (accepted == ORDINARY and not result.get("odd"))


# --- fetching ----------------------------------------------------------------------------------------------


def _fetch(work: Work, state: Json) -> bool:
    """Stage everything. True when devices are missing that were too many to be asked for one by one."""
    db, job = work.context.db, work.job
    if not state.get("begun"):
        work.step("sync_units")
        console_staging.forget(db)
        units = work.gateway.list_org_units()
        for start in range(0, len(units), 500):
            with db.write() as tx:
                console_staging.stage_units(tx, job.id, work.now, units[start : start + 500])
        state["begun"] = True
        keep(db, job, state)
    query = f"sync:{job.params['since']}.." if job.params["since"] else None
    if not state.get("listed"):
        _pages(work, state, query)
    return job.params["full"] and _missing(work)


def _pages(work: Work, state: Json, query: str | None) -> None:
    db, job = work.context.db, work.job
    total = _total(work, query)
    while not state.get("listed"):
        with db.read() as c:
            done = console_staging.staged_count(c, job.id)
        # devices that enrol meanwhile may make it more than was counted
        work.step("sync_devices", done=done, total=max(total, done) if total is not None else None)
        token = state.get("token")
        try:
            page = work.gateway.list_devices(query=query, fields=MASK, page_token=token)
        except GoogleError as error:
            if token is None or error.passing or error.code != "google_invalid" or state.get("again"):
                raise
            log.warning("sync %d: Google takes the page token no more; from the first page again", job.id)
            state |= {"token": None, "again": True}
            continue
        state |= {
            "token": page.next_page_token,
            "listed": page.next_page_token is None,
            "pages": state.get("pages", 0) + 1,
        }
        with db.write() as tx:
            console_staging.stage(tx, job.id, work.now, page.items)
            _set_result(tx, job, state)


def _total(work: Work, query: str | None) -> int | None:
    """For the bar only: without it the sync goes on all the same."""
    try:
        return work.gateway.count_devices(filter=query)
    except GoogleError as error:
        log.warning("sync %d: the devices cannot be counted: %s", work.job.id, error)
        return None


def _missing(work: Work) -> bool:
    """Ask for each device that the pages did not show: a list read while devices move may skip one."""
    db, job = work.context.db, work.job
    with db.read() as c:
        left = console_staging.missing(c, job.id)
    if len(left) > ASK_EACH:
        return True
    for done, console_id in enumerate(left):
        work.step("sync_missing", done=done, total=len(left))
        try:
            record = work.gateway.get_device(console_id, fields=MASK)
        except GoogleError as error:
            if error.code != "google_not_found":
                raise
            continue
        with db.write() as tx:
            console_staging.stage(tx, job.id, work.now, [record])
    return False


# --- the summary, and taking over --------------------------------------------------------------------------


def _summary(job: Job, made: Comparison, fetched: int) -> Json:
    told = [
        {"what": "device", **_line(c.console_id, c.kind, c.before, c.after, c.odd), "serial": c.serial}
        for c in made.changes
    ]
    units = [
        {"what": "org_unit", **_line(u.org_unit_id, u.kind, u.before, u.after, u.odd)} for u in made.units
    ]
    lines = sorted([*told, *units], key=lambda line: not line["odd"])
    return {
        **made.counts(),
        "same": made.same,
        "odd": made.odd,
        "fetched": fetched,
        "digest": made.digest,
        "lines": lines[:LINES],
        "left_out": max(0, len(lines) - LINES),
        "accepted": None,
        "accepted_at": None,
    }


def _line(key: str, kind: str, before: str, after: str, odd: bool) -> Json:
    return {"id": key, "kind": str(kind), "before": before, "after": after, "odd": odd}


def _take(db: Database, who: Actor, now: int, job: Job, result: Json, *, odd: bool) -> Json:
    with db.read() as c:
        made, found = console_staging.against_mirror(
            c, job.id, full=job.params["full"], gone_odd=result["gone_odd"]
        )
    # what the summary called odd stays so, even where a run that was cut short has made it look common
    held = frozenset() if odd else made.odd_ids | _shown_odd(result)
    # before the mirror is written: cut short after that, the change would not be found again
    refused = console_links.new_serials(db, who, now, made.changes) if odd else []
    console_take.take(db, now, made, found, held=held, odd=odd)
    new_devices = console_links.settle(db, now, held)
    said: Json = {
        "accepted": ALL if odd else ORDINARY,
        "accepted_at": now,
        "devices_made": result.get("devices_made", 0) + new_devices,
        "serials_refused": refused,
    }
    with db.write() as tx:
        _set_result(tx, job, result | said)
        counts: Json = {key: value for key, value in made.counts().items() if value}
        audit.record(
            tx,
            who,
            "google.sync_accept",
            f"job {job.id}",
            now,
            odd=odd and result["odd"] > 0,
            devices=new_devices,
            **counts,
        )
    if _settled(result | said):
        console_staging.forget(db, job.id)
    remap_sync.after_sync(db, now)
    return said


def _shown_odd(result: Json) -> frozenset[str]:
    return frozenset(line["id"] for line in result["lines"] if line["odd"])


def keep(db: Database, job: Job, result: Json) -> None:
    """What a job has got so far, for whoever goes on with it. Raises: Displaced."""
    with db.write() as tx:
        _set_result(tx, job, result)


def _set_result(tx: Write, job: Job, result: Json) -> None:
    """Raises: Displaced, when another worker has taken the job since: its place in the list must stand."""
    kept = tx.c.execute(
        jobs.update().where(jobs.c.id == job.id, jobs.c.lease == job.lease).values(result=result)
    )
    if kept.rowcount != 1:
        raise Displaced
