"""What the console's list, a sync and a device's history are called on screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app
from flask_babel import gettext

from server.web import remap_console_words, remap_words, words
from server.web.actors import who
from server.web.words import N_

#: Google's word for the state of a record.
STATUSES: dict[str, str] = {
    "ACTIVE": N_("aktif"),
    "DISABLED": N_("dinonaktifkan di konsol"),
    "DEPROVISIONED": N_("dilepas dari konsol"),
    "INACTIVE": N_("tidak aktif"),
    "PROVISIONED_PENDING": N_("menunggu dienrol"),
    "DELINQUENT": N_("lisensi bermasalah"),
    "UNKNOWN": N_("tidak diketahui"),
}

#: One finding of a sync: what it is called, and what to think of it when it is odd.
FINDINGS: dict[str, str] = {
    "new": N_("Baru"),
    "moved": N_("Pindah unit organisasi"),
    "serial": N_("Nomor seri berubah"),
    "status": N_("Keadaan berubah"),
    "model": N_("Model berubah"),
    "enrolled": N_("Dienrol ulang"),
    "gone": N_("Tidak ada lagi di konsol"),
    "back": N_("Ada lagi di konsol"),
    "twice": N_("Nomor seri dipakai dua catatan"),
    "unit_new": N_("Unit organisasi baru"),
    "unit_renamed": N_("Unit organisasi berganti nama"),
    "unit_vanished": N_("Unit organisasi hilang"),
}
ODD: dict[str, str] = {
    "serial": N_("Papan induk diganti, atau catatan tertukar? Cocokkan dengan tulisan di bawah Chromebook."),
    "gone": N_("Banyak yang hilang sekaligus. Mungkin akun penghubung tidak lagi melihat seluruh sekolah."),
    "twice": N_("Satu Chromebook punya dua catatan. Biasanya yang lama bisa dihapus di konsol."),
    "unit_vanished": N_("Tadinya ada Chromebook di dalamnya. Periksa di konsol siapa yang menghapusnya."),
}

#: The numbers of a sync, in the order of the summary.
COUNTS: dict[str, str] = {
    "new": N_("baru"),
    "moved": N_("pindah unit organisasi"),
    "enrolled": N_("dienrol ulang"),
    "status": N_("keadaan berubah"),
    "model": N_("model berubah"),
    "back": N_("ada lagi"),
    "gone": N_("tidak ada lagi"),
    "serial": N_("nomor seri berubah"),
    "twice": N_("nomor seri ganda"),
    "units_new": N_("unit organisasi baru"),
    "units_renamed": N_("unit organisasi berganti nama"),
    "units_vanished": N_("unit organisasi hilang"),
    "same": N_("tetap"),
}

WHY_UNLABELLED: dict[str, str] = {
    "no_serial": N_("Konsol tidak memberi nomor seri yang bisa dipakai."),
    "serial_of": N_("Nomor serinya pernah dipakai %(what)s; pastikan perangkatnya."),
    "no_asset_id": N_("ID aset di konsol kosong."),
    "label_of": N_("Label %(what)s sudah dipakai perangkat lain."),
    "asset_id_unfit": N_("ID aset “%(what)s” terlalu panjang atau dipakai lebih dari satu kali."),
}

COMMANDS: dict[str, str] = {
    "reboot": N_("mulai ulang"),
    "screenshot": N_("tangkapan layar"),
    "wipe_users": N_("hapus data pengguna"),
    "volume": N_("atur suara"),
    "powerwash": N_("powerwash"),
    "disable": N_("nonaktifkan"),
    "enable": N_("aktifkan lagi"),
    "deprovision": N_("lepaskan dari konsol"),
}
OUTCOMES: dict[str, str] = {
    "asked": N_("menunggu orang kedua"),
    "queued": N_("menunggu giliran"),
    "pending": N_("belum dikirim"),
    "sent": N_("terkirim"),
    "acked": N_("diterima perangkat"),
    "done": N_("selesai"),
    "failed": N_("gagal"),
    "ignored": N_("diabaikan perangkat"),
    "expired": N_("kedaluwarsa"),
    "cancelled": N_("dibatalkan"),
}

#: One line of a device's history.
MOMENTS: dict[str, str] = {
    "created": N_("Masuk daftar Bangku"),
    "serial_from": N_("Nomor seri %(serial)s tercatat"),
    "serial_to": N_("Nomor seri %(serial)s tidak berlaku lagi"),
    "place_from": N_("Tempat asal: %(room)s, meja %(seat)s"),
    "place_to": N_("Tidak lagi bertempat di %(room)s, meja %(seat)s"),
    "enrolment_from": N_("Tersambung ke Bangku sebagai pemasangan baru (%(grade)s)"),
    "enrolment_to": N_("Sambungan pemasangan itu berakhir: %(end)s"),
    "remap_open": N_("Usul mengembalikan ke tempat semula: %(kind)s, %(strength)s"),
    "remap_accepted": N_("Dikembalikan ke tempat semula oleh %(who)s"),
    "remap_rejected": N_("Usul mengembalikan ditolak oleh %(who)s"),
    "remap_undone": N_("Keputusan itu dibatalkan oleh %(who)s"),
    "exam_from": N_("Dipakai di ujian “%(exam)s”, meja %(seat)s"),
    "exam_to": N_("Selesai dipakai di ujian “%(exam)s”, meja %(seat)s"),
    "command": N_("Perintah %(command)s: %(state)s (oleh %(who)s)"),
    "move": N_("Pemindahan dari %(before)s ke %(after)s: %(outcome)s (oleh %(who)s)"),
    "incident": N_("Kejadian: %(incident)s"),
    "out_of_service": N_("Tidak dipakai dulu: %(reason)s (oleh %(who)s)"),
    "in_service": N_("Dipakai lagi: %(reason)s (oleh %(who)s)"),
    "loan_from": N_("Dipinjam dari %(owner)s"),
    "loan_to": N_("Dikembalikan ke %(owner)s: %(condition)s"),
    "label": N_("Diberi label (oleh %(who)s)"),
    "console_seen": N_("Pertama terlihat di konsol Google, di %(after)s"),
    "console_moved": N_("Di konsol pindah dari %(before)s ke %(after)s"),
    "console_serial": N_("Nomor seri di konsol berubah dari %(before)s menjadi %(after)s"),
    "console_status": N_("Keadaan di konsol berubah dari %(before)s menjadi %(after)s"),
    "console_model": N_("Model di konsol berubah dari %(before)s menjadi %(after)s"),
    "console_enrolled": N_("Dienrol ulang di konsol Google, %(after)s"),
    "console_gone": N_("Tidak ada lagi di konsol Google"),
    "console_back": N_("Ada lagi di konsol Google, di %(after)s"),
    "console_twice": N_("Konsol Google punya catatan lain dengan nomor seri yang sama"),
    "console_annotated": N_("Isian di konsol berubah: %(after)s"),
    "console_command": N_("Perintah lewat konsol Google"),
}


def status(text: str | None) -> str:
    return words.word(STATUSES, text.upper()) if text else "–"


def finding(line: Mapping[str, Any]) -> dict[str, str]:
    """One line of a summary in words."""
    unit = line["what"] == "org_unit"
    kind = f"unit_{line['kind']}" if unit else line["kind"]
    before, after = _values(line["kind"], line["before"], line["after"])
    return {
        "kind": words.word(FINDINGS, kind),
        "which": (line["after"] or line["before"]) if unit else line["serial"] or line["id"],
        "before": before,
        "after": after,
        "odd": "1" if line["odd"] else "",
        "advice": gettext(ODD[kind]) if line["odd"] and kind in ODD else "",
    }


def moment(kind: str, params: Mapping[str, Any]) -> str:
    """One line of a device's history in words."""
    said = {key: value if value not in (None, "") else "–" for key, value in params.items()}
    if kind.startswith("console_"):
        before, after = _values(
            kind.removeprefix("console_"), _text(params.get("before", "")), _text(params.get("after", ""))
        )
        said |= {"before": before or "–", "after": after or "–"}
    if "who" in said:
        said["who"] = who(str(said["who"]))
    for name, table in (
        ("grade", words.GRADES),
        ("command", COMMANDS),
        ("state", OUTCOMES),
        ("outcome", OUTCOMES),
        ("kind", remap_words.KINDS),
        ("strength", remap_words.STRENGTHS),
        ("end", remap_words.ENDS),
    ):
        if name in said:
            said[name] = words.word(table, said[name])
    happened = words.INCIDENTS.get(str(said.get("incident")))
    if happened is not None:
        said["incident"] = gettext(happened[0])
    return str(gettext(MOMENTS[kind]) % said) if kind in MOMENTS else kind


def _text(value: object) -> str:
    """A value of the history; several fields at once as `ID aset C01; Lokasi –`."""
    if not isinstance(value, Mapping):
        return str(value)
    named = remap_console_words.FIELDS
    return "; ".join(f"{words.word(named, key)} {text or '–'}" for key, text in value.items())


def _values(kind: str, before: str, after: str) -> tuple[str, str]:
    if kind == "twice":  # ids of two records say nothing to a person
        return "", ""
    if kind == "status":
        return status(before), status(after)
    if kind == "enrolled":
        show = current_app.extensions["bangku_moment"]
        return tuple(show(int(v)) if v.isdigit() else v for v in (before, after))  # type: ignore[return-value]
    return before, after


def why_unlabelled(code: str, what: str) -> str:
    return str(gettext(WHY_UNLABELLED[code]) % {"what": what})
