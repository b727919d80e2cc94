"""One piece of work with Google as any page shows it: how far it is, what it waits for, how it ended, stop.

A page hands `job_view(job)` to the macro of `parts/job.html`; static/js/job.js keeps what it shows up to date from
the JSON here. Without scripts the link in it shows the same.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from flask import Blueprint, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from server.services import google_jobs
from server.services.google_jobs import Job
from server.web import auth, google_words, words
from server.web.identity import actor, context
from server.web.texts import error_text

bp = Blueprint("google_jobs", __name__)


@dataclass(frozen=True, slots=True)
class JobView:
    """A job in the words of this request's language. `percent` is None while nobody knows how much there is."""

    id: int
    kind: str
    kind_text: str
    state: str
    state_text: str
    active: bool
    step: str | None
    step_text: str
    done: int
    total: int | None
    percent: int | None
    count_text: str
    waits_until: int | None
    waits_text: str
    result_text: str
    code: str | None
    error_text: str


def job_view(job: Job) -> JobView:
    """What a page shows of a job."""
    clock = current_app.extensions["bangku_clock"]
    percent = min(100, job.done * 100 // job.total) if job.total else None
    waits = job.state == "running" and job.waits_until is not None and job.waits_until > context().now()
    return JobView(
        id=job.id,
        kind=job.kind,
        kind_text=words.word(google_words.JOB_KINDS, job.kind),
        state=job.state,
        state_text=words.word(google_words.JOB_STATES, job.state),
        active=job.active,
        step=job.step,
        step_text=google_words.step_text(job.step) if job.state == "running" else "",
        done=job.done,
        total=job.total,
        percent=100 if job.state == "done" else percent,
        count_text=_("%(done)s dari %(total)s", done=job.done, total=job.total)
        if job.total and job.state != "done"
        else "",
        waits_until=job.waits_until if waits else None,
        waits_text=_(
            "Google membatasi banyaknya panggilan; lanjut sendiri pukul %(clock)s.",
            clock=clock(job.waits_until, True),
        )
        if waits
        else "",
        result_text=google_words.result_text(job.result),
        code=job.code,
        error_text=error_text(job.code, job.code_params or {}) if job.code else "",
    )


@bp.get("/google/jobs/<int:job_id>")
def page(job_id: int) -> ResponseReturnValue:
    """The job alone: where the link leads when scripts do not run."""
    back = request.args.get("next")
    return render_template("google/job.html", job=_view(job_id), back=auth.local_path(back) if back else None)


@bp.get("/google/jobs/<int:job_id>.json")
def progress(job_id: int) -> ResponseReturnValue:
    return jsonify(ok=True, **asdict(_view(job_id)))


@bp.post("/google/jobs/<int:job_id>/cancel")
def cancel(job_id: int) -> ResponseReturnValue:
    """Stop it: at once while it waits, at its next safe point while it runs."""
    c = context()
    google_jobs.cancel(c.db, actor(), c.now(), job_id)
    return redirect(auth.local_path(request.form.get("next") or url_for("google_jobs.page", job_id=job_id)))


def _view(job_id: int) -> JobView:
    with context().db.read() as c:
        return job_view(google_jobs.get(c, job_id))
