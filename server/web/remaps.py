"""Kembali: Chromebooks that came back, the evidence on each, and the decision; and those that have not come back."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from server.domain.errors import BangkuError, Invalid
from server.domain.scan import What
from server.services import (
    not_returned,
    remap_console,
    remap_list,
    remap_rows,
    remap_rule,
    remaps,
    scans,
    setup_rooms,
    staff,
)
from server.services.remap_views import RemapView
from server.web import remap_console_words as words_
from server.web import remap_words, sheets, words
from server.web.actors import who
from server.web.errors import note
from server.web.google_jobs_page import job_view
from server.web.identity import actor, context
from server.web.texts import error_text

bp = Blueprint("remaps", __name__)

SHAPES = {"for": "✓", "against": "✕", "neutral": "•"}
STRENGTH_SHAPES = {"strong": "●●●", "medium": "●●○", "weak": "●○○"}


@bp.app_context_processor
def _count() -> dict[str, Callable[[], int]]:
    """For the menu of other pages: how many wait."""

    def count() -> int:
        with context().db.read() as c:
            return remap_list.count(c)

    return {"remaps_waiting": count}


@bp.get("/remaps")
def index() -> ResponseReturnValue:
    return _index()


@bp.get("/remaps.xlsx")
def export() -> ResponseReturnValue:
    """Everything that waits and was decided."""
    moment = current_app.extensions["bangku_moment"]
    headings = [
        *(_("Perangkat"), _("Nomor seri"), _("Ruang"), _("Meja"), _("Yang terjadi"), _("Bukti")),
        *(
            _("Mendukung"),
            _("Menentang"),
            _("Muncul"),
            _("Keadaan"),
            _("Diputuskan"),
            _("Oleh"),
            _("Caranya"),
        ),
        *(_("Tertulis di konsol"), _("Belum tertulis")),
    ]
    with context().db.read() as c:
        views = [*remaps.waiting(c, _room()), *remap_list.decided(c, remap_list.DECIDED_FILE)]
        counts = {view.id: remap_list.written(remap_rows.of_remap(c, view.id)) for view in views}
    by = _namer()
    rows = [
        (
            *(v.label, v.serial, v.room, v.seat, words.word(remap_words.KINDS, v.kind)),
            words.word(remap_words.STRENGTHS, v.strength),
            *(_said(v, "for"), _said(v, "against"), moment(v.opened_at)),
            words.word(remap_words.STATES, v.state),
            moment(v.decided_at) if v.decided_at else None,
            by(v.decided_by),
            words.word(remap_words.HOWS, v.how) if v.how else None,
            *(counts[v.id].done, counts[v.id].failed),
        )
        for v in views
    ]
    return sheets.xlsx("chromebook-kembali", headings, rows)


@bp.get("/remaps/away.xlsx")
def away() -> ResponseReturnValue:
    """Those that have not come back, with what to do at each."""
    c = context()
    moment = current_app.extensions["bangku_moment"]
    with c.db.read() as reading:
        found = not_returned.listed(reading, c.now())
    headings = [
        *(_("Perangkat"), _("Nomor seri"), _("Ruang"), _("Meja"), _("Sebab"), _("Sejak")),
        _("Langkah di tempat"),
    ]
    rows = [
        (
            *(d.label, d.serial, d.room, d.seat, words.word(remap_words.WHY_AWAY, d.why)),
            moment(d.since) if d.since else None,
            " ".join(f"{n}. {words.word(remap_words.STEPS, step)}" for n, step in enumerate(d.steps, 1)),
        )
        for d in found
    ]
    return sheets.xlsx("chromebook-belum-kembali", headings, rows)


@bp.get("/remaps/<int:remap_id>")
def page(remap_id: int) -> ResponseReturnValue:
    return _page(remap_id)


@bp.post("/remaps/<int:remap_id>/accept")
def accept(remap_id: int) -> ResponseReturnValue:
    """`code`: what a scanner read or a person typed off the sticker; empty: the button alone."""
    c = context()
    code = request.form.get("code", "").strip()
    try:
        device_id, how = request.form.get("device_id", type=int), "click"
        if code:
            found = scans.find(c.db, code)
            if found.what is not What.DEVICE:
                raise Invalid("code: a participant's card, not a Chromebook's sticker", code="code_is_card")
            device_id = found.id
            how = "scan" if found.scanned else "typed"
        remaps.accept(
            c.db, actor(), c.now(), remap_id, request.form.get("digest", ""), how, device_id=device_id
        )
    except BangkuError as error:
        note(error.code)
        return _page(remap_id, error)
    return redirect(url_for("remaps.page", remap_id=remap_id))


@bp.post("/remaps/accept")
def accept_strong() -> ResponseReturnValue:
    """Those that were shown with strong evidence, each with the digest that was shown."""
    c = context()
    refused: list[tuple[str, str]] = []
    for pair in request.form.getlist("shown")[:500]:
        remap_id, _dot, digest = pair.partition(".")
        if not (remap_id.isascii() and remap_id.isdigit() and len(remap_id) < 10):
            continue
        try:
            remaps.accept(c.db, actor(), c.now(), int(remap_id), digest, "click")
        except BangkuError as error:
            note(error.code)
            refused.append((remap_id, error_text(error.code, error.params)))
    if refused:
        return _index(refused=refused)
    return redirect(url_for("remaps.index"))


@bp.post("/remaps/<int:remap_id>/reject")
def reject(remap_id: int) -> ResponseReturnValue:
    return _act(remap_id, lambda: remaps.reject(context().db, actor(), context().now(), remap_id))


@bp.post("/remaps/<int:remap_id>/undo")
def undo(remap_id: int) -> ResponseReturnValue:
    return _act(remap_id, lambda: remaps.undo(context().db, actor(), context().now(), remap_id))


@bp.post("/remaps/<int:remap_id>/again")
def again(remap_id: int) -> ResponseReturnValue:
    """What could not be written to the console, once more."""
    return _act(remap_id, lambda: remap_console.try_again(context().db, actor(), context().now(), remap_id))


def _act(remap_id: int, act: Callable[[], object]) -> ResponseReturnValue:
    try:
        act()
    except BangkuError as error:
        note(error.code)
        return _page(remap_id, error)
    return redirect(url_for("remaps.page", remap_id=remap_id))


def _room() -> int | None:
    return request.args.get("room", type=int)


def _index(refused: list[tuple[str, str]] | None = None) -> ResponseReturnValue:
    c = context()
    with c.db.read() as reading:
        views = remaps.waiting(reading, _room())
        made = remap_list.decided(reading)
        counts = {view.id: remap_list.written(remap_rows.of_remap(reading, view.id)) for view in made}
        found = not_returned.listed(reading, c.now())
        rooms = [(room.id, room.name) for room in setup_rooms.lines(reading)]
        rule = remap_rule.on(reading)
    return render_template(
        "remaps/list.html",
        groups=remap_list.by_room(views),
        waiting=len(views),
        strong=[v for v in views if v.strength == "strong" and v.device_id is not None],
        decided=made,
        counts=counts,
        away=found,
        rooms=rooms,
        room=_room(),
        rule=rule,
        refused=refused or [],
        **_words(),
    ), (409 if refused else 200)


def _page(remap_id: int, error: BangkuError | None = None) -> ResponseReturnValue:
    c = context()
    with c.db.read() as reading:
        view = remaps.get(reading, remap_id)
        items = remap_list.newest(remap_rows.of_remap(reading, remap_id))
        job = remap_list.job(reading, items)
    return render_template(
        "remaps/one.html",
        v=view,
        items=items,
        job=job_view(job) if job else None,
        may_try=any(i.outcome == "failed" and remap_console.again(i.code) for i in items),
        error=error_text(error.code, error.params) if error else None,
        **_words(),
    ), (error.status if error else 200)


def _words() -> dict[str, object]:
    return {
        "w": remap_words,
        "cw": words_,
        "shapes": SHAPES,
        "strengths": STRENGTH_SHAPES,
        "by": _namer(),
        "said": _said,
    }


def _namer() -> Callable[[str | None], str | None]:
    """Who decided, by the name that other pages call them."""
    with context().db.read() as c:
        people = {one.username: one.name for one in staff.everyone(c)}

    def by(name: str | None) -> str | None:
        return people.get(name) or who(name) if name else None

    return by


def _said(view: RemapView, weight: str) -> str:
    return " ".join(remap_words.evidence(one) for one in view.evidence if one.weight == weight)
