"""The record of an exam's incidents: what is over too, with from and to, cause and desks; as a page, on paper, as XLSX."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import pgettext

from server.services import incident_views
from server.services.incident_views import RecordLine
from server.web import incident_words, sheets, words
from server.web.actors import who
from server.web.board import look
from server.web.identity import context

bp = Blueprint("incidents", __name__)


@bp.get("/exams/<int:exam_id>/incidents")
def page(exam_id: int) -> ResponseReturnValue:
    return render_template(
        "board/incidents.html", board=look(exam_id), lines=_lines(exam_id), say=incident_words
    )


@bp.get("/exams/<int:exam_id>/incidents.xlsx")
def export(exam_id: int) -> ResponseReturnValue:
    moment = current_app.extensions["bangku_moment"]
    headings = [
        *(
            _("Mulai"),
            _("Selesai"),
            _("Penyebab"),
            pgettext("satu", "Kejadian"),
            _("Meja"),
            _("Artinya bagi peserta"),
        ),
        *(_("Ditutup oleh"), _("Bagian dari")),
    ]
    rows: list[tuple[object, ...]] = []
    for line in _lines(exam_id):
        for one, part_of in ((line, None), *((member, line) for member in line.under)):
            rows.append(
                (
                    moment(one.from_at),
                    moment(one.to_at) if one.to_at is not None else _("masih berlangsung"),
                    words.word(words.CAUSES, one.cause),
                    incident_words.happened(one),
                    incident_words.place(one),
                    incident_words.means(one.kind),
                    who(one.closed_by) if one.closed_by else None,
                    incident_words.happened(part_of) if part_of is not None else None,
                )
            )
    return sheets.xlsx(f"kejadian-{exam_id}", headings, rows)


def _lines(exam_id: int) -> list[RecordLine]:
    with context().db.read() as c:
        return incident_views.record(c, exam_id)
