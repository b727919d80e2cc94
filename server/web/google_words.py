"""What the work with the Google console is called on screen: kinds, states, steps, results.

Whoever adds a step (`work.step("…")`) or a number to a job's result gives it its words here; a test finds steps
without any.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from server.web.words import N_

JOB_KINDS: dict[str, str] = {
    "sync": N_("Menyalin daftar perangkat dari konsol Google"),
    "plan": N_("Menyusun rencana kebijakan"),
    "apply": N_("Menerapkan kebijakan"),
    "prove": N_("Memeriksa apakah kebijakan sudah berlaku"),
    "move": N_("Memindahkan perangkat"),
    "commands": N_("Mengirim perintah ke perangkat"),
}

JOB_STATES: dict[str, str] = {
    "queued": N_("Menunggu giliran"),
    "running": N_("Berjalan"),
    "done": N_("Selesai"),
    "failed": N_("Berhenti karena masalah"),
    "cancelled": N_("Dihentikan"),
}

#: What a job is doing just now, by `work.step(code)`.
STEPS: dict[str, str] = {}

#: What a job did, by the name of a number in its result.
RESULTS: dict[str, str] = {}


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
