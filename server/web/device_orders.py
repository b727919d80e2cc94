"""Orders to one Chromebook through the console: choose, type its serial number where something is lost, confirm."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from server.domain.device_command import DEPROVISION_REASONS, DESTRUCTIVE, Kind
from server.domain.errors import BangkuError
from server.services import device_commands
from server.web import move_words, sheets, words
from server.web.errors import note
from server.web.google_jobs_page import job_view
from server.web.identity import actor, context
from server.web.texts import error_text

bp = Blueprint("device_orders", __name__)


@bp.get("/devices/<int:device_id>/order")
def page(device_id: int) -> ResponseReturnValue:
    return _page(device_id)


@bp.get("/devices/<int:device_id>/orders.xlsx")
def export(device_id: int) -> ResponseReturnValue:
    moment = current_app.extensions["bangku_moment"]
    with context().db.read() as c:
        rows = device_commands.of_device(c, device_id, limit=1000)
    headings = [
        _("Waktu"),
        _("Perintah"),
        _("Keadaan"),
        _("Sebab"),
        _("Diminta"),
        _("Disetujui"),
        _("Berakhir"),
    ]
    return sheets.xlsx(
        f"perintah-{device_id}",
        headings,
        [
            (
                *(moment(r.created_at), words.word(kind_names(), r.kind)),
                words.word(move_words.COMMAND_STATES, r.state),
                *(move_words.reason(r.code, r.code_params), r.asked_by, r.confirmed_by),
                moment(r.ended_at) if r.ended_at else None,
            )
            for r in rows
        ],
    )


@bp.post("/devices/<int:device_id>/order")
def ask(device_id: int) -> ResponseReturnValue:
    c = context()
    form = request.form
    try:
        device_commands.ask(
            c.db,
            actor(),
            c.now(),
            kind=form.get("kind", ""),
            device_ids=[device_id],
            payload={"volume": form.get("volume", ""), "reason": form.get("reason", "")},
            serials_typed=[form["serial"]] if form.get("serial") else [],
        )
    except BangkuError as error:
        note(error.code)
        return _page(device_id, error)
    return redirect(url_for("device_orders.page", device_id=device_id))


@bp.post("/devices/orders/<int:command_id>/confirm")
def confirm(command_id: int) -> ResponseReturnValue:
    c = context()
    device_id = _device_of(command_id)
    try:
        device_commands.confirm(c.db, actor(), c.now(), command_id, request.form.get("serial", ""))
    except BangkuError as error:
        note(error.code)
        return _page(device_id, error)
    return redirect(url_for("device_orders.page", device_id=device_id))


@bp.post("/devices/orders/<int:command_id>/withdraw")
def withdraw(command_id: int) -> ResponseReturnValue:
    c = context()
    device_id = _device_of(command_id)
    try:
        device_commands.withdraw(c.db, actor(), c.now(), command_id)
    except BangkuError as error:
        note(error.code)
        return _page(device_id, error)
    return redirect(url_for("device_orders.page", device_id=device_id))


@bp.app_context_processor
def _for_device_pages() -> dict[str, Any]:
    """`orders_of(device_id)`: what `parts/device_orders.html` needs on any page of a device."""
    return {"orders_of": orders_of}


def orders_of(device_id: int) -> dict[str, Any]:
    """The newest orders of a Chromebook and what may be ordered of it."""
    with context().db.read() as c:
        device = device_commands.device_line(c, device_id)
        rows = device_commands.of_device(c, device_id)
        job = device_commands.newest_job(c)
    return {
        "device": device,
        "rows": rows,
        "kinds": list(Kind),
        "destructive": DESTRUCTIVE,
        "reasons": list(DEPROVISION_REASONS),
        "job": job_view(job) if job else None,
        "w": move_words,
    }


def kind_names() -> dict[str, str]:
    return {kind: name for kind, (name, _effect) in move_words.COMMANDS.items()}


def _device_of(command_id: int) -> int:
    with context().db.read() as c:
        return int(device_commands.get(c, command_id).device_id)


def _page(device_id: int, error: BangkuError | None = None) -> ResponseReturnValue:
    found = orders_of(device_id)
    return render_template(
        "devices/order.html",
        orders=found,
        error=error_text(error.code, error.params) if error else None,
        form=request.form if error else {},
    ), (error.status if error else 200)
