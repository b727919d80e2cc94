"""The check page: opened on each Chromebook without a sign-in, by a code that a technician hands out for some hours.

What it sends is the Chromebook's own word, and is kept and shown as such.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import cast

from flask import Blueprint, Flask, current_app, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.domain.check_code import Guesses, Pace
from server.domain.device_check import KEY_ROWS, Source
from server.domain.errors import Conflict, Forbidden, Invalid
from server.domain.scan import What
from server.services import check_codes, check_list, device_checks, scans
from server.services.check_codes import CheckCode
from server.web import language, own_page
from server.web.check_texts import page_words
from server.web.identity import address, context
from server.web.pupil_texts import refusal

COOKIE, SECURE_COOKIE = "bangku_check", "bangku_check_tls"
BODY_MAX_BYTES = 16 * 1024

bp = Blueprint("check", __name__, url_prefix="/check")
own_page.protect(bp, refusal)


def init(app: Flask) -> None:
    """What is counted in this process alone: wrong codes, and results under each code."""
    app.extensions["bangku_check_guesses"] = Guesses()
    app.extensions["bangku_check_pace"] = Pace()


@bp.get("", strict_slashes=False)
def page() -> ResponseReturnValue:
    """The code may stand behind the `#`: it never reaches a log."""
    return render_template(
        "check/page.html", words=page_words(), language=language.chosen(), key_rows=KEY_ROWS
    )


@bp.post("/code")
def code() -> ResponseReturnValue:
    c = context()
    guesses = cast(Guesses, current_app.extensions["bangku_check_guesses"])
    wait = guesses.wait_ms(c.now())
    if wait:
        raise Conflict(
            f"check code: too many wrong ones; wait {wait} ms", code="check_wait", seconds=_seconds(wait)
        )
    try:
        entered = check_codes.enter(c.db, c.now(), own_page.text("code"), address())
    except Forbidden:
        guesses.wrong(c.now())
        raise
    answer = jsonify(ok=True, expires_at=entered.expires_at)
    answer.set_cookie(
        _cookie(),
        _sealed(entered.id),
        httponly=True,
        samesite="Strict",
        secure=_cookie() == SECURE_COOKIE,
        path=url_for("check.page"),
    )
    return answer


@bp.get("/time")
def time() -> ResponseReturnValue:
    """For the round trip and the clock."""
    return jsonify(server_time=context().now())


@bp.post("/device")
def device() -> ResponseReturnValue:
    """A label or a sticker's code → which Chromebook that is."""
    _code()
    c = context()
    found = scans.find(c.db, own_page.text("text"))
    if found.what is not What.DEVICE:
        raise Invalid("code: a participant's card, not a Chromebook's sticker", code="code_is_card")
    with c.db.read() as reading:
        home = check_list.home(reading, found.id)
    return jsonify(ok=True, id=found.id, label=home.label, room=home.room, seat=home.seat)


@bp.post("/page")
def page_post() -> ResponseReturnValue:
    entered = _code(sends=True)
    c = context()
    device_checks.record_page(c.db, entered.actor, c.now(), _device(), own_page.body().get("seen"))
    return _kept(c.now())


@bp.post("/hands")
def hands_post() -> ResponseReturnValue:
    entered = _code(sends=True)
    c = context()
    seen = own_page.body().get("seen")
    device_checks.record_hands(c.db, entered.actor, c.now(), _device(), seen, Source.BROWSER)
    return _kept(c.now())


def _kept(now: int) -> ResponseReturnValue:
    return jsonify(ok=True, at_text=current_app.jinja_env.filters["clock"](now))


def _code(*, sends: bool = False) -> CheckCode:
    """The code this page came in by. Raises: Forbidden (`check_code_needed`), Conflict (`check_pace`)."""
    c = context()
    with c.db.read() as reading:
        entered = check_codes.standing(reading, c.now(), _entered())
    if entered is None:
        raise Forbidden("check: no code in force was entered on this page", code="check_code_needed")
    if (request.content_length or 0) > BODY_MAX_BYTES:
        raise Invalid("check: the message is too large", code="request_bad")
    pace = cast(Pace, current_app.extensions["bangku_check_pace"])
    wait = pace.take(entered.id, c.now()) if sends else 0
    if wait:
        raise Conflict(
            f"check {entered.code}: too many results; wait {wait} ms",
            code="check_pace",
            seconds=_seconds(wait),
        )
    return entered


def _device() -> int:
    value = own_page.body().get("device")
    if type(value) is not int or not 1 <= value < 2**63:
        raise Invalid("device: no number that a device can have", code="request_bad", field="device")
    return value


def _cookie() -> str:
    """A page on plain http tells what it can, so it has a cookie too; it could not replace the one of https."""
    return SECURE_COOKIE if (request.headers.get("Origin") or "").startswith("https:") else COOKIE


def _sealed(code_id: int) -> str:
    """The code's id with our mark on it: a cookie that somebody made up opens nothing."""
    key = context().settings.secret_key.encode()
    return f"{code_id}.{hmac.new(key, f'check code {code_id}'.encode(), hashlib.sha256).hexdigest()}"


def _entered() -> int:
    """The id that the cookie carries; 0: none of ours."""
    told = request.cookies.get(_cookie(), "")
    number = told.partition(".")[0]
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        return 0
    return int(number) if hmac.compare_digest(told.encode(), _sealed(int(number)).encode()) else 0


def _seconds(ms: int) -> int:
    return max(1, -(-ms // 1000))
