"""What codes and states are called on screen. Message ids are Indonesian; English is in `translations`.

Every `code=` in server/ has a sentence here; a test finds those that have none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from server.web.attest_words import ATTEST_ERRORS
from server.web.check_texts import CHECK_ERRORS
from server.web.google_texts import GOOGLE_ERRORS, GOOGLE_FEATURES
from server.web.job_texts import JOB_ERRORS
from server.web.loan_texts import LOAN_ERRORS
from server.web.move_texts import MOVE_ERRORS
from server.web.policy_reasons import POLICY_ERRORS, WORRIES
from server.web.readiness_texts import READINESS_ERRORS
from server.web.remap_words import REMAP_ERRORS
from server.web.setup_texts import SETUP_ERRORS
from server.web.spare_texts import SPARE_ERRORS
from server.web.words import EXAM_STATES, N_, SITTING_STATES

ERRORS: dict[str, str] = {
    **SETUP_ERRORS,
    # signing in
    "sign_in_refused": N_(
        "Nama pengguna dan kata sandi belum cocok. Coba lagi, atau minta tautan baru kepada admin."
    ),
    "sign_in_needed": N_("Masuk dulu untuk melanjutkan."),
    "too_often": N_("Terlalu banyak percobaan. Tunggu lima menit, lalu coba lagi."),
    "link_spent": N_("Tautan ini sudah dipakai, diganti, atau kedaluwarsa. Minta tautan baru kepada admin."),
    "password_short": N_("Kata sandi terlalu pendek: pakai sedikitnya %(least)s karakter."),
    "password_differs": N_("Kedua kata sandi belum sama. Ketik sekali lagi."),
    "username_invalid": N_(
        "Nama pengguna: 3 sampai 60 karakter, huruf kecil, angka, titik, garis, atau garis bawah."
    ),
    "username_taken": N_("Nama pengguna itu sudah dipakai. Pilih yang lain."),
    "name_missing": N_("Nama belum diisi."),
    "staff_unknown": N_("Akun ini tidak ditemukan. Muat ulang daftar."),
    "last_admin": N_("Ini admin terakhir. Buat admin lain dulu."),
    "role_unknown": N_("Peran itu tidak dikenal."),
    "csrf": N_("Halaman ini sudah terlalu lama terbuka. Muat ulang, lalu ulangi; belum ada yang berubah."),
    "forbidden": N_("Peran Anda tidak mencakup halaman atau tindakan ini."),
    # pages
    "page_unknown": N_("Halaman ini tidak ada. Periksa alamatnya atau kembali ke daftar ujian."),
    "method_wrong": N_("Alamat ini tidak dibuka dengan cara itu. Kembali ke halaman sebelumnya."),
    "code_is_card": N_("Itu kartu peserta. Pindai stiker Chromebook, atau ketik labelnya."),
    "code_unreadable": N_("Kode ini bukan stiker atau kartu sekolah ini. Pindai lagi, atau ketik labelnya."),
    "card_unknown": N_("Kartu ini bukan dari sekolah ini, atau sudah diganti. Ketik nomor pesertanya."),
    "request_bad": N_("Permintaan tidak terbaca. Muat ulang halaman lalu ulangi."),
    "too_large": N_("Berkas terlalu besar; paling banyak 8 MB."),
    "failed": N_("Ada yang gagal di server. Belum tentu ada yang berubah: muat ulang lalu periksa."),
    "error": N_("Permintaan ditolak."),
    "not_found": N_("Tidak ditemukan."),
    "conflict": N_("Keadaannya sudah berubah. Muat ulang halaman."),
    "illegal_transition": N_("Langkah itu tidak mungkin dari keadaan sekarang."),
    "invalid": N_("Isian belum benar."),
    # exams
    "exam_unknown": N_("Ujian ini tidak ditemukan. Kembali ke daftar."),
    "exam_exists": N_("Ruang ini sudah punya ujian pada hari dan sesi itu. Buka yang sudah ada."),
    "exam_nobody_planned": N_("Belum ada peserta di ruang dan sesi ini. Impor daftar peserta lebih dahulu."),
    "exam_url_missing": N_("Alamat halaman ujian belum diisi."),
    "exam_url_invalid": N_("Alamat ujian harus lengkap, misalnya https://ujian.sekolah.sch.id/"),
    "exam_hosts_invalid": N_("Situs “%(host)s” tidak dapat dipakai: tulis nama situs saja, satu per baris."),
    "exam_minutes_missing": N_("Lama tiap bagian belum lengkap: isi 1 sampai 600 menit."),
    "exam_title_missing": N_("Judul ujian belum diisi."),
    "exam_choice_missing": N_("Pilih salah satu."),
    "profile_unknown": N_("Profil ujian ini tidak ada. Pilih yang lain."),
    "profile_invalid": N_("Profil ujian di %(file)s baris %(line)s perlu diperbaiki."),
    "profiles_missing": N_("Tidak ada profil ujian di server. Pasang ulang Bangku."),
    "exam_state": N_("Ujian sekarang %(seen)s, jadi tidak bisa menjadi %(wanted)s. Muat ulang halaman."),
    "exam_moved_on": N_("Ujian ini baru saja berubah. Muat ulang halaman."),
    "exam_not_live": N_("Ujian belum dibuka atau sudah diakhiri, jadi meja tidak bisa diubah."),
    "exam_not_running": N_("Ujian tidak sedang berjalan."),
    "exam_paused": N_("Seluruh ujian sedang dijeda. Lanjutkan ujian untuk semua."),
    # seats
    "sitting_unknown": N_("Meja ini tidak ditemukan. Muat ulang papan."),
    "sitting_state": N_("Peserta sekarang %(seen)s, jadi tidak bisa menjadi %(wanted)s."),
    "sitting_moved_on": N_("Keadaan meja ini baru saja berubah. Lihat lagi."),
    "seat_not_locked": N_("Meja ini tidak sedang dikunci."),
    "seat_not_active": N_("Tidak ada yang sedang mengerjakan di meja ini."),
    "seat_not_working": N_("Peserta belum mengerjakan, jadi belum ada waktu yang bisa ditambah."),
    "seat_cleared": N_("Perangkat ini sudah dibersihkan. Tempatkan peserta di sesi lain."),
    "seat_time_over": N_("Waktunya sudah habis; tidak ada sisa untuk dilanjutkan."),
    "seat_is_live": N_("Perangkat meja ini melapor sendiri; tidak perlu diisi."),
    "seat_unknown_here": N_("Meja itu bukan bagian dari ujian ini. Muat ulang papan."),
    "nobody_chosen": N_("Belum ada meja yang dipilih."),
    "clock_not_ours": N_("Waktunya milik server pusat. Gunakan Proktor Browser."),
    "status_not_tellable": N_("Keadaan itu tidak bisa diisi oleh proktor."),
    "block_not_current": N_("Bagian ini bukan yang sedang dikerjakan. Muat ulang halaman."),
    "text_invalid": N_("Teks belum diisi atau lebih dari %(most)s karakter."),
    "minutes_invalid": N_("Menit harus 1 sampai %(most)s."),
    "number_invalid": N_("Angka belum benar."),
    "incident_unknown": N_("Kejadian ini tidak ditemukan. Muat ulang papan."),
    # the whole day
    "room_busy": N_("“%(exam)s” masih terbuka di ruang ini. Pakai Ganti sesi di papannya, atau akhiri dulu."),
    "exam_devices_held": N_(
        "Chromebook meja %(seats)s belum selesai dibersihkan. Tunggu laporannya, atau lepas yang tidak akan melapor."
    ),
    "exam_followed": N_("Sesi berikut sudah memakai ruang ini; tidak ada yang mulai di sesi ini lagi."),
    "session_not_next": N_("Itu bukan sesi berikut untuk hari dan ruang ini. Muat ulang halaman."),
    "session_unsent": N_(
        "Jawaban dari meja %(seats)s belum terkirim. Biarkan Chromebook itu tersambung, atau dudukkan peserta "
        "berikut di tempat lain."
    ),
    "move_not_possible": N_("“%(exam)s” bukan sesi lain yang masih terbuka untuk ujian yang sama."),
    "move_already_there": N_("%(name)s sudah terdaftar di “%(exam)s”."),
    "reserve_unknown": N_("Peserta cadangan “%(number)s” tidak ada di pelaksanaan ini."),
    "reserve_already_active": N_("%(name)s (%(number)s) sudah menggantikan %(instead_of)s."),
    "reserve_seat_replaced": N_("%(name)s sudah digantikan peserta cadangan."),
    "reserve_has_begun": N_("%(name)s sudah mulai, jadi tidak bisa digantikan."),
    "device_unknown": N_("Tidak ada Chromebook berstiker “%(device)s”."),
    "device_out_of_service": N_("%(device)s sedang tidak dipakai. Pilih yang lain."),
    "seat_still_active": N_("Peserta belum selesai. Selesaikan atau pindahkan dulu."),
    "seat_no_device": N_("Tidak ada Chromebook yang ditahan untuk meja ini."),
    "one_seat_only": N_("Pilih satu meja saja."),
    "choice_missing": N_("Pilih salah satu."),
    "day_missing": N_("Pelaksanaan ini tidak punya hari sesudah hari %(day)s. Tambahkan harinya dulu."),
    "shift_invalid": N_("Isi menit 1 sampai %(most)s; pakai minus bila lebih awal."),
    "shift_too_late": N_("Sesi ini sudah mulai. Pakai Waktu + untuk menggantikan waktu yang hilang."),
    "shift_no_hour": N_("Sesi ini belum punya jam mulai. Isi dulu di persiapan."),
    # token
    "token_interval": N_("Masa berlaku token harus 1 sampai 240 menit."),
    "token_not_ours": N_("Token ujian ini dari pusat. Salin dari Proktor Browser."),
    "token_ours": N_("Token ujian ini dibuat di sini. Rilis token baru."),
    "token_empty": N_("Token belum diisi atau terlalu panjang. Salin sekali lagi."),
    # the centre
    "centre_not_for_web": N_("Ujian ini berjalan di server sekolah, bukan di pusat."),
    "centre_exam_not_live": N_("Ujian belum dibuka atau sudah diakhiri, jadi keadaan pusat tidak dicatat."),
    "centre_already": N_("Itu sudah tercatat. Isi jam yang lain untuk memperbaikinya."),
    "centre_not_so": N_("Itu sudah berakhir. Lihat lagi papannya."),
    "centre_time_invalid": N_("Tulis jamnya seperti 07.30."),
    "centre_time_later": N_("Jam itu belum lewat. Isi jam yang sudah lewat."),
    "centre_time_taken": N_("Jam itu masih termasuk catatan sebelumnya. Isi jam sesudahnya."),
    "probe_url_invalid": N_("Alamat pusat harus lengkap, misalnya https://anbk.contoh.id/"),
    # devices
    "enrolment_unknown": N_("Perangkat itu tidak ditemukan. Muat ulang papan."),
    "enrolment_not_waiting": N_("Perangkat itu tidak sedang menunggu diterima."),
    "installation_forked": N_("Dua perangkat memakai satu identitas."),
    "serial_unknown": N_("Nomor seri “%(serial)s” tidak ada di daftar perangkat."),
    "inventory_has_problems": N_("%(file)s: %(count)s hal perlu diperbaiki, yang pertama di baris %(row)s."),
    "device_not_listed": N_("Perangkat itu tidak ditemukan. Muat ulang daftar."),
    "device_in_use": N_(
        "%(label)s sedang dipakai di ujian “%(exam)s”. Tukar dulu di papan, atau tunggu sampai bebas."
    ),
    "device_keeps_work": N_(
        "%(label)s masih menyimpan tulisan peserta ujian “%(exam)s”. Biarkan menyala dan tersambung sampai terkirim."
    ),
    "device_moved_on": N_("Keadaan %(label)s baru saja diubah orang lain. Muat ulang daftar."),
    "reason_missing": N_("Tulis alasannya, 1 sampai %(most)s karakter."),
    # work with the Google console
    "google_key_missing": N_("Pilih berkas kunci (JSON) lebih dahulu."),
    "google_key_large": N_(
        "Berkas ini lebih besar dari 64 kB; kunci akun layanan jauh lebih kecil. Pilih yang betul."
    ),
    "confirm_missing": N_("Centang dulu kotaknya bila memang yakin; belum ada yang berubah."),
    "sync_not_done": N_(
        "Pengambilan ini belum selesai, jadi belum ada yang bisa disimpan. Tunggu sampai selesai."
    ),
    "sync_changed": N_("Ringkasan yang Anda lihat sudah tidak sama. Periksa lagi, lalu simpan."),
    "sync_old": N_("Sudah ada pengambilan yang lebih baru. Buka yang itu dari daftar perangkat."),
    "sync_accepted": N_("Hasil pengambilan ini sudah disimpan."),
    "label_invalid": N_("Tulis label seperti di stiker, 1 sampai %(most)s karakter."),
    "label_taken": N_(
        "Label %(label)s sudah ada pada perangkat bernomor seri %(serial)s. Pilih label lain, atau ganti nomor seri "
        "perangkat itu lewat impor."
    ),
    "label_taken:ours": N_(
        "Label %(label)s sudah dipakai Chromebook sekolah sendiri. Pilih label lain untuk yang dipinjam ini. Bila memang "
        "Chromebook itu, isi nomor serinya seperti di daftar perangkat."
    ),
    "console_device_unknown": N_("Catatan konsol ini tidak ditemukan. Muat ulang daftar."),
    "console_device_linked": N_("Catatan konsol ini sudah milik %(label)s. Muat ulang daftar."),
    "job_waiting": N_("Pekerjaan yang sama sudah berjalan atau menunggu giliran. Tunggu sampai selesai."),
    "job_over": N_("Pekerjaan ini sudah selesai atau dihentikan. Muat ulang halaman."),
    "job_unknown": N_("Pekerjaan ini tidak ditemukan. Muat ulang halaman."),
    "job_crashed": N_(
        "Pekerjaan ini gagal di server Bangku, bukan karena Anda. Jalankan sekali lagi; bila terulang, lihat log server."
    ),
    # the pupil's page
    "item_unknown": N_("Soal itu bukan bagian dari ujian ini. Muat ulang halaman."),
    "block_not_started": N_("Bagian ini belum dimulai."),
    # roster
    "sheet_missing": N_("Pilih berkas XLSX atau CSV lebih dahulu."),
    "sheet_unreadable": N_("%(file)s bukan XLSX atau CSV yang bisa dibaca. Simpan ulang sebagai XLSX."),
    "sheet_too_long": N_("%(file)s terlalu panjang; paling banyak %(most)s baris."),
    "sheet_gone": N_("Pratinjau sudah tidak ada. Unggah berkasnya sekali lagi."),
    "roster_has_problems": N_("%(file)s: %(count)s hal perlu diperbaiki, yang pertama di baris %(row)s."),
    "roster_locked": N_(
        "%(file)s baris %(row)s: %(name)s sudah ada di ujian “%(exam)s” (hari %(day)s). Ubah mejanya di papan ujian itu."
    ),
    "preview_changed": N_("Isi Bangku berubah sejak %(file)s diperiksa. Lihat hasil periksa yang baru."),
    # the pupil's page
    "binding_needed": N_("Halaman ini belum tersambung ke sekolah."),
    "page_ticket_invalid": N_("Tiket halaman sudah tidak berlaku. Halaman meminta yang baru."),
    "card_wrong": N_("Nomor dan kode belum cocok. Bandingkan lagi dengan kartu."),
    "card_locked": N_("Nomor ini dicoba beberapa kali. Coba lagi dalam %(seconds)s detik."),
    "card_no_exam": N_("Belum ada ujian yang dibuka untuk nomor ini. Angkat tangan, proktor akan membantu."),
    "not_confirmed": N_("Tekan dulu “Ya, ini saya”."),
    "token_wrong": N_("Token belum cocok. Lihat lagi layar di depan, lalu ketik ulang."),
    "token_locked": N_("Token bisa dicoba lagi dalam %(seconds)s detik."),
    "no_exam": N_("Belum ada ujian di meja ini. Silakan tunggu."),
    "not_practice": N_("Latihan tidak sedang dibuka di meja ini."),
    "answers_invalid": N_("Jawaban tidak terbaca. Angkat tangan, proktor akan membantu."),
    "sitting_not_yours": N_("Jawaban itu milik pengerjaan lain."),
    "sitting_cleared": N_("Pengerjaan ini sudah ditutup."),
    # server
    "settings_invalid": N_("Pengaturan di %(file)s perlu diperbaiki."),
    "extension_missing": N_("Berkas ekstensi tidak ada di server ini. Pasang ulang Bangku."),
    "extension_not_built": N_("Ekstensi belum dibuat di server ini. Jalankan scripts/build_ext."),
    "extension_manifest": N_("Berkas manifes ekstensi rusak. Pasang ulang Bangku."),
    "school_key_missing": N_("Kunci sekolah belum ada di server ini."),
    "school_key_exists": N_("Kunci sekolah sudah ada dan tidak diganti."),
    "school_key_unreadable": N_("Kunci sekolah tidak terbaca. Pulihkan dari cadangannya."),
    "school_key_passphrase_short": N_("Frasa sandi cadangan kunci terlalu pendek."),
    "school_key_passphrase_wrong": N_("Frasa sandi cadangan kunci tidak cocok."),
    "school_key_backup_damaged": N_("Cadangan kunci sekolah rusak."),
    "school_key_backup_exists": N_("Berkas cadangan kunci sudah ada dan tidak ditimpa."),
    "school_key_backup_folder": N_("Tujuan cadangan kunci bukan berkas."),
    "school_key_backup_missing": N_("Cadangan kunci sekolah tidak ditemukan."),
    "school_key_backup_same_place": N_("Simpan cadangan kunci di tempat lain, bukan di folder data."),
    **GOOGLE_ERRORS,
    **ATTEST_ERRORS,
    **CHECK_ERRORS,
    **JOB_ERRORS,
    **LOAN_ERRORS,
    # policy plans
    **WORRIES,
    **POLICY_ERRORS,
    **GOOGLE_ERRORS,
    **MOVE_ERRORS,
    **REMAP_ERRORS,
    **READINESS_ERRORS,
    **SPARE_ERRORS,
}

#: What stands in the way of a change or removal, by kind.
USES: dict[str, str] = {
    "exam": N_("ujian “%(example)s”"),
    "participant": N_("peserta %(example)s"),
    "device": N_("perangkat %(example)s"),
    "sitting": N_("pengerjaan di meja %(example)s"),
}


class _Safe(dict[str, object]):
    """A parameter that was not given leaves a dash, never a failure while telling of a failure."""

    def __missing__(self, key: str) -> object:
        return "–"


def error_text(code: str, params: Mapping[str, object]) -> str:
    """The sentence for a code in the language of the request."""
    words = dict(params)
    names = EXAM_STATES if code == "exam_state" else SITTING_STATES
    for key in ("seen", "wanted"):
        if str(words.get(key)) in names:
            words[key] = gettext(names[str(words[key])]).lower()
    if str(words.get("feature")) in GOOGLE_FEATURES:
        words["feature"] = gettext(GOOGLE_FEATURES[str(words["feature"])])
    if "uses" in words:
        words["uses"] = _uses_text(words["uses"])
    sentence = ERRORS.get(f"{code}:{words.get('kind')}") or ERRORS.get(code, ERRORS["error"])
    return fill(gettext(sentence), **words)


def fill(text: str, **words: object) -> str:
    """A sentence with its places filled."""
    return str(text % _Safe(words))


def _uses_text(uses: Any) -> str:
    """ujian “Hari 1” dan 2 lainnya; perangkat C01"""
    told = []
    for use in uses:
        text = fill(gettext(USES[use.kind]), example=use.example)
        if use.count > 1:
            text = str(gettext("%(first)s dan %(n)s lainnya", first=text, n=use.count - 1))
        told.append(text)
    return "; ".join(told)
