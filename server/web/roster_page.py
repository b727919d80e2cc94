"""Participants from a list: what differs from any other list is here, the rest in `import_flow`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy import Connection

from server.domain.errors import Invalid
from server.domain.import_preview import Preview
from server.domain.roster import SPEC
from server.domain.sheet import Sheet
from server.services import exam_list, roster
from server.services.actor import Actor
from server.web.identity import context
from server.web.import_flow import Kind, routes
from server.web.uploads import Waiting

bp = Blueprint("roster", __name__)


class Participants:
    spec = SPEC
    example = "peserta-kosong"

    def options(self) -> dict[str, int]:
        text = request.form.get("round_id", "")
        if not (text.isascii() and text.isdigit()):
            raise Invalid("round: none chosen", code="exam_choice_missing", field="round_id")
        with context().db.read() as c:
            known = {r.id for r in exam_list.choices(c).rounds}
        if int(text) not in known:
            raise Invalid(f"round {text}: not known", code="exam_choice_missing", field="round_id")
        return {"round_id": int(text)}

    def preview(
        self, c: Connection, given: Sheet, columns: Mapping[str, int], options: Mapping[str, int]
    ) -> Preview:
        return roster.preview(c, options["round_id"], roster.understand(c, given, columns))

    def run(self, who: Actor, now: int, waiting: Waiting, seen: str) -> Any:
        db = context().db
        with db.read() as c:
            read = roster.understand(c, waiting.sheet, waiting.columns)
        return roster.import_participants(db, who, now, waiting.options["round_id"], read, waiting.file, seen)

    def page(self, **given: object) -> str:
        with context().db.read() as c:
            choices = exam_list.choices(c)
        return render_template("staff/roster.html", choices=choices, **given)


KIND: Kind = Participants()
routes(bp, KIND, "/participants")
