"""What a plan's lines, effects and worries are called on screen. Line names are those of `domain.policy_lines`."""

from __future__ import annotations

from collections.abc import Mapping

from server.web.words import N_

GROUPS: dict[str, str] = {
    "apps": N_("Aplikasi"),
    "lock": N_("Kunci"),
    "power": N_("Daya"),
    "input": N_("Papan ketik & aksesibilitas"),
    "device": N_("Perangkat"),
    "sign_in": N_("Masuk"),
    "updates": N_("Pembaruan"),
    "reports": N_("Laporan"),
}

TITLES: dict[str, str] = {
    "kiosk_app": N_("Aplikasi ujian Bangku"),
    "exam_browser_app": N_("Aplikasi Exam Browser"),
    "companion": N_("Ekstensi pendamping"),
    "kiosk_offline": N_("Membuka tanpa internet"),
    "auto_launch": N_("Mulai sendiri"),
    "app_menu": N_("Menu aplikasi"),
    "guest_session": N_("Sesi tamu terkelola"),
    "extension": N_("Ekstensi Bangku"),
    "extension_source": N_("Asal ekstensi"),
    "extension_updates": N_("Pembaruan ekstensi"),
    "extension_config": N_("Setelan ekstensi"),
    "attestation": N_("Bukti perangkat"),
    "start_page": N_("Halaman pertama"),
    "url_blocking": N_("Alamat yang boleh dibuka"),
    "troubleshooting": N_("Alat pemecah masalah kios"),
    "dev_tools": N_("Alat pengembang"),
    "incognito": N_("Jendela penyamaran"),
    "screenshot": N_("Tangkapan layar"),
    "screen_capture": N_("Perekaman layar"),
    "task_manager": N_("Pengelola tugas"),
    "printing": N_("Mencetak"),
    "downloads": N_("Unduhan"),
    "system_pages": N_("Halaman sistem"),
    "clipboard": N_("Papan klip oleh halaman"),
    "camera": N_("Kamera"),
    "microphone": N_("Mikrofon"),
    "notifications": N_("Notifikasi"),
    "spelling": N_("Pemeriksa ejaan"),
    "translation": N_("Terjemahan"),
    "quick_answers": N_("Jawaban cepat"),
    "lens": N_("Cari lewat gambar"),
    "generative": N_("Bantuan AI"),
    "power_mains": N_("Daya saat dicolok"),
    "power_battery": N_("Daya saat memakai baterai"),
    "lid": N_("Menutup layar"),
    "input_methods": N_("Jenis papan ketik"),
    "virtual_keyboard": N_("Papan ketik layar"),
    "keyboard_helpers": N_("Saran papan ketik layar"),
    "accessibility_menu": N_("Menu aksesibilitas"),
    "accessibility": N_("Alat bantu"),
    "reenrolment": N_("Enrol ulang setelah powerwash"),
    "powerwash": N_("Powerwash oleh pemakai"),
    "verified_mode": N_("Mode terverifikasi"),
    "return_message": N_("Pesan pada perangkat nonaktif"),
    "guest_mode": N_("Mode tamu"),
    "sign_in": N_("Yang boleh masuk"),
    "update_pause": N_("Jeda pembaruan"),
    "report_session": N_("Laporan sesi kios"),
    "report_app": N_("Laporan aplikasi kios"),
    "report_users": N_("Laporan pemakai"),
    "report_system": N_("Laporan versi sistem"),
    "report_state": N_("Laporan keadaan perangkat"),
    "other": N_("Pengaturan lain"),
}

