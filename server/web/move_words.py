"""What moves, their devices, and orders to Chromebooks are called on screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from server.web.texts import ERRORS, error_text, fill
from server.web.words import N_

MOVE_STATES: dict[str, str] = {
    "planned": N_("Rencana"),
    "moving": N_("Berjalan"),
    "done": N_("Selesai"),
    "partly": N_("Sebagian"),
    "failed": N_("Belum berhasil"),
    "home": N_("Sudah pulang"),
}
PURPOSES: dict[str, str] = {"exam": N_("Ke unit ujian"), "home": N_("Pulang")}
OUTCOMES: dict[str, str] = {
    "pending": N_("belum dipindahkan"),
    "sent": N_("dikirim, belum terbukti"),
    "done": N_("sudah pindah"),
    "failed": N_("tidak pindah"),
}
STANDINGS: dict[str, str] = {
    "not_moved": N_("belum dipindahkan"),
    "not_proved": N_("sudah pindah, belum terbukti"),
    "ready": N_("siap"),
    "unknown": N_("tidak ada di konsol"),
}
CLIENTS: dict[str, str] = {"web": N_("Di Bangku"), "exam_browser": N_("Exam Browser")}
UNIT_STATES: dict[str, str] = {
    "wanted": N_("akan dibuat"),
    "sent": N_("sedang dibuat"),
    "ready": N_("siap"),
    "failed": N_("belum berhasil"),
}

#: Why one device stayed, or what became of it, by code.
REASONS: dict[str, str] = {
    "already_there": N_("sudah di sana"),
    "device_borrowed": N_("pinjaman; kebijakannya milik sekolah lain"),
    "device_unlinked": N_("tidak ditemukan di konsol; sinkronkan dan periksa nomor serinya"),
    "device_doubled": N_("konsol punya lebih dari satu catatan dengan nomor seri ini"),
    "device_gone": N_("tidak ada lagi di konsol"),
    "device_out_of_service": N_("tidak dipakai"),
    "device_not_active": N_("dinonaktifkan atau dilepas di konsol"),
    "device_no_org_unit": N_("unit organisasinya tidak diketahui; sinkronkan lagi"),
    "device_held": N_("sedang dipakai peserta"),
    "device_moved_elsewhere": N_("sudah berada di unit lain, jadi dibiarkan"),
    "not_ours_to_return": N_("bukan Bangku yang memindahkannya"),
    "org_unit_gone": N_("unit organisasi tujuan tidak ada lagi"),
    "move_silent": N_("Google menerima perintahnya, tetapi perangkat tidak pindah; periksa di konsol"),
    "move_unproved": N_("sudah dikirim; belum bisa dipastikan pindah atau tidak. Sinkronkan"),
    "move_cancelled": N_("dihentikan sebelum giliran perangkat ini"),
    "move_exam_browser_day": N_("hari ini ada ujian di Exam Browser; tidak ada yang dipindahkan"),
    "move_exam_open": N_("ujian di ruang ini sedang berlangsung"),
    "move_too_late": N_("hari ini sudah hari ujian"),
    "sent_unknown": N_(
        "jawaban Google hilang; mungkin sudah terkirim, dan tidak dikirim lagi. Lihat perangkatnya"
    ),
    "command_lost": N_("Google tidak mengenal perintah ini lagi"),
    "command_no_end": N_("tidak pernah dijawab perangkat"),
    "command_failed": N_("perangkat mencoba, tetapi gagal: %(said)s"),
    "command_ignored": N_("perangkat mengabaikannya: %(said)s"),
    "command_expired": N_("kedaluwarsa sebelum perangkat menerimanya"),
    "command_cancelled": N_("dibatalkan di konsol"),
    "command_withdrawn": N_("dibatalkan sebelum dikirim"),
    "confirm_expired": N_("tidak disetujui orang kedua dalam sehari"),
    "licence_missing": N_("lisensi tidak cukup di konsol: %(said)s"),
    "status_refused": N_("Google menolak: %(said)s"),
}

#: Orders: what each is called, and what it does, said before it is sent.
COMMANDS: dict[str, tuple[str, str]] = {
    "reboot": (N_("Mulai ulang"), N_("Chromebook langsung menyala ulang.")),
    "screenshot": (
        N_("Ambil tangkapan layar"),
        N_("Hanya saat mode kios; gambarnya ada di konsol Google, tidak disimpan di sini."),
    ),
    "volume": (N_("Atur volume"), N_("Hanya dalam mode kios atau tamu terkelola.")),
    "wipe_users": (
        N_("Hapus data pengguna"),
        N_("Semua data pengguna di Chromebook hilang. Pendaftaran dan kebijakannya tetap."),
    ),
    "powerwash": (
        N_("Powerwash"),
        N_(
            "Chromebook kembali seperti baru: harus disambungkan ke Wi-Fi lagi dan didaftarkan ulang. Tidak bisa dibatalkan."
        ),
    ),
    "disable": (
        N_("Nonaktifkan"),
        N_("Tidak seorang pun bisa memakai Chromebook ini sampai diaktifkan lagi."),
    ),
    "enable": (N_("Aktifkan lagi"), N_("Chromebook bisa dipakai lagi; bisa perlu satu lisensi.")),
    "deprovision": (
        N_("Lepas dari konsol"),
        N_("Kebijakan dan mode kios hilang; perlu dihapus dan didaftarkan ulang dengan tangan."),
    ),
}
COMMAND_STATES: dict[str, str] = {
    "asked": N_("menunggu persetujuan orang kedua"),
    "queued": N_("menunggu dikirim"),
    "sent": N_("dikirim ke Google"),
    "acked": N_("diterima perangkat"),
    "done": N_("berhasil"),
    "failed": N_("gagal"),
    "ignored": N_("diabaikan perangkat"),
    "expired": N_("kedaluwarsa"),
    "cancelled": N_("dibatalkan"),
    "unknown": N_("tidak diketahui"),
}
DEPROVISION_REASONS: dict[str, str] = {
    "retiring": N_("Tidak dipakai lagi"),
    "same_model": N_("Diganti dengan model yang sama"),
    "other_model": N_("Diganti dengan model lain"),
    "not_required": N_("Tanpa alasan khusus"),
}
JOB_KINDS: dict[str, str] = {"units": N_("Menyiapkan unit organisasi ujian")}
STEPS: dict[str, str] = {
    "move_looking": N_("Memeriksa di mana tiap perangkat sekarang"),
    "move_sending": N_("Memindahkan perangkat"),
    "move_proving": N_("Membaca kembali dari Google apakah sudah pindah"),
    "commands_sending": N_("Mengirim perintah"),
    "commands_looking": N_("Menanyakan hasil perintah"),
    "units_making": N_("Membuat unit organisasi"),
}
RESULTS: dict[str, str] = {
    "moved": N_("%(n)s pindah"),
    "not_moved": N_("%(n)s tidak pindah"),
    "commands_sent": N_("%(n)s perintah dikirim"),
    "commands_open": N_("%(n)s perintah masih ditunggu"),
    "units_made": N_("%(n)s unit organisasi dibuat"),
}


def reason(code: str | None, params: Mapping[str, Any] | None = None) -> str:
    """One device's code in words; a refusal of Google's in the words of that refusal."""
    if code is None:
        return ""
    if code in REASONS:
        return fill(gettext(REASONS[code]), **(params or {}))
    return error_text(code, params or {}) if code in ERRORS else code
