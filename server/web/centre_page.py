"""What the proktor says about the centre, and the address that is looked at."""

from __future__ import annotations

from flask import Blueprint, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.domain.centre import CentreState, read_clock
from server.domain.errors import NotFound
from server.services import centre
from server.web.errors import wants_json
from server.web.identity import actor, context

bp = Blueprint("centre_page", __name__)


@bp.post("/exams/<int:exam_id>/centre/<kind>/begin")
def begin(exam_id: int, kind: str) -> ResponseReturnValue:
    """Form `time` (07.30, or empty for now)."""
    c = context()
    clock = read_clock(request.form.get("time", ""))
    centre.begin(c.db, actor(), c.now(), exam_id, _kind(kind), clock)
    return _done(exam_id)


@bp.post("/exams/<int:exam_id>/centre/<kind>/end")
def end(exam_id: int, kind: str) -> ResponseReturnValue:
    c = context()
    centre.end(c.db, actor(), c.now(), exam_id, _kind(kind))
    return _done(exam_id)


@bp.post("/exams/<int:exam_id>/centre/address")
def address(exam_id: int) -> ResponseReturnValue:
    """Form `probe_url`; empty: no looking."""
    c = context()
    centre.set_probe_url(c.db, actor(), c.now(), exam_id, request.form.get("probe_url", ""))
    return _done(exam_id)


def _kind(text: str) -> CentreState:
    try:
        return CentreState(text)
    except ValueError as error:
        raise NotFound(f"centre state {text[:40]}: not known", code="page_unknown") from error


def _done(exam_id: int) -> ResponseReturnValue:
    return jsonify(ok=True) if wants_json() else redirect(url_for("board.page", exam_id=exam_id))
