"""Acts around the check page, as the audit trail names them."""

from __future__ import annotations


def N_(text: str) -> str:
    return text


CHECK_ACTIONS: dict[str, str] = {
    "check.hand_out": N_("Membagikan kode pemeriksaan"),
    "check.withdraw": N_("Mengakhiri kode pemeriksaan"),
    "check.enter": N_("Memasukkan kode pemeriksaan"),
    "device.check_page": N_("Melaporkan hasil halaman pemeriksaan"),
    "device.check_hands": N_("Mencoba layar, tombol, dan sentuhan"),
    "device.check_client": N_("Menyatakan Exam Browser terlihat siap"),
    "device.client_take_back": N_("Menarik pernyataan Exam Browser siap"),
    # what was refused before it became an act of a service carries the name of its page
    "checks.hand_out": N_("Membagikan kode pemeriksaan"),
    "checks.withdraw": N_("Mengakhiri kode pemeriksaan"),
    "checks.tick": N_("Menyatakan Exam Browser terlihat siap"),
    "checks.take_back": N_("Menarik pernyataan Exam Browser siap"),
}
