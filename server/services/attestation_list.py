"""Where the Chromebooks stand with their proofs: for the page that turns it on, and for one Chromebook."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Connection, select

from server.domain.attestation import Question, Scope, Standing, State, standing
from server.services import attestation
from server.services.attestation import Connected
from server.services.lives import ENDED, LIVE
from server.store.tables import attestations as t
from server.store.tables import devices, enrolments


@dataclass(frozen=True, slots=True)
class Line:
    """One life of a Chromebook that is not over. Times ms; None: never."""

    device_id: int
    label: str
    live: bool
    connected: bool
    stands: Standing
    attested_at: int | None
    kiosk_at: int | None


@dataclass(frozen=True, slots=True)
class Overview:
    """`counts`: live Chromebooks by state, "never" for those not asked yet; `lines`: those that are not proved."""

    on: bool
    counts: dict[str, int]
    lines: tuple[Line, ...]


def overview(c: Connection, now: int, connected: Connected) -> Overview:
    """The whole school."""
    if not attestation.is_on(c):
        return Overview(False, {}, ())
    found = _lines(c, now, connected, None)
    counts = Counter(str(one.stands.state or "never") for one in found if one.live)
    odd = tuple(one for one in found if one.stands.state not in (None, State.VERIFIED))
    return Overview(True, dict(counts), odd)


def of_device(c: Connection, now: int, device_id: int, connected: Connected) -> tuple[Line, ...]:
    """One Chromebook's lives that are not over, the one that speaks for it first; nothing while it is off."""
    if not attestation.is_on(c):
        return ()
    return tuple(sorted(_lines(c, now, connected, device_id), key=lambda one: not one.live))


def _lines(c: Connection, now: int, connected: Connected, device_id: int | None) -> list[Line]:
    lives = (
        select(enrolments, devices.c.label)
        .join(devices, devices.c.id == enrolments.c.device_id)
        .where(enrolments.c.standing != ENDED)
        .order_by(devices.c.label, enrolments.c.id)
    )
    asked = (
        select(t)
        .join(enrolments, enrolments.c.id == t.c.enrolment_id)
        .where(enrolments.c.standing != ENDED, t.c.scope == Scope.MACHINE, *attestation.lately(now))
        .order_by(t.c.id)
    )
    if device_id is not None:
        lives = lives.where(enrolments.c.device_id == device_id)
        asked = asked.where(enrolments.c.device_id == device_id)
    questions: dict[int, list[Question]] = {}
    for row in c.execute(asked):
        questions.setdefault(row.enrolment_id, []).append(attestation.question(row))
    found = []
    for life in c.execute(lives):
        here = connected(life.device_id)
        stands = standing(questions.get(life.id, ()), now, connected=here)
        found.append(
            Line(
                life.device_id,
                life.label,
                life.standing == LIVE,
                here,
                stands,
                life.attested_at,
                life.kiosk_at,
            )
        )
    return found
