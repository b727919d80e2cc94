"""Words for the spare: what speaks against a Chromebook, why a swap or its undoing is refused, the centre's steps."""

from __future__ import annotations

from server.web.words import N_

#: What speaks against a Chromebook (`domain.spare`), as said before it is taken.
REASONS: dict[str, str] = {
    "spare_needed": N_("masih dipakai meja %(seat)s"),
    "spare_unsent": N_("%(count)s jawaban peserta sebelumnya belum terkirim; biarkan menyala dan tersambung"),
    "spare_owes": N_("belum dibersihkan dari peserta sebelumnya; biarkan menyala dan tersambung sebentar"),
    "spare_out_of_service": N_("dicatat sedang tidak dipakai (%(why)s)"),
    "spare_never_heard": N_("belum pernah melapor; nyalakan dan lihat apakah nomor stikernya tampil"),
    "spare_silent": N_("tidak terdengar sejak %(since)s; nyalakan dan periksa Wi-Fi"),
    "spare_battery": N_("baterai %(percent)s%%; siapkan pengisi daya"),
    "spare_wrong_unit": N_("di konsol ada di %(path)s, bukan %(wanted)s, jadi kebijakannya lain"),
    "spare_foreign": N_("pinjaman dari %(owner)s dan memakai kebijakan sekolah itu"),
    "spare_overdue": N_("pinjaman dari %(owner)s, sudah lewat tanggal kembali"),
}

#: The same in two or three words, for the list on the board.
SHORT: dict[str, str] = {
    "spare_needed": N_("dipakai"),
    "spare_unsent": N_("jawaban belum terkirim"),
    "spare_owes": N_("sedang dibersihkan"),
    "spare_out_of_service": N_("tidak dipakai"),
    "remap_open": N_("belum dipastikan"),
    "spare_never_heard": N_("belum melapor"),
    "spare_silent": N_("tidak terdengar"),
    "spare_battery": N_("baterai %(percent)s%%"),
    "spare_wrong_unit": N_("unit organisasi lain"),
    "spare_foreign": N_("kebijakan sekolah lain"),
    "spare_overdue": N_("lewat tanggal kembali"),
}

#: What the proktor ticks after a swap under the ministry's client.
STEPS: dict[str, str] = {
    "reset": N_("sudah direset di Proktor Browser"),
    "login": N_("login ulang dengan kartu"),
    "token": N_("token dimasukkan"),
    "goes_on": N_("lanjut mengerjakan"),
}

SPARE_ERRORS: dict[str, str] = {
    "device_taken": N_("%(device)s masih dipakai meja %(seat)s. Pilih yang bebas."),
    "device_same": N_("%(device)s memang sudah di meja ini."),
    "device_owes": N_(
        "%(device)s belum dibersihkan dari peserta sebelumnya. Biarkan menyala dan tersambung, atau pilih yang lain."
    ),
    "device_unsent": N_(
        "%(device)s masih menyimpan %(count)s jawaban peserta sebelumnya. Biarkan tersambung sampai terkirim, atau "
        "pilih yang lain."
    ),
    "spare_not_ready": N_("%(device)s: %(reasons)s."),
    "borrowed_already": N_("Meja %(seat)s sudah memakai laptop pinjaman."),
    "swap_unknown": N_("Pergantian ini tidak ditemukan. Muat ulang papan."),
    "swap_undone": N_("Pergantian di meja %(seat)s sudah dibatalkan."),
    "swap_too_late": N_(
        "Sudah lewat %(seconds)s detik, jadi tidak bisa dibatalkan. Ganti lagi ke Chromebook yang seharusnya."
    ),
    "swap_changed": N_("Perangkat meja %(seat)s sudah berganti lagi. Lihat mejanya."),
    "swap_old_gone": N_(
        "%(device)s sudah dicatat tidak dipakai, jadi meja %(seat)s tidak bisa kembali ke sana."
    ),
    "swap_old_wiped": N_(
        "%(device)s dihapus atau diganti sejak pergantian, jadi meja %(seat)s tidak bisa kembali ke sana."
    ),
    "swap_old_taken": N_(
        "%(device)s sudah dipakai peserta lain, jadi meja %(seat)s tidak bisa kembali ke sana."
    ),
    "swap_no_steps": N_(
        "Meja %(seat)s lanjut sendiri di Chromebook baru; tidak ada langkah yang perlu ditandai."
    ),
    "step_unknown": N_("Langkah itu tidak dikenal. Muat ulang papan."),
    # the ledger's page and interface
    "ledger_exam_invalid": N_("Ujian dipilih dari daftar; nomornya tidak terbaca."),
    "ledger_date_invalid": N_("Tanggal tidak terbaca. Tulis seperti 2026-11-24."),
    "ledger_time_invalid": N_("Jam tidak terbaca. Tulis seperti 08.41, atau 2026-11-24T08:41."),
    "ledger_room_missing": N_("Meja %(seat)s ada di beberapa ruang: %(rooms)s. Pilih ruangnya."),
    "ledger_seat_unknown": N_("Tidak ada meja “%(seat)s” di situ."),
    "ledger_text_long": N_("Terlalu panjang: paling banyak %(most)s karakter."),
    "card_not_here": N_("%(name)s (%(number)s) tidak ada di ujian ini."),
}
