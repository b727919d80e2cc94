"""The pupil's pages. No staff role opens them and no staff role is needed: the door is the pupil's own session.

Pages are empty shells; everything of the pupil comes from `/pupil/state` and needs the cookie. Posts carry a header
that no foreign form can send and a cookie that no foreign page can use, which is what CSRF tokens are for; a token
inside the shell would be stale in a page that was reloaded from its offline copy.
"""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from flask.typing import ResponseReturnValue

from server.domain.device_check import KEY_ROWS
from server.domain.errors import Forbidden, Invalid
from server.domain.paths import PRACTICE_PATH
from server.services import practice, pupil, pupil_hands
from server.services.school import host
from server.web import language, own_page
from server.web.identity import address, context
from server.web.pupil_texts import refusal, script_words

COOKIE = "bangku_pupil"

bp = Blueprint("pupil", __name__, url_prefix="/pupil")
own_page.protect(bp, refusal)


@bp.get("", strict_slashes=False)
def page() -> ResponseReturnValue:
    return _shell("page")


@bp.get("/enter")
def enter() -> ResponseReturnValue:
    """The ticket stands behind the `#`: it never reaches a log."""
    return _shell("enter")


@bp.post("/enter")
def enter_post() -> ResponseReturnValue:
    c = context()
    return _bound(pupil.exchange(c.db, c.now(), own_page.text("ticket"), address()))


@bp.get("/card")
def card() -> ResponseReturnValue:
    return _shell("card")


@bp.post("/card")
def card_post() -> ResponseReturnValue:
    c = context()
    return _bound(pupil.by_card(c.db, c.now(), address(), own_page.text("number"), own_page.text("code")))


@bp.get("/state")
def state() -> ResponseReturnValue:
    c = context()
    with c.db.read() as connection:
        seen = pupil.state(connection, c.now(), _session())
        opens_at = (seen.get("exam") or {}).get("opens_at")
        if opens_at is not None:
            clock = current_app.jinja_env.filters["clock"]
            seen["opens_text"] = f"{clock(opens_at)} {host(connection).timezone}"
    return jsonify(seen)


@bp.post("/arrived")
def arrived() -> ResponseReturnValue:
    c = context()
    pupil.arrived(c.db, c.now(), _session())
    return state()


@bp.post("/confirm")
def confirm() -> ResponseReturnValue:
    c = context()
    pupil.confirm(c.db, c.now(), _session())
    return state()


@bp.post("/not-me")
def not_me() -> ResponseReturnValue:
    c = context()
    pupil.not_me(c.db, c.now(), _session())
    return state()


@bp.post("/token")
def token() -> ResponseReturnValue:
    c = context()
    pupil.enter_token(c.db, c.now(), _session(), own_page.text("token"))
    return state()


@bp.post("/finish")
def finish() -> ResponseReturnValue:
    c = context()
    position = own_page.body().get("position")
    if type(position) is not int:
        raise Invalid("part: no number", code="number_invalid", field="position")
    pupil.finish_block(c.db, c.now(), _session(), position)
    return state()


@bp.get("/practice")
def practice_page() -> ResponseReturnValue:
    """The shell, for a pupil who works there now; anyone else is sent to the waiting page."""
    c = context()
    try:
        with c.db.read() as connection:
            seen = pupil.state(connection, c.now(), _session())
    except pupil.NotBound:
        seen = {}
    if seen.get("url") != PRACTICE_PATH:
        return redirect(url_for("pupil.page"))
    return _shell("practice")


@bp.get("/questions")
def questions() -> ResponseReturnValue:
    """The questions of the part being worked on."""
    c = context()
    with c.db.read() as connection:
        seen = pupil.state(connection, c.now(), _session())
    block = seen.get("block")
    if seen.get("url") != PRACTICE_PATH or block is None:
        raise Forbidden("questions: no practice part is open", code="no_exam")
    return jsonify(position=block["position"], questions=practice.questions(block["position"]))


@bp.get("/answers")
def answers() -> ResponseReturnValue:
    c = context()
    with c.db.read() as connection:
        sitting = request.args.get("sitting", type=int)
        return jsonify(pupil.answers(connection, c.now(), _session(), sitting))


@bp.post("/answers")
def answers_post() -> ResponseReturnValue:
    c = context()
    body = own_page.body()
    sitting = body.get("sitting")
    if sitting is not None and type(sitting) is not int:
        raise Invalid("answers: the sitting is no number", code="answers_invalid", field="sitting")
    return jsonify(pupil.save_answers(c.db, c.now(), _session(), body.get("answers"), sitting))


@bp.get("/hands")
def hands() -> ResponseReturnValue:
    """Touch, keys and screen, tried before the day while a check is open; the page leaves when an exam opens."""
    return render_template(
        "pupil/hands.html", words=script_words(), language=language.chosen(), key_rows=KEY_ROWS
    )


@bp.post("/hands")
def hands_post() -> ResponseReturnValue:
    c = context()
    pupil_hands.record(c.db, c.now(), _session(), own_page.body().get("seen"))
    return jsonify(ok=True)


@bp.get("/sw.js")
def service_worker() -> ResponseReturnValue:
    """Served here so that its scope covers the pupil's pages and nothing else."""
    script = send_from_directory(str(current_app.static_folder), "js/pupil_sw.js")
    script.headers["Content-Type"] = "text/javascript; charset=utf-8"
    script.headers["Service-Worker-Allowed"] = url_for("pupil.page")
    script.headers["Cache-Control"] = "no-cache"
    return script


def _shell(name: str) -> str:
    return render_template(f"pupil/{name}.html", words=script_words(), language=language.chosen())


def _bound(session_token: str) -> Response:
    answer = jsonify(ok=True)
    answer.set_cookie(
        COOKIE,
        session_token,
        httponly=True,
        samesite="Strict",
        secure=context().settings.secure_cookies,
        path=url_for("pupil.page"),
    )
    return answer


def _session() -> str | None:
    return request.cookies.get(COOKIE)
