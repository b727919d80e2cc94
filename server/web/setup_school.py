"""The host school, and the schools that sit with it (menumpang)."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.domain.errors import BangkuError
from server.domain.setup import LEVELS, TIMEZONES
from server.services import setup_school
from server.web import setup
from server.web.identity import actor, context

bp = Blueprint("setup_school", __name__)

#: What a person in that zone recognises; the abbreviation alone is easily mistaken.
ZONE_PLACES = {
    "WIB": "Sumatra, Jawa, Kalimantan Barat, Kalimantan Tengah",
    "WITA": "Bali, Nusa Tenggara, Sulawesi, Kalimantan lainnya",
    "WIT": "Maluku, Papua",
}


@bp.get("/setup/school")
def page() -> ResponseReturnValue:
    return _page()


@bp.post("/setup/school")
def save() -> ResponseReturnValue:
    c, form = context(), request.form
    try:
        setup_school.save_host(
            c.db,
            actor(),
            c.now(),
            npsn=form.get("npsn", ""),
            name=form.get("name", ""),
            level=form.get("level", ""),
            timezone=form.get("timezone", ""),
        )
    except BangkuError as error:
        return _page(form=form, errors=setup.refusal(error), status=error.status)
    return redirect(url_for("setup_school.page", done="saved"))


@bp.post("/setup/school/guests")
def add_guest() -> ResponseReturnValue:
    c, form = context(), request.form
    try:
        setup_school.add_guest(
            c.db,
            actor(),
            c.now(),
            npsn=form.get("npsn", ""),
            name=form.get("name", ""),
            level=form.get("level", ""),
        )
    except BangkuError as error:
        return _page(guest=form, guest_errors=setup.refusal(error), status=error.status)
    return redirect(url_for("setup_school.page", done="saved", _anchor="guests"))


@bp.post("/setup/school/guests/<int:school_id>/remove")
def remove_guest(school_id: int) -> ResponseReturnValue:
    c = context()
    try:
        setup_school.remove_guest(c.db, actor(), c.now(), school_id)
    except BangkuError as error:
        return _page(guest_errors=setup.refusal(error), status=error.status)
    return redirect(url_for("setup_school.page", done="removed", _anchor="guests"))


def _page(
    *,
    form: Mapping[str, str] | None = None,
    errors: dict[str, str] | None = None,
    guest: Mapping[str, str] | None = None,
    guest_errors: dict[str, str] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    with context().db.read() as c:
        host, guests = setup_school.host(c), setup_school.guests(c)
    stored = {k: getattr(host, k) for k in ("npsn", "name", "level", "timezone")} if host is not None else {}
    return setup.show(
        "setup/school.html",
        status,
        host=host,
        guests=guests,
        form=stored if form is None else form,
        errors=errors or {},
        guest={"level": stored.get("level", "")} if guest is None else guest,
        guest_errors=guest_errors or {},
        levels=LEVELS,
        zones=[(zone, ZONE_PLACES[zone]) for zone in TIMEZONES],
    )
