"""What the work with the Google console is called on screen: kinds, states, steps, results.

Whoever adds a step (`work.step("…")`) or a number to a job's result gives it its words here; a test finds steps
without any.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from server.web import move_words, remap_console_words
from server.web.words import N_

JOB_KINDS: dict[str, str] = {
    "probe": N_("Mencoba sambungan ke konsol Google"),
    "sync": N_("Mengambil daftar perangkat dari konsol Google"),
    "plan": N_("Menyusun rencana kebijakan"),
    "apply": N_("Menerapkan kebijakan"),
    "prove": N_("Memeriksa apakah kebijakan sudah berlaku"),
    "move": N_("Memindahkan perangkat"),
    "commands": N_("Mengirim perintah ke perangkat"),
    "attest": N_("Meminta bukti perangkat kepada Google"),
    "telemetry": N_("Mengambil telemetri dari konsol Google"),
    **move_words.JOB_KINDS,
    **remap_console_words.JOB_KINDS,
}

JOB_STATES: dict[str, str] = {
    "queued": N_("Menunggu giliran"),
    "running": N_("Berjalan"),
    "done": N_("Selesai"),
    "failed": N_("Berhenti karena masalah"),
    "cancelled": N_("Dihentikan"),
}

#: What Bangku may be allowed to do, by `workspace.gateway.Feature`: its name and what the school needs it for.
FEATURES: dict[str, tuple[str, str]] = {
    "inventory": (N_("Membaca daftar Chromebook"), N_("daftar perangkat, dan hasil perintah")),
    "devices": (
        N_("Mengubah Chromebook"),
        N_("memindahkan perangkat ke ujian dan pulang, dan mengirim perintah"),
    ),
    "org_units": (N_("Membaca unit organisasi"), N_("memilih unit organisasi untuk ujian")),
    "org_units_write": (N_("Membuat unit organisasi"), N_("menyiapkan unit organisasi ujian")),
    "customer": (N_("Membaca data pelanggan"), N_("memastikan ini konsol sekolah yang sama")),
    "users": (N_("Membaca akun pengguna"), N_("memeriksa siapa yang boleh masuk")),
    "users_write": (N_("Mengubah akun pengguna"), N_("hanya bila sekolah menyiapkan akun ujian")),
    "policy": (N_("Membaca kebijakan"), N_("menyusun rencana dan memeriksa apakah sudah berlaku")),
    "policy_write": (N_("Mengubah kebijakan"), N_("menerapkan dan mengembalikan kebijakan")),
    "telemetry": (N_("Membaca telemetri"), N_("baterai, jaringan, dan kejadian menurut konsol")),
    "verified_access": (
        N_("Membuktikan Chromebook (pilihan)"),
        N_("hanya bila sekolah menyalakan bukti perangkat; yang lain tidak memerlukannya"),
    ),
}

#: What a job is doing just now, by `work.step(code)`.
STEPS: dict[str, str] = {
    "probe": N_("Mencoba tiap fitur dengan satu panggilan kecil"),
    "policy_reading_unit": N_("Membaca unit organisasi"),
    "policy_reading_schemas": N_("Membaca pengaturan yang dikenal konsol ini"),
    "policy_reading_values": N_("Membaca isi yang berlaku sekarang"),
    "policy_reading_devices": N_("Membaca kapan tiap Chromebook terakhir mengambil kebijakan"),
    "policy_sending": N_("Mengirim perubahan ke Google"),
    "policy_looking": N_("Membaca kembali dari Google"),
    "telemetry_reading": N_("Membaca telemetri Chromebook"),
    **move_words.STEPS,
    **remap_console_words.STEPS,
    "sync_units": N_("Membaca unit organisasi"),
    "sync_devices": N_("Membaca daftar perangkat"),
    "sync_missing": N_("Menanyakan satu per satu perangkat yang tidak ada di daftar"),
    "sync_compare": N_("Membandingkan dengan yang sudah diketahui"),
    "sync_take": N_("Menyimpan yang biasa"),
    "attest_asking": N_("Meminta bukti perangkat kepada Google"),
}

#: What a job did, by the name of a number in its result.
RESULTS: dict[str, str] = {
    "works": N_("%(n)s fitur bisa dipakai"),
    "refused": N_("%(n)s fitur ditolak"),
    "done": N_("%(n)s berhasil"),
    "failed": N_("%(n)s gagal"),
    "skipped": N_("%(n)s dilewati"),
    "in_force": N_("berlaku di %(n)s Chromebook"),
    "asked": N_("%(n)s ditanya"),
    "verified": N_("%(n)s terbukti"),
    "not_attested": N_("%(n)s tidak terbukti"),
    "unavailable": N_("%(n)s belum bisa diperiksa"),
    "telemetry": N_("telemetri %(n)s Chromebook"),
    "silent": N_("%(n)s belum mengirim telemetri"),
    **move_words.RESULTS,
    **remap_console_words.RESULTS,
    "new": N_("%(n)s baru"),
    "moved": N_("%(n)s pindah"),
    "enrolled": N_("%(n)s dienrol ulang"),
    "status": N_("%(n)s berubah keadaan"),
    "model": N_("%(n)s berubah model"),
    "back": N_("%(n)s ada lagi"),
    "gone": N_("%(n)s tidak ada lagi"),
    "serial": N_("%(n)s nomor seri berubah?"),
    "twice": N_("%(n)s nomor seri ganda?"),
    "units_renamed": N_("%(n)s unit organisasi berganti nama"),
    "units_vanished": N_("%(n)s unit organisasi hilang"),
    "same": N_("%(n)s tetap"),
}


def step_text(code: str | None) -> str:
    """What it is doing; a step without words of its own is still work."""
    return str(gettext(STEPS[code])) if code in STEPS else ""


def result_text(result: Mapping[str, Any] | None) -> str:
    """`3 baru; 2 pindah`: the numbers of a result that have words, without zeros."""
    told = [
        str(gettext(RESULTS[key]) % {"n": value})
        for key, value in (result or {}).items()
        if key in RESULTS and isinstance(value, int) and not isinstance(value, bool) and value
    ]
    return "; ".join(told)