#: What follows for the room. A name after the colon is the school's choice.
EFFECTS: dict[str, str] = {
    "kiosk_app": N_("Aplikasi ujian %(address)s dipasang di Chromebook."),
    "exam_browser_app": N_(
        "Exam Browser (%(app)s) dipasang dan dapat dipilih dari menu Aplikasi di layar masuk."
    ),
    "companion": N_(
        "Ekstensi Bangku ikut berjalan bersama aplikasi ujian, dengan alamat server dan rahasia sekolah."
    ),
    "kiosk_offline": N_(
        "Aplikasi ujian tetap terbuka saat internet mati; server sekolah tetap dapat dijangkau."
    ),
    "auto_launch": N_(
        "Chromebook langsung membuka halaman ujian saat dinyalakan, tanpa jalan keluar Ctrl+Alt+S."
    ),
    "app_menu": N_("Tidak ada aplikasi yang mulai sendiri; pilih dari menu Aplikasi di layar masuk."),
    "guest_session": N_("Chromebook langsung membuka sesi “%(name)s” tanpa akun."),
    "extension": N_("Ekstensi Bangku dipasang dan tidak dapat dilepas."),
    "extension_source": N_("Ekstensi diambil dari %(address)s."),
    "extension_updates": N_("Pembaruan ekstensi juga diambil dari server sekolah."),
    "extension_config": N_("Ekstensi mendapat alamat server dan rahasia sekolah."),
    "attestation": N_("Ekstensi boleh meminta Chromebook membuktikan diri kepada Google."),
    "start_page": N_("Sesi dimulai di %(address)s."),
    "url_blocking": N_("Hanya server sekolah dan situs ujian yang dapat dibuka; yang lain ditolak."),
    "troubleshooting": N_("Tidak ada jendela peramban, alat pengembang, atau pengelola tugas di dalam kios."),
    "dev_tools": N_("Alat pengembang mati di semua halaman."),
    "incognito": N_("Jendela penyamaran tidak dapat dibuka; di sana ekstensi tidak bekerja."),
    "screenshot": N_("Tangkapan layar tidak dapat diambil."),
    "screen_capture": N_("Halaman tidak dapat merekam atau membagikan layar."),
    "task_manager": N_("Proses tidak dapat diakhiri dari pengelola tugas."),
    "printing": N_("Halaman tidak dapat dicetak."),
    "downloads": N_("Berkas tidak dapat diunduh."),
    "system_pages": N_("Kamera, setelan, pemindai, dan halaman sistem lain tertutup."),
    "clipboard": N_("Halaman tidak dapat membaca papan klip."),
    "camera": N_("Halaman tidak dapat memakai kamera."),
    "microphone": N_("Halaman tidak dapat memakai mikrofon."),
    "notifications": N_("Tidak ada notifikasi yang muncul di atas ujian."),
    "spelling": N_("Teks peserta tidak dikirim ke layanan ejaan."),
    "translation": N_("Halaman tidak diterjemahkan; tes bahasa tetap dalam bahasanya."),
    "quick_answers": N_("Kata yang dipilih tidak dijelaskan atau diterjemahkan."),
    "lens": N_("Gambar pada halaman tidak dapat dicari di internet."),
    "generative": N_("Bantuan menulis dan bantuan AI lain mati."),
    "power_mains": N_("Saat dicolok, layar tidak redup dan Chromebook tidak tidur."),
    "power_battery": N_(
        "Saat memakai baterai, layar tidak redup dan Chromebook tidak tidur; baterai lebih cepat habis."
    ),
    "lid:nothing": N_("Menutup layar tidak mematikan atau menidurkan Chromebook."),
    "lid:suspend": N_("Menutup layar menidurkan Chromebook; sambungannya putus."),
    "lid:shutdown": N_("Menutup layar mematikan Chromebook."),
    "input_methods": N_("Papan ketik yang dapat dipilih: %(methods)s."),
    "virtual_keyboard:user": N_("Papan ketik layar menurut pemakai."),
    "virtual_keyboard:off": N_("Papan ketik layar mati."),
    "virtual_keyboard:on": N_("Papan ketik layar menyala."),
    "keyboard_helpers": N_("Papan ketik layar tidak memberi saran, tulisan tangan, atau suara."),
    "accessibility_menu:true": N_("Menu aksesibilitas tampil di layar."),
    "accessibility_menu:false": N_("Menu aksesibilitas tidak tampil di layar."),
    "accessibility:user": N_("%(helper)s: menurut pemakai."),
    "accessibility:off": N_("%(helper)s: mati."),
    "accessibility:on": N_("%(helper)s: menyala."),
    "accessibility:full_screen": N_("%(helper)s: menyala, seluruh layar."),
    "accessibility:docked": N_("%(helper)s: menyala, sebagian layar."),
    "reenrolment:auto": N_("Setelah powerwash, Chromebook kembali ke sekolah dengan sendirinya."),
    "reenrolment:manual": N_(
        "Setelah powerwash, seseorang harus mendaftarkan Chromebook kembali dengan akun."
    ),
    "reenrolment:none": N_("Setelah powerwash, Chromebook tidak lagi milik kelolaan sekolah."),
    "powerwash:true": N_("Siapa pun di depan Chromebook dapat menghapus semua isinya (powerwash)."),
    "powerwash:false": N_("Chromebook tidak dapat di-powerwash oleh pemakai."),
    "verified_mode:true": N_(
        "Hanya Chromebook dalam mode terverifikasi yang dipercaya; mode pengembang ditolak."
    ),
    "verified_mode:false": N_("Chromebook dalam mode pengembang juga diterima."),
    "return_message": N_("Chromebook yang dinonaktifkan menampilkan: “%(message)s”"),
    "guest_mode:true": N_("Siapa pun dapat memakai Chromebook sebagai tamu."),
    "guest_mode:false": N_("Chromebook tidak dapat dipakai sebagai tamu."),
    "sign_in:nobody": N_(
        "Tidak seorang pun dapat masuk dengan akun; hanya aplikasi ujian yang dapat dibuka."
    ),
    "sign_in:listed": N_("Hanya akun ini yang dapat masuk: %(addresses)s."),
    "sign_in:anyone": N_("Akun Google apa pun dapat masuk."),
    "update_pause": N_(
        "Pembaruan sistem berhenti selama masa ujian. Cabut setelah ujian selesai; tidak berakhir sendiri."
    ),
    "report_session": N_("Konsol mencatat kapan kios berjalan."),
    "report_app": N_("Konsol mencatat aplikasi kios mana yang berjalan."),
    "report_users": N_("Konsol tidak mencatat siapa yang memakai Chromebook."),
    "report_system": N_("Konsol mencatat versi sistem dan mode boot."),
    "report_state": N_("Konsol mencatat baterai, ruang simpan, jaringan, dan alat USB yang dicolok."),
}

