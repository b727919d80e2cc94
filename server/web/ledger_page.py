"""The seat ledger: who had which seat and Chromebook, from when to when; as a page, a file and an interface."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import pgettext

from server.domain.errors import BangkuError
from server.domain.seating import Answer, Row
from server.services import ledger_query, seat_ledger, when
from server.services.ledger_query import Query
from server.web import ledger_words, sheets
from server.web.actors import who
from server.web.identity import context
from server.web.texts import error_text

bp = Blueprint("ledger_page", __name__)

FIELDS = ("exam", "date", "room", "seat", "device", "person", "at")


@bp.get("/ledger")
def page() -> ResponseReturnValue:
    c = context()
    given = {key: request.args.get(key, "").strip() for key in FIELDS}
    errors: dict[str, str] = {}
    rows: list[Row] = []
    more = False
    told, query = None, None
    with c.db.read() as reading:
        exams, rooms = seat_ledger.choices(reading)
        try:
            query = ledger_query.read(reading, given, c.now())
        except BangkuError as error:
            errors[str(error.params.get("field", "at"))] = error_text(error.code, error.params)
        else:
            rows, more = seat_ledger.page(reading, query.wanted)
            told = _answer(reading, query)
    return render_template(
        "staff/ledger.html",
        rows=rows,
        given=given,
        errors=errors,
        exams=exams,
        rooms=rooms,
        told=ledger_words.sentence(query.wanted, told, query.zone) if told and query else None,
        more=more,
        words=ledger_words,
        search={key: value for key, value in given.items() if value},
    ), (422 if errors else 200)


@bp.get("/ledger.xlsx")
def export() -> ResponseReturnValue:
    c = context()
    with c.db.read() as reading:
        query = ledger_query.read(reading, request.args, c.now())
        rows = seat_ledger.rows(reading, query.wanted, seat_ledger.EXPORT_MAX)
    headings = [
        *(
            pgettext("satu", "Ujian"),
            _("Tanggal"),
            _("Sesi"),
            _("Ruang"),
            _("Meja"),
            _("Nomor Peserta"),
            _("Nama"),
        ),
        *(
            _("Perangkat"),
            _("Nomor seri"),
            _("Dari"),
            _("Sampai"),
            _("Mulai karena"),
            _("Berakhir karena"),
            _("Oleh"),
        ),
        *(_("Dibatalkan"), _("Tertulis waktu itu")),
    ]
    moment = current_app.extensions["bangku_moment"]
    return sheets.xlsx(
        "penempatan",
        headings,
        [
            (
                *(r.exam, r.date, r.slot, r.room, ledger_words.place(r), r.number, r.name),
                *(ledger_words.device(r), r.serial, moment(r.from_at), moment(r.to_at) if r.to_at else None),
                *(ledger_words.began(r), ledger_words.ended(r), r.by_name or who("system")),
                *(
                    moment(r.undone_at) if r.undone_at else None,
                    ", ".join(filter(None, (r.label_then, r.name_then))),
                ),
            )
            for r in rows
        ],
    )


@bp.get("/api/ledger")
def api() -> ResponseReturnValue:
    """docs/ledger.md describes it."""
    c = context()
    with c.db.read() as reading:
        query = ledger_query.read(reading, request.args, c.now())
        rows, more = seat_ledger.page(reading, query.wanted)
        told = _answer(reading, query)
    answer: dict[str, Any] = {
        "ok": True,
        "zone": query.zone,
        "rows": [_json(r, query.zone) for r in rows],
        "more": more,
    }
    if told is not None:
        answer["at"] = _time(told.at, query.zone)
        answer["answer"] = {
            "text": ledger_words.sentence(query.wanted, told, query.zone),
            "rows": [{**_json(r, query.zone), "standing": str(r.standing(told.at))} for r in told.rows],
            "before": _json(told.before, query.zone) if told.before else None,
            "after": _json(told.after, query.zone) if told.after else None,
        }
    return jsonify(answer)


def _answer(reading: Any, query: Query) -> Answer | None:
    """Only when asked for an instant of a seat, a device or a pupil."""
    w = query.wanted
    if query.instant is None or not (w.seat or w.device or w.person):
        return None
    return seat_ledger.at(reading, w, query.instant)


def _json(r: Row, zone: str) -> dict[str, Any]:
    return {
        "id": r.id,
        "exam": {"id": r.exam_id, "title": r.exam, "date": r.date, "session": r.slot},
        "room": r.room,
        "seat": r.seat,
        "planned_seat": r.planned_seat,
        "participant": {"number": r.number, "name": r.name, "name_then": r.name_then},
        "device": (
            {"label": r.device, "label_then": r.label_then, "serial": r.serial}
            if r.device is not None
            else None
        ),
        "borrowed_laptop": r.laptop,
        "from": _time(r.from_at, zone),
        "to": _time(r.to_at, zone) if r.to_at is not None else None,
        "began": {"code": r.began, "text": ledger_words.began(r)},
        "ended": {"code": r.ended, "text": ledger_words.ended(r)} if r.ended else None,
        "by": r.by_name,
        "undone": _time(r.undone_at, zone) if r.undone_at is not None else None,
    }


def _time(at: int, zone: str) -> str:
    return when.local(at, zone).isoformat(timespec="milliseconds")
