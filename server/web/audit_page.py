"""The audit trail in words: who did what to what, when, and what was refused."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from server.services import audit_list
from server.services.audit_list import Filter
from server.web import sheets, texts, words
from server.web.identity import context

bp = Blueprint("audit", __name__)


@bp.get("/audit")
def page() -> ResponseReturnValue:
    wanted = _filter()
    with context().db.read() as c:
        rows = audit_list.lines(c, wanted)
        actions = audit_list.actions(c)
    lines = [line(r) for r in rows]
    more = rows[-1].id if len(rows) == audit_list.PAGE else None
    named = {a: words.word(words.ACTIONS, a) for a in actions}
    return render_template("staff/audit.html", lines=lines, wanted=wanted, actions=named, more=more)


@bp.get("/audit.xlsx")
def export() -> ResponseReturnValue:
    with context().db.read() as c:
        rows = audit_list.lines(c, _filter(), audit_list.EXPORT_MAX)
    lines = [line(r) for r in rows]
    headings = [
        _("Waktu"),
        _("Siapa"),
        _("Peran"),
        _("Alamat"),
        _("Tindakan"),
        _("Objek"),
        _("Hasil"),
        _("Rincian"),
    ]
    return sheets.xlsx(
        "jejak-audit",
        headings,
        [
            (i["at"], i["who"], i["role"], i["address"], i["action"], i["object"], i["outcome"], i["detail"])
            for i in lines
        ],
    )


def line(row: Any) -> dict[str, str]:
    """One row of the trail as words."""
    moment = current_app.extensions["bangku_moment"]
    refused = row.outcome == "refused"
    return {
        "at": moment(row.at),
        "who": who(row.actor),
        "role": words.word(words.ROLES, row.role) if row.role else "",
        "address": row.address or "",
        "action": words.word(words.ACTIONS, row.action),
        "object": thing(row.object),
        "outcome": _("ditolak") if refused else _("dilakukan"),
        "refused": "1" if refused else "",
        "reason": texts.error_text(row.code, row.detail) if row.code else "",
        "detail": detail(row.detail, row.code),
    }


def who(actor: str) -> str:
    if actor == "system":
        return str(_("Server"))
    if actor == "nobody":
        return str(_("Belum masuk"))
    kind, space, name = actor.partition(" ")
    if space and kind == "device":
        return str(_("Perangkat %(label)s", label=name))
    return str(_("Kartu %(number)s", number=name)) if space and kind == "card" else actor


WORDS = {
    "exam": words.N_("ujian"),
    "seat": words.N_("meja"),
    "sitting": words.N_("pengerjaan"),
    "part": words.N_("bagian"),
    "staff": words.N_("petugas"),
    "round": words.N_("pelaksanaan"),
    "device": words.N_("perangkat"),
    "devices": words.N_("daftar perangkat"),
    "incident": words.N_("kejadian"),
    "participant": words.N_("peserta"),
    "number": words.N_("nomor"),
    "unknown": words.N_("tidak dikenal"),
}


def thing(text: str) -> str:
    """`exam 3 seat 7` as `ujian 3 meja 7`."""
    # A pupil beside the numbered desks has no seat to name.
    parts = text.replace("seat None", "seat –").split(" ")
    return " ".join(_(WORDS[w]) if w in WORDS else w for w in parts)


DETAILS = {
    "text": words.N_("teks"),
    "minutes": words.N_("menit"),
    "state": words.N_("keadaan"),
    "role": words.N_("peran"),
    "active": words.N_("aktif"),
    "file": words.N_("berkas"),
    "new": words.N_("baru"),
    "changed": words.N_("berubah"),
    "same": words.N_("tetap"),
    "title": words.N_("judul"),
    "participants": words.N_("peserta"),
    "kind": words.N_("jenis"),
    "finished": words.N_("selesai"),
    "reason": words.N_("alasan"),
}


def detail(values: dict[str, Any], code: str | None) -> str:
    said = []
    for key, value in values.items():
        if value is None:
            continue
        name = _(DETAILS[key]) if key in DETAILS else key
        if isinstance(value, bool):
            value = _("ya") if value else _("tidak")
        elif key == "state":
            value = words.word(words.SITTING_STATES, value)
        elif key == "role":
            value = words.word(words.ROLES, value)
        said.append(f"{name}: {value}")
    if code:
        said.append(code)
    return "; ".join(said)


def _filter() -> Filter:
    given = request.args
    before = given.get("before", "")
    return Filter(
        actor=given.get("actor", "").strip(),
        action=given.get("action", "").strip(),
        outcome=given.get("outcome", "").strip(),
        text=given.get("q", "").strip()[:80],
        before_id=int(before) if before.isascii() and before.isdigit() else None,
    )
