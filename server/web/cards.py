"""Participants' cards: choose a round or an exam, look, print; and what a scanned card opens."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from server.domain.errors import BangkuError
from server.domain.sticker import CARD_FORMATS, CARDS_8
from server.services import cards, exam_list, scans, setup_rounds
from server.services.console_list import choices
from server.web import paper
from server.web.identity import context
from server.web.texts import error_text
from server.web.words import N_, word

bp = Blueprint("cards", __name__)

NAMES: dict[str, str] = {"cards-8": N_("8 kartu per A4"), "cards-10": N_("10 kartu per A4")}


@bp.get("/cards")
def page() -> ResponseReturnValue:
    with context().db.read() as c:
        exams = exam_list.lines(c)
        rounds = setup_rounds.lines(c)
        rooms = choices(c).rooms
    return render_template(
        "paper/cards.html",
        exams=exams,
        rounds=rounds,
        rooms=rooms,
        formats=[(key, word(NAMES, key)) for key in CARD_FORMATS],
        asked=_number("exam"),
        address=context().settings.addresses[0],
        worry=paper.worry(context().settings.addresses[0]),
    )


@bp.get("/cards/sheets")
def show() -> ResponseReturnValue:
    """Raises: NotFound (`exam_unknown`, `round_unknown`)."""
    form = CARD_FORMATS.get(request.args.get("format", ""), CARDS_8)
    exam_id, address = _number("exam"), context().settings.addresses[0]
    if exam_id is not None:
        found = cards.of_exam(context().db, exam_id)
    else:
        found = cards.of_round(context().db, _number("round") or 0, room_id=_number("room"))
    words = {
        "number": str(_("No.")),
        "username": str(_("Username")),
        "class": str(_("Kelas")),
        "place": str(_("Sesi %(session)s · %(room)s")),
        "seat": str(_("Meja %(seat)s")),
        "reserve": str(_("Peserta cadangan")),
        "card_code": str(_("Kode kartu")),
    }
    made: list[paper.Sheet] = []
    error, status = None, 200
    try:
        made = paper.card_sheets(form, found, address, words)
    except BangkuError as refused:
        error, status = error_text(refused.code, refused.params), refused.status
    return render_template(
        "paper/sheets.html",
        title=_("Kartu peserta"),
        sheets=made,
        form=form,
        name=word(NAMES, form.key),
        count=len(found),
        cut=True,
        test=False,
        back="cards.page",
        kept={},
        error=error,
        address=address,
        worry=paper.worry(address),
    ), status


@bp.get("/k/<path:code>")
@bp.get("/K/<path:code>")
def scanned(code: str) -> ResponseReturnValue:
    """A card, scanned by somebody of the staff: the board, with its seat chosen.

    Raises: NotFound (`card_unknown`, `code_unreadable`, `card_no_exam_yet`).
    """
    found = scans.find(context().db, f"/k/{quote(code, safe='')}")
    with context().db.read() as c:
        exam_id, seat = cards.exam_of(c, found.id, context().now())
    return redirect(url_for("board.page", exam_id=exam_id, _anchor=f"seat-{seat}" if seat else None))


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
