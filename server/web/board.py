"""The room board: the page, the snapshot a returning page fetches, and the list as XLSX."""

from __future__ import annotations

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from server.domain.roles import Act, may
from server.services.board import board as read_board
from server.services.board_views import Board
from server.web import picture, sheets, words
from server.web.identity import context

bp = Blueprint("board", __name__)


def look(exam_id: int) -> Board:
    """The board of an exam as it is now. Raises: NotFound (`exam_unknown`)."""
    c = context()
    with c.db.read() as reading:
        return read_board(reading, exam_id, c.now(), picture.connected())


@bp.get("/exams/<int:exam_id>/board")
def page(exam_id: int) -> ResponseReturnValue:
    board = look(exam_id)
    role = current_user.role
    return render_template(
        "board/page.html", board=board, parts=picture.parts(board, role), can=lambda act: may(role, Act(act))
    )


@bp.get("/exams/<int:exam_id>/board.json")
def snapshot(exam_id: int) -> ResponseReturnValue:
    """All parts of the board as the socket would send them."""
    return jsonify(ok=True, **picture.parts(look(exam_id), current_user.role))


@bp.get("/exams/<int:exam_id>/board.xlsx")
def export(exam_id: int) -> ResponseReturnValue:
    board = look(exam_id)
    headings = [
        _("Meja"),
        _("Nomor Peserta"),
        _("Nama"),
        _("Keadaan"),
        _("Perangkat"),
        _("Identitas"),
        _("Baterai"),
        _("Kejadian"),
    ]
    rows = [
        (
            s.seat,
            s.number,
            s.name,
            words.word(words.SITTING_STATES, s.state),
            s.device,
            words.word(words.GRADES, s.grade) if s.grade else None,
            s.battery,
            ", ".join(_(words.INCIDENTS[k][0]) for k in s.incidents if k in words.INCIDENTS),
        )
        for s in board.seats
    ]
    return sheets.xlsx(f"papan-{exam_id}", headings, rows)
