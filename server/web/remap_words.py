"""A Chromebook that comes back, in words: what happened, how sure that is, what speaks for it, what to do."""

from __future__ import annotations

from collections.abc import Mapping

from flask import current_app
from flask_babel import gettext

from server.domain.remap import Evidence
from server.web.words import N_

KINDS: dict[str, str] = {
    "wiped": N_("Di-powerwash, lalu dienrol lagi"),
    "reenrolled": N_("Dilepas dari konsol, lalu dienrol lagi"),
    "two_records": N_("Dua catatan di konsol memakai satu nomor seri"),
    "board_swapped": N_("Nomor seri lain di bawah stiker yang sama; mungkin papan induknya diganti"),
    "serial_changed": N_("Nomor serinya berubah setelah menjadi ChromeOS Flex"),
    "wrong_unit": N_("Dienrol lagi ke unit organisasi lain"),
    "newcomer": N_("Perangkat yang belum dikenal"),
}
STRENGTHS: dict[str, str] = {
    "strong": N_("bukti kuat"),
    "medium": N_("bukti sedang"),
    "weak": N_("bukti lemah"),
}
WEIGHTS: dict[str, str] = {
    "for": N_("mendukung"),
    "against": N_("menentang"),
    "neutral": N_("perlu diketahui"),
}
STATES: dict[str, str] = {
    "open": N_("menunggu keputusan"),
    "accepted": N_("diterima"),
    "rejected": N_("ditolak"),
    "undone": N_("penerimaan dibatalkan"),
    "superseded": N_("diganti usul lain"),
}
#: How it was accepted.
HOWS: dict[str, str] = {
    "scan": N_("stiker dipindai"),
    "typed": N_("label diketik"),
    "opened": N_("halamannya dibuka dari daftar atau alamatnya"),
    "click": N_("diklik"),
    "rule": N_("menurut aturan sekolah"),
}

#: How a key's time as its Chromebook, or its wait for that, ended.
ENDS: dict[str, str] = {
    "–": N_("tanpa alasan yang dicatat"),
    "replaced": N_("diganti pemasangan baru"),
    "rejected": N_("ditolak petugas"),
    "superseded": N_("perangkat lain yang diterima"),
    "remap_undone": N_("keputusan yang menerimanya dibatalkan"),
}

#: One thing that was looked at.
EVIDENCE: dict[str, str] = {
    "serial_exact": N_("Nomor seri %(serial)s sama persis."),
    "serial_none": N_("Nomor serinya kosong atau bukan nomor sungguhan (%(serial)s)."),
    "serial_doubled": N_("Nomor seri %(serial)s tercatat pada lebih dari satu Chromebook: %(labels)s."),
    "serial_of_other": N_("Nomor seri %(serial)s milik %(labels)s."),
    "serial_former": N_("Nomor seri %(serial)s dulu milik Chromebook ini."),
    "serial_new": N_("Nomor serinya lain: dulu %(before)s, sekarang %(after)s."),
    "serial_was_mac": N_("Nomor serinya dulu (%(before)s) adalah alamat kartu jaringan."),
    "nobody_known": N_("Tidak ada Chromebook kita yang cocok dengan nomor seri %(serial)s."),
    "several_known": N_("Lebih dari satu Chromebook cocok: %(labels)s."),
    "named_by_person": N_("Petugas menyebut stiker %(label)s."),
    "points_elsewhere": N_("ID aset atau alamat jaringannya menunjuk ke %(label)s."),
    "old_key_alive": N_("Perangkat lama masih terdengar: ada dua perangkat yang mengaku sama."),
    "old_key_silent": N_("Perangkat lama diam sejak %(contact)s."),
    "others_wait": N_("Ada %(count)s perangkat lain yang mengaku Chromebook ini."),
    "key_known": N_("Pemasangan ini pernah dikenal sebagai Chromebook ini."),
    "sent_away": N_("Pemasangan ini pernah ditolak atau dibatalkan pada %(at)s."),
    "attested": N_("Verified Access membuktikan mesinnya pada %(at)s."),
    "attestation_refused": N_("Verified Access menolak mesinnya."),
    "record_none": N_("Konsol Google tidak mengenal nomor seri ini."),
    "enrolled_after": N_("Konsol mencatat enrol pada %(enrolled)s, setelah kontak terakhir kita."),
    "enrolled_about": N_(
        "Konsol mencatat enrol pada %(enrolled)s; belum pasti setelah kontak terakhir kita."
    ),
    "not_reenrolled": N_("Konsol tidak mencatat enrol ulang sejak kontak terakhir kita."),
    "console_not_asked": N_("Konsol belum ditanya lagi; terakhir %(seen)s."),
    "knocked_before": N_("Pemasangan ini sudah datang sebelum enrol yang dicatat konsol (%(enrolled)s)."),
    "wipe_ordered": N_("Perintah kita menghapus isinya pada %(at)s."),
    "accepted_before": N_("%(who)s sudah menerima kembalinya pada %(at)s."),
    "record_deprovisioned": N_("Di konsol catatannya sudah dilepas."),
    "record_disabled": N_("Di konsol Chromebook ini dinonaktifkan."),
    "records_two": N_("Konsol punya %(count)s catatan dengan nomor seri ini."),
    "record_new": N_("Catatan di konsol baru; yang lama berbeda."),
    "record_same": N_("Catatan di konsol masih yang sama."),
    "record_waits": N_("Hasil sinkron tentang nomor seri ini janggal dan belum dilihat petugas."),
    "unit_other": N_("Sekarang di unit organisasi %(after)s; tempatnya %(before)s."),
    "unit_same": N_("Unit organisasinya tetap %(unit)s."),
    "developer_mode": N_("Menurut konsol, dijalankan dalam mode pengembang."),
    "mac_same": N_("Alamat Wi-Fi-nya sama."),
    "mac_other": N_("Alamat Wi-Fi-nya lain."),
    "model_other": N_("Modelnya lain: dulu %(before)s, sekarang %(after)s."),
    "asset_same": N_("ID aset di konsol menyebut %(label)s."),
    "out_of_service": N_("Chromebook ini sedang dinonaktifkan di Bangku."),
    "seated": N_("Sedang dipakai dalam ujian “%(exam)s”."),
}
_MOMENTS = ("contact", "at", "enrolled", "seen")

