"""Refusals and failures as a calm page or as JSON. No traceback reaches anyone."""

from __future__ import annotations

import logging

from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from server.domain.errors import BangkuError
from server.services import audit
from server.web.identity import actor, context, signed_in
from server.web.texts import error_text

log = logging.getLogger(__name__)

HTTP_CODES = {404: "page_unknown", 405: "method_wrong", 400: "request_bad", 415: "request_bad"}


def wants_json() -> bool:
    """Scripts of our pages say so; a browser that navigates does not."""
    return request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json"


def answer(code: str, status: int, params: dict[str, object] | None = None) -> ResponseReturnValue:
    """The same refusal for a person or for a script."""
    message = error_text(code, params or {})
    if wants_json():
        return jsonify(
            ok=False, error={"code": code, "message": message, "field": (params or {}).get("field")}
        ), status
    return render_template("error.html", code=code, message=message, status=status), status


def note(code: str) -> None:
    """One audit line when a signed-in person's act was refused."""
    if request.method in {"GET", "HEAD"} or not signed_in():
        return
    try:
        c = context()
        audit.refused(c.db, actor(), request.endpoint or "unknown", request.path[:120], c.now(), code)
    except Exception:  # the refusal itself must still be told
        log.exception("audit line of a refusal failed")


def init(app: Flask) -> None:
    @app.errorhandler(BangkuError)
    def _refused(error: BangkuError) -> ResponseReturnValue:
        if error.code != "forbidden":  # access.guard_routes wrote that line
            note(error.code)
        return answer(error.code, error.status, error.params)

    @app.errorhandler(CSRFError)
    def _csrf(_error: CSRFError) -> ResponseReturnValue:
        note("csrf")
        return answer("csrf", 400)

    @app.errorhandler(RateLimitExceeded)
    def _too_often(_error: RateLimitExceeded) -> ResponseReturnValue:
        return answer("too_often", 429)

    @app.errorhandler(RequestEntityTooLarge)
    def _too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
        note("too_large")
        return answer("too_large", 413)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        return answer(HTTP_CODES.get(status, "failed"), status)

    @app.errorhandler(Exception)
    def _failed(error: Exception) -> ResponseReturnValue:
        log.exception("request failed: %s %s", request.method, request.path, exc_info=error)
        return answer("failed", 500)
