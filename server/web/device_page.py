"""One Chromebook: what it is, what the console says of it, and everything that happened to it."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import pgettext

from server.services import device_checks, device_history, loans
from server.services.device_checks import Checks
from server.services.device_history import DeviceDetail
from server.web import attest_page, check_words, console_words, sheets
from server.web.identity import context

bp = Blueprint("devices_one", __name__)


@bp.get("/devices/<int:device_id>")
def page(device_id: int) -> ResponseReturnValue:
    found = _detail(device_id)
    history = [(m.at, console_words.moment(m.kind, m.params)) for m in found.history]
    with context().db.read() as c:
        checks = device_checks.newest(c, [device_id]).get(device_id, Checks())
        loan = loans.open_loans(c, context().now()).get(device_id)
        proofs = attest_page.device(c, context().now(), device_id)
        back = loans.given_back(c, [device_id]).get(device_id)
    return render_template(
        "devices/one.html",
        d=found.line,
        found=found,
        history=history,
        why=found.why,
        proofs=proofs,
        checks=checks,
        say=check_words,
        loan=loan,
        given_back=back,
    )


@bp.get("/devices/<int:device_id>.xlsx")
def export(device_id: int) -> ResponseReturnValue:
    found = _detail(device_id)
    show = current_app.extensions["bangku_moment"]
    rows = [(show(m.at), console_words.moment(m.kind, m.params)) for m in found.history]
    return sheets.xlsx(f"riwayat-{found.line.id}", [_("Waktu"), pgettext("riwayat", "Kejadian")], rows)


def _detail(device_id: int) -> DeviceDetail:
    with context().db.read() as c:
        return device_history.detail(c, device_id)
