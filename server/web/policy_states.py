"""What plans, changes and their outcomes are called on screen. Lines, effects and refusals: policy_words."""

from __future__ import annotations

from server.web.words import N_

PLAN_STATES: dict[str, str] = {
    "planned": N_("Rencana, belum diterapkan"),
    "applying": N_("Sedang diterapkan"),
    "applied": N_("Diterapkan"),
    "partly": N_("Diterapkan sebagian"),
    "failed": N_("Gagal diterapkan"),
    "stale": N_("Usang: isi Google sudah berubah"),
    "restored": N_("Sudah dikembalikan"),
}

PLAN_KINDS: dict[str, str] = {"exam": N_("Untuk ujian"), "restore": N_("Mengembalikan seperti semula")}

#: Operation: word and sign.
OPS: dict[str, tuple[str, str]] = {
    "create": (N_("dibuat"), "+"),
    "update": (N_("diubah"), "~"),
    "delete": (N_("dilepas"), "−"),
}

OUTCOMES: dict[str, str] = {
    "pending": N_("menunggu"),
    "sent": N_("dikirim, dibaca ulang"),
    "done": N_("berhasil"),
    "failed": N_("gagal"),
    "skipped": N_("dilewati"),
}
