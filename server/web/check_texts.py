"""Words of the check page and the hands test, and what is refused there."""

from __future__ import annotations

from flask_babel import gettext as _

from server.web.words import N_

CHECK_ERRORS: dict[str, str] = {
    "check_invalid": N_("Hasil pemeriksaan tidak terbaca (%(field)s). Muat ulang halaman, lalu ukur lagi."),
    "check_code_wrong": N_("Kode ini tidak berlaku. Cocokkan dengan halaman teknisi; kode berganti tiap beberapa jam."),
    "check_code_needed": N_("Masukkan dulu kode pemeriksaan dari teknisi."),
    "check_code_unknown": N_("Kode itu tidak ditemukan. Muat ulang halaman."),
    "check_codes_many": N_("Sudah ada %(most)s kode yang berlaku. Akhiri satu yang tidak dipakai lagi."),
    "check_hours": N_("Pilih berapa lama kode berlaku: 2, 4, 8, atau 12 jam."),
    "check_wait": N_("Terlalu banyak kode keliru dari sekolah ini. Tunggu %(seconds)s detik, lalu coba lagi."),
    "check_pace": N_("Terlalu banyak hasil sekaligus dengan kode ini. Tunggu %(seconds)s detik."),
    "check_closed": N_("Pemeriksaan sudah ditutup di Chromebook ini. Tidak ada yang perlu dilakukan."),
    "tick_incomplete": N_("Centang keduanya, bila keduanya sudah Anda lihat sendiri: aplikasinya di menu, dan halaman masuknya."),
}  # fmt: skip


def hands_words() -> dict[str, str]:
    """For the scripts of the hands test; `{name}` is filled there."""
    return {
        "touch_left": _("Sisa {count} kotak"),
        "touch_mouse": _("Sentuh dengan jari: tetikus dan papan sentuh tidak dihitung."),
        "touch_ok": _("semua bagian layar bereaksi"),
        "touch_bad": _("ada bagian layar yang tidak bereaksi"),
        "touch_none": _("tidak ada layar sentuh"),
        "keys_left": _("Sisa {count} tombol"),
        "keys_ok": _("semua tombol yang diperlukan ujian jalan"),
        "keys_bad": _("tidak jalan: {keys}"),
        "screen_ok": _("tidak ada garis, bercak, atau bagian mati"),
        "screen_bad": _("ada garis, bercak, atau bagian mati"),
        "screen_colour": _("Warna {number} dari {count}. Lihat seluruh layar, lalu ketuk atau tekan spasi."),
        "hands_left": _("Sebelum dikirim, coba dulu: {parts}."),
        "not_tried": _("belum dicoba"),
        "hands_sent": _("Terkirim. Terima kasih."),
        "key_shift": _("Shift"),
        "key_space": _("spasi"),
        "key_backspace": _("hapus"),
        "key_enter": _("Enter"),
        "failed": _("Belum terkirim. Periksa jaringan, lalu coba lagi."),
    }


def page_words() -> dict[str, str]:
    """For the scripts of the check page."""
    return {
        **hands_words(),
        "unknown": _("tidak diketahui"),
        "unknown_http": _("tidak diketahui: alamat halaman ini bukan https tepercaya"),
        "unknown_browser": _("tidak diketahui: peramban ini tidak menyebutnya"),
        "battery": _("{percent}%"),
        "charging": _("{percent}%, sedang diisi"),
        "storage": _("kira-kira {gb} GB bebas, menurut peramban"),
        "online": _("tersambung"),
        "online_speed": _("tersambung, kira-kira setara {type}"),
        "offline": _("peramban berkata tidak tersambung"),
        "round_trip": _("{ms} milidetik"),
        "clock_same": _("cocok dengan server"),
        "clock_ahead": _("{seconds} detik lebih cepat dari server"),
        "clock_behind": _("{seconds} detik lebih lambat dari server"),
        "screen": _("{width} × {height}"),
        "touch": _("ya, {count} titik"),
        "no_touch": _("tidak ada"),
        "browser": _("Chromebook, Chrome {version}"),
        "browser_other": _("bukan Chromebook: {name}"),
        "sent": _("Terkirim pukul {time} untuk {label}."),
        "sending": _("Mengukur dan mengirim…"),
        "place": _("{room}, meja {seat}"),
        "phone": _(
            "Halaman ini terbuka di ponsel. Ini {label}. Buka halaman yang sama di Chromebook itu, lalu ketik {label}: "
            "yang diukur selalu perangkat tempat halaman terbuka."
        ),
        "camera_http": _(
            "Kamera tidak bisa dipakai: alamat halaman ini bukan https tepercaya. Ketik labelnya."
        ),
        "camera_cannot": _("Peramban ini tidak bisa membaca kode QR dari kamera. Ketik labelnya."),
        "camera_refused": _("Kamera tidak diizinkan atau tidak ada. Ketik labelnya."),
        "camera_look": _("Arahkan stiker ke kamera…"),
        "failed_entry": _("Belum tersambung. Periksa jaringan, lalu coba lagi."),
    }
