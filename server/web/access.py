"""Default deny: one table of routes, one of socket events. What has no entry is refused.

Flask's `before_request` does not guard Socket.IO handlers, so events have their own table and their own guard,
which looks the person up afresh each time: a sign-in that was revoked does not outlive the revocation.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, redirect, request, url_for
from flask_login import current_user
from flask_socketio import SocketIO
from flask_wtf.csrf import CSRFProtect

from server.domain.errors import Forbidden
from server.domain.roles import Act, may
from server.services import audit
from server.web.access_table import CHECK, DEVICE, EVENTS, PUPIL, ROUTES, Door
from server.web.errors import answer, wants_json
from server.web.identity import actor, context, signed_in


def allowed(entry: Act | Door | None) -> bool:
    """Whether the present caller passes this entry of a table."""
    if entry is None:
        return False
    if isinstance(entry, Door):
        return True
    return signed_in() and may(current_user.role, entry)


def guard_routes(app: Flask, csrf: CSRFProtect) -> None:
    """Refuse, before any view runs, what the table does not allow; then what lacks the page's CSRF token.

    Pupils' pages, check pages and devices have proofs of their own, which no foreign form can send.
    """

    @app.before_request
    def _guard() -> Any:
        endpoint = request.endpoint
        if endpoint is None:
            return None  # 404 and 405 speak for themselves
        entry = ROUTES.get(endpoint)
        if allowed(entry):
            if entry not in {PUPIL, DEVICE, CHECK} and app.config["WTF_CSRF_ENABLED"]:
                csrf.protect()
            return None
        if not signed_in() and isinstance(entry, Act):
            return _sign_in_first()
        refuse(endpoint)
        raise Forbidden(f"{endpoint}: not for this role", code="forbidden")


def _sign_in_first() -> Any:
    """A page leads to the sign-in and back; a script is told so."""
    if wants_json():
        return answer("sign_in_needed", 401)
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("auth.sign_in", next=target))


def on(socketio: SocketIO, namespace: str, event: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a guarded event handler. Refused callers get `{ok: false, error}`, and are refused at connect."""

    def wrap(handler: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(handler)
        def guarded(*args: Any) -> Any:
            if not allowed(EVENTS.get((namespace, event))):
                if signed_in():
                    refuse(f"{namespace} {event}")
                if event == "connect":
                    return False
                return {"ok": False, "error": {"code": "forbidden"}}
            return handler(*args)

        socketio.on_event(event, guarded, namespace=namespace)
        return guarded

    return wrap


def refuse(what: str) -> None:
    """One audit line for a signed-in person who was refused; strangers are not worth a line each."""
    if signed_in():
        c = context()
        audit.refused(c.db, actor(), "access.refused", what[:120], c.now(), "forbidden")
