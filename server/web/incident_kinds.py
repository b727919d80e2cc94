"""Incidents in words that a pupil may read: what happened, what to do, what it means for the pupil. Nobody is blamed."""

from __future__ import annotations

from server.web.attest_words import ATTEST_INCIDENTS


def N_(text: str) -> str:
    return text


#: What happened and what helps, in words a pupil may read.
INCIDENTS: dict[str, tuple[str, str]] = {
    "missing": (N_("tidak terdengar"), N_("Periksa Wi-Fi dan layarnya; jawaban tersimpan di perangkat.")),
    "network_loss": (
        N_("jaringan terputus di satu tempat"),
        N_(
            "Periksa titik akses dan kabel ruang ini; perangkat menyambung sendiri. Jangan mematikan Chromebook."
        ),
    ),
    "battery_out": (
        N_("tidak terdengar; baterainya hampir habis waktu terakhir terdengar"),
        N_("Sambungkan pengisi daya, nyalakan, lalu tunggu; atau pasangkan Chromebook cadangan."),
    ),
    "battery_low": (N_("baterai hampir habis"), N_("Sambungkan pengisi daya.")),
    "left_exam": (N_("halaman ujian tidak di depan"), N_("Lihat layarnya; sering kali cukup diklik.")),
    "blocked": (N_("halaman lain diminta dan ditolak"), N_("Sering kali hanya salah ketuk; lihat layarnya.")),
    "newcomer": (
        N_("perangkat belum dikenal"),
        N_("Cocokkan stiker dengan labelnya, lalu terima perangkat."),
    ),
    "newcomers_many": (
        N_("terlalu banyak pemasangan baru untuk satu perangkat"),
        N_("Putuskan dulu yang sedang menunggu; yang berikut masuk antrean."),
    ),
    "fork": (N_("dua perangkat memakai satu identitas"), N_("Minta teknisi memeriksa keduanya.")),
    "unknown_device": (N_("nomor seri tidak ada di daftar"), N_("Minta teknisi mendaftarkannya.")),
    **ATTEST_INCIDENTS,
    "clock_off": (N_("jam perangkat melenceng"), N_("Waktu ujian tetap mengikuti server.")),
    "not_me": (N_("peserta berkata itu bukan namanya"), N_("Cocokkan kartu peserta dengan meja.")),
    "no_device": (N_("belum ada perangkat"), N_("Pasangkan Chromebook cadangan.")),
    "answers_unsent": (N_("ada jawaban belum terkirim"), N_("Biarkan menyala dan tersambung.")),
    "browser_restarted": (N_("peramban mulai ulang"), N_("Biasanya lanjut sendiri; lihat layarnya.")),
    **ATTEST_INCIDENTS,
}

#: What it means for the pupil.
MEANS: dict[str, str] = {
    "missing": N_("Yang sudah tersimpan tetap tersimpan dan waktu dihitung server; pengerjaan bisa diteruskan."),
    "network_loss": N_("Kunci dan waktu tetap berjalan di setiap Chromebook; yang sudah tersimpan tetap tersimpan."),
    "battery_low": N_("Belum berpengaruh pada pengerjaan."),
    "battery_out": N_("Yang sudah tersimpan tetap tersimpan; diteruskan setelah menyala, atau di Chromebook cadangan."),
    "left_exam": N_("Jawaban tidak berubah. Sering kali hanya salah ketuk."),
    "blocked": N_("Jawaban tidak berubah; halaman lain tidak terbuka."),
    "newcomer": N_("Perangkat ini menunggu sampai diterima; waktu yang sudah berjalan tetap dihitung server."),
    "newcomers_many": N_("Perangkat yang sudah berjalan tidak diganggu; yang baru menunggu."),
    "fork": N_("Pengerjaan di perangkat yang sudah berjalan tidak diganggu."),
    "unknown_device": N_("Belum ada peserta yang memakainya."),
    "attest_refused": N_("Pengerjaan tidak berubah."),
    "attest_mismatch": N_("Pengerjaan tidak berubah sampai petugas mencocokkan perangkatnya."),
    "attest_silent": N_("Pengerjaan tidak berubah."),
    "attest_unavailable": N_("Pengerjaan tidak berubah."),
    "clock_off": N_("Waktu ujian tidak berubah: yang dihitung jam server."),
    "not_me": N_("Belum mulai; nama dan meja dicocokkan dulu."),
    "no_device": N_("Peserta menunggu Chromebook."),
    "answers_unsent": N_("Jawaban aman di Chromebook dan dikirim begitu tersambung."),
    "browser_restarted": N_("Yang sudah tersimpan tetap tersimpan; halaman ujian terbuka lagi."),
}  # fmt: skip
