"""Notes for the berita acara: what happened in a room, line by line, to read, print and take along as XLSX."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from server.services import exam_list, minutes
from server.web import minutes_words, sheets
from server.web.actors import who
from server.web.identity import context

bp = Blueprint("minutes_page", __name__)


@bp.get("/exams/<int:exam_id>/minutes")
def page(exam_id: int) -> ResponseReturnValue:
    c = context()
    return render_template("board/minutes.html", lines=_lines(exam_id), exam=_exam(exam_id), now=c.now())


@bp.get("/exams/<int:exam_id>/minutes.xlsx")
def export(exam_id: int) -> ResponseReturnValue:
    moment = current_app.extensions["bangku_moment"]
    headings = [_("Waktu"), _("Catatan"), _("Dicatat oleh"), _("Dibatalkan")]
    rows = [
        (moment(line.at), text, who(line.by_name), moment(line.struck_at) if line.struck_at else None)
        for line, text in _lines(exam_id)
    ]
    return sheets.xlsx(f"catatan-{exam_id}", headings, rows)


def _lines(exam_id: int) -> list[tuple[minutes.MinutesLine, str]]:
    with context().db.read() as c:
        return [(line, minutes_words.sentence(line)) for line in minutes.lines(c, exam_id)]


def _exam(exam_id: int) -> Any:
    with context().db.read() as c:
        return next(line for line in exam_list.lines(c) if line.id == exam_id)
