"""Rooms and their seats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from server.domain.errors import BangkuError, Invalid
from server.domain.setup import MAX_COLUMNS, MAX_SEATS, labels_of, numbered
from server.services import setup_rooms
from server.services.setup_rooms import RoomLine
from server.web import setup, sheets
from server.web.identity import actor, context

bp = Blueprint("setup_rooms", __name__)


@bp.get("/setup/rooms")
def page() -> ResponseReturnValue:
    return _page()


@bp.get("/setup/rooms.xlsx")
def export() -> ResponseReturnValue:
    with context().db.read() as c:
        found = setup_rooms.lines(c)
    rows = [(r.name, len(r.labels), r.columns, ", ".join(r.labels)) for r in found]
    return sheets.xlsx("ruang", [_("Ruang"), _("Jumlah meja"), _("Meja per baris"), _("Label meja")], rows)


@bp.post("/setup/rooms")
def create() -> ResponseReturnValue:
    c = context()
    try:
        setup_rooms.create(c.db, actor(), c.now(), **_read(request.form))
    except BangkuError as error:
        return _page(form=request.form, errors=setup.refusal(error), status=error.status)
    return redirect(url_for("setup_rooms.page", done="saved"))


@bp.get("/setup/rooms/<int:room_id>")
def edit(room_id: int) -> ResponseReturnValue:
    return _page(room_id=room_id)


@bp.post("/setup/rooms/<int:room_id>")
def change(room_id: int) -> ResponseReturnValue:
    c = context()
    try:
        setup_rooms.change(c.db, actor(), c.now(), room_id, **_read(request.form))
    except BangkuError as error:
        return _page(room_id=room_id, form=request.form, errors=setup.refusal(error), status=error.status)
    return redirect(url_for("setup_rooms.page", done="saved"))


@bp.post("/setup/rooms/<int:room_id>/remove")
def remove(room_id: int) -> ResponseReturnValue:
    c = context()
    try:
        setup_rooms.remove(c.db, actor(), c.now(), room_id)
    except BangkuError as error:
        return _page(room_id=room_id, errors=setup.refusal(error), status=error.status)
    return redirect(url_for("setup_rooms.page", done="removed"))


def _page(
    *,
    room_id: int | None = None,
    form: Mapping[str, str] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    with context().db.read() as c:
        room = setup_rooms.line(c, room_id) if room_id is not None else None
        found = setup_rooms.lines(c)
    return setup.show(
        "setup/rooms.html",
        status,
        room=room,
        rooms=found,
        rows_of=_rows_of,
        form=_filled(room) if form is None else form,
        errors=errors or {},
        most_seats=MAX_SEATS,
        most_columns=MAX_COLUMNS,
    )


def _rows_of(room: RoomLine) -> list[Sequence[str]]:
    return [room.labels[n : n + room.columns] for n in range(0, len(room.labels), room.columns)]


def _filled(room: RoomLine | None) -> dict[str, object]:
    """A room's form: a plain 1, 2, 3 … needs only its number of seats."""
    if room is None:
        return {"columns": 5}
    plain = list(room.labels) == numbered(len(room.labels))
    return {
        "name": room.name,
        "columns": room.columns,
        "count": len(room.labels) if plain else "",
        "labels": "" if plain else ", ".join(room.labels),
    }


def _read(form: Mapping[str, str]) -> dict[str, Any]:
    """The form as arguments of the services, which check them; labels go before the plain number.

    Raises: Invalid (`seats_differ`) when the two say different things.
    """
    labels, count = labels_of(form.get("labels", "")), _number(form.get("count", ""))
    if labels and form.get("count", "").strip() and count != len(labels):
        raise Invalid(
            f"seats: {count} counted, {len(labels)} labels",
            code="seats_differ",
            field="labels",
            count=form["count"].strip()[:10],
            labels=len(labels),
        )
    return {
        "name": form.get("name", ""),
        "columns": _number(form.get("columns", "")),
        "labels": labels or numbered(min(count, MAX_SEATS + 1)),
    }


def _number(text: str) -> int:
    """0 for what is no number: the services refuse it with a sentence of its own."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
