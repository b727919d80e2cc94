"""Org units for exams: what would be made, then made, and which room each serves."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from server.domain.errors import BangkuError
from server.domain.exam_unit import UnitPlan, Wanted
from server.services import exam_units, google_jobs
from server.web import move_words, sheets, words
from server.web.errors import note
from server.web.google_jobs_page import job_view
from server.web.identity import actor, context
from server.web.texts import error_text

bp = Blueprint("exam_units", __name__)


@bp.get("/moves/units")
def page() -> ResponseReturnValue:
    return _page()


@bp.get("/moves/units.xlsx")
def export() -> ResponseReturnValue:
    with context().db.read() as c:
        found = exam_units.units(c)
    rows = [
        (
            *(u.room, words.word(move_words.CLIENTS, u.client), u.name, u.path),
            *(words.word(move_words.UNIT_STATES, u.state), move_words.reason(u.code)),
        )
        for u in found
    ]
    return sheets.xlsx(
        "unit-ujian", [_("Ruang"), _("Jenis"), _("Nama"), _("Unit ujian"), _("Keadaan"), _("Sebab")], rows
    )


@bp.post("/moves/units/plan")
def plan() -> ResponseReturnValue:
    """Dry: shows what would be made."""
    parent = request.form.get("parent", "")
    try:
        with context().db.read() as c:
            made = exam_units.plan(c, _wanted(), parent)
    except BangkuError as error:
        note(error.code)
        return _page(error=error)
    return _page(made=made)


@bp.post("/moves/units")
def order() -> ResponseReturnValue:
    c = context()
    form = request.form
    try:
        exam_units.order(c.db, actor(), c.now(), _wanted(), form.get("parent", ""), form.get("digest", ""))
    except BangkuError as error:
        note(error.code)
        return _page(error=error)
    return redirect(url_for("exam_units.page"))


def _wanted() -> list[Wanted]:
    """The ticked rows: `use` holds `room:client`, its name stands in `name:room:client`."""
    found = []
    for key in request.form.getlist("use"):
        room, _colon, client = key.partition(":")
        if room.isdigit():
            found.append(Wanted(int(room), client, request.form.get(f"name:{key}", "")))
    return found


def _page(made: UnitPlan | None = None, error: BangkuError | None = None) -> ResponseReturnValue:
    with context().db.read() as c:
        found = {(u.room_id, u.client): u for u in exam_units.units(c)}
        suggested = exam_units.suggested(c)
        names = {u.room_id: u.room for u in found.values()} | exam_units.room_names(c)
        parent = request.form.get("parent") or exam_units.parent(c)
        jobs = google_jobs.newest(c, "units", limit=1)
    job = jobs[0] if jobs else None
    used = set(request.form.getlist("use")) if request.method == "POST" else None
    rows = [
        {
            "key": f"{w.room_id}:{w.client}",
            "room": names.get(w.room_id, ""),
            "client": w.client,
            "name": request.form.get(f"name:{w.room_id}:{w.client}", w.name),
            "unit": found.get((w.room_id, w.client)),
            "use": f"{w.room_id}:{w.client}" in used if used is not None else w.client == "web",
        }
        for w in suggested
    ]
    return render_template(
        "moves/units.html",
        rows=rows,
        parent=parent,
        made=made,
        job=job_view(job) if job else None,
        w=move_words,
        error=error_text(error.code, error.params) if error else None,
    ), (error.status if error else 200)
