"""Notes for the berita acara as sentences: kind and params are what `services.minutes.write` was given."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import gettext as _

from server.domain.sitting import MINUTE_MS
from server.domain.spare import LOST_LEAST_MS
from server.services.incident_outages import KIND as NETWORK
from server.services.minutes import MinutesLine
from server.web import incident_words
from server.web.words import N_

SENTENCES: dict[str, str] = {
    "swap": N_("Meja %(seat)s, %(name)s (%(number)s): %(before)s diganti %(after)s."),
    "placed": N_("Meja %(seat)s, %(name)s (%(number)s): mendapat %(after)s."),
    "laptop": N_(
        "Meja %(seat)s, %(name)s (%(number)s): %(before)s diganti laptop pinjaman. Layarnya tidak dikunci Bangku."
    ),
    "laptop:first": N_(
        "Meja %(seat)s, %(name)s (%(number)s): memakai laptop pinjaman. Layarnya tidak dikunci Bangku."
    ),
}


def sentence(line: MinutesLine) -> str:
    """What happened, in the language of the request."""
    said: dict[str, Any] = dict(line.params)
    key = line.kind
    if key == NETWORK:
        return incident_words.network_minutes(said, current_app.extensions["bangku_clock"])
    if key == "laptop" and not said.get("before"):
        key = "laptop:first"
    if key == "swap" and not said.get("before"):
        said["before"] = _("laptop pinjaman")
    for name in ("seat", "name", "number", "before", "after"):
        if said.get(name) is None:
            said[name] = "–"
    text = _(SENTENCES[key], **said) if key in SENTENCES else line.kind
    return f"{text}{_lost(said)}"


def _lost(said: dict[str, Any]) -> str:
    lost, heard = said.get("lost_ms"), said.get("heard_at")
    if heard is None or lost is None or lost < LOST_LEAST_MS:
        return ""
    clock = current_app.extensions["bangku_clock"](heard)
    said_so: str = _(
        "%(before)s terakhir terdengar pukul %(time)s, kira-kira %(minutes)s menit sebelumnya.",
        before=said["before"],
        time=clock,
        minutes=-(-lost // MINUTE_MS),
    )
    return f" {said_so}"
