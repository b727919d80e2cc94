"""Pemindahan: which room's Chromebooks go to their exam's org unit, planned dry, ordered, proved, and brought home."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from server.domain.errors import BangkuError
from server.services import device_move_list, device_moves, exam_day_moves
from server.web import move_words, sheets, words
from server.web.errors import note
from server.web.google_jobs_page import job_view
from server.web.identity import actor, context
from server.web.texts import error_text

bp = Blueprint("device_moves", __name__)


@bp.get("/moves")
def index() -> ResponseReturnValue:
    return _index()


@bp.get("/moves/days.xlsx")
def days() -> ResponseReturnValue:
    """Every device of every exam day, and how far it is."""
    c = context()
    with c.db.read() as reading:
        found = exam_day_moves.room_days(reading, c.now())
    headings = [_("Hari"), _("H-1"), _("Ruang"), _("Jenis"), _("Unit ujian"), _("Perangkat"), _("Keadaan")]
    rows = [
        (
            *(d.date, d.eve, d.room, words.word(move_words.CLIENTS, d.client), d.unit_path, line.label),
            words.word(move_words.STANDINGS, line.standing),
        )
        for d in found
        for line in d.lines
    ]
    return sheets.xlsx("pemindahan-per-hari", headings, rows)


@bp.post("/moves/plan")
def plan() -> ResponseReturnValue:
    c = context()
    try:
        made = device_moves.plan(
            c.db,
            actor(),
            c.now(),
            room_id=request.form.get("room_id", type=int),
            org_unit_id=request.form.get("org_unit_id", ""),
            reboot=request.form.get("reboot") == "1",
        )
    except BangkuError as error:
        return _refused(error)
    return redirect(url_for("device_moves.page", move_id=made.id))


@bp.get("/moves/<int:move_id>")
def page(move_id: int) -> ResponseReturnValue:
    return _page(move_id)


@bp.get("/moves/<int:move_id>.xlsx")
def export(move_id: int) -> ResponseReturnValue:
    moment = current_app.extensions["bangku_moment"]
    with context().db.read() as c:
        found = device_move_list.detail(c, move_id)
    headings = [
        _("Perangkat"),
        _("Nomor seri"),
        _("Dari"),
        _("Ke"),
        _("Hasil"),
        _("Sebab"),
        _("Waktu"),
        _("Kebijakan"),
    ]
    rows: list[tuple[object, ...]] = [
        (
            *(i.label, i.serial, i.from_path, i.to_path, words.word(move_words.OUTCOMES, i.outcome)),
            *(move_words.reason(i.code), moment(i.at) if i.at else None),
            words.word(move_words.STANDINGS, i.standing) if i.standing else None,
        )
        for i in found.items
    ]
    rows += [
        (
            left["label"],
            None,
            None,
            None,
            _("tetap di tempatnya"),
            move_words.reason(left["code"]),
            None,
            None,
        )
        for left in found.left
    ]
    return sheets.xlsx(f"pemindahan-{move_id}", headings, rows)


@bp.post("/moves/<int:move_id>/order")
def order(move_id: int) -> ResponseReturnValue:
    c = context()
    reason = request.form.get("reason", "")
    try:
        device_moves.order(c.db, actor(), c.now(), request.form.get("digest", ""), late_reason=reason)
    except BangkuError as error:
        note(error.code)
        return _page(move_id, error)
    return redirect(url_for("device_moves.page", move_id=move_id))


@bp.post("/moves/<int:move_id>/home")
def home(move_id: int) -> ResponseReturnValue:
    c = context()
    try:
        made = device_moves.plan_home(
            c.db, actor(), c.now(), move_id, reboot=request.form.get("reboot") == "1"
        )
    except BangkuError as error:
        note(error.code)
        return _page(move_id, error)
    return redirect(url_for("device_moves.page", move_id=made.id))


@bp.post("/moves/<int:move_id>/continue")
def go_on(move_id: int) -> ResponseReturnValue:
    c = context()
    try:
        device_moves.go_on(c.db, actor(), c.now(), move_id)
    except BangkuError as error:
        note(error.code)
        return _page(move_id, error)
    return redirect(url_for("device_moves.page", move_id=move_id))


def _refused(error: BangkuError) -> ResponseReturnValue:
    note(error.code)
    return _index(error)


def _index(error: BangkuError | None = None) -> ResponseReturnValue:
    c = context()
    with c.db.read() as reading:
        found = exam_day_moves.room_days(reading, c.now())
        today = exam_day_moves.today(reading, c.now())
        made = device_move_list.lines(reading)
    return render_template(
        "moves/list.html",
        days=found,
        today=today,
        moves=made,
        w=move_words,
        error=error_text(error.code, error.params) if error else None,
    ), (error.status if error else 200)


def _page(move_id: int, error: BangkuError | None = None) -> ResponseReturnValue:
    with context().db.read() as c:
        found = device_move_list.detail(c, move_id)
    return render_template(
        "moves/one.html",
        m=found,
        job=job_view(found.job) if found.job else None,
        w=move_words,
        late=error is not None and error.code == exam_day_moves.LIFTABLE,
        error=error_text(error.code, error.params) if error else None,
    ), (error.status if error else 200)
