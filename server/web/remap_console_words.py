"""Giving a Chromebook back what its record in the console held, in words."""

from __future__ import annotations

from flask_babel import gettext

from server.web import move_words
from server.web.texts import ERRORS, error_text
from server.web.words import N_

#: What seems to have happened, as a sentence about one Chromebook (`domain.remap.Kind`).
STORIES: dict[str, str] = {
    "wiped": N_("%(label)s tampaknya di-powerwash, lalu dienrol lagi. Catatannya di konsol masih yang sama."),
    "reenrolled": N_("%(label)s tampaknya dilepas dari konsol atau dihapus, lalu dienrol lagi."),
    "two_records": N_(
        "Konsol punya lebih dari satu catatan aktif dengan nomor seri %(label)s. Yang dienrol paling baru tampaknya dia."
    ),
    "board_swapped": N_(
        "Ada Chromebook dengan nomor seri baru yang tampaknya %(label)s; mungkin papan induknya diganti bengkel."
    ),
    "serial_changed": N_("Nomor seri %(label)s berubah di konsol; biasanya karena menjadi ChromeOS Flex."),
    "wrong_unit": N_("%(label)s sudah dienrol lagi, tetapi masuk ke unit organisasi yang lain."),
    "newcomer": N_(
        "Perangkat yang belum dikenal memakai nomor seri %(label)s. Konsol tidak mencatat enrol ulang."
    ),
}
NO_ONE = N_("Ada perangkat yang kembali, tetapi belum pasti Chromebook yang mana. Lihat stikernya.")

FIELDS: dict[str, str] = {
    "annotatedAssetId": N_("ID aset"),
    "annotatedLocation": N_("Lokasi"),
    "annotatedUser": N_("Pengguna"),
    "notes": N_("Keterangan"),
    "orgUnitPath": N_("Unit organisasi"),
}
OUTCOMES: dict[str, str] = {
    "pending": N_("belum ditulis"),
    "sent": N_("dikirim, belum terbukti"),
    "done": N_("tertulis, sudah dibaca kembali"),
    "failed": N_("belum tertulis"),
    "skipped": N_("tidak ditulis"),
}
#: Why a field stays, or what became of it.
REASONS: dict[str, str] = {
    "changed_meanwhile": N_("sudah diisi orang lain sesudah kembali, jadi dibiarkan"),
    "moved_meanwhile": N_("sudah dipindahkan orang lain sesudah kembali, jadi dibiarkan"),
    "unit_unknown": N_("unit organisasi yang dulu tidak ada lagi"),
    "org_unit_gone": N_("unit organisasi yang dulu tidak ada lagi"),
    "remap_already": N_("isinya sudah begitu, jadi tidak ditulis"),
    "remap_drifted": N_("berubah di konsol sesudah ditunjukkan, jadi dibiarkan"),
    "remap_record_gone": N_("catatannya tidak ada lagi di konsol"),
    "remap_silent": N_("Google menerimanya, tetapi isinya tidak berubah; periksa di konsol"),
    "remap_unproved": N_("sudah dikirim, belum bisa dipastikan. Coba lagi"),
    "remap_cancelled": N_("dihentikan sebelum gilirannya"),
    "remap_undone": N_("keputusannya dibatalkan sebelum ditulis"),
    "remap_resent": N_("sedang dikirim sekali lagi"),
    "device_held": N_("menunggu: sedang dipakai peserta. Lanjut sendiri sesudahnya"),
    "move_exam_browser_day": N_("menunggu: hari ini ada ujian di Exam Browser. Lanjut sendiri sesudahnya"),
    "move_exam_open": N_("menunggu: ujian di ruangnya belum selesai. Lanjut sendiri sesudahnya"),
    "move_too_late": N_("menunggu: hari ini ada ujian di ruangnya. Lanjut sendiri sesudahnya"),
}
JOB_KINDS: dict[str, str] = {
    "remap": N_("Mengembalikan isian Chromebook di konsol Google"),
    "remap_look": N_("Menanyakan Chromebook yang kembali kepada konsol Google"),
}
STEPS: dict[str, str] = {
    "remap_looking": N_("Melihat isi catatannya sekarang"),
    "remap_writing": N_("Menulis ke konsol"),
    "remap_proving": N_("Membaca kembali dari Google"),
    "remap_asking": N_("Menanyakan nomor serinya"),
}
RESULTS: dict[str, str] = {
    "written": N_("%(n)s isian tertulis"),
    "not_written": N_("%(n)s isian belum tertulis"),
    "waiting": N_("%(n)s isian menunggu ujian selesai"),
    "found": N_("%(n)s catatan ditemukan"),
}


def story(kind: str, label: str | None) -> str:
    """What seems to have happened, in one sentence."""
    return str(gettext(STORIES[kind]) % {"label": label}) if label else str(gettext(NO_ONE))


def reason(code: str | None) -> str:
    """Why one field stands as it does; a refusal of Google's in its own words."""
    if code is None:
        return ""
    if code in REASONS:
        return str(gettext(REASONS[code]))
    if code in move_words.REASONS:
        return move_words.reason(code)
    return error_text(code, {}) if code in ERRORS else code
