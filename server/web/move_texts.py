"""What stands in the way of moving Chromebooks and of ordering something of one, in words."""

from __future__ import annotations

from server.web.words import N_

MOVE_ERRORS: dict[str, str] = {
    # plans of moves
    "move_whom": N_("Belum ada ruang atau perangkat yang dipilih."),
    "move_root": N_("Unit organisasi paling atas bukan untuk ujian. Pilih yang di bawahnya."),
    "move_unknown": N_("Pemindahan ini tidak ditemukan. Muat ulang halaman."),
    "move_nobody": N_(
        "Tidak ada perangkat yang perlu dipindahkan; %(left)s tetap di tempatnya. Lihat sebabnya."
    ),
    "move_plan_stale": N_(
        "Keadaan perangkat sudah berubah sejak rencana ini dibuat. Buat rencana lagi lalu periksa."
    ),
    "move_running": N_("Pemindahan lain masih berjalan. Tunggu sampai selesai, atau hentikan dulu."),
    "move_over": N_("Pemindahan ini sudah selesai."),
    "move_not_out": N_("Belum ada yang dipindahkan, jadi belum ada yang perlu dipulangkan."),
    "move_exam_browser_day": N_(
        "Hari ini ada “%(exam)s” di Exam Browser. Pada hari itu tidak ada perangkat yang dipindahkan, karena kebijakan "
        "baru bisa mengganggu ujian. Pindahkan besok."
    ),
    "move_exam_open": N_("“%(exam)s” sedang berlangsung di ruang ini. Pindahkan setelah ujian diakhiri."),
    "move_too_late": N_(
        "“%(exam)s” diadakan hari ini. Kebijakan bisa perlu satu jam untuk sampai, jadi pemindahan diselesaikan sehari "
        "sebelumnya (H-1). Bila memang harus sekarang, tulis alasannya."
    ),
    # org units for exams
    "unit_name": N_("Nama unit organisasi: 1 sampai %(most)s karakter, tanpa garis miring."),
    "unit_parent": N_("Tulis tempat unit organisasi dengan garis miring di depan, misalnya /Ujian."),
    "unit_twice": N_("Nama “%(name)s” dipakai dua kali. Tiap ruang dan jenis ujian perlu unit sendiri."),
    "unit_client": N_("Jenis ujian itu tidak dikenal."),
    "unit_plan_stale": N_("Unit organisasi sudah berubah sejak rencana ini dibuat. Periksa lagi."),
    # orders to one device
    "command_unknown": N_("Perintah itu tidak dikenal."),
    "command_no_device": N_("Belum ada perangkat yang dipilih."),
    "command_too_many": N_("%(count)s perangkat sekaligus terlalu banyak; paling banyak %(most)s."),
    "command_waiting": N_("%(label)s: perintah yang sama masih berjalan. Tunggu sampai selesai."),
    "command_not_known": N_("Perintah ini tidak ditemukan. Muat ulang halaman."),
    "command_moved_on": N_("Perintah ini tidak lagi menunggu. Muat ulang halaman."),
    "second_person_same": N_(
        "Yang meminta dan yang menyetujui harus dua orang. Minta petugas lain menyetujui."
    ),
    "serial_not_typed": N_(
        "Nomor seri yang diketik tidak sama dengan perangkat ini. Baca dari badan Chromebook."
    ),
    "volume_invalid": N_("Volume: angka bulat 0 sampai 100."),
    "deprovision_reason_missing": N_("Pilih alasan pelepasan; Google memintanya."),
    "device_unlinked": N_("%(label)s belum ditemukan di konsol. Sinkronkan, dan periksa nomor serinya."),
    "device_doubled": N_(
        "Konsol punya lebih dari satu catatan untuk nomor seri %(label)s. Bereskan dulu di konsol."
    ),
    "device_protected": N_(
        "%(label)s dijaga sampai akhir “%(round)s” (%(until)s), mulai H-1. Bila memang rusak, keluarkan dulu dari "
        "pemakaian di daftar perangkat, lalu ulangi."
    ),
    "screenshot_exam_browser": N_(
        "%(label)s dipakai untuk “%(exam)s” di Exam Browser. Tangkapan layar akan memuat soal dari pusat, jadi tidak "
        "diambil."
    ),
    "device_held": N_("Perangkat sedang dipakai peserta."),
}
