"""“Konsol Google”: which mode the school is in, connecting the console, trying it, and taking it away again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server import config
from server.domain.errors import BangkuError, Invalid
from server.services import google_account, google_jobs, google_probe
from server.services.google_jobs import Job
from server.web import attest_page, google_words
from server.web.errors import note
from server.web.google_jobs_page import job_view
from server.web.identity import actor, context
from server.web.texts import error_text

bp = Blueprint("google_connect", __name__)

KEY_MOST = 64 * 1024


@dataclass(frozen=True, slots=True)
class FeatureLine:
    """One feature: for what it is, what to delegate for it, and how the last try went (`ok` None: not tried)."""

    key: str
    name: str
    purpose: str
    scope: str
    ok: bool | None
    proved: bool
    why: str
    wider: bool


@bp.get("/setup/google")
def page() -> ResponseReturnValue:
    return _page()


@bp.post("/setup/google")
def connect() -> ResponseReturnValue:
    """Keep the key once Google has accepted it. What was uploaded is never shown again."""
    try:
        current_app.extensions["bangku_connect"](
            actor(), _key(), request.form.get("subject", ""), request.form.get("api_root") or None
        )
    except BangkuError as error:
        note(error.code)
        field = str(error.params.get("field", "form"))
        errors = {field: error_text(error.code, error.params)}
        return _page(errors=errors, status=error.status)
    c = context()
    google_probe.start(c.db, actor(), c.now())
    return redirect(url_for("google_connect.page", done="connected"))


@bp.post("/setup/google/probe")
def probe() -> ResponseReturnValue:
    c = context()
    google_probe.start(c.db, actor(), c.now())
    return redirect(url_for("google_connect.page"))


@bp.post("/setup/google/disconnect")
def disconnect() -> ResponseReturnValue:
    try:
        if request.form.get("sure") != "1":
            raise Invalid("disconnect: not confirmed", code="confirm_missing", field="sure")
        google_account.disconnect(context(), actor())
    except BangkuError as error:
        note(error.code)
        return _page(errors={"sure": error_text(error.code, error.params)}, status=error.status)
    return redirect(url_for("google_connect.page", done="disconnected"))


def _key() -> bytes:
    file = request.files.get("credentials")
    content = file.stream.read(KEY_MOST + 1) if file is not None else b""
    if not content:
        raise Invalid("credentials: no file", code="google_key_missing", field="credentials")
    if len(content) > KEY_MOST:
        raise Invalid("credentials: too large", code="google_key_large", field="credentials")
    return content


def _page(*, errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    c = context()
    settings = config.refreshed(c.settings)
    with c.db.read() as reading:
        tries = google_jobs.newest(reading, google_probe.KIND, limit=1)
        attested = attest_page.school(reading, c.now())
    tried = tries[0] if tries else None
    return render_template(
        "google/connect.html",
        settings=settings,
        features=_features(tried),
        scopes=google_account.scopes_to_delegate(),
        client_id=google_probe.client_id(settings) if settings.managed else "",
        attested=attested,
        job=job_view(tried) if tried is not None and settings.managed else None,
        errors=errors or {},
        form=request.form if errors else {"subject": settings.google_subject or ""},
        done=request.args.get("done") if request.method == "GET" else None,
    ), status


def _features(tried: Job | None) -> tuple[FeatureLine, ...]:
    found: dict[str, dict[str, Any]] = {
        line["feature"]: line for line in ((tried.result or {}).get("features", ()) if tried else ())
    }
    usual = google_probe.scopes()
    return tuple(
        _line(key, name, purpose, scope, found.get(key))
        for key, scope in google_probe.scopes(every=True).items()
        if key in found or key in usual
        for name, purpose in (google_words.FEATURES[key],)
    )


def _line(key: str, name: str, purpose: str, scope: str, found: dict[str, Any] | None) -> FeatureLine:
    params = found["params"] if found else {}
    return FeatureLine(
        key=key,
        name=gettext(name),
        purpose=gettext(purpose),
        scope=scope,
        ok=found["ok"] if found else None,
        proved=bool(found and found["proved"]),
        why=error_text(found["code"], params) if found and found["code"] else "",
        wider="wider" in params,
    )
