"""Readiness in words: states, reasons, what to do next, and what it rests on. No blame, and no jargon."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import current_app
from flask_babel import format_date, format_decimal, gettext

from server.domain.readiness import Reason
from server.domain.readiness_facts import Source
from server.domain.remap import Kind
from server.web import console_words, words
from server.web.words import N_

STATES: dict[str, str] = {
    "ready": N_("Siap"),
    "warning": N_("Perlu dicek"),
    "not_ready": N_("Belum siap"),
}
#: What needs somebody first.
ORDER = ("not_ready", "warning", "ready")
#: The shape beside each state (static/img/icons.svg).
ICONS: dict[str, str] = {"ready": "ready", "warning": "attention", "not_ready": "absent"}

REASONS: dict[str, str] = {
    "out_of_service": N_("Sedang tidak dipakai: %(why)s."),
    "remap_open": N_("Kembali setelah dihapus isinya, dan belum dipastikan Chromebook yang mana."),
    "not_returned": N_("Belum kembali: %(why)s."),
    "loan_over": N_("Pinjaman dari %(owner)s hanya sampai %(until)s, sebelum hari ujian."),
    "loan_no_kiosk": N_(
        "Milik %(owner)s: mengikuti aturan sekolah itu, jadi tidak bisa dikunci untuk ujian ini."
    ),
    "console_missing": N_("Tidak ada di konsol Google sekolah."),
    "console_status": N_("Menurut Google: %(status)s."),
    "wiped_enrol": N_("Dihapus isinya %(at)s dan belum terlihat dienrol lagi."),
    "wrong_unit": N_("Berada di unit organisasi %(path)s; tempatnya %(home)s."),
    "screen_bad": N_("Layarnya rusak menurut uji coba."),
    "keyboard_bad": N_("Ada tombol papan ketik yang tidak jalan menurut uji coba."),
    "wiped_wifi": N_("Dihapus isinya %(at)s dan belum terlihat tersambung lagi ke Wi-Fi."),
    "wiped_client": N_("Dihapus isinya %(at)s; Exam Browser belum dicek lagi sesudahnya."),
    "wiped_checkin": N_("Dihapus isinya %(at)s dan belum melapor lagi ke Bangku."),
    "checkin_never": N_("Belum pernah terlihat menyala oleh Bangku."),
    "checkin_old": N_("Terakhir terlihat menyala %(at)s."),
    "wifi_unseen": N_("Sambungan Wi-Fi belum terlihat."),
    "console_unread": N_("Konsol Google belum pernah dibaca, jadi keadaannya di sana belum diketahui."),
    "console_old": N_("Konsol Google terakhir dibaca %(at)s."),
    "not_moved": N_("Belum berada di unit organisasi ujian (sekarang %(path)s)."),
    "policy_none": N_("Kebijakan ujian belum pernah diterapkan untuk unit organisasinya."),
    "policy_pending": N_("Kebijakan yang baru belum sampai (terakhir diambil %(at)s)."),
    "sync_never": N_("Belum pernah mengambil kebijakan menurut konsol."),
    "sync_old": N_("Terakhir mengambil kebijakan %(at)s menurut konsol."),
    "battery_flat": N_("Baterai hampir habis (%(percent)s%%) dan tidak diisi."),
    "battery_low": N_("Baterai %(percent)s%%; untuk satu sesi perlu %(wanted)s%%."),
    "battery_unseen": N_("Isi baterai belum terlihat."),
    "storage_full": N_("Penyimpanan penuh (sisa %(mb)s MB)."),
    "storage_low": N_("Sisa penyimpanan %(mb)s MB; sebaiknya %(wanted)s MB."),
    "storage_unseen": N_("Sisa penyimpanan belum terlihat."),
    "os_below": N_("ChromeOS %(version)s; ujian ini perlu paling rendah %(least)s."),
    "os_behind": N_("ChromeOS %(version)s, tertinggal dari yang lain di ruangnya (%(room)s)."),
    "os_unseen": N_("Versi ChromeOS belum terlihat."),
    "extension_old": N_("Ekstensi Bangku versi %(version)s; server menyediakan %(wanted)s."),
    "client_unseen": N_("Exam Browser belum dicek orang di Chromebook ini."),
    "hands_unseen": N_("Sentuh, papan ketik, dan layar belum dicoba."),
    "clock_off": N_("Jamnya meleset sekitar %(minutes)s menit."),
    "wifi_weak": N_("Sinyal Wi-Fi lemah (%(dbm)s dBm)."),
    "battery_worn": N_("Baterai sudah aus menurut telemetri."),
    "touch_bad": N_("Layar sentuh atau panel sentuhnya bermasalah menurut uji coba."),
    "updates_end": N_("Pembaruan ChromeOS untuk model ini berakhir %(end)s, sebelum hari ujian."),
}

#: Of "remap_open" where no wipe is known: another key or record is there, and that is all that is known.
CLAIMED = N_("Ada perangkat yang mengaku sebagai Chromebook ini; belum diputuskan.")
WIPES = frozenset({Kind.WIPED, Kind.REENROLLED, Kind.WRONG_UNIT})

NOT_RETURNED: dict[str, str] = {
    "deprovisioned": N_("dilepas dari konsol Google"),
    "record_gone": N_("tidak ada lagi di konsol Google"),
    "wiped": N_("dihapus isinya dan belum dienrol lagi"),
    "no_contact": N_("sudah dienrol lagi, tetapi belum melapor ke Bangku"),
    "key_ended": N_("sambungannya diakhiri dan belum melapor lagi"),
}

#: What to do, by `domain.readiness_rules.STEPS`.
STEPS: dict[str, str] = {
    "repair": N_("Perbaiki atau ganti dengan Chromebook cadangan."),
    "accept": N_("Pindai stikernya di tempat, lalu terima kembali ke tempat semula."),
    "enrol": N_("Nyalakan, sambungkan ke Wi-Fi, lalu enrol lagi ke sekolah."),
    "loan": N_("Minta perpanjangan ke pemiliknya, atau ganti dengan yang lain."),
    "other_use": N_("Pakai untuk Exam Browser saja, atau ganti dengan milik sekolah."),
    "enable": N_("Aktifkan lagi di konsol Google, atau ganti dengan yang lain."),
    "unit": N_("Pindahkan ke unit organisasinya di konsol Google."),
    "wifi": N_("Nyalakan dan sambungkan ke Wi-Fi sekolah."),
    "check_client": N_(
        "Buka Exam Browser dari menu Aplikasi sampai halaman login, lalu centang atas nama Anda."
    ),
    "switch_on": N_("Nyalakan dan biarkan tersambung sampai melapor."),
    "read_console": N_("Ambil daftar dari konsol Google di halaman Perangkat."),
    "move": N_("Pindahkan ke unit ujian di halaman Pemindahan."),
    "plan_policy": N_("Susun dan terapkan kebijakan ujian di halaman Kebijakan."),
    "wait_policy": N_("Nyalakan, sambungkan ke Wi-Fi, dan tunggu kebijakannya (bisa satu jam)."),
    "charge": N_("Isi baterainya."),
    "look_battery": N_("Nyalakan dan lihat isi baterainya; isi bila perlu."),
    "free_storage": N_("Hapus data pengguna lama sampai cukup lega, jauh hari sebelum ujian."),
    "update": N_("Sambungkan ke Wi-Fi, perbarui ChromeOS, lalu mulai ulang."),
    "restart": N_("Mulai ulang supaya ekstensinya diperbarui."),
    "try_hands": N_("Coba sentuh, papan ketik, dan layarnya di halaman cek."),
    "clock": N_("Sambungkan ke internet supaya jamnya betul sendiri, lalu mulai ulang."),
    "nearer": N_("Dudukkan lebih dekat ke titik akses, atau periksa titik aksesnya."),
    "plug_in": N_("Pakai dengan pengisi daya tersambung, atau jadikan Chromebook cadangan."),
    "repair_later": N_("Pakai tetikus bila perlu; perbaiki sesudah ujian."),
    "other_device": N_("Masih bisa dipakai bila cek lain baik; siapkan gantinya."),
}

SOURCES: dict[Source, str] = {
    Source.DEVICE: N_("laporan Chromebook"),
    Source.CONSOLE: N_("dari konsol"),
    Source.TELEMETRY: N_("telemetri konsol"),
    Source.PAGE: N_("laporan sendiri"),
    Source.PERSON: N_("dilihat %(by)s"),
}

HEALTH: dict[str, str] = {
    "normal": N_("baik"),
    "soon": N_("segera ganti"),
    "now": N_("ganti sekarang"),
}
HANDS: dict[str, str] = {"ok": N_("baik"), "bad": N_("bermasalah"), "none": N_("tidak ada")}

CLIENTS: dict[str, str] = {"web": N_("kios Bangku"), "exam_browser": N_("Exam Browser")}


def state(value: str) -> str:
    return words.word(STATES, value)


def reason(one: Reason) -> str:
    """A reason as a sentence."""
    said: dict[str, Any] = dict(one.params)
    if "at" in said:
        said["at"] = ago(said["at"]) if said["at"] is not None else gettext("belum pernah")
    for key in ("until", "end"):
        if key in said:
            said[key] = day(str(said[key]))
    for key in ("mb", "wanted"):
        if isinstance(said.get(key), int):
            said[key] = format_decimal(said[key])
    if "status" in said:
        said["status"] = console_words.status(str(said["status"]))
    if one.code == "not_returned":
        said["why"] = words.word(NOT_RETURNED, str(said["why"]))
    if one.code == "out_of_service" and not said.get("why"):
        said["why"] = gettext("alasannya tidak dicatat")
    if one.code == "remap_open" and said.get("kind") not in WIPES:
        return str(gettext(CLAIMED))
    return str(gettext(REASONS[one.code]) % said)


def step(code: str | None) -> str:
    return str(gettext(STEPS[code])) if code else ""


def source(told: Any) -> str:
    """`dari konsol, kemarin 14.30`."""
    who = gettext(SOURCES[told.source]) % {"by": told.by or gettext("petugas")}
    return f"{who}, {ago(told.at)}"


def ago(at: int) -> str:
    """How long ago, as people say it; from yesterday on with the hour."""
    now = current_app.extensions["bangku"].now()
    minutes = max(0, now - at) // 60_000
    if minutes < 2:
        return str(gettext("baru saja"))
    if minutes < 60:
        return str(gettext("%(n)s menit lalu", n=minutes))
    local = current_app.extensions["bangku_local"]
    days = (local(now).date() - local(at).date()).days
    hour = local(at).strftime("%H.%M")
    if days == 0:
        return str(gettext("hari ini %(hour)s", hour=hour))
    if days == 1:
        return str(gettext("kemarin %(hour)s", hour=hour))
    if days < 60:
        return str(gettext("%(n)s hari lalu", n=days))
    return str(gettext("%(n)s bulan lalu", n=days // 30))


def day(text: str) -> str:
    """24 Nov 2026, or Nov 2026 where no day is known."""
    try:
        found = date.fromisoformat(f"{text}-01"[:10])
    except ValueError:
        return text
    return str(format_date(found, "d MMM y" if len(text) == 10 else "MMM y"))
