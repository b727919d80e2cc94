"""What states, roles, causes and acts are called on screen."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext

from server.web.attest_words import ATTEST_ACTIONS, ATTEST_INCIDENTS
from server.web.check_actions import CHECK_ACTIONS
from server.web.incident_kinds import INCIDENTS as INCIDENTS
from server.web.technician_actions import TECHNICIAN_ACTIONS


def N_(text: str) -> str:
    return text


EXAM_STATES: dict[str, str] = {
    "draft": N_("Disiapkan"),
    "open": N_("Check-in dibuka"),
    "running": N_("Berjalan"),
    "paused": N_("Dijeda"),
    "ended": N_("Diakhiri"),
    "archived": N_("Diarsipkan"),
}

SITTING_STATES: dict[str, str] = {
    "expected": N_("Belum hadir"),
    "checked_in": N_("Hadir"),
    "ready": N_("Siap mulai"),
    "working": N_("Mengerjakan"),
    "paused": N_("Dijeda"),
    "finished": N_("Selesai"),
    "absent": N_("Tidak hadir"),
    "moved": N_("Pindah sesi"),
}

MOVED: dict[str, str] = {
    "session": N_("Pindah sesi"),
    "day": N_("Pindah hari"),
    "susulan": N_("Ke susulan"),
}

MODES: dict[str, str] = {
    "idle": N_("menganggur"),
    "waiting": N_("menunggu"),
    "exam": N_("ujian"),
    "locked": N_("terkunci"),
    "finished": N_("selesai"),
}

GRADES: dict[str, str] = {
    "attested": N_("terbukti"),
    "bound": N_("dikenal"),
    "managed": N_("terkelola"),
    "claimed": N_("mengaku"),
    "manual": N_("dijamin petugas"),
}

GRADE_HINTS: dict[str, str] = {
    "attested": N_("Verified Access membuktikan perangkat ini"),
    "bound": N_("Kunci perangkat ini sudah dikenal"),
    "managed": N_("Perangkat sekolah; nomor serinya ada di daftar"),
    "claimed": N_("Hanya menyebut nomor seri"),
    "manual": N_("Seorang petugas menjamin perangkat ini"),
}

ROLES: dict[str, str] = {
    "admin": N_("Admin"),
    "proctor": N_("Proktor"),
    "supervisor": N_("Pengawas"),
    "technician": N_("Teknisi"),
}

PURPOSES: dict[str, str] = {
    "simulasi": N_("Simulasi"),
    "gladi": N_("Gladi"),
    "utama": N_("Utama"),
    "susulan": N_("Susulan"),
}

CAUSES: dict[str, str] = {
    "network": N_("Jaringan"),
    "power": N_("Daya"),
    "restart": N_("Mulai ulang"),
    "focus": N_("Layar"),
    "identity": N_("Identitas perangkat"),
    "time": N_("Jam"),
    "other": N_("Lain-lain"),
}

#: What happened and what helps, in words a pupil may read.
INCIDENTS: dict[str, tuple[str, str]] = {
    "missing": (N_("tidak terdengar"), N_("Periksa Wi-Fi dan layarnya; jawaban tersimpan di perangkat.")),
    "battery_low": (N_("baterai hampir habis"), N_("Sambungkan pengisi daya.")),
    "left_exam": (N_("halaman ujian tidak di depan"), N_("Lihat layarnya; sering kali cukup diklik.")),
    "blocked": (N_("halaman lain diminta dan ditolak"), N_("Sering kali hanya salah ketuk; lihat layarnya.")),
    "newcomer": (N_("perangkat belum dikenal"), N_("Teknisi memastikan stiker, lalu menerima perangkat.")),
    "newcomers_many": (
        N_("terlalu banyak kunci baru untuk satu perangkat"),
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
}

LOCK_REASONS: dict[str, str] = {
    "proctor": N_("dikunci proktor"),
    "supervisor": N_("dikunci pengawas"),
    "paused": N_("dijeda"),
    "incident": N_("dikunci karena kejadian"),
    "identity": N_("dikunci: identitas diperiksa"),
}

ACTIONS: dict[str, str] = {
    "access.refused": N_("Mencoba membuka yang bukan perannya"),
    "staff.sign_in": N_("Masuk"),
    "staff.create": N_("Membuat akun"),
    "staff.change": N_("Mengubah akun"),
    "staff.new_link": N_("Membuat tautan kata sandi"),
    "staff.password_set": N_("Menetapkan kata sandi"),
    "staff.sign_out": N_("Keluar"),
    "exam.create": N_("Membuat ujian"),
    "exam.open": N_("Membuka check-in"),
    "exam.start": N_("Memulai ujian"),
    "exam.pause": N_("Menjeda ujian"),
    "exam.resume": N_("Melanjutkan ujian"),
    "exam.end": N_("Mengakhiri ujian"),
    "exam.archive": N_("Mengarsipkan ujian"),
    "exam.change_session": N_("Mengganti sesi"),
    "exam.shift": N_("Menggeser sesi"),
    "seat.lock": N_("Mengunci meja"),
    "seat.unlock": N_("Membuka kunci meja"),
    "seat.message": N_("Mengirim pesan"),
    "seat.clear_message": N_("Menghapus pesan"),
    "seat.extra_time": N_("Menambah waktu"),
    "seat.pause": N_("Menjeda meja"),
    "seat.resume": N_("Melanjutkan meja"),
    "seat.finish": N_("Menyelesaikan meja"),
    "seat.reset": N_("Mengatur ulang meja"),
    "seat.absent": N_("Menandai tidak hadir"),
    "seat.expected": N_("Membatalkan tidak hadir"),
    "seat.tell": N_("Mengisi keadaan meja"),
    "seat.place": N_("Mengganti perangkat"),
    "seat.release_device": N_("Melepas perangkat"),
    "seat.move": N_("Memindahkan peserta ke sesi lain"),
    "seat.to_susulan": N_("Mencatat peserta untuk susulan"),
    "reserve.activate": N_("Mengganti dengan peserta cadangan"),
    "day.change": N_("Mengganti sesi"),
    "day.shift": N_("Menggeser sesi"),
    "token.release": N_("Merilis token"),
    "token.copy": N_("Menyalin token pusat"),
    "setup.school": N_("Mengisi data sekolah"),
    "setup.guest_add": N_("Menambah sekolah yang menumpang"),
    "setup.guest_remove": N_("Menghapus sekolah yang menumpang"),
    "setup.room_create": N_("Membuat ruang"),
    "setup.room_change": N_("Mengubah ruang"),
    "setup.room_remove": N_("Menghapus ruang"),
    "setup.round_create": N_("Membuat pelaksanaan"),
    "setup.round_change": N_("Mengubah pelaksanaan"),
    "setup.round_remove": N_("Menghapus pelaksanaan"),
    "centre.token_awaited": N_("Mencatat menunggu token pusat"),
    "centre.token_not_awaited": N_("Mencatat tidak menunggu token lagi"),
    "centre.unreachable": N_("Mencatat pusat tidak bisa dipakai"),
    "centre.reachable": N_("Mencatat pusat bisa dipakai lagi"),
    "centre.correct_time": N_("Memperbaiki jam catatan tentang pusat"),
    "centre.probe_url": N_("Mengubah alamat pusat yang diperiksa"),
    "roster.import": N_("Mengimpor peserta"),
    "incident.close": N_("Menutup kejadian"),
    "pupil.bind": N_("Menyambungkan halaman peserta"),
    "pupil.card": N_("Masuk dengan kartu peserta"),
    "pupil.arrive": N_("Peserta hadir"),
    "pupil.confirm": N_("Peserta membenarkan namanya"),
    "pupil.not_me": N_("Peserta berkata bukan namanya"),
    "pupil.token": N_("Memasukkan token"),
    "pupil.begin": N_("Mulai mengerjakan"),
    "pupil.finish_part": N_("Menyelesaikan bagian tes"),
    "answers.late": N_("Jawaban setelah waktu habis"),
    "block.time_up": N_("Waktu bagian tes habis"),
    "seat.lock_expired": N_("Kunci berakhir sendiri"),
    "device.enrol": N_("Perangkat mendaftar"),
    "device.prove": N_("Perangkat membuktikan diri"),
    "device.fork": N_("Dua perangkat memakai satu identitas"),
    **ATTEST_ACTIONS,
    "device.admit": N_("Menerima perangkat"),
    "remap.open": N_("Mengusulkan tempat semula bagi perangkat"),
    "remap.accept": N_("Mengembalikan perangkat ke tempat semula"),
    "remap.reject": N_("Menolak mengembalikan perangkat"),
    "remap.undo": N_("Membatalkan keputusan tentang perangkat"),
    "remap.rule": N_("Mengubah aturan menerima perangkat"),
    "device.clear_ordered": N_("Memerintahkan pembersihan data ujian"),
    "device.cleared": N_("Data ujian dibersihkan"),
    "device.import": N_("Mengimpor perangkat"),
    **CHECK_ACTIONS,
    **TECHNICIAN_ACTIONS,
    "browser.exit": N_("Peramban terkunci berhenti dan mulai ulang"),
    "device.out_of_service": N_("Menonaktifkan perangkat"),
    "device.in_service": N_("Mengaktifkan perangkat lagi"),
    "secret.rotate": N_("Mengganti rahasia enrol"),
    "google.connect": N_("Menyambungkan konsol Google"),
    "google.disconnect": N_("Memutus konsol Google"),
    "google.probe": N_("Mencoba sambungan ke konsol Google"),
    "google.sync": N_("Mengambil daftar perangkat dari konsol Google"),
    "google.plan": N_("Menyusun rencana kebijakan"),
    "google.apply": N_("Menerapkan kebijakan"),
    "google.prove": N_("Memeriksa apakah kebijakan berlaku"),
    "google.move": N_("Memindahkan perangkat di konsol Google"),
    "google.units": N_("Menyiapkan unit organisasi ujian"),
    "device.move": N_("Memesan pemindahan perangkat"),
    "device.moved": N_("Pemindahan perangkat berakhir"),
    "device.units": N_("Memesan unit organisasi ujian"),
    "device.command": N_("Memerintah perangkat"),
    "device.command_confirm": N_("Menyetujui perintah ke perangkat"),
    "device.command_withdraw": N_("Membatalkan perintah ke perangkat"),
    "device.command_end": N_("Perintah ke perangkat berakhir"),
    "google.commands": N_("Mengirim perintah ke perangkat"),
    "google.telemetry": N_("Mengambil telemetri dari konsol Google"),
    "google.telemetry_take": N_("Menyimpan telemetri dari konsol Google"),
    "readiness.portal_clients": N_("Mencatat jumlah klien di portal"),
    "readiness.least_os": N_("Menetapkan ChromeOS paling rendah"),
    "google.sync_accept": N_("Mengambil alih daftar perangkat dari konsol Google"),
    "device.label": N_("Memberi label perangkat dari konsol Google"),
    "device.loan_in": N_("Mencatat Chromebook pinjaman"),
    "device.loan_change": N_("Mengubah pinjaman Chromebook"),
    "device.loan_back": N_("Mencatat pengembalian pinjaman"),
    "device.new_serial": N_("Mencatat nomor seri baru"),
    "google.cancel": N_("Menghentikan pekerjaan dengan konsol Google"),
    # what was refused before it became an act of a service carries the name of its page
    "exams.create": N_("Membuat ujian"),
    "exams.step": N_("Menjalankan langkah ujian"),
    "seat_acts.act": N_("Mengubah meja"),
    "seat_acts.all_started": N_("Mengisi keadaan meja"),
    "seat_acts.close_incidents": N_("Menutup kejadian"),
    "seat_acts.admit": N_("Menerima perangkat"),
    "setup_school.save": N_("Mengisi data sekolah"),
    "setup_school.add_guest": N_("Menambah sekolah yang menumpang"),
    "setup_school.remove_guest": N_("Menghapus sekolah yang menumpang"),
    "setup_rooms.create": N_("Membuat ruang"),
    "setup_rooms.change": N_("Mengubah ruang"),
    "setup_rooms.remove": N_("Menghapus ruang"),
    "setup_rounds.create": N_("Membuat pelaksanaan"),
    "setup_rounds.change": N_("Mengubah pelaksanaan"),
    "setup_rounds.remove": N_("Menghapus pelaksanaan"),
    "centre_page.begin": N_("Mencatat keadaan pusat"),
    "centre_page.end": N_("Mencatat keadaan pusat"),
    "centre_page.address": N_("Mengubah alamat pusat yang diperiksa"),
    "roster.preview": N_("Memeriksa daftar peserta"),
    "roster.confirm": N_("Mengimpor peserta"),
    "roster.columns": N_("Memilih kolom daftar peserta"),
    "devices.preview": N_("Memeriksa daftar perangkat"),
    "devices.confirm": N_("Mengimpor perangkat"),
    "devices.columns": N_("Memilih kolom daftar perangkat"),
    "devices.service": N_("Mengubah keadaan perangkat"),
    "devices_sync.order": N_("Mengambil daftar perangkat dari konsol Google"),
    "devices_sync.accept": N_("Mengambil alih daftar perangkat dari konsol Google"),
    "devices_sync.label": N_("Memberi label perangkat dari konsol Google"),
    "staff_admin.create": N_("Membuat akun"),
    "policy.settings": N_("Mengubah pengaturan kebijakan"),
    "setup_policy.save": N_("Mengubah pengaturan kebijakan"),
    "staff_admin.change": N_("Mengubah akun"),
    "staff_admin.link": N_("Membuat tautan kata sandi"),
    "policy.allow": N_("Mengizinkan yang ditolak rencana kebijakan"),
    "policy.plan": N_("Menyusun rencana kebijakan"),
    "policy.applied": N_("Kebijakan diterapkan"),
    "policy.partly": N_("Kebijakan diterapkan sebagian"),
    "policy.failed": N_("Kebijakan gagal diterapkan"),
    "policy.make": N_("Menyusun rencana kebijakan"),
    "policy.apply": N_("Menerapkan kebijakan"),
    "policy.prove": N_("Memeriksa apakah kebijakan berlaku"),
    "policy.restore": N_("Menyusun pengembalian kebijakan"),
    "device_moves.plan": N_("Merencanakan pemindahan perangkat"),
    "device_moves.order": N_("Memesan pemindahan perangkat"),
    "device_moves.home": N_("Merencanakan kepulangan perangkat"),
    "device_moves.go_on": N_("Melanjutkan pemindahan perangkat"),
    "google.remap": N_("Mengembalikan isian Chromebook di konsol Google"),
    "google.remap_look": N_("Menanyakan Chromebook yang kembali kepada konsol Google"),
    "remap.console": N_("Menulis isian Chromebook yang kembali ke konsol"),
    "remap.again": N_("Menulis sekali lagi ke konsol"),
    "remaps.accept": N_("Menerima Chromebook yang kembali"),
    "remaps.accept_strong": N_("Menerima semua yang berbukti kuat"),
    "remaps.reject": N_("Menolak Chromebook yang kembali"),
    "remaps.undo": N_("Membatalkan keputusan tentang Chromebook"),
    "remaps.again": N_("Menulis sekali lagi ke konsol"),
    "setup_remap.save": N_("Mengubah aturan menerima perangkat"),
    "exam_units.plan": N_("Merencanakan unit organisasi ujian"),
    "exam_units.order": N_("Memesan unit organisasi ujian"),
    "device_orders.ask": N_("Memerintah perangkat"),
    "device_orders.confirm": N_("Menyetujui perintah ke perangkat"),
    "device_orders.withdraw": N_("Membatalkan perintah ke perangkat"),
    "devices_borrowed.lend": N_("Mencatat Chromebook pinjaman"),
    "devices_borrowed.extend": N_("Mengubah pinjaman Chromebook"),
    "devices_borrowed.policies": N_("Mengubah pinjaman Chromebook"),
    "devices_borrowed.give_back": N_("Mencatat pengembalian pinjaman"),
    "google_connect.connect": N_("Menyambungkan konsol Google"),
    "google_connect.probe": N_("Mencoba sambungan ke konsol Google"),
    "google_connect.disconnect": N_("Memutus konsol Google"),
    "google_jobs.cancel": N_("Menghentikan pekerjaan dengan konsol Google"),
    "auth.sign_in_post": N_("Masuk"),
    "auth.setup_post": N_("Menetapkan kata sandi"),
    "auth.sign_out": N_("Keluar"),
}


def word(table: Mapping[str, str], key: object) -> str:
    """A state's or role's word; an unknown one shows as it is rather than nothing."""
    found = table.get(str(key))
    return gettext(found) if found is not None else str(key)
