"""The technician's phone: one Chromebook a page, opened by its sticker; before the day, outside the room, evenings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, send_from_directory
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from server.domain.errors import BangkuError, Conflict, NotFound
from server.domain.next_step import Step
from server.services import (
    console_sync,
    device_now,
    device_return,
    google_jobs,
    inventory,
    remaps,
    scans,
)
from server.services.device_now import DeviceNow
from server.services.mode import mode
from server.services.remap_views import RemapView
from server.services.school import host
from server.web import technician_remap, technician_start, technician_view
from server.web.errors import note
from server.web.google_jobs_page import job_view
from server.web.identity import actor, context
from server.web.technician_view import address_of
from server.web.texts import error_text

bp = Blueprint("technician", __name__)

#: Steps at which a look at the console may help: it ticks them, or tells why the next one does not come.
BY_CONSOLE = {Step.WIFI, Step.ENROL, Step.POLICY, Step.CHECK_IN}
#: What an act leaves behind on the page, by the word in its address.
DONE = {"accepted", "out", "back", "looking"}


@bp.get("/d/<path:code>")
@bp.get("/D/<path:code>")
def device(code: str) -> ResponseReturnValue:
    """What a sticker's code opens, and what a typed label leads to."""
    if request.path.startswith("/D/"):  # a sticker in capitals; the offline copy knows one spelling
        return redirect(address_of(code))
    try:
        found = scans.find(context().db, address_of(code))
    except BangkuError as error:
        text = error_text(error.code, error.params)
        return technician_start.render(asked=code, error=text), error.status
    return page(found.id, code)


@bp.get("/t/one/<int:device_id>/now")
def now_(device_id: int) -> ResponseReturnValue:
    """What changes by itself, in at most 2 kB; 304 while nothing did."""
    with context().db.read() as reading:
        open_ = device_now.remaps_of(reading, device_id)
    picture = changing(look(device_id), open_)
    answer = current_app.response_class(
        json.dumps(picture, ensure_ascii=False, separators=(",", ":")), mimetype="application/json"
    )
    answer.set_etag(hashlib.sha256(answer.get_data()).hexdigest()[:16])
    answer.headers["Cache-Control"] = "no-cache, private"
    return answer.make_conditional(request)


@bp.post("/t/one/<int:device_id>/accept")
def accept(device_id: int) -> ResponseReturnValue:
    """The technician stands before it. By scan only when the code that opened the page was a sticker's own."""
    c, form = context(), request.form
    said = form.get("remap_id", "")
    remap_id = int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0
    by = technician_remap.how(device_id, form.get("code", ""), form.get("typed") == "1")

    def act() -> None:
        remaps.accept(c.db, actor(), c.now(), remap_id, form.get("digest", ""), by, device_id=device_id)

    return _done(device_id, act, "accepted")


@bp.post("/t/one/<int:device_id>/service")
def service(device_id: int) -> ResponseReturnValue:
    c, form = context(), request.form
    back = form.get("in_service") == "1"

    def act() -> None:
        inventory.set_service(c.db, actor(), c.now(), device_id, back, form.get("reason", ""))

    return _done(device_id, act, "back" if back else "out")


@bp.post("/t/one/<int:device_id>/look")
def look_again(device_id: int) -> ResponseReturnValue:
    """Ask the console what has changed. One look serves everybody who waits for it."""
    c = context()

    def act() -> None:
        with c.db.read() as reading:
            managed = mode(reading, c.settings).managed
        if not managed:
            raise NotFound("Google console: not connected", code="google_not_connected")
        try:
            console_sync.order(c.db, actor(), c.now(), full=False, accept=console_sync.ORDINARY)
        except Conflict as error:
            if error.code != "job_waiting":
                raise

    return _done(device_id, act, "looking")


@bp.get("/t/sw.js")
def service_worker() -> ResponseReturnValue:
    """Served from here for the scopes /t/ and /d/; it holds nothing of anybody."""
    script = send_from_directory(str(current_app.static_folder), "js/technician_sw.js")
    script.headers["Content-Type"] = "text/javascript; charset=utf-8"
    script.headers["Service-Worker-Allowed"] = "/"
    script.headers["Cache-Control"] = "no-cache"
    return script


@bp.get("/t/offline")
def offline() -> ResponseReturnValue:
    """The page that the service worker keeps for when the server cannot be reached."""
    return render_template("technician/offline.html")


def look(device_id: int) -> DeviceNow:
    """Raises: NotFound (`device_not_listed`)."""
    c = context()
    with c.db.read() as reading:
        kind = mode(reading, c.settings).kind
        return device_now.one(reading, c.now(), device_id, kind, technician_view.connected_since())


def page(device_id: int, code: str, error: str | None = None) -> str:
    c = context()
    d = look(device_id)
    with c.db.read() as reading:
        school = host(reading)
        exam = device_now.room_exam(reading, c.now(), d.room_id) if d.room_id is not None else None
        open_ = device_now.remaps_of(reading, d.id)
        back = device_return.newest(reading, d.id)
    connected = d.doing.since is not None
    done = request.args.get("done", "")
    return render_template(
        "technician/device.html",
        d=d,
        code=code,
        v=technician_view.view(d, school, c.now()),
        exam=exam,
        remaps=[technician_remap.waiting(one, connected) for one in open_],
        undo=technician_remap.undoable(back, c.now()),
        picture=changing(d, open_),
        done=done if done in DONE and error is None else "",
        by_console=d.seen.console and d.next.step in BY_CONSOLE,
        error=error,
        at=c.now(),
    )


def changing(d: DeviceNow, open_: list[RemapView]) -> dict[str, Any]:
    """`sig`: of what needs the page anew; the rest is put in place. Nothing in it moves while nothing happens."""
    c = context()
    with c.db.read() as reading:
        school = host(reading)
        back = device_return.newest(reading, d.id)
        # The digest too: what the console answers meanwhile is shown before anybody decides, or deciding is refused.
        waits = [d.seen.newcomer_at is not None, *([one.id, one.digest] for one in open_)]
    v = technician_view.view(d, school, c.now())
    shape = [d.next.do, [m.state for m in d.next.marks], v.place, v.marks, v.title, v.lines, v.reasons, waits]
    return {
        "sig": hashlib.sha256(json.dumps(shape).encode()).hexdigest()[:12],
        "doing": v.doing,
        "steps": [line.text for line in v.steps],
        "job": " ".join(filter(None, [technician_remap.progress(back, c.now()), _looking()])),
    }


def _looking() -> str:
    """Whether the console is being looked at now, in words."""
    with context().db.read() as c:
        newest = google_jobs.newest(c, "sync", limit=1)
    if not newest or not newest[0].active:
        return ""
    job = job_view(newest[0])
    return str(_("Melihat konsol: %(state)s.", state=job.step_text or job.state_text))


def _done(device_id: int, act: Callable[[], None], word: str) -> ResponseReturnValue:
    """Do it, and show the page again, saying so; a refusal is said on the page too."""
    code = request.form.get("code", "")
    try:
        act()
    except BangkuError as error:
        note(error.code)
        return page(device_id, code, error_text(error.code, error.params)), error.status
    return redirect(f"{address_of(code or look(device_id).label)}?done={word}#told")
