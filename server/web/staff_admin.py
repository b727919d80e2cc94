"""Staff accounts: make, change, close, and give a one-time link. Nobody ever types a password for another."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from server.domain.errors import BangkuError, Invalid
from server.domain.roles import Role
from server.services import staff
from server.web import sheets, words
from server.web.errors import note
from server.web.identity import actor, context
from server.web.texts import error_text

bp = Blueprint("staff_admin", __name__)


@bp.get("/staff")
def page() -> ResponseReturnValue:
    return _page()


@bp.get("/staff.xlsx")
def export() -> ResponseReturnValue:
    with context().db.read() as c:
        people = staff.everyone(c)
    rows = [
        (p.name, p.username, words.word(words.ROLES, p.role), _("aktif") if p.active else _("ditutup"))
        for p in people
    ]
    return sheets.xlsx("petugas", [_("Nama"), _("Nama pengguna"), _("Peran"), _("Keadaan")], rows)


@bp.post("/staff")
def create() -> ResponseReturnValue:
    c = context()
    form = request.form
    try:
        role = _role(form.get("role", ""))
        staff_id, token = staff.create(
            c.db, actor(), c.now(), username=form.get("username", ""), name=form.get("name", ""), role=role
        )
    except BangkuError as error:
        note(error.code)
        field = str(error.params.get("field", "form"))
        return _page(form=dict(form), errors={field: error_text(error.code, error.params)}), error.status
    return _page(link=(staff_id, token))


@bp.post("/staff/<int:staff_id>/link")
def link(staff_id: int) -> ResponseReturnValue:
    c = context()
    return _page(link=(staff_id, staff.new_link(c.db, actor(), c.now(), staff_id)))


@bp.post("/staff/<int:staff_id>")
def change(staff_id: int) -> ResponseReturnValue:
    c = context()
    form = request.form
    role = _role(form["role"]) if "role" in form else None
    active = form["active"] == "1" if "active" in form else None
    staff.change(c.db, actor(), c.now(), staff_id, role=role, active=active)
    return redirect(url_for("staff_admin.page"))


def _page(
    *,
    form: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    link: tuple[int, str] | None = None,
) -> str:
    c = context()
    with c.db.read() as reading:
        people = staff.everyone(reading)
    url = f"{c.settings.public_url}{url_for('auth.setup', token=link[1])}" if link else None
    owner = next((p for p in people if link and p.id == link[0]), None)
    return render_template(
        "staff/accounts.html",
        people=people,
        roles=list(Role),
        form=form or {},
        errors=errors or {},
        url=url,
        owner=owner,
    )


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError as error:
        raise Invalid(f"role '{text}': not known", code="role_unknown", field="role") from error
