"""Kesiapan: which Chromebook is ready for the exam day, which is not and why, and what to do; days ahead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from server.domain.errors import BangkuError, NotFound
from server.domain.room_capacity import SPARE_SHARE_PERCENT
from server.services import readiness, readiness_needs, readiness_rooms, telemetry_take, when
from server.services.context import Context
from server.services.mode import mode
from server.services.readiness import ReadinessLine
from server.services.readiness_rooms import RoomSummary
from server.services.school import host
from server.services.setup_rooms import lines as room_lines
from server.services.telemetry_take import Telemetry
from server.web import readiness_words, sheets
from server.web.errors import note
from server.web.google_jobs_page import job_view
from server.web.identity import actor, context
from server.web.offload import run_away
from server.web.readiness_shown import LineView, view
from server.web.texts import error_text

bp = Blueprint("readiness", __name__)

SHOWN = 60  # lines of one state in one room; the file has them all
OPEN_ROOMS = 2  # with more rooms, lists open only in the room that was chosen


@dataclass(frozen=True, slots=True)
class Look:
    """What one page is made from."""

    rooms: list[RoomSummary]
    lines: list[ReadinessLine]
    room_id: int | None
    date: str | None
    days: list[str]
    choices: list[tuple[int, str]]
    least_os: int | None
    console_at: int | None
    telemetry: Telemetry
    at: int


@bp.get("/readiness")
def index() -> ResponseReturnValue:
    return _index()


@bp.get("/readiness.xlsx")
def export() -> ResponseReturnValue:
    found = _look()
    views = [view(line) for line in readiness_rooms.walking_order(found.lines)]
    names: list[str] = []
    for one in views:
        names += [fact.name for fact in one.facts if fact.name not in names]
    headings = [
        *(_("Ruang"), _("Meja"), _("Label"), _("Nomor seri"), _("Chromebook cadangan"), _("Keadaan")),
        *(_("Sebab"), _("Langkah berikut"), _("Sejak kemarin")),
        _("Dihitung bisa dipakai"),
    ]
    for name in names:
        headings += [name, _("%(name)s: sumber", name=name)]
    rows = [
        (
            *(v.line.room, v.line.seat, v.line.label, v.line.serial, _("ya") if v.line.spare else _("tidak")),
            *(v.state, " ".join(v.reasons), v.step, v.trend),
            _("ya") if v.line.working else _("tidak"),
            *_cells(v, names),
        )
        for v in views
    ]
    return sheets.xlsx("kesiapan", headings, rows)


@bp.get("/readiness/list")
def paper() -> ResponseReturnValue:
    """What a technician takes along: in walking order, with a box to tick. `all`: the ready ones too."""
    found = _look()
    everything = request.args.get("all") == "1"
    wanted = [line for line in found.lines if everything or line.reasons]
    with context().db.read() as c:
        today = when.today(found.at, host(c).timezone)
    return render_template(
        "readiness/list.html",
        found=found,
        rooms=[
            (room, [view(line) for line in some])
            for room, some in groupby(readiness_rooms.walking_order(wanted), key=lambda line: line.room)
        ],
        everything=everything,
        today=today,
        ready=len(found.lines) - len([line for line in found.lines if line.reasons]),
        w=readiness_words,
    )


@bp.post("/readiness/telemetry")
def telemetry() -> ResponseReturnValue:
    c = context()
    with c.db.read() as connection:
        managed = mode(connection, c.settings).managed
    if not managed:
        raise NotFound("Google console: not connected", code="google_not_connected")
    telemetry_take.order(c.db, actor(), c.now())
    return redirect(url_for("readiness.index", **_kept()))


@bp.post("/readiness/rooms/<int:room_id>/portal")
def portal(room_id: int) -> ResponseReturnValue:
    c = context()
    try:
        readiness_rooms.set_portal_clients(
            c.db, actor(), c.now(), room_id, request.form.get("portal_clients", "")
        )
    except BangkuError as error:
        note(error.code)
        return _index(error, room_id)
    return redirect(url_for("readiness.index", **_kept()) + f"#room-{room_id}")


@bp.post("/readiness/least-os")
def least_os() -> ResponseReturnValue:
    c = context()
    try:
        readiness_needs.set_least_os(c.db, actor(), c.now(), request.form.get("least_os", ""))
    except BangkuError as error:
        note(error.code)
        return _index(error)
    return redirect(url_for("readiness.index", **_kept()))


def _kept() -> dict[str, Any]:
    """The filter that the form was on."""
    return {name: value for name in ("room", "date") if (value := request.args.get(name, ""))}


def _cells(shown: LineView, names: list[str]) -> list[str | None]:
    known = {fact.name: fact for fact in shown.facts}
    cells: list[str | None] = []
    for name in names:
        fact = known.get(name)
        cells += [fact.text, fact.source or None] if fact is not None else [None, None]
    return cells


def _look() -> Look:
    c = context()
    room = request.args.get("room", "")
    room_id = int(room) if room.isascii() and room.isdigit() and len(room) < 10 else None
    asked = request.args.get("date", "")
    now = c.now()
    found: Look = run_away(_read, c, room_id, asked, now)  # for a large school this takes a while
    return found


def _read(c: Context, room_id: int | None, asked: str, now: int) -> Look:
    with c.db.read() as connection:
        days = readiness_needs.days(connection, now)
        date = asked if re.fullmatch(r"\d{4}-\d\d-\d\d", asked) and asked in days else None
        kind = mode(connection, c.settings).kind
        lines = readiness.lines(connection, now, room_id, kind=kind, date=date)
        school = readiness_needs.school(connection, now, kind, date)
        return Look(
            rooms=readiness_rooms.rooms_of(connection, now, lines, school, room_id, date),
            lines=lines,
            room_id=room_id,
            date=date,
            days=days,
            choices=[(one.id, one.name) for one in room_lines(connection)],
            least_os=readiness_needs.least_os(connection),
            console_at=readiness_needs.console_at(connection),
            telemetry=telemetry_take.state(connection),
            at=now,
        )


def _index(error: BangkuError | None = None, room_id: int | None = None) -> ResponseReturnValue:
    found = _look()
    job = found.telemetry.job
    opened = found.room_id is not None or len(found.rooms) <= OPEN_ROOMS
    shown: dict[Any, dict[str, list[LineView]]] = {
        room.room_id: {
            state: [view(line) for line in [x for x in room.lines if x.state == state][:SHOWN]]
            for state in readiness_words.ORDER
        }
        for room in found.rooms
    }
    return render_template(
        "readiness/index.html",
        found=found,
        shown=shown,
        opened=opened,
        kept=_kept(),
        share=SPARE_SHARE_PERCENT,
        job=job_view(job) if job is not None else None,
        w=readiness_words,
        error=error_text(error.code, error.params) if error else None,
        wrong=room_id,
        given=request.form.get("portal_clients", request.form.get("least_os", "")),
    ), (error.status if error else 200)
