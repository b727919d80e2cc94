"""Where a technician begins: scan or type a label, what waits in the room, and its Chromebooks by next step."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from server.domain.errors import BangkuError
from server.domain.next_act import Do
from server.domain.scan import What
from server.services import device_now, remap_views, scans
from server.services.context import Context
from server.services.device_now import DeviceNow
from server.services.mode import mode
from server.web import next_words, readiness_words, sheets, technician_remap, technician_view, words
from server.web.identity import context
from server.web.offload import run_away
from server.web.technician_view import address_of
from server.web.texts import error_text

bp = Blueprint("technician_start", __name__)

COOKIE = "bangku_room"
COOKIE_DAYS = 30
NO_HOME = "none"
#: So many of a group are shown; more of one kind are work for the list of devices.
EACH = 60


@dataclass(frozen=True, slots=True)
class Group:
    """Chromebooks that wait for the same thing."""

    do: Do
    title: str
    devices: list[DeviceNow]


@bp.get("/t/")
def page() -> ResponseReturnValue:
    answer = make_response(render())
    chosen = request.args.get("room")
    if chosen is not None:
        answer.set_cookie(
            COOKIE, str(_room() or NO_HOME), COOKIE_DAYS * 86_400, httponly=True, samesite="Lax"
        )
    return answer


@bp.get("/t/find")
def find() -> ResponseReturnValue:
    """A label, or whatever a scanner typed: the whole address of a sticker."""
    asked = request.args.get("q", "").strip()
    if not asked:
        return redirect(url_for("technician_start.page"))
    try:
        found = scans.find(context().db, asked)
        if found.what is not What.DEVICE:
            return render(asked, _("Itu kartu peserta. Pindai stiker Chromebook, atau ketik labelnya.")), 404
    except BangkuError as error:
        return render(asked, error_text(error.code, error.params)), error.status
    # The mark goes on with it: whoever scanned is known to have scanned, and whoever typed to have typed.
    if found.scanned:
        return redirect(address_of(scans.code(context().db, What.DEVICE, found.name)))
    return redirect(f"{address_of(found.name)}?typed=1")


@bp.get("/t/list.xlsx")
def export() -> ResponseReturnValue:
    headings = [_("Label"), _("Tempat"), _("Langkah berikutnya"), _("Langkah sudah terlihat")]
    rows = [
        (d.label, technician_view.place(d), group.title, d.next.done)
        for group in _groups(_room())
        for d in group.devices
    ]
    return sheets.xlsx("teknisi", headings, rows)


def render(asked: str = "", error: str | None = None) -> str:
    """`asked`: what was looked for and not found."""
    room_id = _room()
    groups = _groups(room_id)
    with context().db.read() as c:
        homes = device_now.rooms(c)
        open_ = remap_views.waiting(c, room_id=room_id)
        exam = device_now.room_exam(c, context().now(), room_id) if room_id is not None else None
    return render_template(
        "technician/start.html",
        asked=asked,
        error=error,
        rooms=homes,
        room_id=room_id,
        exam=exam,
        groups=[group for group in groups if group.do is not Do.ACCEPT],
        waiting=[(one, technician_remap.waiting(one)) for one in open_],
        each=EACH,
        place=technician_view.place_in_room,
        state=lambda d: words.word(readiness_words.STATES, d.state),
        steps=len(next_words.STEPS),
        address_of=address_of,
    )


def _groups(room_id: int | None) -> list[Group]:
    """What needs a hand first; those that are ready last."""
    c = context()
    # A whole school of Chromebooks without a room takes a while; the boards must not wait for it.
    found: list[DeviceNow] = run_away(_look, c, c.now(), room_id)
    by_do: dict[Do, list[DeviceNow]] = {}
    for d in found:
        by_do.setdefault(d.next.do, []).append(d)
    return [Group(do, str(_(next_words.GROUPS[do])), by_do[do]) for do in Do if do in by_do]


def _look(c: Context, now: int, room_id: int | None) -> list[DeviceNow]:
    with c.db.read() as reading:
        return device_now.of_room(reading, now, room_id, mode(reading, c.settings).kind)


def _room() -> int | None:
    """The room that was asked for, else the one of last time, else the first; None: Chromebooks without one."""
    with context().db.read() as c:
        known = [room.id for room in device_now.rooms(c)]
    for said in (request.args.get("room", ""), request.cookies.get(COOKIE, "")):
        if said == NO_HOME:
            return None
        if said.isascii() and said.isdigit() and len(said) < 10 and int(said) in known:
            return int(said)
    return known[0] if known else None
