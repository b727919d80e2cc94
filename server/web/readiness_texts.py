"""What is refused on the readiness board."""

from __future__ import annotations

from server.web.words import N_

READINESS_ERRORS: dict[str, str] = {
    "least_os_invalid": N_(
        "Tulis nomor ChromeOS dari %(first)s sampai %(last)s, misalnya 120, atau kosongkan bila tidak ada syaratnya."
    ),
    "portal_clients_invalid": N_(
        "Tulis jumlah klien dari 1 sampai %(most)s, atau kosongkan bila belum diisi di portal."
    ),
}