#: Google's names of the keyboards that a school begins with; another is told as it was written.
KEYBOARDS: dict[str, str] = {"xkb:us::eng": N_("Inggris (AS)"), "xkb:us::ind": N_("Indonesia (AS)")}

HELPERS: dict[str, str] = {
    "spoken_feedback": N_("Pembaca layar"),
    "select_to_speak": N_("Pilih untuk dibacakan"),
    "dictation": N_("Dikte suara"),
    "high_contrast": N_("Kontras tinggi"),
    "magnifier": N_("Kaca pembesar"),
    "large_cursor": N_("Kursor besar"),
    "sticky_keys": N_("Tombol lengket"),
    "autoclick": N_("Klik otomatis"),
    "mono_audio": N_("Suara mono"),
    "caret_highlight": N_("Sorot tempat mengetik"),
    "cursor_highlight": N_("Sorot kursor"),
    "focus_highlight": N_("Sorot yang terpilih"),
    "shortcuts": N_("Pintasan aksesibilitas"),
}

#: The parameter whose value picks the sentence.
CHOICES: Mapping[str, str] = {
    "lid": "lid",
    "virtual_keyboard": "choice",
    "accessibility_menu": "on",
    "accessibility": "choice",
    "reenrolment": "mode",
    "powerwash": "allowed",
    "verified_mode": "on",
    "guest_mode": "on",
    "sign_in": "who",
}
