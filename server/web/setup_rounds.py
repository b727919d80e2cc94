"""Rounds (pelaksanaan) with their days and sessions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from server.domain.errors import BangkuError
from server.domain.exam import Purpose
from server.domain.school_day import day_first
from server.services import setup_rounds
from server.services.setup_rounds import RoundLine
from server.services.setup_times import When
from server.web import setup, sheets, words
from server.web.identity import actor, context

bp = Blueprint("setup_rounds", __name__)

#: Suggestions only: a programme is any text, since their names change from year to year.
PROGRAMMES = ("ANBK", "TKA", "Ujian sekolah")
EMPTY_NEW, EMPTY_MORE = 4, 2


@bp.get("/setup/rounds")
def page() -> ResponseReturnValue:
    return _page()


@bp.get("/setup/rounds.xlsx")
def export() -> ResponseReturnValue:
    with context().db.read() as c:
        found = setup_rounds.lines(c)
    headings = [_("Pelaksanaan"), _("Program"), _("Tujuan"), _("Gelombang"), _("Hari"), _("Sesi")]
    rows = [
        (
            r.name,
            r.programme,
            words.word(words.PURPOSES, r.purpose),
            r.wave,
            ", ".join(d.date for d in r.days),
            ", ".join((s.starts or "").replace(":", ".") for s in r.slots),
        )
        for r in found
    ]
    return sheets.xlsx("pelaksanaan", headings, rows)


@bp.post("/setup/rounds")
def create() -> ResponseReturnValue:
    c = context()
    try:
        setup_rounds.create(c.db, actor(), c.now(), **_read(request.form))
    except BangkuError as error:
        return _page(form=request.form, errors=setup.refusal(error), status=error.status)
    return redirect(url_for("setup_rounds.page", done="saved"))


@bp.get("/setup/rounds/<int:round_id>")
def edit(round_id: int) -> ResponseReturnValue:
    return _page(round_id=round_id)


@bp.post("/setup/rounds/<int:round_id>")
def change(round_id: int) -> ResponseReturnValue:
    c = context()
    try:
        setup_rounds.change(c.db, actor(), c.now(), round_id, **_read(request.form))
    except BangkuError as error:
        return _page(round_id=round_id, form=request.form, errors=setup.refusal(error), status=error.status)
    return redirect(url_for("setup_rounds.page", done="saved"))


@bp.post("/setup/rounds/<int:round_id>/remove")
def remove(round_id: int) -> ResponseReturnValue:
    c = context()
    try:
        setup_rounds.remove(c.db, actor(), c.now(), round_id)
    except BangkuError as error:
        return _page(round_id=round_id, errors=setup.refusal(error), status=error.status)
    return redirect(url_for("setup_rounds.page", done="removed"))


def _page(
    *,
    round_id: int | None = None,
    form: Mapping[str, str] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    with context().db.read() as c:
        chosen = setup_rounds.line(c, round_id) if round_id is not None else None
        found = setup_rounds.lines(c)
    values = _filled(chosen) if form is None else form
    empty = EMPTY_NEW if chosen is None else EMPTY_MORE
    return setup.show(
        "setup/rounds.html",
        status,
        chosen=chosen,
        rounds=found,
        form=values,
        day_fields=_fields("day", values, empty),
        slot_fields=_fields("slot", values, empty),
        errors=errors or {},
        purposes=list(Purpose),
        programmes=PROGRAMMES,
    )


def _filled(chosen: RoundLine | None) -> dict[str, str]:
    if chosen is None:
        return {"purpose": str(Purpose.SIMULASI)}
    return {
        "name": chosen.name,
        "programme": chosen.programme,
        "purpose": chosen.purpose,
        "wave": chosen.wave or "",
        **{f"day.{d.id}": day_first(d.date) for d in chosen.days},
        **{f"slot.{s.id}": (s.starts or "").replace(":", ".") for s in chosen.slots},
    }


def _fields(kind: str, form: Mapping[str, str], empty: int) -> list[str]:
    """Names of the fields of days or sessions: those there are, then empty ones for more."""
    there = [name for name in form if name.startswith(f"{kind}.") and ".new" not in name]
    return [*there, *(f"{kind}.new{n}" for n in range(1, empty + 1))]


def _read(form: Mapping[str, str]) -> dict[str, Any]:
    def whens(kind: str) -> list[When]:
        found = []
        for field, value in form.items():
            word, _dot, key = field.partition(".")
            if word == kind and key:
                known = int(key) if key.isascii() and key.isdigit() and len(key) < 10 else None
                found.append(When(value, known, field))
        return found

    return {
        **{name: form.get(name, "") for name in ("name", "programme", "purpose", "wave")},
        "days": whens("day"),
        "slots": whens("slot"),
    }
