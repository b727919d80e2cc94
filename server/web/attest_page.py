"""Turning the proof of Chromebooks on and off, and how it is shown: on “Konsol Google” and on a Chromebook's page."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import Connection

from server import config
from server.services import attestation, attestation_list, google_probe
from server.services.attestation_list import Line
from server.web.attest_words import ATTEST_MEANINGS, ATTEST_STATES, MARKS
from server.web.identity import actor, context
from server.web.picture import connected
from server.web.texts import error_text

bp = Blueprint("attest_page", __name__)

ORDER = ("verified", "unavailable", "silent", "refused", "never")


@dataclass(frozen=True, slots=True)
class Shown:
    """One Chromebook's proof in words."""

    device_id: int
    label: str
    live: bool
    mark: str
    state: str
    meaning: str
    why: str
    attested_at: int | None
    kiosk_at: int | None


@dataclass(frozen=True, slots=True)
class SchoolProofs:
    """`counts`: (how many, state, what it means); `scope`: what to delegate for it."""

    on: bool
    counts: tuple[tuple[int, str, str], ...]
    lines: tuple[Shown, ...]
    scope: str


@bp.post("/setup/google/attestation")
def turn() -> ResponseReturnValue:
    c = context()
    wanted = request.form.get("on") == "1"
    if wanted:
        attestation.turn_on(c.db, config.refreshed(c.settings), actor(), c.now())
    else:
        attestation.turn_off(c.db, actor(), c.now())
    done = "attest_on" if wanted else "attest_off"
    return redirect(url_for("google_connect.page", done=done))


def school(c: Connection, now: int) -> SchoolProofs:
    """Where the school's Chromebooks stand."""
    found = attestation_list.overview(c, now, connected())
    counts = tuple(
        (found.counts[state], gettext(ATTEST_STATES[state]), gettext(ATTEST_MEANINGS[state]))
        for state in ORDER
        if found.counts.get(state)
    )
    return SchoolProofs(
        found.on, counts, tuple(map(shown, found.lines)), google_probe.scopes(every=True)["verified_access"]
    )


def device(c: Connection, now: int, device_id: int) -> tuple[Shown, ...]:
    """One Chromebook's proofs: the life that speaks for it first. Nothing while the school has it off."""
    return tuple(map(shown, attestation_list.of_device(c, now, device_id, connected())))


def shown(line: Line) -> Shown:
    state = str(line.stands.state or "never")
    return Shown(
        line.device_id,
        line.label,
        line.live,
        MARKS[state],
        gettext(ATTEST_STATES[state]),
        gettext(ATTEST_MEANINGS[state]),
        error_text(line.stands.code, {}) if line.stands.code else "",
        line.attested_at,
        line.kiosk_at,
    )
