"""What goes wrong with the Google console: which, what it means for the school, where it is put right.

`code:kind` is the sentence of one kind of a code (the error's `kind`); the bare code serves the others.
"""

from __future__ import annotations

from server.web.words import N_

GOOGLE_ERRORS: dict[str, str] = {
    "google_not_connected": N_("Konsol Google belum terhubung. Hubungkan di halaman Konsol Google."),
    "google_busy": N_("Pekerjaan nomor %(job_id)s dengan Google belum selesai. Tunggu, atau batalkan dulu."),
    "google_other_customer": N_(
        "Kunci ini milik sekolah lain (%(customer)s); Chromebook di sini dari %(known)s. Pakai kunci sekolah ini."
    ),
    "google_subject_invalid": N_("Tulis alamat email admin lengkap, misalnya admin@sekolah.sch.id."),
    "google_root_invalid": N_("Alamat konsol latihan harus lengkap, misalnya http://127.0.0.1:8420."),
    "google_too_many": N_("%(count)s Chromebook sekaligus terlalu banyak; Google menerima %(most)s."),
    "google_credentials": N_(
        "Berkas kunci Google tidak dapat dipakai. Unduh kunci baru di Konsol Cloud › IAM & Admin › Akun layanan "
        "(%(page)s), lalu hubungkan lagi."
    ),
    "google_credentials:missing": N_(
        "Berkas kunci Google tidak ada di server ini, jadi Bangku tidak bisa membaca konsol. Hubungkan lagi; kunci "
        "dibuat di Konsol Cloud › IAM & Admin › Akun layanan (%(page)s)."
    ),
    "google_credentials:unreadable": N_(
        "Berkas kunci Google ada, tetapi tidak boleh dibaca oleh Bangku. Perbaiki izin berkasnya, atau hubungkan "
        "lagi dengan kunci dari Konsol Cloud › IAM & Admin › Akun layanan (%(page)s)."
    ),
    "google_credentials:open": N_(
        "Berkas kunci Google bisa dibaca akun lain di komputer ini, jadi tidak dipakai. Tutup izinnya (chmod 600), "
        "atau hubungkan lagi. Bila ragu, ganti kunci di Konsol Cloud › IAM & Admin › Akun layanan (%(page)s)."
    ),
    "google_credentials:not_json": N_(
        "Berkas itu bukan kunci JSON. Di Konsol Cloud › IAM & Admin › Akun layanan › Kunci (%(page)s), buat kunci "
        "baru berjenis JSON dan pilih berkas yang terunduh."
    ),
    "google_credentials:not_service_account": N_(
        "Berkas itu bukan kunci akun layanan. Di Konsol Cloud › IAM & Admin › Akun layanan (%(page)s), pilih "
        "akunnya, buka Kunci, dan buat kunci JSON."
    ),
    "google_credentials:incomplete": N_(
        "Berkas kunci tidak lengkap (%(missing)s tidak ada). Buat kunci baru di Konsol Cloud › IAM & Admin › Akun "
        "layanan (%(page)s)."
    ),
    "google_credentials:key_damaged": N_(
        "Isi berkas kunci rusak, mungkin pernah disunting. Unduh kunci baru di Konsol Cloud › IAM & Admin › Akun "
        "layanan (%(page)s)."
    ),
    "google_credentials:not_google": N_(
        "Berkas kunci ini untuk konsol latihan, bukan dari Google. Pakai kunci dari Konsol Cloud › IAM & Admin › "
        "Akun layanan (%(page)s)."
    ),
    "google_credentials:refused": N_(
        "Google tidak lagi menerima kunci ini. Buat kunci baru di Konsol Cloud › IAM & Admin › Akun layanan "
        "(%(page)s), lalu hubungkan lagi."
    ),
    "google_credentials:revoked": N_(
        "Kunci %(account)s sudah dihapus atau dinonaktifkan, jadi konsol tidak terbaca. Buat kunci baru di Konsol "
        "Cloud › IAM & Admin › Akun layanan (%(page)s), lalu hubungkan lagi."
    ),
    "google_subject": N_(
        "Google tidak mengenal admin %(subject)s, atau akunnya ditangguhkan. Periksa di Konsol Admin › Direktori › "
        "Pengguna (%(page)s), lalu hubungkan dengan admin yang bisa masuk."
    ),
    "google_delegation": N_(
        "Sekolah belum memberi izin kepada Bangku. Di Konsol Admin › Keamanan › Kontrol akses dan data › Kontrol "
        "API › Delegasi seluruh domain (%(page)s), tambahkan ID klien %(client_id)s dengan semua cakupannya. Bisa "
        "perlu sampai 24 jam."
    ),
    "google_scope": N_(
        "Izin untuk %(feature)s belum diberikan; bagian itu belum bisa dipakai, yang lain bisa. Di Konsol Admin › "
        "Keamanan › Kontrol akses dan data › Kontrol API › Delegasi seluruh domain (%(page)s), tambahkan cakupan "
        "%(scope)s."
    ),
    "google_clock": N_(
        "Jam komputer ini tidak cocok dengan jam Google, jadi Google menolak. Jam ujian juga ikut salah. Nyalakan "
        "setelan jam otomatis di komputer ini, lalu coba lagi."
    ),
    "google_clock:measured": N_(
        "Jam komputer ini selisih %(skew_seconds)s detik dari jam Google, jadi Google menolak. Jam ujian juga "
        "ikut salah. Nyalakan setelan jam otomatis di komputer ini, lalu coba lagi."
    ),
    "google_clock:certificate": N_(
        "Tanggal komputer ini (%(date)s) tidak cocok dengan sertifikat Google. Jam ujian juga ikut salah. Nyalakan "
        "setelan jam otomatis di komputer ini, lalu coba lagi."
    ),
    "google_api_disabled": N_(
        "%(api)s belum dinyalakan untuk kunci ini, jadi bagian itu belum bisa dipakai. Nyalakan di Konsol Cloud › "
        "API & Layanan › Pustaka (%(page)s), tunggu beberapa menit, lalu coba lagi."
    ),
    "google_forbidden": N_(
        "Admin yang dipakai Bangku belum berhak %(feature)s. Beri perannya di Konsol Admin › Akun › Peran "
        "admin (%(page)s), lalu coba lagi."
    ),
    "google_not_found": N_("Itu tidak ada di konsol Google. Sinkronkan, lalu lihat lagi."),
    "google_not_found:org_unit": N_(
        "Unit organisasi itu tidak ada lagi di konsol, mungkin diganti nama atau dihapus. Lihat Konsol Admin › "
        "Direktori › Unit organisasi (%(page)s), sinkronkan, lalu ulangi."
    ),
    "google_not_found:device": N_(
        "Chromebook itu tidak ada di konsol sekolah. Lihat Konsol Admin › Perangkat › Chrome › Perangkat "
        "(%(page)s), sinkronkan, lalu ulangi."
    ),
    "google_not_found:command": N_("Perintah itu tidak ada lagi di konsol. Lihat keadaan Chromebook-nya."),
    "google_not_found:user": N_(
        "Akun itu tidak ada di sekolah ini. Lihat Konsol Admin › Direktori › Pengguna (%(page)s)."
    ),
    "google_not_found:schema": N_(
        "Setelan itu tidak dikenal di konsol sekolah, jadi tidak bisa diatur dari sini. Lihat Konsol Admin › "
        "Perangkat › Chrome › Setelan (%(page)s)."
    ),
    "google_not_found:network": N_(
        "Jaringan atau sertifikat itu tidak ada di konsol. Lihat Konsol Admin › Perangkat › Jaringan (%(page)s)."
    ),
    "google_invalid": N_("Google tidak menerima permintaan Bangku: %(said)s Laporkan kalimat ini."),
    "google_conflict": N_(
        "Keadaannya di konsol Google tidak mengizinkan ini: %(said)s Sinkronkan, lalu ulangi."
    ),
    "google_quota": N_(
        "Google meminta menunggu: terlalu banyak permintaan saat ini. Coba lagi sebentar lagi."
    ),
    "google_quota:day": N_("Jatah permintaan Google hari ini habis. Coba lagi besok."),
    "google_unavailable": N_("Google sedang tidak terhubung. Periksa internet sekolah, lalu coba lagi."),
    "google_unavailable:server": N_("Google sedang bermasalah (%(status_code)s). Tunggu, lalu coba lagi."),
    "google_unavailable:slow": N_(
        "Google tidak menjawab pada waktunya. Periksa internet sekolah, lalu coba lagi."
    ),
    "google_unavailable:broken": N_(
        "Sambungan ke Google terputus. Periksa internet sekolah, lalu coba lagi."
    ),
    "google_unavailable:certificate": N_(
        "Yang menjawab bukan Google: jaringan sekolah membaca lalu lintas aman. Minta pengelola jaringan membiarkan "
        "*.googleapis.com lewat."
    ),
    "google_unavailable:not_google": N_(
        "Yang menjawab bukan Google, mungkin halaman masuk Wi-Fi. Buka peramban di komputer ini dan masuk dulu."
    ),
    "google_not_attested": N_(
        "Google tidak menjamin Chromebook ini. Kata Google: %(said)s Lihat apakah ia terdaftar di domain sekolah dan tidak "
        "dalam mode pengembang."
    ),
    "google_unknown": N_(
        "Google menjawab dengan cara yang belum dikenal Bangku: %(said)s Laporkan kalimat ini."
    ),
}

#: What one scope or right is for, as in "izin untuk …".
GOOGLE_FEATURES: dict[str, str] = {
    "inventory": N_("membaca daftar Chromebook"),
    "devices": N_("memindah dan memerintah Chromebook"),
    "org_units": N_("membaca unit organisasi"),
    "org_units_write": N_("membuat unit organisasi ujian"),
    "customer": N_("membaca data sekolah"),
    "users": N_("membaca akun pengguna"),
    "users_write": N_("mengubah akun pengguna"),
    "policy": N_("membaca kebijakan"),
    "policy_write": N_("mengubah kebijakan"),
    "telemetry": N_("membaca laporan keadaan Chromebook"),
    "verified_access": N_("membuktikan Chromebook"),
}
