"""What the school decides once about its exam Chromebooks, as a form: every mistake beside its field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from server.domain.policy_settings import Accessibility, PolicySettings, problems
from server.services import policy_settings
from server.services.setup_school import host
from server.web import setup
from server.web.errors import note
from server.web.identity import actor, context
from server.web.policy_form import GROUPS, MISTAKES, Field, Kind
from server.web.texts import fill

bp = Blueprint("setup_policy", __name__)

_FIELDS = {field.name: field for group in GROUPS for field in group.fields}


@bp.get("/setup/policy")
def page() -> ResponseReturnValue:
    with context().db.read() as c:
        return _page(policy_settings.get(c).as_dict(), {})


@bp.post("/setup/policy")
def save() -> ResponseReturnValue:
    c = context()
    raw = read_form()
    if found := problems(raw):
        note("policy_setting")
        # A list's second and third wrong entry say nothing new beside the same field.
        errors: dict[str, str] = {}
        for problem in found:
            name = problem.name if problem.name in _FIELDS else "form"
            sentence = gettext(MISTAKES.get(problem.kind, MISTAKES["other"]))
            errors.setdefault(name, fill(sentence, **problem.params))
        return _page(raw, errors, status=422)
    policy_settings.save(c.db, actor(), c.now(), raw)
    return redirect(url_for("setup_policy.page", done="saved"))


def read_form() -> dict[str, Any]:
    """The form as settings are written down; what cannot be read stays as it was typed, to be named."""
    raw: dict[str, Any] = {}
    helpers: dict[str, Any] = {}
    for name, field in _FIELDS.items():
        value = _value(field)
        if name.startswith("accessibility."):
            helpers[name.partition(".")[2]] = value
        else:
            raw[name] = value
    return {**raw, "accessibility": helpers}


def _value(field: Field) -> Any:
    text = request.form.get(field.name, "").strip()
    if field.kind is Kind.YES_NO:
        return text == "1"
    if field.kind is Kind.LINES:
        return [part for part in text.replace(",", "\n").split() if part]
    if field.kind is Kind.SEVERAL:
        return request.form.getlist(field.name)
    if field.kind is Kind.NUMBER:
        return int(text) if text.isascii() and text.isdigit() else text
    if field.kind is Kind.MAYBE:
        return {"1": True, "0": False}.get(text)
    if field.kind is Kind.CHOICE_OR_NONE or field.name == "exam_browser_app":
        return text or None
    return text


def _page(raw: Mapping[str, Any], errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    with context().db.read() as c:
        school = host(c)
    return setup.show(
        "setup/policy.html",
        status,
        groups=GROUPS,
        values=_flat(raw),
        errors=errors,
        level=school.level if school is not None else "",
    )


def _flat(raw: Mapping[str, Any]) -> dict[str, Any]:
    helpers: Mapping[str, Any] = raw.get("accessibility") or {}
    return {**raw, **{f"accessibility.{name}": value for name, value in helpers.items()}}


def all_fields() -> set[str]:
    """Every setting there is, dotted: the form has to have them all."""
    helpers = {f"accessibility.{name}" for name in Accessibility.model_fields}
    return (set(PolicySettings.model_fields) - {"accessibility"}) | helpers
