"""One way in for every kind of list: upload, look at what was understood and what it would do, confirm.

A kind of list brings what `Kind` asks for; the routes, the mapping of columns, the preview and its XLSX are here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from server.domain.errors import BangkuError, Invalid
from server.domain.import_preview import Line, Preview
from server.domain.sheet import Sheet, Spec, guess
from server.services import sheet
from server.services.actor import Actor
from server.web import sheet_texts, sheets, uploads, words
from server.web.errors import note
from server.web.identity import actor, context
from server.web.offload import run_away
from server.web.texts import error_text
from server.web.uploads import Waiting


class Kind(Protocol):
    """What differs between one kind of list and the next."""

    spec: Spec
    #: name of the empty example, without ending
    example: str

    def options(self) -> dict[str, int]:
        """What else the upload form says (which round). Raises: Invalid."""

    def preview(
        self, c: Connection, given: Sheet, columns: Mapping[str, int], options: Mapping[str, int]
    ) -> Preview:
        """What the import would do."""

    def run(self, who: Actor, now: int, waiting: Waiting, seen: str) -> Any:
        """Do it. Returns the counts `new`, `changed`, `same`. Raises: Invalid, Conflict."""

    def page(self, **given: object) -> str:
        """The page of this kind, with `shown`, `notice` or `error`."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything the page says about one file."""

    key: str
    waiting: Waiting
    preview: Preview
    fields: tuple[tuple[str, str, bool, int | None], ...]  # field, its word, required, column

    @property
    def unread(self) -> tuple[str, ...]:
        """Headings nothing is read from: a seat column that was not recognised must not go unnoticed."""
        used = set(self.waiting.columns.values())
        return tuple(heading for index, heading in self.waiting.sheet.choices if index not in used)

    @property
    def may_confirm(self) -> bool:
        return not self.preview.problems and bool(self.preview.new or self.preview.changed)


def routes(bp: Blueprint, kind: Kind, path: str) -> None:
    """The pages of one kind of list, all under `path`. Each endpoint needs its line in access_table.ROUTES."""

    @bp.get(path)
    def page() -> ResponseReturnValue:
        return kind.page()

    @bp.get(f"{path}/template.xlsx")
    def template() -> ResponseReturnValue:
        return sheets.xlsx(kind.example, [sheet_texts.column(n) for n in kind.spec.headings], [])

    @bp.post(path)
    def preview() -> ResponseReturnValue:
        try:
            waiting = _received(kind)
            return _page(kind, uploads.keep(waiting), waiting)
        except BangkuError as error:
            return _refused(kind, error)

    @bp.post(f"{path}/columns")
    def columns() -> ResponseReturnValue:
        key = request.form.get("key", "")
        try:
            waiting = uploads.find(key, kind.spec.kind)
            waiting = replace(waiting, columns=_chosen(kind.spec, waiting.sheet))
            uploads.replace(key, waiting)
            return _page(kind, key, waiting)
        except BangkuError as error:
            return _refused(kind, error)

    @bp.post(f"{path}/confirm")
    def confirm() -> ResponseReturnValue:
        c, key = context(), request.form.get("key", "")
        try:
            waiting = uploads.find(key, kind.spec.kind)
            done = kind.run(actor(), c.now(), waiting, request.form.get("seen", ""))
        except BangkuError as error:
            # What moved meanwhile is shown anew; the file needs no second upload.
            return _refused(kind, error, key if error.code != "sheet_gone" else None)
        uploads.drop(key)
        return kind.page(
            notice=_(
                "%(file)s diimpor: %(new)d baru, %(changed)d berubah, %(same)d tetap.",
                file=waiting.file,
                new=done.new,
                changed=done.changed,
                same=done.same,
            )
        )

    @bp.get(f"{path}/preview.xlsx")
    def result() -> ResponseReturnValue:
        waiting = uploads.find(request.args.get("key", ""), kind.spec.kind)
        return _result(_preview(kind, waiting))


def _received(kind: Kind) -> Waiting:
    options = kind.options()
    upload = request.files.get("sheet")
    if upload is None or not upload.filename:
        raise Invalid("sheet: none chosen", code="sheet_missing", field="sheet")
    name = upload.filename[:120]
    given = run_away(sheet.read, kind.spec, upload.read(), name)  # a long sheet must not hold up the boards
    return Waiting(kind.spec.kind, name, given, guess(kind.spec, given.headings), options)


def _chosen(spec: Spec, given: Sheet) -> dict[str, int]:
    """The columns a person chose. Only columns with a heading can be chosen: a dropped one has none."""
    may = {index for index, _heading in given.choices}
    chosen = {}
    for name in spec.headings:
        text = request.form.get(f"column.{name}", "")
        if text.isascii() and text.isdigit() and int(text) in may:
            chosen[name] = int(text)
    return chosen


def _preview(kind: Kind, waiting: Waiting) -> Preview:
    with context().db.read() as c:
        return kind.preview(c, waiting.sheet, waiting.columns, waiting.options)


def _page(kind: Kind, key: str, waiting: Waiting, **given: object) -> str:
    spec = kind.spec
    fields = tuple(
        (name, sheet_texts.column(name), name in spec.required, waiting.columns.get(name))
        for name in spec.headings
    )
    shown = Shown(key, waiting, _preview(kind, waiting), fields)
    return kind.page(shown=shown, problem=sheet_texts.problem, column=sheet_texts.column, cell=cell, **given)


def _refused(kind: Kind, error: BangkuError, key: str | None = None) -> ResponseReturnValue:
    note(error.code)
    said = error_text(error.code, error.params)
    if key is None:
        return kind.page(error=said), error.status
    return _page(kind, key, uploads.find(key, kind.spec.kind), error=said), error.status


def cell(field: str, text: str) -> str:
    """A value as it stands on screen."""
    if not text:
        return "–"
    return words.word(sheet_texts.VALUES[field], text) if field in sheet_texts.VALUES else text


def _result(shown: Preview) -> ResponseReturnValue:
    """Problems first, then what is new and what changes, one row each."""

    def what(line: Line) -> str:
        return "; ".join(
            f"{sheet_texts.column(f)}: {cell(f, before)} → {cell(f, after)}" for f, before, after in line.what
        )

    rows: list[tuple[object, ...]] = [
        (
            p.row or None,
            _("Perlu diperbaiki"),
            p.value,
            sheet_texts.column(p.column) if p.column else None,
            sheet_texts.problem(p),
        )
        for p in shown.problems
    ]
    rows += [(p.row, _("Perlu diketahui"), p.value, None, sheet_texts.problem(p)) for p in shown.notes]
    rows += [(line.row, _("Baru"), line.name, None, what(line)) for line in shown.new]
    rows += [(line.row, _("Berubah"), line.name, None, what(line)) for line in shown.changed]
    headings = [_("Baris"), _("Hasil"), _("Isi"), _("Kolom"), _("Keterangan")]
    return sheets.xlsx("hasil-periksa", headings, rows)
