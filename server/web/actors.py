"""Who acted, in words: a person by name, else what acted by itself."""

from __future__ import annotations

from flask_babel import gettext as _


def who(actor: str) -> str:
    """`actor` as the audit trail keeps it: a username, "system", "nobody", "device C07", "card 02-001"
    or "check ABC347"."""
    if actor == "system":
        return str(_("Server"))
    if actor == "rule":
        return str(_("aturan sekolah"))
    if actor == "nobody":
        return str(_("Belum masuk"))
    kind, space, name = actor.partition(" ")
    if space and kind == "device":
        return str(_("Perangkat %(label)s", label=name))
    if space and kind == "check":
        return str(_("Halaman pemeriksaan, kode %(code)s", code=name))
    return str(_("Kartu %(number)s", number=name)) if space and kind == "card" else actor
