"""May this Chromebook take a pupil's seat now, and what speaks against it? Pure.

What speaks against it is said before it is taken; a person may take it all the same, except where another pupil
needs it or what a pupil wrote is still on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from server.domain.battery import WANTED_PERCENT
from server.domain.exam import Client
from server.domain.presence import Presence
from server.domain.readiness import Readiness, Reason

#: A wrong number is noticed at once; later the pupil has begun to work there. Counted by the server's clock.
UNDO_MS = 60_000
#: Shorter than this nobody makes good: a report comes every 10 to 20 seconds anyway.
LOST_LEAST_MS = 60_000
#: What a laptop's row in the ledger says instead of a device.
BORROWED = "borrowed_laptop"


class Step(StrEnum):
    """What the proktor does under the ministry's client after a swap. The centre does the rest."""

    RESET = "reset"  # in Proktor Browser
    LOGIN = "login"  # with the card
    TOKEN = "token"  # noqa: S105 - the name of a step
    GOES_ON = "goes_on"


@dataclass(frozen=True, slots=True)
class Spare:
    """What is known of a device that might take a seat. Times are epoch ms, `battery` percent."""

    label: str
    client: Client  # of the exam: nothing of ours runs beside the ministry's
    in_service: bool = True
    out_reason: str = ""  # as it was said when it was taken out of service
    remap: str = ""  # another one claims to be it, undecided: what it is taken for (domain.remap.Kind)
    known: bool = True  # a life of it speaks to us
    presence: Presence = Presence.HERE
    reported_at: int | None = None
    battery: int | None = None
    charging: bool = False
    needed_at: str | None = None  # seat of the pupil who needs it ("–": a place without a number)
    owes: bool = False  # what a pupil wrote is not cleared from it
    unsent: int = 0  # answers that it has not delivered
    unit: str | None = None  # org unit of this room's exams; None: there is none
    where: str | None = None  # org unit the console has it in; None: not in the console
    owner: str | None = None  # of a borrowed one: the school that lent it
    foreign: bool = False  # it keeps that school's policies
    overdue: bool = False  # and should have been given back


#: With these nobody takes it: a pupil would lose something.
NEVER = frozenset({"spare_needed", "spare_owes", "spare_unsent"})
N, W = Readiness.NOT_READY, Readiness.WARNING


def against(spare: Spare) -> tuple[Reason, ...]:
    """Reasons not to take it, the heaviest first; none: it is ready."""
    return tuple(sorted(_against(spare), key=lambda r: (r.code not in NEVER, r.state is W)))


def takeable(reasons: Iterable[Reason]) -> bool:
    """A person may decide to take it all the same."""
    return not any(r.code in NEVER for r in reasons)


def _against(spare: Spare) -> Iterable[Reason]:
    if spare.needed_at is not None:
        yield Reason("spare_needed", N, {"seat": spare.needed_at})
    elif spare.owes and spare.unsent:
        yield Reason("spare_unsent", N, {"count": spare.unsent})
    elif spare.owes:
        yield Reason("spare_owes", N)
    if not spare.in_service:
        yield Reason("spare_out_of_service", N, {"why": spare.out_reason})
    if spare.remap:
        yield Reason("remap_open", N, {"kind": spare.remap})
    if spare.client is Client.WEB:
        yield from _not_heard(spare)
    if spare.battery is not None and spare.battery < WANTED_PERCENT and not spare.charging:
        yield Reason("spare_battery", W, {"percent": spare.battery})
    if spare.unit is not None and spare.where is not None and spare.unit != spare.where:
        yield Reason("spare_wrong_unit", N, {"path": spare.where, "wanted": spare.unit})
    if spare.owner is not None and spare.foreign:
        yield Reason("spare_foreign", W, {"owner": spare.owner})
    if spare.owner is not None and spare.overdue:
        yield Reason("spare_overdue", W, {"owner": spare.owner})


def _not_heard(spare: Spare) -> Iterable[Reason]:
    if not spare.known or spare.presence is Presence.NEVER:
        yield Reason("spare_never_heard", N)
    elif spare.presence is Presence.MISSING:
        yield Reason("spare_silent", N, {"since": spare.reported_at})
