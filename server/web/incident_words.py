"""Incidents in words that a pupil may read: what happened, what it means for the pupil, what to do. Nobody is blamed.

What happened and what to do stand in `words.INCIDENTS`; here is what it means, and the lines of the record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext

from server.services.incident_views import RecordLine
from server.web.texts import fill
from server.web.words import INCIDENTS, N_

#: What it means for the pupil.
MEANS: dict[str, str] = {
    "missing": N_("Yang sudah tersimpan tetap tersimpan dan waktu dihitung server; pengerjaan bisa diteruskan."),
    "network_loss": N_("Kunci dan waktu tetap berjalan di setiap Chromebook; yang sudah tersimpan tetap tersimpan."),
    "battery_low": N_("Belum berpengaruh pada pengerjaan."),
    "battery_out": N_("Yang sudah tersimpan tetap tersimpan; diteruskan setelah menyala, atau di Chromebook cadangan."),
    "left_exam": N_("Jawaban tidak berubah. Sering kali hanya salah ketuk."),
    "blocked": N_("Jawaban tidak berubah; halaman lain tidak terbuka."),
    "newcomer": N_("Peserta menunggu sampai perangkatnya dikenali; waktunya belum berjalan di sana."),
    "fork": N_("Pengerjaan di perangkat yang sudah berjalan tidak diganggu."),
    "unknown_device": N_("Belum ada peserta yang memakainya."),
    "clock_off": N_("Waktu ujian tidak berubah: yang dihitung jam server."),
    "not_me": N_("Belum mulai; nama dan meja dicocokkan dulu."),
    "no_device": N_("Peserta menunggu Chromebook."),
    "answers_unsent": N_("Jawaban aman di Chromebook dan dikirim begitu tersambung."),
    "browser_restarted": N_("Yang sudah tersimpan tetap tersimpan; halaman ujian terbuka lagi."),
}  # fmt: skip

PLACES: dict[str, str] = {"subnet": N_("subnet %(name)s"), "room": N_("satu ruang")}

Clock = Callable[[int], str]


def means(kind: str) -> str:
    """What it means for the pupil; a kind without words says nothing rather than something wrong."""
    return str(gettext(MEANS[kind])) if kind in MEANS else ""


def happened(line: RecordLine) -> str:
    """What happened, with what was measured."""
    what, _help = INCIDENTS.get(line.kind, (line.kind, ""))
    said = str(gettext(what))
    if line.kind == "network_loss":
        kind, name = line.detail["place"]
        return fill(
            gettext("%(what)s: %(n)s perangkat, %(place)s"),
            what=said,
            n=len(line.under),
            place=fill(gettext(PLACES.get(kind, "%(name)s")), name=name),
        )
    if line.kind in {"battery_low", "battery_out"} and line.detail.get("battery") is not None:
        return fill(gettext("%(what)s (%(n)s%%)"), what=said, n=line.detail["battery"])
    if line.kind == "missing" and line.cause == "restart":
        return fill(gettext("%(what)s, lalu kembali setelah dimulai ulang"), what=said)
    count = line.detail.get("count")
    if isinstance(count, int) and count > 1:
        return fill(gettext("%(what)s, %(n)s kali"), what=said, n=count)
    return said


def network_minutes(params: Mapping[str, Any], clock: Clock) -> str:
    """The line for the berita acara. It claims what was measured and nothing else."""
    said = fill(
        gettext("Jaringan terputus %(since)s–%(until)s, %(n)s perangkat"),
        since=clock(params["since"]),
        until=clock(params["until"]),
        n=params["devices"],
    )
    away = params["devices"] - params["back"]
    parts = [said]
    if away:
        parts.append(fill(gettext("%(n)s belum tersambung lagi"), n=away))
    if params["unsent"]:
        parts.append(fill(gettext("%(n)s jawaban masih di perangkat"), n=params["unsent"]))
    if params["gaps"]:
        parts.append(fill(gettext("catatan %(n)s perangkat belum lengkap"), n=params["gaps"]))
    if params["unknown"]:
        parts.append(
            fill(gettext("di %(n)s perangkat jawaban tidak terlihat oleh Bangku"), n=params["unknown"])
        )
    if not away and not params["unsent"] and not params["gaps"] and not params["unknown"]:
        parts.append(gettext("tidak ada jawaban hilang"))
    return "; ".join(parts) + "."
