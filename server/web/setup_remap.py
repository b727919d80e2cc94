"""The school's rule on Chromebooks that come back: a person always, or strong evidence alone outside exam hours."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.services import remap_rule
from server.web import setup
from server.web.identity import actor, context

bp = Blueprint("setup_remap", __name__)


@bp.get("/setup/remap")
def page() -> ResponseReturnValue:
    with context().db.read() as c:
        on = remap_rule.on(c)
    return setup.show("setup/remap.html", on=on)


@bp.post("/setup/remap")
def save() -> ResponseReturnValue:
    c = context()
    remap_rule.turn(c.db, actor(), c.now(), request.form.get("rule") == "strong")
    return redirect(url_for("setup_remap.page", done="saved"))
