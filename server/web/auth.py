"""Signing in and out, and the one-time link that sets a password."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter import Limiter
from flask_login import current_user, login_user, logout_user

from server.domain.errors import BangkuError, Invalid
from server.services import audit, staff
from server.web.identity import actor, address, context, person_of, signed_in
from server.web.offload import run_away
from server.web.texts import error_text

bp = Blueprint("auth", __name__)

#: Failed attempts only: a room's laptops sit behind one address, and a right password must never be refused.
PER_NAME = "8 per 5 minutes"
PER_ADDRESS = "60 per 5 minutes"


def limit(limiter: Limiter) -> None:
    """Count failed sign-ins per username and address, and more loosely per address."""

    def name_and_address() -> str:
        return f"{request.form.get('username', '').strip().lower()[:60]}|{request.remote_addr}"

    def failed(answer: Any) -> bool:
        return bool(answer.status_code == 403)

    for amount, key in ((PER_NAME, name_and_address), (PER_ADDRESS, lambda: f"|{request.remote_addr}")):
        limiter.limit(amount, key_func=key, deduct_when=failed, methods=["POST"])(bp)


def local_path(target: str | None) -> str:
    """`target` when it is a path of this site, else the start page: no sign-in ends on another site."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return url_for("exams.home")
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else url_for("exams.home")


@bp.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    if signed_in():
        return redirect(url_for("exams.home"))
    return render_template("staff/sign_in.html", username="", error=None)


@bp.post("/sign-in")
def sign_in_post() -> ResponseReturnValue:
    c = context()
    username = request.form.get("username", "")
    try:
        row = staff.authenticate(
            c.db, c.now(), username, request.form.get("password", ""), address(), run=run_away
        )
    except BangkuError as error:
        text = error_text(error.code, error.params)
        return render_template("staff/sign_in.html", username=username, error=text), error.status
    session.clear()  # nothing of a stranger's session (its CSRF token above all) goes on
    session.permanent = True
    login_user(person_of(row))
    return redirect(local_path(request.args.get("next")))


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    c = context()
    with c.db.write() as tx:
        audit.record(tx, actor(), "staff.sign_out", f"staff {current_user.username}", c.now())
    logout_user()
    session.clear()
    return redirect(url_for("auth.sign_in"))


@bp.get("/setup/<token>")
def setup(token: str) -> ResponseReturnValue:
    good, owner = _owner(token)
    return render_template(
        "staff/setup.html", good=good, owner=owner, form={}, errors={}
    ), 200 if good else 404


@bp.post("/setup/<token>")
def setup_post(token: str) -> ResponseReturnValue:
    c = context()
    good, owner = _owner(token)
    form = request.form
    try:
        if form.get("password") != form.get("again"):
            raise Invalid("password: typed differently", code="password_differs", field="again")
        staff.use_link(
            c.db,
            c.now(),
            token,
            form.get("password", ""),
            address(),
            username=form.get("username"),
            name=form.get("name"),
            run=run_away,
        )
    except BangkuError as error:
        field = str(error.params.get("field", "form"))
        errors = {field: error_text(error.code, error.params)}
        page = render_template("staff/setup.html", good=good, owner=owner, form=form, errors=errors)
        return page, error.status
    return render_template(
        "staff/sign_in.html",
        username=owner.username if owner else form.get("username", ""),
        error=None,
        notice=_("Kata sandi tersimpan. Silakan masuk."),
    )


def _owner(token: str) -> tuple[bool, Any]:
    c = context()
    with c.db.read() as reading:
        return staff.link_owner(reading, token, c.now())
