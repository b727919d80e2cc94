"""What columns and problems of lists are called on screen."""

from __future__ import annotations

from flask_babel import gettext

from server.domain.sheet import Problem
from server.web.texts import fill
from server.web.words import N_, word

COLUMNS: dict[str, str] = {
    "number": N_("Nomor Peserta"),
    "name": N_("Nama"),
    "nisn": N_("NISN"),
    "class_name": N_("Kelas"),
    "npsn": N_("NPSN"),
    "slot": N_("Sesi"),
    "room": N_("Ruang"),
    "seat": N_("Meja"),
    "extra_minutes": N_("Tambahan menit"),
    "username": N_("Username"),
    "kind": N_("Jenis peserta"),
    "label": N_("Label"),
    "serial": N_("Nomor seri"),
    "model": N_("Model"),
    "spare": N_("Chromebook cadangan"),
    "owner": N_("Dipinjam dari"),
    "until": N_("Sampai tanggal"),
}

#: Values that have a word of their own, by field.
VALUES: dict[str, dict[str, str]] = {
    "kind": {"main": N_("utama"), "reserve": N_("cadangan")},
    "spare": {"ya": N_("ya"), "tidak": N_("tidak")},
}

SHEET_PROBLEMS: dict[str, str] = {
    "column_missing": N_("Kolom “%(column)s” belum ada. Pilih kolomnya di bagian “Kolom yang dibaca”"),
    "column_doubled": N_("Judul “%(value)s” dipakai juga untuk %(other_column)s. Pilih kolom lain"),
    "cell_empty": N_("Belum diisi"),
    "cell_too_long": N_("Isinya terlalu panjang"),
    # participants
    "number_doubled": N_("Nomor peserta “%(value)s” dipakai juga di baris %(other)s"),
    "seat_doubled": N_("Meja “%(value)s” dipakai juga di baris %(other)s pada ruang dan sesi yang sama"),
    "roster_empty": N_("Ada judul kolom, tetapi belum ada peserta"),
    "nisn_invalid": N_("NISN “%(value)s” harus 10 angka (kosongkan bila tidak ada)"),
    "foreign_school": N_("Sekolah “%(value)s” bukan sekolah ini atau sekolah yang menumpang"),
    "school_missing": N_("Data sekolah ini belum diisi. Isi dulu di halaman Sekolah"),
    "kind_invalid": N_("“%(value)s” bukan utama atau cadangan"),
    "slot_invalid": N_("Sesi “%(value)s” harus angka 1 sampai 99"),
    "minutes_invalid": N_("Tambahan menit “%(value)s” harus angka 0 sampai 240"),
    "slot_unknown": N_("Sesi “%(value)s” tidak ada di pelaksanaan ini"),
    "room_unknown": N_("Ruang “%(value)s” belum dibuat"),
    "seat_unknown": N_("Meja “%(value)s” tidak ada di ruang itu"),
    "seat_taken": N_("Meja “%(value)s” pada sesi itu sudah untuk %(holder)s"),
    "roster_locked": N_(
        "%(name)s sudah ada di ujian “%(exam)s” (hari %(day)s). Ubah mejanya di papan ujian itu"
    ),
    "exam_already_made": N_(
        "Ujian “%(exam)s” (hari %(day)s) sudah dibuat; %(value)s tidak masuk ke ujian itu"
    ),
    # devices
    "label_doubled": N_("Label “%(value)s” dipakai juga di baris %(other)s"),
    "serial_doubled": N_("Nomor seri “%(value)s” dipakai juga di baris %(other)s"),
    "place_doubled": N_("Meja “%(value)s” dipakai juga di baris %(other)s pada ruang yang sama"),
    "serial_taken": N_("Nomor seri “%(value)s” milik %(holder)s"),
    "place_taken": N_("Meja itu tempat asal %(holder)s"),
    "spare_invalid": N_("“%(value)s” bukan ya atau tidak"),
    "day_invalid": N_("Tanggal “%(value)s” belum terbaca; tulis seperti 30/11/2026"),
    "device_in_use": N_("%(value)s sedang dipakai di ujian “%(exam)s”. Tunggu sampai bebas"),
    "inventory_empty": N_("Ada judul kolom, tetapi belum ada perangkat"),
}


def column(name: str) -> str:
    return word(COLUMNS, name)


def problem(found: Problem) -> str:
    """The sentence of a problem in the language of the request."""
    text = SHEET_PROBLEMS.get(found.code)
    if text is None:
        return found.code
    other = column(str(found.more.get("other", "")))
    return fill(
        gettext(text), column=column(found.column), value=found.value, other_column=other, **found.more
    )
