"""What a technician's refused act was, as the audit trail names it."""

from __future__ import annotations


def N_(text: str) -> str:
    return text


TECHNICIAN_ACTIONS: dict[str, str] = {
    "technician.accept": N_("Menerima Chromebook yang kembali, di tempat"),
    "technician.service": N_("Mengubah keadaan perangkat"),
    "technician.look_again": N_("Mengambil daftar perangkat dari konsol Google"),
}
