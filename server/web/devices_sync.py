"""The console's list brought here: order it, look at what it found, take it over; and label what is nobody's yet."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from server.domain.errors import BangkuError, Conflict, NotFound
from server.services import console_links, console_list, console_sync, google_jobs, telemetry_take
from server.services.google_jobs import Job
from server.services.mode import mode
from server.web import console_words, sheets
from server.web.errors import note
from server.web.google_jobs_page import job_view
from server.web.identity import actor, context
from server.web.offload import run_away
from server.web.texts import error_text

bp = Blueprint("devices_sync", __name__)

SHOWN = 200  # lines of each kind on the page; the file has all that the summary kept


@bp.post("/devices/sync")
def order() -> ResponseReturnValue:
    """`full`: everything; else what synced since the last time. Nothing is taken over without a look."""
    c = context()
    with c.db.read() as connection:
        managed = mode(connection, c.settings).managed
    if not managed:
        raise NotFound("Google console: not connected", code="google_not_connected")
    try:
        job_id = console_sync.order(c.db, actor(), c.now(), full=request.form.get("full", "1") == "1")
        telemetry_take.order_after_sync(c.db, actor(), c.now())
    except Conflict as running:  # somebody else pressed the button first: that one is shown
        note(running.code)
        job_id = int(str(running.params["job_id"]))
    return redirect(url_for("devices_sync.page", job_id=job_id))


@bp.get("/devices/sync/<int:job_id>")
def page(job_id: int) -> ResponseReturnValue:
    return _page(job_id)


@bp.post("/devices/sync/<int:job_id>/accept")
def accept(job_id: int) -> ResponseReturnValue:
    c = context()
    who, now, form = actor(), c.now(), request.form
    ordinary = form.get("what") == "ordinary"
    try:
        run_away(
            lambda: console_sync.accept(
                c.db, who, now, job_id, form.get("digest", ""), only_ordinary=ordinary
            )
        )
    except BangkuError as error:
        note(error.code)
        return _page(job_id, error_text(error.code, error.params)), error.status
    return redirect(url_for("devices_sync.page", job_id=job_id))


@bp.get("/devices/sync/<int:job_id>.xlsx")
def export(job_id: int) -> ResponseReturnValue:
    lines = [console_words.finding(line) for line in (_job(job_id).result or {}).get("lines", ())]
    headings = [_("Temuan"), _("Janggal"), _("Nomor seri atau unit"), _("Sebelum"), _("Sesudah"), _("Saran")]
    rows = [
        (i["kind"], _("ya") if i["odd"] else None, i["which"], i["before"], i["after"], i["advice"])
        for i in lines
    ]
    return sheets.xlsx("hasil-ambil-dari-konsol", headings, rows)


@bp.get("/devices/unlabelled")
def unlabelled() -> ResponseReturnValue:
    return _unlabelled()


@bp.get("/devices/unlabelled.xlsx")
def unlabelled_export() -> ResponseReturnValue:
    """Under headings the import knows: fill in the labels and bring the file in."""
    headings = [_("Label"), _("Nomor seri"), _("Model"), _("Unit organisasi"), _("ID aset"), _("Sebab")]
    rows = [(None, i["serial"], i["model"], i["org_unit_path"], i["asset_id"], i["why"]) for i in _nameless()]
    return sheets.xlsx("belum-berlabel", headings, rows)


@bp.post("/devices/unlabelled/<console_id>")
def label(console_id: str) -> ResponseReturnValue:
    c = context()
    try:
        device_id = console_links.give_label(
            c.db, actor(), c.now(), console_id, request.form.get("label", "")
        )
    except BangkuError as error:
        note(error.code)
        return _unlabelled(error_text(error.code, error.params), console_id), error.status
    with c.db.read() as connection:
        left = console_list.console(connection).unlabelled
    if left:
        return redirect(url_for("devices_sync.unlabelled"))
    return redirect(url_for("devices_one.page", device_id=device_id))


def _job(job_id: int) -> Job:
    with context().db.read() as c:
        job = google_jobs.get(c, job_id)
    if job.kind != "sync":
        raise NotFound(f"job {job_id}: no sync", code="job_unknown")
    return job


def _page(job_id: int, error: str | None = None) -> str:
    job = _job(job_id)
    result: dict[str, Any] = job.result or {}
    lines = [console_words.finding(line) for line in result.get("lines", ())]
    counts = [(console_words.COUNTS[key], result[key]) for key in console_words.COUNTS if result.get(key)]
    odd = [line for line in lines if line["odd"]]
    ordinary = [line for line in lines if not line["odd"]]
    with context().db.read() as c:
        console = console_list.console(c)
    return render_template(
        "devices/sync.html",
        job=job,
        view=job_view(job),
        result=result,
        counts=[(_(name), count) for name, count in counts],
        odd=odd,
        ordinary=ordinary[:SHOWN],
        more=len(ordinary) - len(ordinary[:SHOWN]) + result.get("left_out", 0),
        newest=console.newest is not None and console.newest.id == job.id,
        unlabelled=console.unlabelled,
        error=error,
    )


def _nameless() -> list[dict[str, Any]]:
    with context().db.read() as c:
        rows = console_list.unlabelled(c)
        why = console_list.why_unlabelled(c, rows)
    return [
        {
            "console_id": row.console_id,
            "serial": row.serial,
            "model": row.model,
            "org_unit_path": row.org_unit_path,
            "asset_id": row.annotated_asset_id,
            "why": console_words.why_unlabelled(*why[row.console_id]),
        }
        for row in rows
    ]


def _unlabelled(error: str | None = None, console_id: str | None = None) -> str:
    rows = _nameless()
    return render_template(
        "devices/unlabelled.html",
        rows=rows[:SHOWN],
        more=max(0, len(rows) - SHOWN),
        error=error,
        wrong=console_id,
        given=request.form.get("label", ""),
    )
