"""Between two sessions: who gets which Chromebook next, what to plug in, a later start, and who sits it another day."""

from __future__ import annotations

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from server.domain.errors import BangkuError, Invalid
from server.services import absences, schedule, session_change, session_plan
from server.services.session_plan import Place, SessionPlan
from server.web import picture, sheet_texts, sheets, words
from server.web.errors import note, wants_json
from server.web.identity import actor, context
from server.web.texts import error_text

bp = Blueprint("day", __name__)

#: What a person must look at first.
ORDER = (Place.UNSENT, Place.NO_DEVICE, Place.SILENT, Place.WORKING, Place.CLEARING, Place.FREE)


@bp.get("/exams/<int:exam_id>/change")
def page(exam_id: int) -> ResponseReturnValue:
    return _page(exam_id)


@bp.get("/exams/<int:exam_id>/change.json")
def plan(exam_id: int) -> ResponseReturnValue:
    """The two parts of the page that change by themselves while devices are being cleared."""
    seen = _plan(exam_id)
    return jsonify(
        ok=True,
        lines=render_template("day/_lines.html", **_given(seen)),
        charges=render_template("day/_charges.html", **_given(seen)),
        at=seen.at,
    )


@bp.post("/exams/<int:exam_id>/change")
def change(exam_id: int) -> ResponseReturnValue:
    c = context()
    aside = request.form.getlist("aside")
    next_id = request.form.get("next_id", "")
    if not all(text.isascii() and text.isdigit() for text in [next_id, *aside]):
        raise Invalid("change: not an exam or seat", code="request_bad")
    try:
        session_change.change_session(
            c.db,
            actor(),
            c.now(),
            exam_id,
            int(next_id),
            aside=frozenset(map(int, aside)),
            connected=picture.connected(),
        )
    except BangkuError as error:
        note(error.code)
        return _page(exam_id, error_text(error.code, error.params)), error.status
    return redirect(url_for("day.page", exam_id=exam_id))


@bp.post("/exams/<int:exam_id>/shift")
def shift(exam_id: int) -> ResponseReturnValue:
    """Form: minutes (−480 to 480), reason, following."""
    text = request.form.get("minutes", "").strip()
    if not text.lstrip("-").isdigit() or not text.isascii():
        raise Invalid(
            "shift: not a number of minutes",
            code="shift_invalid",
            field="minutes",
            most=schedule.SHIFT_MAX_MINUTES,
        )
    c = context()
    schedule.shift(
        c.db,
        actor(),
        c.now(),
        exam_id,
        int(text),
        following=bool(request.form.get("following")),
        reason=request.form.get("reason", "").strip(),
    )
    return jsonify(ok=True) if wants_json() else redirect(url_for("board.page", exam_id=exam_id))


@bp.get("/exams/<int:exam_id>/charge.xlsx")
def charge_list(exam_id: int) -> ResponseReturnValue:
    seen = _plan(exam_id)
    rows = [
        (
            b.device,
            b.percent,
            b.forecast.percent,
            _("ya") if b.forecast.plug_in else _("tidak"),
            _("terukur") if b.forecast.measured else _("perkiraan"),
        )
        for b in seen.charges
    ]
    headings = [_("Perangkat"), _("Baterai"), _("Di akhir sesi berikut"), _("Isi daya"), _("Dasar")]
    return sheets.xlsx(f"isi-daya-{exam_id}", headings, rows)


@bp.get("/exams/<int:exam_id>/susulan.xlsx")
def susulan_list(exam_id: int) -> ResponseReturnValue:
    """Who did not sit it, with the headings that a susulan round imports as they are."""
    with context().db.read() as c:
        rows = absences.of_exam(c, exam_id)
    fields = (
        "number",
        "name",
        "nisn",
        "class_name",
        "npsn",
        "slot",
        "room",
        "seat",
        "extra_minutes",
        "username",
    )
    headings = [sheet_texts.column(name) for name in fields] + [_("Alasan")]
    return sheets.xlsx(
        f"susulan-{exam_id}",
        headings,
        [
            (*(getattr(row, name) for name in fields), words.word(words.SITTING_STATES, row.state))
            for row in rows
        ],
    )


def _page(exam_id: int, error: str | None = None) -> str:
    return render_template("day/change.html", error=error, **_given(_plan(exam_id)))


def _plan(exam_id: int) -> SessionPlan:
    c = context()
    with c.db.read() as reading:
        return session_plan.plan(reading, exam_id, c.now(), picture.connected())


def _given(seen: SessionPlan) -> dict[str, object]:
    lines = {place: [line for line in seen.lines if line.place is place] for place in ORDER}
    return {"plan": seen, "groups": {place: some for place, some in lines.items() if some}}
