"""Participants from an XLSX sheet: upload, look at what it would do, then confirm."""

from __future__ import annotations

import io
import secrets
import time

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from server.domain.errors import BangkuError, Invalid, NotFound
from server.services import exam_list, roster
from server.web import sheets, texts, words
from server.web.errors import note
from server.web.identity import actor, context
from server.web.offload import run_away
from server.web.texts import error_text

bp = Blueprint("roster", __name__)

KEEP_SECONDS = 1_800
KEEP_MOST = 10
#: One upload that waits for its confirmation: (when, whose, round, file name, content).
Waiting = tuple[float, int, int, str, bytes]


@bp.get("/participants")
def page() -> ResponseReturnValue:
    return _page()


@bp.get("/participants/template.xlsx")
def template() -> ResponseReturnValue:
    names = (
        "number",
        "name",
        "nisn",
        "class_name",
        "npsn",
        "slot",
        "room",
        "seat",
        "extra_minutes",
        "username",
    )
    return sheets.xlsx("peserta-kosong", [words.word(texts.COLUMNS, n) for n in names], [])


@bp.post("/participants")
def preview() -> ResponseReturnValue:
    c = context()
    upload = request.files.get("sheet")
    try:
        round_id = _round(request.form.get("round_id", ""))
        if upload is None or not upload.filename:
            raise Invalid("sheet: none chosen", code="sheet_missing", field="sheet")
        content, name = upload.read(), upload.filename[:120]
        with c.db.read() as reading:
            read = roster.parse(reading, io.BytesIO(content), name, run=run_away)
            roster.check_places(reading, round_id, read)
    except BangkuError as error:
        note(error.code)
        return _page(error=error_text(error.code, error.params)), error.status
    key = (
        _keep((time.monotonic(), current_user.staff_id, round_id, name, content))
        if not read.problems
        else None
    )
    return _page(read=read, name=name, key=key)


@bp.post("/participants/confirm")
def confirm() -> ResponseReturnValue:
    c = context()
    waiting = _uploads().pop(request.form.get("key", ""), None)
    if waiting is None or waiting[1] != current_user.staff_id:
        raise NotFound("preview: not there any more; upload the file again", code="sheet_gone")
    _when, _whose, round_id, name, content = waiting
    with c.db.read() as reading:
        read = roster.parse(reading, io.BytesIO(content), name, run=run_away)
    try:
        summary = roster.import_participants(c.db, actor(), c.now(), round_id, read, name)
    except BangkuError as error:
        note(error.code)
        return _page(error=error_text(error.code, error.params)), error.status
    return _page(
        notice=_(
            "%(file)s diimpor: %(new)d baru, %(changed)d berubah, %(same)d tetap.",
            file=name,
            new=summary.new,
            changed=summary.changed,
            same=summary.same,
        )
    )


def _page(**given: object) -> str:
    with context().db.read() as c:
        choices = exam_list.choices(c)
    return render_template(
        "staff/roster.html", choices=choices, problem=texts.roster_problem, columns=texts.COLUMNS, **given
    )


def _round(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise Invalid("round: none chosen", code="exam_choice_missing", field="round_id")
    return int(text)


def _uploads() -> dict[str, Waiting]:
    """Previews in memory only: a list of pupils is not left lying in a folder."""
    uploads: dict[str, Waiting] = current_app.extensions.setdefault("bangku_uploads", {})
    for key, kept in list(uploads.items()):
        if time.monotonic() - kept[0] > KEEP_SECONDS:
            del uploads[key]
    return uploads


def _keep(waiting: Waiting) -> str:
    uploads = _uploads()
    while len(uploads) >= KEEP_MOST:
        del uploads[next(iter(uploads))]
    key = secrets.token_urlsafe(16)
    uploads[key] = waiting
    return key
