"""The lines of an exam's record of incidents, and the note of an outage for the berita acara."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext

from server.services.incident_views import RecordLine
from server.web.incident_kinds import INCIDENTS, MEANS, N_
from server.web.texts import fill

PLACES: dict[str, str] = {"subnet": N_("subnet %(name)s"), "room": N_("satu ruang")}

Clock = Callable[[int], str]


def means(kind: str) -> str:
    """What it means for the pupil; a kind without words says nothing rather than something wrong."""
    return str(gettext(MEANS[kind])) if kind in MEANS else ""


def place(line: RecordLine) -> str:
    """Where: the desks, or the Chromebook and the desk where it stands."""
    desks = ", ".join(line.seats)
    if line.device and desks:
        return str(gettext("Chromebook %(device)s (meja %(seat)s)", device=line.device, seat=desks))
    if line.device:
        return str(gettext("Chromebook %(device)s", device=line.device))
    return desks or str(line.detail.get("serial", ""))


def happened(line: RecordLine) -> str:
    """What happened, with what was measured."""
    what, _help = INCIDENTS.get(line.kind, (line.kind, ""))
    said = str(gettext(what))
    if line.kind == "network_loss":
        kind, name = line.detail["place"]
        if kind == "subnet" and any(one.detail.get("subnet") != name for one in line.under):
            kind = "room"  # others of the room fell silent with it; the record is one room's
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
