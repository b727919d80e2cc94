"""The words of the pupil's pages, also for their scripts. Nothing here blames; each says what happens next."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from server.web.check_texts import hands_words
from server.web.texts import error_text


def refusal(code: str, params: Mapping[str, object]) -> str:
    """A refusal in words for the pupil: where staff read the same code, the pupil reads another sentence."""
    own = {
        "exam_not_running": _("Ujian belum dimulai. Tunggu aba-aba proktor."),
        "token_not_ours": _("Token dimasukkan di aplikasi ujian, bukan di sini."),
        "block_not_current": _("Bagian ini sudah selesai. Halaman memuat bagian berikutnya."),
        "sitting_state": _("Sekarang belum bisa. Tunggu aba-aba proktor."),
        "sitting_moved_on": _("Sekarang belum bisa. Coba sekali lagi."),
        "csrf": _("Halaman perlu dimuat ulang."),
        "request_bad": _("Belum berhasil. Coba lagi sebentar lagi."),
    }
    return own.get(code) or error_text(code, params)


def script_words() -> dict[str, str]:
    """Words for the page's scripts; `{name}` is filled there."""
    return {
        **hands_words(),
        "offline": _("Menunggu jaringan. Tetap di tempat, halaman menyambung sendiri."),
        "offline_work": _("Jaringan terputus. Teruskan mengerjakan: jawaban tersimpan di Chromebook ini."),
        "rebinding": _("Menyambungkan kembali ke sekolah. Jawaban tetap tersimpan di Chromebook ini."),
        "opens_at": _("Mulai pukul {time}"),
        "token_wait": _("Token bisa dicoba lagi dalam {seconds} detik."),
        "token_short": _("Token terdiri dari 6 huruf."),
        "hand": _("Angkat tangan dan tunggu di tempat. Proktor sudah diberi tahu."),
        "unsent": _("{count} jawaban masih di Chromebook ini, menunggu jaringan. Biarkan menyala."),
        "all_sent": _("Semua jawaban sudah tersimpan di sekolah."),
        "time_left": _("Sisa waktu"),
        "minutes_left": _("Sisa waktu {minutes} menit."),
        "lock_until": _("Terbuka lagi dalam {time}"),
        "lock_released": _("Terbuka setelah dibuka oleh proktor."),
        "part": _("Bagian {position} dari {count}: {name}"),
        "question": _("Soal {number} dari {count}"),
        "go_to": _("Soal {number}: {state}"),
        "state_empty": _("belum dijawab"),
        "state_device": _("tersimpan di Chromebook, menunggu jaringan"),
        "state_school": _("tersimpan di sekolah"),
        "state_late": _("tersimpan di sekolah, dijawab setelah waktu habis"),
        "state_refused": _("tersimpan di Chromebook saja"),
        "kind_choice": _("Pilih satu jawaban."),
        "kind_choices": _("Pilih semua jawaban yang benar."),
        "kind_true_false": _("Pilih benar atau salah untuk setiap pernyataan."),
        "kind_short": _("Ketik jawaban singkat."),
        "true": _("Benar"),
        "false": _("Salah"),
        "answer": _("Jawabanmu"),
        "proven": _("Sudah dicocokkan: {count} jawaban ada di sekolah."),
        "time_up": _("Waktu bagian ini habis. Jawaban tersimpan."),
        "time_up_wait": _(
            "Waktu bagian ini habis. Jawaban tersimpan dan dikirim begitu jaringan tersambung."
        ),
        "paused": _("Ujian sedang dijeda. Waktu berhenti; jawaban tersimpan."),
        "finish_wait": _("Tunggu sampai semua jawaban tersimpan di sekolah, lalu tekan lagi."),
        "finish_empty": _("{count} soal belum dijawab."),
        "finish_full": _("Semua soal sudah dijawab."),
        "failed": _("Belum berhasil. Coba lagi sebentar lagi."),
    }
