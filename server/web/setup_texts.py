"""What can be wrong while a school is set up, in words."""

from __future__ import annotations

from server.web.words import N_

SETUP_ERRORS: dict[str, str] = {
    "field_missing": N_("Belum diisi."),
    "field_long": N_("Terlalu panjang: paling banyak %(most)s karakter."),
    "too_many": N_("Terlalu banyak: paling banyak %(most)s."),
    "npsn_invalid": N_("NPSN berisi 8 angka, atau huruf K atau P dan 7 angka."),
    "school_missing": N_("Isi data sekolah lebih dahulu."),
    "school_exists": N_("NPSN ini sudah dipakai oleh %(name)s."),
    "school_unknown": N_("Sekolah ini tidak ditemukan. Muat ulang halaman."),
    "school_in_use": N_("%(name)s belum bisa dihapus: masih dipakai oleh %(uses)s."),
    "school_npsn_in_use": N_(
        "NPSN %(name)s belum bisa diganti: sudah dipakai oleh %(uses)s, yang akan ditolak server."
    ),
    "room_unknown": N_("Ruang ini tidak ditemukan. Muat ulang halaman."),
    "room_exists": N_("Ruang “%(name)s” sudah ada. Pilih nama lain."),
    "room_in_use": N_("%(name)s tidak bisa diganti atau dihapus: sudah dipakai oleh %(uses)s."),
    "seats_missing": N_("Isi jumlah meja, 1 sampai %(most)s, atau tulis labelnya."),
    "seats_too_many": N_("%(count)s meja terlalu banyak untuk satu ruang; paling banyak %(most)s."),
    "seats_differ": N_("Jumlah meja %(count)s, tetapi ada %(labels)s label. Kosongkan salah satu."),
    "seat_label_twice": N_("Label meja “%(label)s” ditulis dua kali."),
    "seat_label_long": N_("Label meja “%(label)s” terlalu panjang: paling banyak %(most)s karakter."),
    "seat_in_use": N_("Meja %(name)s tidak bisa dihapus: sudah dipakai oleh %(uses)s."),
    "columns_invalid": N_("Meja per baris: isi 1 sampai %(most)s."),
    "round_unknown": N_("Pelaksanaan ini tidak ditemukan. Muat ulang halaman."),
    "round_in_use": N_("%(name)s tidak bisa diganti atau dihapus: sudah dipakai oleh %(uses)s."),
    "day_invalid": N_("Tulis tanggal seperti 24/11/2026."),
    "day_twice": N_("Tanggal ini sudah ditulis."),
    "days_missing": N_("Isi sedikitnya satu tanggal."),
    "day_in_use": N_("Hari %(number)s tidak bisa diganti atau dihapus: sudah dipakai oleh %(uses)s."),
    "slot_invalid": N_("Tulis jam seperti 07.30."),
    "slot_twice": N_("Jam ini sudah ditulis."),
    "slots_missing": N_("Isi sedikitnya satu jam mulai."),
    "slot_in_use": N_("Sesi %(number)s tidak bisa diganti atau dihapus: sudah dipakai oleh %(uses)s."),
}
