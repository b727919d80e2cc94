"""The token: released or copied by the proctor, shown two metres high, printed."""

from __future__ import annotations

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.domain.errors import Invalid
from server.services import exam_rows, tokens
from server.web.board import look
from server.web.errors import wants_json
from server.web.identity import actor, context

bp = Blueprint("token", __name__)


@bp.get("/exams/<int:exam_id>/projector")
def projector(exam_id: int) -> ResponseReturnValue:
    return render_template("token/projector.html", board=look(exam_id))


@bp.get("/exams/<int:exam_id>/token/print")
def print_page(exam_id: int) -> ResponseReturnValue:
    return render_template("token/print.html", board=look(exam_id))


@bp.post("/exams/<int:exam_id>/token/release")
def release(exam_id: int) -> ResponseReturnValue:
    c = context()
    text = request.form.get("interval_minutes", "").strip()
    if text and not (text.isascii() and text.isdigit()):
        raise Invalid("interval: not a number", code="token_interval", field="interval_minutes")
    with c.db.read() as reading:
        exam_rows.get(reading, exam_id)
    tokens.release(c.db, actor(), c.now(), exam_id, int(text) if text else None)
    return _done(exam_id)


@bp.post("/exams/<int:exam_id>/token/copy")
def copy(exam_id: int) -> ResponseReturnValue:
    c = context()
    with c.db.read() as reading:
        exam_rows.get(reading, exam_id)
    tokens.copy_from_centre(c.db, actor(), c.now(), exam_id, request.form.get("value", ""))
    return _done(exam_id)


def _done(exam_id: int) -> ResponseReturnValue:
    return jsonify(ok=True) if wants_json() else redirect(url_for("board.page", exam_id=exam_id))
