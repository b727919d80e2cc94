"""Why a policy plan is refused or looked at twice, and what can be done. Codes are those of `domain.policy_safety`."""

from __future__ import annotations

from server.web.words import N_

WORRIES: dict[str, str] = {
    "policy_too_many_devices": N_(
        "Rencana ini menyentuh %(count)s perangkat; batas sekolah %(max)s. Naikkan batas di pengaturan "
        "kebijakan, atau izinkan sekali ini."
    ),
    "policy_root_org_unit": N_(
        "Unit yang dipilih adalah unit paling atas: semua perangkat sekolah ikut berubah. Pilih unit "
        "khusus ujian."
    ),
    "policy_server_local": N_(
        "Alamat server %(address)s hanya terbuka di komputer server sendiri; Chromebook akan berhenti di halaman "
        "yang tidak terbuka. Isi alamat yang dapat dibuka Chromebook di pengaturan kebijakan, lalu susun lagi."
    ),
    "policy_exam_live": N_("Sedang berlangsung ujian di unit ini: %(exams)s. Tunggu sampai selesai."),
    "policy_borrowed_inside": N_(
        "Di unit ini ada Chromebook pinjaman: %(labels)s. Kebijakannya milik sekolah lain, jadi tidak diubah dari sini. "
        "Pilih unit lain, atau kembalikan pinjamannya dulu."
    ),
    "policy_reenrolment_weaker": N_(
        "Enrol ulang otomatis dilepas: Chromebook yang di-powerwash tidak kembali sendiri ke sekolah. "
        "Pilih “otomatis”, atau izinkan bila memang dimaksud."
    ),
    "policy_verified_mode_off": N_(
        "Mode terverifikasi dilepas: Chromebook dalam mode pengembang ikut diterima. Biarkan menyala, "
        "atau izinkan bila memang dimaksud."
    ),
    "policy_powerwash_open": N_(
        "Powerwash terbuka di masa yang dilindungi (H-1 sampai hari terakhir). Tutup, atau izinkan bila "
        "memang dimaksud."
    ),
    "policy_not_ours": N_(
        "%(title)s: di unit ini sudah ada isi lain yang bukan dari Bangku (%(fields)s). Tanyakan kepada "
        "yang memasangnya, lalu izinkan."
    ),
    "policy_changed_by_others": N_(
        "%(title)s: isi dari Bangku sudah diubah orang lain (%(fields)s). Tanyakan dulu, lalu izinkan."
    ),
    "policy_left": N_(
        "%(title)s dibiarkan: sebagian isinya bukan dari Bangku (%(fields)s). Hapus sendiri di konsol "
        "Admin bila tidak diperlukan."
    ),
    "policy_field_stays": N_(
        "%(title)s: %(fields)s tetap terisi; Google tidak dapat mengosongkan satu isian saja. Yang lain "
        "kembali seperti semula."
    ),
    "policy_schema_unknown": N_(
        "%(title)s: konsol sekolah ini tidak mengenal %(schema)s. Izinkan untuk melewati baris ini, "
        "atau atur sendiri di Konsol Admin › Perangkat › Chrome › Setelan "
        "(https://admin.google.com/ac/chrome/settings)."
    ),
    "policy_target_unknown": N_(
        "%(title)s: konsol sekolah ini meminta sasaran lain untuk %(schema)s. Izinkan untuk melewati "
        "baris ini, atau atur sendiri di konsol Admin."
    ),
    "policy_field_unknown": N_(
        "%(title)s: konsol sekolah ini tidak mengenal isian %(field)s dari %(schema)s. Izinkan untuk "
        "melewati baris ini."
    ),
    "policy_enum_unknown": N_(
        "%(title)s: konsol sekolah ini tidak mengenal pilihan %(value)s untuk %(field)s (%(schema)s). "
        "Izinkan untuk melewati baris ini."
    ),
    "policy_value_type": N_(
        "%(title)s: konsol sekolah ini meminta bentuk lain untuk %(field)s (%(schema)s). Izinkan untuk "
        "melewati baris ini."
    ),
    "policy_ack_unknown": N_(
        "%(title)s: Google meminta persetujuan yang tidak disebutkan namanya (%(schema)s). Atur sendiri "
        "di konsol Admin, lalu izinkan untuk melewati baris ini."
    ),
    "policy_end_support": N_("%(title)s: Google sudah tidak menerima %(schema)s. Perbarui Bangku."),
    "policy_deprecated": N_(
        "%(title)s: Google akan mengganti %(schema)s dengan %(newer)s. Masih berlaku sekarang."
    ),
    "policy_preview": N_("%(title)s: %(schema)s masih tahap percobaan di Google dan dapat berubah."),
    "policy_no_devices": N_(
        "Belum ada perangkat di unit %(path)s, jadi belum ada Chromebook yang ikut berubah. Rencana boleh diterapkan "
        "sekarang; pindahkan perangkat sesudahnya di Perangkat › Pemindahan, atau di Konsol Admin › Perangkat › Chrome "
        "› Perangkat (https://admin.google.com/ac/chrome/devices)."
    ),
    "policy_pause_long": N_(
        "Pembaruan dijeda %(days)s hari; lebih dari %(sensible)s hari tanpa perbaikan keamanan tidak "
        "dianjurkan."
    ),
    "policy_user_session": N_(
        "Aturan ini mengikat akun, bukan Chromebook: setiap akun di unit ini ikut terkunci, di "
        "perangkat mana pun. Kembalikan setelah ujian."
    ),
    "policy_exam_browser_open": N_(
        "Alamat Exam Browser tidak diumumkan, jadi konsol tidak memblokir situs pada hari itu. Isi "
        "situsnya di pengaturan kebijakan bila sekolah mengetahuinya."
    ),
    "belajar_not_listed": N_(
        "Sebagian alamat belajar.id jenjang %(level)s tidak disebut dalam daftar Chromebook "
        "kementerian. Coba masuk dengan satu akun sebelum hari ujian."
    ),
    "belajar_sma_guest": N_(
        "Paparan kementerian memuat catatan tentang mode tamu untuk SMA. Periksa kepada dinas sebelum "
        "menutup mode tamu."
    ),
    "belajar_level_unset": N_(
        "Jenjang sekolah belum diisi, jadi tidak ada alamat belajar.id yang diizinkan. Isi jenjang di data sekolah, "
        "atau domain sekolah sendiri di pengaturan kebijakan."
    ),
    "belajar_level_unknown": N_(
        "Jenjang %(level)s tidak ada dalam tabel belajar.id, jadi tidak ada alamatnya yang diizinkan. "
        "Isi domain sekolah sendiri di pengaturan kebijakan."
    ),
}

POLICY_ERRORS: dict[str, str] = {
    "policy_server": N_(
        "Alamat server sekolah belum ada atau bukan alamat web. Isi di pengaturan server, misalnya "
        "https://ujian.sekolah.sch.id."
    ),
    "policy_host": N_("“%(host)s” bukan nama situs yang dapat diizinkan. Perbaiki di formulir ujian."),
    "policy_exam_browser_app": N_(
        "Nomor aplikasi Exam Browser belum diisi. Isi di pengaturan kebijakan; nomornya diberikan "
        "kementerian kepada sekolah."
    ),
    "policy_setting": N_("Pengaturan kebijakan: isian “%(field)s” belum benar. Perbaiki, lalu simpan lagi."),
    "policy_schema_unreadable": N_(
        "Jawaban Google untuk %(schema)s tidak terbaca. Coba lagi; bila tetap, perbarui Bangku."
    ),
    "policy_refused": N_(
        "Rencana untuk %(path)s belum boleh diterapkan. Baca alasannya di halaman rencana, lalu izinkan "
        "satu per satu atau ubah rencananya."
    ),
}
