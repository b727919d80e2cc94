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
from server.domain.school_day import day_first
from server.domain.sheet import Sheet
from server.services import console_list, inventory, loans, when
from server.services.actor import Actor
from server.services.console_list import Filter
from server.services.school import host
from server.web import console_words, sheets, words
from server.web.errors import note
from server.web.google_jobs_page import job_view
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
        *(_("Unit organisasi"), _("Keadaan di konsol"), _("Kebijakan terakhir diambil")),
        *(_("Dipinjam dari"), _("Sampai tanggal")),
    ]
    with context().db.read() as c:
        found = console_list.every(c, _filter())
        borrowed = loans.open_loans(c, context().now())
    yes, no = _("ya"), _("tidak")
    rows = [
        (
            *(d.label, d.serial, d.model, d.room, d.seat, yes if d.spare else no),
            *(yes if d.in_service else no, d.out_reason),
            moment(d.reported_at) if d.reported_at is not None else None,
            d.battery,
            words.word(words.GRADES, d.grade) if d.grade else None,
            d.org_unit_path,
            console_words.status(d.console_status) if d.console_status else None,
            moment(d.last_sync_at) if d.last_sync_at is not None else None,
            *((borrowed[d.id].owner, day_first(borrowed[d.id].until)) if d.id in borrowed else (None, None)),
        )
        for d in found
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


def _filter() -> Filter:
    given = request.args

    def one_of(name: str, *may: str) -> str:
        return given.get(name, "") if given.get(name, "") in may else ""

    room = given.get("room", "")
    policy, since = one_of("policy", "yes", "no"), None
    if policy:
        with context().db.read() as c:
            zone = host(c).timezone
        try:
            since = when.moment(given.get("since", "") or _today(zone), "00:00", zone)
        except ValueError:
            policy = ""
    return Filter(
        text=given.get("q", "").strip()[:80],
        org_unit=given.get("unit", "")[:80],
        status=given.get("status", "")[:30],
        linked=one_of("linked", "yes", "no"),
        room=int(room) if room.isascii() and room.isdigit() and len(room) < 10 else None,
        service=one_of("service", "in", "out"),
        policy=policy,
        since=since,
    )


def _today(zone: str) -> str:
    return when.local(context().now(), zone).date().isoformat()


def _index(error: str | None = None) -> str:
    wanted = _filter()
    number = request.args.get("page", "")
    at = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 0
    with context().db.read() as c:
        lines, total = console_list.lines(c, wanted, at)
        console = console_list.console(c)
        choices = console_list.choices(c)
        borrowed = loans.open_loans(c, context().now())
        given_back = loans.given_back(c, [line.id for line in lines])
    kept = {key: value for key, value in request.args.items() if value and key != "page"}
    return render_template(
        "devices/list.html",
        lines=lines,
        total=total,
        at=at,
        pages=-(-total // console_list.PAGE),
        per_page=console_list.PAGE,
        wanted=wanted,
        kept=kept,
        choices=choices,
        borrowed=borrowed,
        given_back=given_back,
        statuses=[(status, console_words.status(status)) for status in choices.statuses],
        console=console,
        view=job_view(console.newest) if console.newest is not None and console.newest.active else None,
        status=console_words.status,
        error=error,
    )
