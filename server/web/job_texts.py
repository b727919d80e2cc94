"""What is refused about work with the Google console: its queue, the key that is uploaded, policy plans."""

from __future__ import annotations

from server.web.words import N_

JOB_ERRORS: dict[str, str] = {
    "google_key_missing": N_("Pilih berkas kunci (JSON) lebih dahulu."),
    "google_key_large": N_(
        "Berkas ini lebih besar dari 64 kB; kunci akun layanan jauh lebih kecil. Pilih yang betul."
    ),
    "policy_plan_unknown": N_("Rencana ini tidak ditemukan. Buat rencana baru di halaman Kebijakan."),
    "policy_not_planned": N_("Rencana ini tidak menunggu diterapkan lagi. Muat ulang halaman."),
    "policy_not_applied": N_("Rencana ini belum pernah diterapkan."),
    "policy_not_liftable": N_("Yang ini tidak bisa diizinkan; ubah dulu sebabnya, lalu buat rencana baru."),
    "policy_digest_stale": N_("Rencana ini bukan lagi yang ditunjukkan. Lihat sekali lagi, lalu terapkan."),
    "policy_drift": N_(
        "Rencana ini tidak lagi sama: %(count)s pengaturan berubah di konsol Google atau di Bangku sejak rencana dibuat "
        "(%(what)s). Tidak ada yang diterapkan; buat rencana baru."
    ),
    "policy_item_moved": N_(
        "Diubah orang lain di konsol sesudah rencana ditunjukkan, jadi dibiarkan. Lihat di Konsol Admin › Perangkat › "
        "Chrome › Setelan (%(page)s), lalu buat rencana baru."
    ),
    "policy_item_refused": N_(
        "Google menolak yang satu ini; yang lain tetap dipasang. Kata Google: %(said)s. Atur sendiri di Konsol Admin › "
        "Perangkat › Chrome › Setelan (%(page)s), atau perbaiki pengaturan kebijakan dan buat rencana baru."
    ),
    "policy_secret_changed": N_(
        "Rahasia enrol sudah diganti sesudah rencana ini dibuat. Buat rencana baru; rahasia yang baru ikut di dalamnya."
    ),
    "policy_outcome_unknown": N_(
        "Jawaban Google hilang dan isinya belum terlihat. Lanjutkan sekali lagi; yang sudah terpasang tidak dikirim dua kali."
    ),
    "org_unit_gone": N_(
        "Unit organisasi itu tidak ada lagi di konsol, jadi tidak ada yang bisa diatur di sana. Lihat Konsol Admin › "
        "Direktori › Unit organisasi (https://admin.google.com/ac/orgunits), ambil daftar perangkat, lalu pilih unit "
        "lain."
    ),
    "org_unit_unknown": N_(
        "Unit organisasi itu tidak ada di pengambilan terakhir. Ambil daftar perangkat sekali lagi."
    ),
    "confirm_missing": N_("Centang dulu kotaknya bila memang yakin; belum ada yang berubah."),
    "job_waiting": N_("Pekerjaan yang sama sudah berjalan atau menunggu giliran. Tunggu sampai selesai."),
    "job_over": N_("Pekerjaan ini sudah selesai atau dihentikan. Muat ulang halaman."),
    "job_unknown": N_("Pekerjaan ini tidak ditemukan. Muat ulang halaman."),
    "job_crashed": N_(
        "Pekerjaan ini gagal di server Bangku, bukan karena Anda. Jalankan sekali lagi; bila terulang, lihat log server."
    ),
}
