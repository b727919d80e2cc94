"""Why a grade of identity stands, in words."""

from __future__ import annotations

from flask import current_app
from flask_babel import gettext

from server.services.grades import Grade
from server.web.words import GRADES, N_, word

#: By `Grade.reason_code`.
REASONS: dict[str, str] = {
    "no_key": N_("Belum pernah tersambung ke Bangku."),
    "machine": N_("Verified Access membuktikan mesinnya pada %(at)s."),
    "machine_and_kiosk": N_("Verified Access membuktikan mesin dan modus kiosknya pada %(at)s."),
    "key_known": N_("Kuncinya dikenal sejak %(since)s."),
    "secret_and_serial": N_("Tahu rahasia sekolah, dan nomor serinya ada di daftar."),
    "console_saw": N_("Konsol mencatat enrol ulangnya; diterima %(who)s pada %(at)s."),
    "console_saw_rule": N_("Konsol mencatat enrol ulangnya; diterima menurut aturan sekolah pada %(at)s."),
    "serial_only": N_("Hanya menyebut nomor seri; menunggu keputusan petugas."),
    "vouched": N_("%(who)s menjaminnya pada %(at)s."),
    "vouched_before": N_("Seorang petugas menjaminnya."),
}
_MOMENTS = ("at", "since", "kiosk_at")


def reason(grade: Grade) -> str:
    """The reason as a sentence."""
    moment = current_app.extensions["bangku_moment"]
    said = {
        key: moment(value) if key in _MOMENTS and isinstance(value, int) else value
        for key, value in grade.params.items()
    }
    return str(gettext(REASONS[grade.reason_code]) % said)


def title(grade: Grade) -> str:
    """Grade and reason in one line; a dash where no key has come."""
    return f"{word(GRADES, grade.grade)}: {reason(grade)}" if grade.grade else reason(grade)
