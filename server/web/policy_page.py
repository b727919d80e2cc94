"""Kebijakan: org units of exams, a plan before it is applied, applying, whether it is in force, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from server.domain.errors import BangkuError
from server.services import exam_list, google_jobs, policy_orders, policy_plans, policy_views
from server.services.policy_views import PlanView
from server.services.profile_list import by_programme
from server.services.school import host
from server.web import policy_states, policy_texts, policy_words, sheets, words
from server.web.actors import who
from server.web.errors import note
from server.web.google_jobs_page import job_view
from server.web.identity import actor, context
from server.web.texts import error_text

bp = Blueprint("policy", __name__)


@bp.get("/policy")
def index() -> ResponseReturnValue:
    return _index()


@bp.get("/policy.xlsx")
def export() -> ResponseReturnValue:
    """The history of plans."""
    moment = current_app.extensions["bangku_moment"]
    with context().db.read() as c:
        plans = policy_views.history(c, 5_000)
    headings = [
        _("Waktu"),
        _("Unit organisasi"),
        _("Jenis"),
        _("Profil"),
        _("Keadaan"),
        _("Oleh"),
        _("Diterapkan"),
    ]
    rows = [
        (
            moment(p.created_at),
            p.org_unit_path,
            words.word(policy_states.PLAN_KINDS, p.kind),
            p.profile_key or "",
            words.word(policy_states.PLAN_STATES, p.state),
            who(p.by_name),
            moment(p.applied_at) if p.applied_at is not None else "",
        )
        for p in plans
    ]
    return sheets.xlsx("kebijakan", headings, rows)


@bp.post("/policy/plans")
def make() -> ResponseReturnValue:
    """Have a plan made. It only reads; what it finds is shown first."""
    c, form = context(), request.form
    try:
        job_id = policy_orders.make(
            c.db,
            actor(),
            c.now(),
            org_unit_id=form.get("org_unit_id", ""),
            profile_key=_profile(form.get("profile", "")),
        )
    except BangkuError as error:
        note(error.code)
        return _index(error=error_text(error.code, error.params), form=dict(form), status=error.status)
    return redirect(url_for("policy.making", job_id=job_id))


@bp.get("/policy/making/<int:job_id>")
def making(job_id: int) -> ResponseReturnValue:
    """A plan on its way; leads to the plan once it is there."""
    with context().db.read() as c:
        job = google_jobs.get(c, job_id)
    plan_id = (job.result or {}).get("plan_id")
    if job.state == "done" and plan_id is not None:
        return redirect(url_for("policy.plan", plan_id=plan_id))
    return render_template("policy/making.html", job=job_view(job))


@bp.get("/policy/plans/<int:plan_id>")
def plan(plan_id: int) -> ResponseReturnValue:
    return _plan(plan_id)


@bp.get("/policy/plans/<int:plan_id>.xlsx")
def plan_export(plan_id: int) -> ResponseReturnValue:
    """Every change of a plan with its outcome."""
    with context().db.read() as c:
        found = policy_views.view(c, plan_id)
    headings = [_("Kelompok"), _("Perubahan"), _("Pengaturan"), _("Sekarang"), _("Menjadi"), _("Hasil")]
    rows = [
        (
            words.word(policy_words.GROUPS, line.change.group),
            words.word({k: v[0] for k, v in policy_states.OPS.items()}, line.change.op),
            policy_texts.title(line.change.line),
            _cells(policy_texts.shown(line.change, line.change.current)),
            _cells(policy_texts.shown(line.change, line.change.desired)),
            words.word(policy_states.OUTCOMES, line.outcome),
        )
        for line in found.changes
    ]
    return sheets.xlsx(f"rencana-{plan_id}", headings, rows)


@bp.post("/policy/plans/<int:plan_id>/allow")
def allow(plan_id: int) -> ResponseReturnValue:
    form = request.form
    return _act(
        plan_id,
        lambda: policy_orders.allow(
            context().db, actor(), context().now(), plan_id, form.get("code", ""), form.get("reason", "")
        ),
    )


@bp.post("/policy/plans/<int:plan_id>/apply")
def apply(plan_id: int) -> ResponseReturnValue:
    digest = request.form.get("digest", "")
    return _act(plan_id, lambda: policy_orders.apply(context().db, actor(), context().now(), plan_id, digest))


@bp.post("/policy/plans/<int:plan_id>/prove")
def prove(plan_id: int) -> ResponseReturnValue:
    return _act(plan_id, lambda: policy_orders.prove(context().db, actor(), context().now(), plan_id))


@bp.post("/policy/plans/<int:plan_id>/restore")
def restore(plan_id: int) -> ResponseReturnValue:
    """Plan the way back; it is shown, and applied like any other plan."""
    c = context()
    try:
        job_id = policy_orders.restore(c.db, actor(), c.now(), plan_id)
    except BangkuError as error:
        note(error.code)
        return _plan(plan_id, error=error, status=error.status)
    return redirect(url_for("policy.making", job_id=job_id))


def _act(plan_id: int, act: Callable[[], Any]) -> ResponseReturnValue:
    try:
        act()
    except BangkuError as error:
        if error.status == 404:
            raise
        note(error.code)
        return _plan(plan_id, error=error, status=error.status)
    return redirect(url_for("policy.plan", plan_id=plan_id))


def _index(
    *, error: str | None = None, form: dict[str, str] | None = None, status: int = 200
) -> ResponseReturnValue:
    c = context()
    found = exam_list.profiles(c.settings.data_dir)
    with c.db.read() as reading:
        of_exams, others = policy_views.units(reading)
        plans = policy_views.history(reading)
        level = host(reading).level
        jobs = [j for j in google_jobs.newest(reading, *policy_views.KINDS, limit=3) if j.active]
    return render_template(
        "policy/index.html",
        units=of_exams,
        others=others,
        plans=plans,
        programmes=by_programme(found, level),
        profiles=found,
        states=policy_states,
        who=who,
        jobs=[job_view(job) for job in jobs],
        error=error,
        form=form or {},
    ), status


def _plan(plan_id: int, *, error: BangkuError | None = None, status: int = 200) -> ResponseReturnValue:
    c = context()
    with c.db.read() as reading:
        found = policy_views.view(reading, plan_id)
    profile = exam_list.profiles(c.settings.data_dir).get(found.line.profile_key or "")
    may_apply = _may_apply(found)
    return render_template(
        "policy/plan.html",
        plan=found,
        profile=profile,
        job=job_view(found.job) if found.job is not None else None,
        may_apply=may_apply,
        seconds=policy_plans.forecast(c.db, c.now, plan_id) if may_apply else 0,
        states=policy_states,
        who=who,
        groups=policy_words.GROUPS,
        text=policy_texts,
        error_of=lambda line: error_text(line.code, line.code_params) if line.code else "",
        error=error_text(error.code, error.params) if error is not None else None,
        error_field=str(error.params.get("field", "")) if error is not None else "",
        form=request.form,
    ), status


def _may_apply(found: PlanView) -> bool:
    running = found.job is not None and found.job.active
    return found.line.state in policy_views.MAY_APPLY and bool(found.changes) and not running


def _profile(key: str) -> str:
    """Raises: NotFound (`profile_unknown`)."""
    from server.domain.errors import NotFound

    if key not in exam_list.profiles(context().settings.data_dir):
        raise NotFound(f"profile {key}: not known", code="profile_unknown", profile=key)
    return key


def _cells(shown: list[tuple[str, str]]) -> str:
    return "; ".join(f"{name}: {value}" for name, value in shown)
