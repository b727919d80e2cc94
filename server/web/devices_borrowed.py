"""Chromebooks of other schools: who lent them, until when, and giving them back."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from server.domain import school_day
from server.domain.errors import BangkuError
from server.domain.school_day import day_first
from server.services import inventory, loan_acts, loans, setup_school, when
from server.services.console_list import choices
from server.services.loan_acts import LentIn, LoanRefused
from server.services.school import host
from server.web import sheet_texts, sheets
from server.web.errors import note
from server.web.identity import actor, context
from server.web.setup import refusal

bp = Blueprint("devices_borrowed", __name__)


@bp.get("/devices/borrowed")
def page() -> ResponseReturnValue:
    return _page()


@bp.post("/devices/borrowed")
def lend() -> ResponseReturnValue:
    c, form = context(), request.form
    school = form.get("school", "")
    given = LentIn(
        label=form.get("label", ""),
        owner=form.get("owner", ""),
        until=_day("until"),
        owner_school_id=int(school) if school.isascii() and school.isdigit() and len(school) < 10 else None,
        serial=form.get("serial", ""),
        model=form.get("model", ""),
        room=form.get("room", ""),
        spare=form.get("spare") == "1",
        foreign_policies=form.get("foreign_policies") == "1",
        note=form.get("note", ""),
    )
    try:
        inventory.lend_in(c.db, actor(), c.now(), given)
    except LoanRefused as error:
        note(error.code)
        said = {p.column: sheet_texts.problem(p) for p in reversed(error.problems)}
        return _page(form=form, errors=said), error.status
    except BangkuError as error:
        return _page(form=form, errors=refusal(error)), error.status
    return redirect(url_for("devices_borrowed.page", done="lent"))


@bp.post("/devices/borrowed/<int:loan_id>/until")
def extend(loan_id: int) -> ResponseReturnValue:
    c = context()
    try:
        loan_acts.extend(c.db, actor(), c.now(), loan_id, _day("until"))
    except BangkuError as error:
        return _refused(error, loan_id)
    return redirect(url_for("devices_borrowed.page", done="changed"))


@bp.post("/devices/borrowed/<int:loan_id>/policies")
def policies(loan_id: int) -> ResponseReturnValue:
    c = context()
    try:
        loan_acts.say_policies(c.db, actor(), c.now(), loan_id, request.form.get("foreign") == "1")
    except BangkuError as error:
        return _refused(error, loan_id)
    return redirect(url_for("devices_borrowed.page", done="changed"))


@bp.post("/devices/borrowed/<int:loan_id>/back")
def give_back(loan_id: int) -> ResponseReturnValue:
    c, form = context(), request.form
    try:
        loan_acts.give_back(
            c.db, actor(), c.now(), loan_id, on=_day("on"), condition=form.get("condition", "")
        )
    except BangkuError as error:
        return _refused(error, loan_id)
    return redirect(url_for("devices_borrowed.page", done="back"))


@bp.get("/devices/borrowed.xlsx")
def export() -> ResponseReturnValue:
    moment = current_app.extensions["bangku_moment"]
    with context().db.read() as c:
        found = loans.lines(c, context().now())
    headings = [
        *(
            _("Label"),
            _("Nomor seri"),
            _("Model"),
            _("Ruang"),
            _("Meja"),
            _("Dipinjam dari"),
            _("Sampai tanggal"),
        ),
        *(
            _("Terlambat"),
            _("Kebijakan sekolah lain"),
            _("Catatan"),
            _("Dikembalikan"),
            _("Keadaan saat kembali"),
        ),
    ]
    yes, no = _("ya"), _("tidak")
    rows = [
        (
            *(
                d.label,
                d.serial,
                d.model,
                d.room,
                d.seat,
                d.owner,
                day_first(d.until),
                yes if d.overdue else no,
            ),
            *(yes if d.foreign_policies else no, d.note),
            moment(d.returned_at) if d.returned_at is not None else None,
            d.condition,
        )
        for d in found
    ]
    return sheets.xlsx("chromebook-pinjaman", headings, rows)


@bp.get("/devices/borrowed/return")
def return_list() -> ResponseReturnValue:
    """On paper: one table an owner, with a box for the condition and a place to sign."""
    now = context().now()
    with context().db.read() as c:
        found = loans.lines(c, now, returned=False)
        school, today = host(c), when.today(now, host(c).timezone)
    owners: dict[str, list[loans.LoanLine]] = {}
    for line in sorted(found, key=lambda d: (d.owner.casefold(), d.label)):
        owners.setdefault(line.owner, []).append(line)
    return render_template("devices/return_list.html", owners=owners, school=school, today=today)


@bp.get("/devices/borrowed/return.xlsx")
def return_export() -> ResponseReturnValue:
    with context().db.read() as c:
        found = loans.lines(c, context().now(), returned=False)
    headings = [
        *(_("Label"), _("Nomor seri"), _("Dipinjam dari"), _("Sampai tanggal")),
        *(_("Keadaan saat kembali"), _("Tanda tangan")),
    ]
    rows = [
        (d.label, d.serial, d.owner, day_first(d.until), None, None)
        for d in sorted(found, key=lambda d: (d.owner.casefold(), d.label))
    ]
    return sheets.xlsx("daftar-pengembalian", headings, rows)


def _day(name: str) -> str:
    """As typed, day first; what is no day goes on as it is and is refused there."""
    text = request.form.get(name, "").strip()
    return school_day.read(text) or text


def _refused(error: BangkuError, loan_id: int) -> ResponseReturnValue:
    said = refusal(error)
    return _page(error=next(iter(said.values())), at=loan_id), error.status


def _page(
    *,
    form: Mapping[str, str] | None = None,
    errors: dict[str, str] | None = None,
    error: str | None = None,
    at: int | None = None,
) -> str:
    now = context().now()
    with context().db.read() as c:
        found = loans.lines(c, now)
        schools = setup_school.guests(c)
        rooms = choices(c).rooms
        today = when.today(now, host(c).timezone)
    return render_template(
        "devices/borrowed.html",
        here_now=[line for line in found if line.returned_at is None],
        gone=[line for line in found if line.returned_at is not None],
        schools=schools,
        rooms=rooms,
        today=today,
        day_first=day_first,
        form={"foreign_policies": "1"} if form is None else form,
        errors=errors or {},
        error=error,
        at=at,
        done=request.args.get("done", ""),
    )
