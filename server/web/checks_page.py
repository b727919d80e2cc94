"""Checks for the staff: codes to hand out, what each Chromebook said last, and the tick that a person gives."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from server.domain import check_code
from server.domain.errors import BangkuError, Invalid
from server.services import check_codes, check_list, device_checks
from server.services.check_list import CheckLine
from server.web import check_words, sheets
from server.web.auth import local_path
from server.web.errors import note
from server.web.identity import actor, context
from server.web.qr_image import qr_path
from server.web.texts import error_text

bp = Blueprint("checks", __name__)

PER_PAGE = 100  # lines; each has a form of its own


@bp.get("/devices/checks")
def page() -> ResponseReturnValue:
    return _page()


@bp.get("/devices/checks.xlsx")
def export() -> ResponseReturnValue:
    moment = current_app.extensions["bangku_moment"]
    headings = [
        *(
            _("Label"),
            _("Ruang"),
            _("Meja"),
            _("Dilaporkan perangkat"),
            _("Pukul"),
            _("Layar, tombol, sentuhan"),
        ),
        *(_("Pukul"), _("Exam Browser"), _("Dilihat oleh"), _("Pukul")),
    ]
    rows = [
        (
            *(line.label, line.room, line.seat),
            *_told(line.checks.page, check_words.page_line, moment),
            *_told(line.checks.hands, check_words.hands_line, moment),
            _("ada di menu, halaman masuk terbuka") if line.checks.client else _("belum dilihat"),
            line.checks.client.by_name if line.checks.client else None,
            moment(line.checks.client.at) if line.checks.client else None,
        )
        for line in _lines()
    ]
    return sheets.xlsx("pemeriksaan-perangkat", headings, rows)


@bp.post("/devices/checks/codes")
def hand_out() -> ResponseReturnValue:
    c = context()
    given = request.form.get("hours", "")
    try:
        check_codes.hand_out(c.db, actor(), c.now(), int(given) if given.isascii() and given.isdigit() else 0)
    except BangkuError as error:
        note(error.code)
        return _page(error), error.status
    return redirect(url_for("checks.page"))


@bp.post("/devices/checks/codes/<int:code_id>/withdraw")
def withdraw(code_id: int) -> ResponseReturnValue:
    c = context()
    check_codes.withdraw(c.db, actor(), c.now(), code_id)
    return redirect(url_for("checks.page"))


@bp.post("/devices/<int:device_id>/client")
def tick(device_id: int) -> ResponseReturnValue:
    """A person saw the Exam Browser in the Apps menu and its login page; both, or it is no tick."""
    c = context()
    form = request.form
    if form.get("menu") != "1" or form.get("login_page") != "1":
        raise Invalid("tick: menu and login page must both have been seen", code="tick_incomplete")
    device_checks.tick_client(c.db, actor(), c.now(), device_id, form.get("version", ""))
    return redirect(_back(device_id))


@bp.post("/devices/<int:device_id>/client/back")
def take_back(device_id: int) -> ResponseReturnValue:
    c = context()
    device_checks.take_back_client(c.db, actor(), c.now(), device_id)
    return redirect(_back(device_id))


def _back(device_id: int) -> str:
    target = request.form.get("next")
    return local_path(target) if target else url_for("devices_one.page", device_id=device_id)


def _page(error: BangkuError | None = None) -> str:
    c = context()
    with c.db.read() as reading:
        codes = check_codes.in_force(reading, c.now())
    address = f"{c.settings.public_url}{url_for('check.page')}"
    lines = _lines()
    said = request.args.get("page", "")
    last = max(0, -(-len(lines) // PER_PAGE) - 1)
    at = min(last, int(said) if said.isascii() and said.isdigit() and len(said) < 6 else 0)
    return render_template(
        "devices/checks.html",
        codes=[(code, qr_path(f"{address}#{code.code}")) for code in codes],
        address=address,
        trusted=c.settings.secure_cookies,
        hours=check_code.HOURS,
        default_hours=check_code.DEFAULT_HOURS,
        lines=lines[at * PER_PAGE : (at + 1) * PER_PAGE],
        total=len(lines),
        at=at,
        last=last,
        per_page=PER_PAGE,
        page_line=check_words.page_line,
        hands_line=check_words.hands_line,
        error=error_text(error.code, error.params) if error else None,
    )


def _lines() -> list[CheckLine]:
    with context().db.read() as c:
        return check_list.lines(c)


def _told(check: Any, words: Any, moment: Any) -> tuple[str | None, str | None]:
    return (words(check.seen), moment(check.at)) if check else (None, None)
