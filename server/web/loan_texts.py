"""Words for stickers, cards and borrowed Chromebooks: what is refused, and why."""

from __future__ import annotations

from server.web.words import N_

LOAN_ERRORS: dict[str, str] = {
    "sticker_start": N_("Lembar ini berisi stiker 1 sampai %(most)s. Pilih nomor di antaranya."),
    "qr_too_long": N_(
        "Alamat server dan label terlalu panjang untuk stiker sekecil ini (%(length)s karakter). Pilih stiker yang lebih "
        "besar, atau pakai alamat yang lebih pendek."
    ),
    "sticker_foreign": N_(
        "Stiker “%(device)s” ini bukan cetakan sekolah ini. Chromebook pinjaman memakai label dari sekolah ini: pindai "
        "stikernya yang baru, atau ketik labelnya."
    ),
    "card_no_exam_yet": N_("Peserta kartu ini belum masuk ujian mana pun. Buat ujiannya dulu."),
    "device_borrowed": N_(
        "%(label)s dipinjam dari %(owner)s dan memakai kebijakan sekolah itu. Bangku tidak mengubah apa pun di konsol "
        "untuknya; minta %(owner)s bila ada yang perlu diubah."
    ),
    "loan_until_invalid": N_("Tanggal akhir belum terbaca; tulis seperti 30/11/2026."),
    "loan_until_over": N_("Tanggal akhir sudah lewat. Tulis hari ini atau sesudahnya."),
    "loan_refused": N_("Chromebook ini belum bisa diterima."),
    "loan_open": N_("%(label)s sudah tercatat sebagai pinjaman. Ubah yang ada di daftar."),
    "loan_unknown": N_("Pinjaman ini tidak ditemukan. Muat ulang daftar."),
    "loan_over": N_("%(label)s sudah dikembalikan. Muat ulang daftar."),
    "loan_back_invalid": N_("Tanggal pengembalian: antara awal pinjaman dan hari ini, misalnya 30/11/2026."),
    "condition_missing": N_("Tulis keadaannya saat dikembalikan, 1 sampai %(most)s karakter."),
}
