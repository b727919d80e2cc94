"""The one thing to do with a Chromebook now: what stands in the way first, else the step it is at. Pure, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from server.domain.next_step import Mark, Seen, State, Step, now, steps
from server.domain.readiness import Readiness


class Do(StrEnum):
    """What a person does next. Each has words on screen (`web/next_words.py`), and what to press."""

    # what stands in the way, the weightiest first
    ACCEPT = "accept"  # a remap waits: is it this one?
    HANDS_OFF = "hands_off"  # a pupil needs it now
    DELIVER = "deliver"  # its pupil is done or works elsewhere, and not all that was written on it is here
    REPAIR = "repair"  # out of service
    GIVE_BACK = "give_back"  # borrowed, and its time is over
    ENABLE = "enable"  # disabled in the console
    MOVE_UNIT = "move_unit"  # in the wrong org unit
    # the steps
    JOIN_WIFI = "join_wifi"
    COME_BACK = "come_back"  # wiped, and not seen since
    ENROL = "enrol"
    ENROL_AGAIN = "enrol_again"  # released from the console: an account is needed
    WAIT_POLICY = "wait_policy"
    CHECK_IN = "check_in"
    CHECK_PAGE = "check_page"  # where no extension of ours runs: join Wi-Fi, and open the check page
    GIVE_HOME = "give_home"
    # all that can be seen are done
    MEND = "mend"  # here, but not ready: the reasons say why
    PUT = "put"  # into its place


@dataclass(frozen=True, slots=True)
class Around:
    """What else is known of the device. `needed`: a pupil sits at it; `doubted`: what waits for a word may be another
    Chromebook, for the one we know still speaks or something else speaks against it; `keeps_work`: one wrote on it, and
    that is not fetched and cleared; `loan_over`: it should be back with its owner by now."""

    needed: bool = False
    doubted: bool = False
    keeps_work: bool = False
    in_service: bool = True
    loan_over: bool = False
    wrong_unit: bool = False
    readiness: Readiness | None = None


@dataclass(frozen=True, slots=True)
class Next:
    """The five steps, and exactly one thing to do."""

    marks: tuple[Mark, ...]
    do: Do

    @property
    def step(self) -> Step | None:
        return now(self.marks)

    @property
    def done(self) -> int:
        """How many steps were seen done."""
        return sum(1 for mark in self.marks if mark.state is State.DONE)


def find(seen: Seen, around: Around = Around()) -> Next:
    """A remap comes before everything: until somebody says which Chromebook it is, the rest is about another one. But
    what a pupil may be writing on is not given away by the one tap that the page puts first."""
    marks = steps(seen)
    return Next(marks, _in_the_way(seen, around) or _of_step(seen, now(marks)) or _at_the_end(around))


def _in_the_way(seen: Seen, around: Around) -> Do | None:
    disabled = seen.console and seen.record is not None and seen.record.status.upper() == "DISABLED"
    for stands, do in (
        (around.needed and around.doubted, Do.HANDS_OFF),
        (seen.remap_waits, Do.ACCEPT),
        (around.needed, Do.HANDS_OFF),
        (around.keeps_work and not _wiped_since(seen), Do.DELIVER),
        (not around.in_service, Do.REPAIR),
        (around.loan_over, Do.GIVE_BACK),
        (disabled, Do.ENABLE),
        (around.wrong_unit, Do.MOVE_UNIT),
    ):
        if stands:
            return do
    return None


def _wiped_since(seen: Seen) -> bool:
    """A wipe took what it kept: nothing of it has been heard since."""
    return seen.wiped_at is not None and (seen.reported_at is None or seen.reported_at < seen.wiped_at)


def _of_step(seen: Seen, step: Step | None) -> Do | None:
    if step is None:
        return None
    if step is Step.CHECK_IN:
        return Do.CHECK_IN
    if step is Step.POLICY:
        return Do.WAIT_POLICY
    if step is Step.SEAT:
        # A newcomer that no remap speaks of yet is looked at like one that has.
        return Do.GIVE_HOME if not seen.placed else Do.ACCEPT
    if seen.console and seen.record is not None and seen.record.released:
        return Do.ENROL_AGAIN
    if step is Step.ENROL:
        return Do.ENROL
    if seen.page_checks_in and not seen.console:
        return Do.CHECK_PAGE  # nothing else could tell that it has Wi-Fi
    return Do.COME_BACK if seen.wiped_at is not None else Do.JOIN_WIFI


def _at_the_end(around: Around) -> Do:
    ready = around.readiness in {None, Readiness.READY}
    return Do.PUT if ready else Do.MEND
