"""The Chromebooks: list, import, in and out of service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from server.domain.errors import BangkuError
from server.domain.import_preview import Preview
from server.domain.inventory import SPEC, read
from server.domain.sheet import Sheet
from server.services import inventory, inventory_list
from server.services.actor import Actor
from server.web import sheets, words
from server.web.errors import note
from server.web.identity import actor, context
from server.web.import_flow import Kind, routes
from server.web.texts import error_text
from server.web.uploads import Waiting

bp = Blueprint("devices", __name__)


@bp.get("/devices")
def index() -> ResponseReturnValue:
    return _index()


@bp.get("/devices.xlsx")
def export() -> ResponseReturnValue:
    """Under the headings that the import knows, so the file can be corrected and brought in again."""
    moment = current_app.extensions["bangku_moment"]
    headings = [
        *(_("Label"), _("Nomor seri"), _("Model"), _("Ruang"), _("Meja"), _("Chromebook cadangan")),
        *(_("Dipakai"), _("Alasan"), _("Laporan terakhir"), _("Baterai"), _("Identitas")),
    ]
    yes, no = _("ya"), _("tidak")
    rows = [
        (
            *(d.label, d.serial, d.model, d.room, d.seat, yes if d.spare else no),
            *(yes if d.in_service else no, d.out_reason),
            moment(d.reported_at) if d.reported_at is not None else None,
            d.battery,
            words.word(words.GRADES, d.grade) if d.grade else None,
        )
        for d in _lines()
    ]
    return sheets.xlsx("perangkat", headings, rows)


@bp.post("/devices/<int:device_id>/service")
def service(device_id: int) -> ResponseReturnValue:
    c = context()
    form = request.form
    try:
        inventory.set_service(
            c.db, actor(), c.now(), device_id, form.get("in_service") == "1", form.get("reason", "")
        )
    except BangkuError as error:
        note(error.code)
        return _index(error=error_text(error.code, error.params)), error.status
    return redirect(url_for("devices.index"))


class Devices:
    spec = SPEC
    example = "perangkat-kosong"

    def options(self) -> dict[str, int]:
        return {}

    def preview(
        self, c: Connection, given: Sheet, columns: Mapping[str, int], options: Mapping[str, int]
    ) -> Preview:
        return inventory.preview(c, read(given, columns))

    def run(self, who: Actor, now: int, waiting: Waiting, seen: str) -> Any:
        found = read(waiting.sheet, waiting.columns)
        return inventory.import_devices(context().db, who, now, found, waiting.file, seen)

    def page(self, **given: object) -> str:
        return render_template("devices/import.html", **given)


KIND: Kind = Devices()
routes(bp, KIND, "/devices/import")


def _lines() -> list[inventory_list.DeviceLine]:
    with context().db.read() as c:
        return inventory_list.lines(c)


def _index(error: str | None = None) -> str:
    return render_template("devices/list.html", lines=_lines(), error=error)
