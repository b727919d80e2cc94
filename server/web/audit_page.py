"""The audit trail in words: who did what to what, when, and what was refused."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from server.services import audit_list
from server.services.audit_list import Filter
from server.web import google_words, remap_words, sheets, spare_texts, texts, words
from server.web.actors import who
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


WORDS = {
    "exam": words.N_("ujian"),
    "seat": words.N_("meja"),
    "sitting": words.N_("pengerjaan"),
    "part": words.N_("bagian"),
    "staff": words.N_("petugas"),
    "round": words.N_("pelaksanaan"),
    "device": words.N_("perangkat"),
    "devices": words.N_("daftar perangkat"),
    "remap": words.N_("usul tempat semula"),
    "incident": words.N_("kejadian"),
    "participant": words.N_("peserta"),
    "number": words.N_("nomor"),
    "unknown": words.N_("tidak dikenal"),
    "room": words.N_("ruang"),
    "school": words.N_("sekolah"),
    "serial": words.N_("nomor seri"),
    "enrolment": words.N_("enrol perangkat"),
    "page": words.N_("halaman"),
    "check": words.N_("kode pemeriksaan"),
    "settings": words.N_("pengaturan"),
    "policy": words.N_("kebijakan"),
    "move": words.N_("pemindahan"),
    "command": words.N_("perintah"),
    "console": words.N_("konsol Google"),
    "for": words.N_("untuk"),
    "job": words.N_("pekerjaan"),
    "plan": words.N_("rencana"),
    "attestation": words.N_("bukti perangkat"),
}


def thing(text: str) -> str:
    """`exam 3 seat 7` as `ujian 3 meja 7`; a page that acts by what it does."""
    if text in words.ACTIONS:
        return words.word(words.ACTIONS, text)
    if text == "enrolment secret":
        return str(_("rahasia enrol"))
    # A pupil beside the numbered desks has no seat to name.
    parts = text.replace("seat None", "seat –").split(" ")
    return " ".join(_(WORDS[w]) if w in WORDS else w for w in parts)


DETAILS = {
    "units": words.N_("unit organisasi"),
    "fields": words.N_("isian"),
    "changes": words.N_("perubahan"),
    "path": words.N_("unit organisasi"),
    "different": words.N_("tidak lagi sama"),
    "in_force": words.N_("berlaku di"),
    "account": words.N_("akun layanan"),
    "active": words.N_("aktif"),
    "added": words.N_("ditambah"),
    "aside": words.N_("didudukkan di tempat lain"),
    "awaited_since": words.N_("ditunggu sejak"),
    "back": words.N_("ada lagi di konsol"),
    "before": words.N_("sebelumnya"),
    "changed": words.N_("berubah"),
    "clients": words.N_("klien"),
    "columns": words.N_("meja per baris"),
    "count": words.N_("jumlah"),
    "customer": words.N_("pelanggan Google"),
    "days": words.N_("hari"),
    "device": words.N_("perangkat"),
    "devices": words.N_("perangkat dibuat"),
    "done": words.N_("ditandai"),
    "emulated": words.N_("konsol tiruan"),
    "enrolled": words.N_("dienrol ulang"),
    "exams": words.N_("ujian"),
    "exit_code": words.N_("kode akhir"),
    "file": words.N_("berkas"),
    "finished": words.N_("selesai"),
    "gone": words.N_("tidak ada lagi di konsol"),
    "hours": words.N_("jam"),
    "instead_of": words.N_("menggantikan"),
    "kind": words.N_("jenis"),
    "left": words.N_("sisa percobaan"),
    "level": words.N_("jenjang"),
    "minutes": words.N_("menit"),
    "model": words.N_("model berubah"),
    "moved": words.N_("pindah unit organisasi"),
    "name": words.N_("nama"),
    "new": words.N_("baru"),
    "next": words.N_("ujian berikut"),
    "npsn": words.N_("NPSN"),
    "odd": words.N_("termasuk yang janggal"),
    "our_side": words.N_("sisi kita baik"),
    "owner": words.N_("pemilik"),
    "until": words.N_("sampai tanggal"),
    "foreign_policies": words.N_("kebijakan sekolah lain"),
    "condition": words.N_("keadaan saat kembali"),
    "overlap_ms": words.N_("masa peralihan (milidetik)"),
    "participants": words.N_("peserta"),
    "position": words.N_("bagian"),
    "programme": words.N_("program"),
    "purpose": words.N_("tujuan"),
    "reason": words.N_("alasan"),
    "refusal": words.N_("yang diizinkan"),
    "removed": words.N_("dihapus"),
    "reserve": words.N_("peserta cadangan"),
    "role": words.N_("peran"),
    "same": words.N_("tetap"),
    "seats": words.N_("meja"),
    "serial": words.N_("nomor seri"),
    "since": words.N_("sejak"),
    "slots": words.N_("sesi"),
    "standing": words.N_("keadaan"),
    "state": words.N_("keadaan"),
    "status": words.N_("keadaan di konsol berubah"),
    "step": words.N_("langkah"),
    "text": words.N_("teks"),
    "timezone": words.N_("zona waktu"),
    "title": words.N_("judul"),
    "to": words.N_("ke ujian"),
    "twice": words.N_("nomor seri ganda"),
    "units_new": words.N_("unit organisasi baru"),
    "units_renamed": words.N_("unit organisasi berganti nama"),
    "units_vanished": words.N_("unit organisasi hilang"),
    "url": words.N_("alamat"),
    "version": words.N_("versi"),
    "waiting": words.N_("menunggu perangkat"),
    "was": words.N_("sebelumnya"),
    "wave": words.N_("gelombang"),
    "why": words.N_("sebab"),
    "remap": words.N_("usul"),
    "strength": words.N_("bukti"),
    "how": words.N_("cara"),
    "undoing": words.N_("pembatalan"),
    "written": words.N_("tertulis"),
    "failed": words.N_("belum tertulis"),
}

#: Values that are names of ours, by detail.
VALUES: dict[str, dict[str, str]] = {
    "state": words.SITTING_STATES,
    "role": words.ROLES,
    "step": spare_texts.STEPS,
    "purpose": words.PURPOSES,
    "kind": {
        **{kind: said for kind, (said, _help) in words.INCIDENTS.items()},
        **google_words.JOB_KINDS,
        "token_awaited": words.N_("menunggu token"),
        "unreachable": words.N_("pusat tidak bisa dipakai"),
    },
    "standing": {"live": words.N_("diterima"), "quarantined": words.N_("menunggu diterima")},
    "why": {"next_session": words.N_("ganti sesi")},
    "strength": remap_words.STRENGTHS,
    "how": remap_words.HOWS,
}
MOMENTS = {"since", "before", "awaited_since"}


def detail(values: dict[str, Any], code: str | None) -> str:
    said = []
    for key, value in values.items():
        if value is None or value in ("", []):
            continue
        name = _(DETAILS[key]) if key in DETAILS else key
        said.append(f"{name}: {_value(key, value)}")
    if code:
        said.append(code)
    return "; ".join(said)


def _value(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(_("ya") if value else _("tidak"))
    if key in MOMENTS and isinstance(value, int):
        return str(current_app.extensions["bangku_moment"](value))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return words.word(VALUES[key], value) if key in VALUES else str(value)


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
