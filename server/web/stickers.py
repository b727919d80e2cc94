"""Stickers for the Chromebooks: choose, look, print."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from server.domain.errors import BangkuError
from server.domain.sticker import A4_24, FORMATS, Format
from server.services.console_list import choices
from server.services.school import host, school_npsn
from server.services.stickers import Sticker, stickers
from server.web import paper, qr, sheets
from server.web.identity import context
from server.web.texts import error_text
from server.web.words import N_, word

bp = Blueprint("stickers", __name__)

#: What a person looks for in a shop.
NAMES: dict[str, str] = {
    "a4-24": N_("A4 isi 24 · 63,5 × 33,9 mm"),
    "a4-65": N_("A4 isi 65 · 38,1 × 21,2 mm"),
    "roll-62": N_("Rol 62 mm · dipotong tiap 29 mm"),
}


@bp.get("/stickers")
def page() -> ResponseReturnValue:
    form, _start, found = _chosen()
    every = stickers(context().db, context().now())
    with context().db.read() as c:
        rooms = choices(c).rooms
        npsn = school_npsn(c)
    return render_template(
        "paper/stickers.html",
        every=every,
        count=len(found),
        rooms=rooms,
        npsn=npsn,
        form=form,
        formats=[(one, word(NAMES, key)) for key, one in FORMATS.items()],
        **_address(),
    )


@bp.get("/stickers/sheets")
def show() -> ResponseReturnValue:
    """The sheets as they are printed; also the preview. `test`: outlines and a ruler, for plain paper."""
    form, start, found = _chosen()
    address: str = context().settings.addresses[0]
    made: list[paper.Sheet] = []
    error, status = None, 200
    with context().db.read() as c:
        npsn, school = school_npsn(c), host(c)
    try:
        if request.args.get("test"):
            made = [paper.test_sheet(form)]
        else:
            made = paper.sticker_sheets(
                form, found, start, address, npsn or school.name, {"borrowed": str(_("pinjaman"))}
            )
    except BangkuError as refused:
        error, status = error_text(refused.code, refused.params), refused.status
    return render_template(
        "paper/sheets.html",
        title=_("Stiker Chromebook"),
        sheets=made,
        form=form,
        name=word(NAMES, form.key),
        count=len(found),
        cut=False,
        test=bool(request.args.get("test")),
        back="stickers.page",
        kept=_kept(),
        error=error,
        **_address(),
    ), status


@bp.get("/stickers.xlsx")
def export() -> ResponseReturnValue:
    """For a label printer's own program: the texts, and what the QR code says."""
    address: str = context().settings.addresses[0]
    _form, _start, found = _chosen()
    headings = [_("Label"), _("Nomor seri"), _("Ruang"), _("Meja"), _("Isi kode QR")]
    rows = [(s.label, s.serial, s.room, s.seat, qr.address(address, "d", s.code)) for s in found]
    return sheets.xlsx("stiker", headings, rows)


def _chosen() -> tuple[Format, int, list[Sticker]]:
    given = request.args
    form = FORMATS.get(given.get("format", ""), A4_24)
    start, room = _number(given.get("start", "")) or 1, _number(given.get("room", ""))
    named = [n for text in given.getlist("device") if (n := _number(text)) is not None]
    found = stickers(
        context().db,
        context().now(),
        room_id=room,
        device_ids=named or None,
        borrowed=given.get("borrowed") == "1",
    )
    return form, start if not form.roll else 1, found


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _address() -> dict[str, Any]:
    address: str = context().settings.addresses[0]
    return {"address": address, "worry": paper.worry(address)}


def _kept() -> dict[str, Any]:
    """What was chosen, for a link to another view of it."""
    names = ("format", "start", "room", "borrowed", "device")
    return {name: request.args.getlist(name) for name in names if request.args.get(name)}
