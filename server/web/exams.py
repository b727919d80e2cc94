"""The exam list, making an exam, and its steps from open to end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import pgettext
from flask_login import current_user

from server.domain.errors import BangkuError, Invalid, NotFound
from server.domain.hosts import host_of, why_not_a_host
from server.domain.profile import MINUTES_MAX, ExamProfile
from server.domain.roles import Act, Role
from server.services import exam_list, next_day, profile_list
from server.services import exams as steps
from server.services.school import host
from server.web import setup, sheets, words
from server.web.errors import note, wants_json
from server.web.identity import actor, context
from server.web.texts import error_text

bp = Blueprint("exams", __name__)

STEPS: dict[str, Callable[..., None]] = {
    "open": steps.open_exam,
    "start": steps.start,
    "pause": steps.pause,
    "resume": steps.resume,
    "end": steps.end,
    "archive": steps.archive,
}


@bp.get("/")
def home() -> ResponseReturnValue:
    """Where each role's work is."""
    if current_user.role is Role.TECHNICIAN:
        return redirect(url_for("technician_start.page"))
    return redirect(url_for("exams.index"))


@bp.get("/exams")
def index() -> ResponseReturnValue:
    with context().db.read() as c:
        lines = exam_list.lines(c)
    missing = () if lines else setup.missing_views()
    return render_template("exams/list.html", lines=lines, missing=missing)


@bp.get("/exams.xlsx")
def export() -> ResponseReturnValue:
    with context().db.read() as c:
        lines = exam_list.lines(c)
    headings = [
        pgettext("satu", "Ujian"),
        _("Pelaksanaan"),
        _("Tanggal"),
        _("Sesi"),
        _("Ruang"),
        _("Keadaan"),
        _("Peserta"),
    ]
    rows = [
        (e.title, e.round_name, e.date, e.slot, e.room, words.word(words.EXAM_STATES, e.state), e.total)
        for e in lines
    ]
    return sheets.xlsx("ujian", headings, rows)


@bp.get("/exams/new")
def new() -> ResponseReturnValue:
    """`?profile=`: the form of a profile; `?from=`: filled in from the exam of the day before."""
    before = request.args.get("from", "")
    if not (before.isascii() and before.isdigit()):
        return _form({}, {}, 200)
    c = context()
    with c.db.read() as reading:
        form = next_day.from_exam(reading, int(before), exam_list.profiles(c.settings.data_dir))
    return _form(form, {}, 200)


@bp.post("/exams/new")
def create() -> ResponseReturnValue:
    c = context()
    form = request.form
    try:
        profile = _profile(form.get("profile", ""))
        values = _read(form, profile)
        exam_id = steps.create(c.db, actor(), c.now(), profile=profile.as_dict(), **values)
    except FormErrors as error:
        note("invalid")
        return _form(form, error.fields, 422)
    except BangkuError as error:
        note(error.code)
        field = str(error.params.get("field", "form"))
        return _form(form, {field: error_text(error.code, error.params)}, error.status)
    return redirect(
        url_for("board.page" if current_user.may(Act.VIEW_BOARD) else "exams.index", exam_id=exam_id)
    )


@bp.post("/exams/<int:exam_id>/steps/<step>")
def step(exam_id: int, step: str) -> ResponseReturnValue:
    if step not in STEPS:
        raise NotFound(f"exam step {step}: not known", code="page_unknown")
    c = context()
    STEPS[step](c.db, actor(), c.now(), exam_id)
    if wants_json():
        return jsonify(ok=True)
    return redirect(url_for("board.page", exam_id=exam_id))


class FormErrors(Exception):
    """Everything that is wrong with a form, by field."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(", ".join(fields))
        self.fields = fields


def _form(form: Mapping[str, str], errors: dict[str, str], status: int) -> ResponseReturnValue:
    c = context()
    profiles = exam_list.profiles(c.settings.data_dir)
    with c.db.read() as reading:
        choices = exam_list.choices(reading)
        school_level = host(reading).level
    chosen = profiles.get(form.get("profile") or request.args.get("profile", ""))
    page = render_template(
        "exams/new.html",
        programmes=profile_list.by_programme(profiles, school_level),
        chosen=chosen,
        choices=choices,
        days=profile_list.days_for(chosen, choices.days) if chosen else (),
        school_level=school_level,
        missing=setup.missing_views(),
        form=form,
        errors=errors,
    )
    return page, status


def _profile(key: str) -> ExamProfile:
    profile = exam_list.profiles(context().settings.data_dir).get(key)
    if profile is None:
        raise Invalid(f"profile '{key}': not known", code="profile_unknown", field="profile")
    return profile


def _days(profile: ExamProfile) -> set[int]:
    with context().db.read() as c:
        return {day.id for day in profile_list.days_for(profile, exam_list.choices(c).days)}


def _read(form: Mapping[str, str], profile: ExamProfile) -> dict[str, Any]:
    """The form as arguments of `exams.create`. Raises: FormErrors with every field that is wrong."""
    errors: dict[str, str] = {}

    def number(name: str, code: str, least: int = 1, most: int = 1_000_000_000) -> int:
        text = form.get(name, "").strip()
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            errors[name] = error_text(code, {})
            return 0
        return int(text)

    values: dict[str, Any] = {n: number(n, "exam_choice_missing") for n in ("day_id", "slot_id", "room_id")}
    if "day_id" not in errors and values["day_id"] not in _days(profile):
        errors["day_id"] = error_text("exam_choice_missing", {})
    values["title"] = form.get("title", "").strip()[:160]
    if not values["title"]:
        errors["title"] = error_text("exam_title_missing", {})
    values["minutes"] = [
        number(f"minutes.{n}", "exam_minutes_missing", 1, MINUTES_MAX) if block.asked else block.minutes
        for n, block in enumerate(profile.blocks, 1)
    ]
    values["start_url"], values["allowed_hosts"] = profile.start_url, list(profile.allowed_hosts)
    if profile.asks_address:
        url = form.get("start_url", "").strip()
        hosts = form.get("allowed_hosts", "").split()
        if not url:
            errors["start_url"] = error_text("exam_url_missing", {})
        elif host_of(url) is None:
            errors["start_url"] = error_text("exam_url_invalid", {})
        wrong = next((h for h in hosts if why_not_a_host(h)), None)
        if wrong is not None:
            errors["allowed_hosts"] = error_text("exam_hosts_invalid", {"host": wrong})
        own = host_of(url)
        values["start_url"] = url
        values["allowed_hosts"] = sorted({*profile.allowed_hosts, *hosts, *([own] if own else [])})
    values["token_interval_minutes"] = None
    if profile.token is not None:
        values["token_interval_minutes"] = number("token_interval", "token_interval", 1, 240)
    if errors:
        raise FormErrors(errors)
    return values