#: Why a Chromebook counts as not come back (`domain.return_steps`).
WHY_AWAY: dict[str, str] = {
    "deprovisioned": N_("Sudah dilepas dari konsol"),
    "record_gone": N_("Tidak ada lagi di konsol"),
    "wiped": N_("Di-powerwash dari sini dan belum dienrol lagi"),
    "no_contact": N_("Sudah dienrol lagi, tetapi belum menyapa Bangku"),
    "key_ended": N_("Sambungannya diakhiri dan belum kembali"),
}
STEPS: dict[str, str] = {
    "join_wifi": N_("Nyalakan dan sambungkan ke Wi-Fi sekolah."),
    "let_enrol": N_("Biarkan layar “enrol” selesai sendiri; biasanya beberapa menit."),
    "enrol_by_hand": N_("Jika diminta, tekan Ctrl+Alt+E dan masuk dengan akun enrol sekolah."),
    "wipe_it": N_("Powerwash dulu: Ctrl+Alt+Shift+R di layar masuk."),
    "sync_console": N_("Ambil daftar perangkat dari konsol sekali lagi."),
    "look_unit": N_("Lihat unit organisasinya di konsol; kembalikan bila salah."),
    "wait_policy": N_("Tunggu kebijakan sampai, lalu mulai ulang Chromebook."),
    "check_in": N_("Buka Bangku di Chromebook dan terima usul yang muncul."),
}

REMAP_ERRORS: dict[str, str] = {
    "remap_unknown": N_("Usul itu tidak ditemukan. Muat ulang daftar."),
    "remap_decided": N_("Sudah diputuskan oleh %(who)s. Muat ulang halaman."),
    "remap_changed": N_("Ada yang berubah sejak usul ini ditampilkan. Lihat lagi, lalu putuskan."),
    "remap_how": N_("Cara menerima tidak dikenal: pindai stiker, ketik label, atau klik."),
    "remap_no_candidate": N_("Belum pasti Chromebook yang mana. Pindai stikernya, atau ketik labelnya."),
    "remap_other_device": N_("Stiker itu milik Chromebook lain; usul ini tentang %(label)s."),
    "remap_old_alive": N_(
        "%(label)s yang dipakai peserta masih tersambung. Lihat buktinya dulu di Perangkat › Chromebook kembali."
    ),
    "remap_serial_taken": N_(
        "Nomor seri %(serial)s sudah milik %(label)s. Betulkan dulu di daftar perangkat."
    ),
    "remap_newer": N_("Ada keputusan yang lebih baru tentang Chromebook ini. Batalkan yang itu dulu."),
    "remap_in_use": N_(
        "Peserta sedang memakai Chromebook ini dalam “%(exam)s”. Batalkan setelah selesai dan dibersihkan."
    ),
    "remap_moved_on": N_("Keadaannya sudah diubah lagi sejak itu. Lihat halaman Chromebook-nya."),
    "remap_nothing_failed": N_("Tidak ada yang perlu ditulis lagi. Muat ulang halaman."),
    "remap_not_decided": N_("Belum ada keputusan yang bisa dibatalkan."),
    "newcomers_many": N_("Sudah terlalu banyak pemasangan baru menunggu untuk perangkat ini."),
    "rejected": N_("Pemasangan ini sudah ditolak petugas."),
}


def evidence(one: Evidence) -> str:
    """One piece of evidence as a sentence, with times as the school reads them."""
    return _filled(EVIDENCE.get(one.code, one.code), one.params)


def _filled(text: str, params: Mapping[str, object]) -> str:
    moment = current_app.extensions["bangku_moment"]
    said = {
        key: moment(value) if key in _MOMENTS and isinstance(value, int) else value if value != "" else "–"
        for key, value in params.items()
    }
    return str(gettext(text) % said)
