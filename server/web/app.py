"""The web application: what is plugged into what. No page lives here."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask, Response, redirect, request
from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_socketio import SocketIO
from flask_wtf.csrf import CSRFProtect

from server.services.context import Context
from server.web import (
    access,
    attest_page,
    audit_page,
    auth,
    board,
    cards,
    centre_page,
    check,
    checks_page,
    day,
    device_moves,
    device_orders,
    device_page,
    devices,
    devices_borrowed,
    devices_sync,
    errors,
    exam_units,
    exams,
    ext_files,
    google_connect,
    google_jobs_page,
    headers,
    identity,
    incidents_page,
    language,
    ledger_page,
    live,
    minutes_page,
    mode_shown,
    policy_page,
    policy_settings_page,
    pupil,
    readiness_page,
    remaps,
    roster_page,
    seat_acts,
    setup,
    setup_remap,
    setup_rooms,
    setup_rounds,
    setup_school,
    shown,
    staff_admin,
    start_over,
    stickers,
    swap_acts,
    technician,
    technician_start,
    token_page,
)
from server.web.hub import Hub

SIGN_IN_HOURS = 14  # one long exam day
UPLOAD_MAX_BYTES = 8 * 1024 * 1024
#: A device that does not answer is seen within seconds (web/heard.py). Devices must hear from us at least every 30 s
#: or their worker is put to sleep (docs/protocol.md).
PING_SECONDS = 1.5
PATIENCE_SECONDS = 20  # then the connection is given up


def create_app(context: Context) -> tuple[Flask, SocketIO]:
    """The Flask app and its Socket.IO server. Every call makes a separate pair."""
    settings = context.settings
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="bangku_staff",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=SIGN_IN_HOURS),
        MAX_CONTENT_LENGTH=UPLOAD_MAX_BYTES,
        # A board stays open all morning: the token lives as long as the sign-in it belongs to.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_CHECK_DEFAULT=False,  # access.guard_routes checks, after it knows whose route it is
        # We tell browsers to send no referrer at all, so there is none to check; the token is what counts.
        WTF_CSRF_SSL_STRICT=False,
        BABEL_DEFAULT_LOCALE="id",
        BABEL_TRANSLATION_DIRECTORIES="translations",
        RATELIMIT_HEADERS_ENABLED=False,
        JSON_SORT_KEYS=False,
    )
    app.extensions["bangku"] = context
    app.extensions["bangku_offload"] = Hub(settings.async_mode).run
    language.compile_if_needed()
    Babel(app, locale_selector=language.chosen)
    identity.init_login(app, context)
    csrf = CSRFProtect(app)
    app.extensions["bangku_csrf"] = csrf
    auth.limit(Limiter(get_remote_address, app=app, storage_uri="memory://"))
    access.guard_routes(app, csrf)
    headers.init(app)
    errors.init(app)
    shown.init(app)
    start_over.init(app)
    mode_shown.init(app)
    check.init(app)
    _pages(app)
    socketio = SocketIO(  # type: ignore[call-arg]  # the stubs do not know the engine's options
        app,
        async_mode=settings.async_mode,
        cors_allowed_origins=_origin_allowed(settings.addresses),
        transports=["websocket"],
        ping_interval=PING_SECONDS,
        ping_timeout=PATIENCE_SECONDS,
        manage_session=True,
        # In the order they were sent: a device's counters must rise.
        async_handlers=False,
    )
    live.attach(app, socketio, context)
    return app, socketio


def _pages(app: Flask) -> None:
    for blueprint in (
        auth.bp,
        exams.bp,
        board.bp,
        seat_acts.bp,
        swap_acts.bp,
        minutes_page.bp,
        ledger_page.bp,
        token_page.bp,
        setup.bp,
        setup_school.bp,
        setup_rooms.bp,
        setup_rounds.bp,
        policy_settings_page.bp,
        centre_page.bp,
        roster_page.bp,
        devices.bp,
        devices_borrowed.bp,
        stickers.bp,
        cards.bp,
        readiness_page.bp,
        device_moves.bp,
        device_orders.bp,
        exam_units.bp,
        devices_sync.bp,
        remaps.bp,
        setup_remap.bp,
        device_page.bp,
        technician_start.bp,
        technician.bp,
        staff_admin.bp,
        policy_page.bp,
        attest_page.bp,
        google_connect.bp,
        google_jobs_page.bp,
        audit_page.bp,
        ext_files.bp,
        day.bp,
        pupil.bp,
        check.bp,
        checks_page.bp,
        incidents_page.bp,
    ):
        app.register_blueprint(blueprint)

    @app.get("/health")
    def health() -> Response:
        return Response("ok\n", mimetype="text/plain")

    @app.get("/language/<code>", endpoint="language")
    def choose_language(code: str) -> Response:
        answer = app.make_response(redirect(auth.local_path(request.args.get("next"))))
        language.remember(answer, code)
        return answer


def _origin_allowed(addresses: tuple[str, ...]):  # type: ignore[no-untyped-def]
    """Pages of our own addresses, and the extension, which proves itself on /device (staff sockets refuse it)."""

    def check(origin: str, environ: dict[str, str]) -> bool:
        return (
            origin in addresses
            or urlsplit(origin).netloc == environ.get("HTTP_HOST")
            or origin.startswith("chrome-extension://")
        )

    return check
