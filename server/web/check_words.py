"""What was seen on a Chromebook, in one line of words. What is not known is said to be not known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from server.web.texts import fill

KEYS_SHOWN = 8


def page_line(seen: Mapping[str, Any]) -> str:
    """Baterai 64%, diisi; 21 GB bebas; …"""
    said = [_battery(seen), _storage(seen), _network(seen), _clock(seen)]
    screen = seen.get("screen")
    if screen:
        said.append(fill(_("layar %(width)s × %(height)s"), width=screen[0], height=screen[1]))
    if not seen.get("secure"):
        said.append(_("dibuka lewat http, jadi banyak yang tidak terlihat"))
    if "CrOS" not in seen.get("browser", ""):
        said.append(_("bukan Chromebook, menurut perambannya"))
    return "; ".join(said)


def hands_line(seen: Mapping[str, Any]) -> str:
    """Sentuhan baik; tombol tidak jalan: q, w; layar baik"""
    touch = {
        "ok": _("sentuhan baik"),
        "bad": _("ada bagian layar yang tidak bereaksi disentuh"),
        "none": _("tanpa layar sentuh"),
    }
    keys = [key if key.strip() else _("spasi") for key in seen["keys_missing"]]
    more = "…" if len(keys) > KEYS_SHOWN else ""
    keyboard = (
        _("tombol baik")
        if seen["keyboard"] == "ok"
        else fill(_("tombol tidak jalan: %(keys)s"), keys=", ".join(keys[:KEYS_SHOWN]) + more)
    )
    screen = _("layar baik") if seen["screen"] == "ok" else _("ada garis, bercak, atau bagian mati di layar")
    return "; ".join((touch[seen["touch"]], keyboard, screen))


def _battery(seen: Mapping[str, Any]) -> str:
    if seen.get("battery") is None:
        return str(_("baterai tidak diketahui"))
    line = fill(_("baterai %(n)s%%"), n=seen["battery"])
    return fill(_("%(line)s, diisi"), line=line) if seen.get("charging") else line


def _storage(seen: Mapping[str, Any]) -> str:
    free = seen.get("storage_free_mb")
    if free is None:
        return str(_("penyimpanan tidak diketahui"))
    return fill(_("kira-kira %(gb)s GB bebas"), gb=f"{free / 1000:.1f}".replace(".", ","))


def _network(seen: Mapping[str, Any]) -> str:
    trip = seen.get("round_trip_ms")
    if trip is None:
        return str(_("jarak ke server tidak diketahui"))
    return fill(_("ke server %(ms)s milidetik"), ms=trip)


def _clock(seen: Mapping[str, Any]) -> str:
    offset = seen.get("clock_offset_ms")
    if offset is None:
        return str(_("jam tidak diketahui"))
    if abs(offset) < 2_000:
        return str(_("jam cocok"))
    return fill(_("jam melenceng %(s)s detik"), s=round(abs(offset) / 1000))
