"""How far a Chromebook is on its way from the box to its seat, by what the server saw of it. Pure, no clock.

Five steps: join Wi-Fi → enrol → wait for policy → check in → seat. A person's word ticks none of them. What can only
follow from an earlier step proves that step too: a device that reported has Wi-Fi. A step that nothing here can see
(no console, another school's policies) is *unknown*: neither done nor asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    WIFI = "wifi"
    ENROL = "enrol"
    POLICY = "policy"
    CHECK_IN = "check_in"
    SEAT = "seat"


ORDER = tuple(Step)


class State(StrEnum):
    DONE = "done"
    NOW = "now"
    LATER = "later"
    UNKNOWN = "unknown"


class By(StrEnum):
    """What ticked a step."""

    REPORT = "report"  # the device's own report, with the key we know
    NEWCOMER = "newcomer"  # it proved the school's secret, with a key we do not know
    PAGE = "page"  # the check page was opened on it
    ENROLLED = "enrolled"  # the console: enrolled then
    SYNCED = "synced"  # the console: fetched its policy then
    PLACE = "place"  # it checked in and has its place


@dataclass(frozen=True, slots=True)
class Record:
    """What the console says of it. Times in epoch ms; None: Google does not say."""

    status: str
    enrolled_at: int | None = None
    synced_at: int | None = None

    @property
    def active(self) -> bool:
        return self.status.upper() in {"", "ACTIVE"}

    @property
    def released(self) -> bool:
        return self.status.upper() == "DEPROVISIONED"


@dataclass(frozen=True, slots=True)
class Seen:
    """All that the server saw of one device. Times in epoch ms; None: never.

    `console`: there is a console that may speak of it (never of another school's device); `page_checks_in`: no
    extension of ours runs on it, so opening the check page is its check-in; `wiped_at`: the newest wipe we know of
    (or the first word after it), before which nothing counts; `policy_since`: when what its org unit orders was last
    changed, or it was moved there.
    """

    console: bool = False
    page_checks_in: bool = False
    wiped_at: int | None = None
    record: Record | None = None
    policy_since: int | None = None
    reported_at: int | None = None
    newcomer_at: int | None = None
    page_at: int | None = None
    placed: bool = False
    remap_waits: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """One step. `by` and `at`: what ticked it; `after`: no sighting of its own, this later one proves it."""

    step: Step
    state: State
    by: By | None = None
    at: int | None = None
    after: Step | None = None


def steps(seen: Seen) -> tuple[Mark, ...]:
    """The five, in order. One of them is NOW, unless all that can be seen are done."""
    ticks = _ticks(seen)
    blind = _blind(seen)
    reach = max((ORDER.index(step) for step in ticks), default=-1)
    found: list[Mark] = []
    asked = False
    for position, step in enumerate(ORDER):
        if step in ticks:
            by, at = ticks[step]
            found.append(Mark(step, State.DONE, by, at))
        elif step in blind:
            found.append(Mark(step, State.UNKNOWN))
        elif position < reach:
            later = next(one for one in ORDER[position:] if one in ticks)
            by, at = ticks[later]
            found.append(Mark(step, State.DONE, by, at, after=later))
        else:
            found.append(Mark(step, State.LATER if asked else State.NOW))
            asked = True
    return tuple(found)


def now(marks: tuple[Mark, ...]) -> Step | None:
    """The step to do; None when all that can be seen are done."""
    return next((mark.step for mark in marks if mark.state is State.NOW), None)


def _life_began(seen: Seen) -> int:
    """Reports from before this moment were another life's: a wipe takes the extension and its key along."""
    enrolled = seen.record.enrolled_at if seen.record is not None else None
    return max(seen.wiped_at or 0, enrolled or 0)


def _own_word(seen: Seen) -> tuple[By, int] | None:
    """What the extension on it told us in its present life: the known key before an unknown one."""
    began = _life_began(seen)
    for by, at in ((By.REPORT, seen.reported_at), (By.NEWCOMER, seen.newcomer_at)):
        if at is not None and at >= began:
            return by, at
    return None


def _blind(seen: Seen) -> frozenset[Step]:
    """Steps that only a console or our own extension would show."""
    if seen.console or _own_word(seen) is not None:
        return frozenset()
    return frozenset({Step.ENROL, Step.POLICY})


def _ticks(seen: Seen) -> dict[Step, tuple[By, int]]:
    """Each step that was itself seen."""
    found: dict[Step, tuple[By, int]] = {}
    record = seen.record if seen.console else None
    if record is not None and record.active:
        found |= _console_ticks(seen, record)
    page_at = seen.page_at if (seen.page_at or 0) >= _life_began(seen) else None
    if page_at is not None:
        found.setdefault(Step.WIFI, (By.PAGE, page_at))
        if seen.page_checks_in and not seen.console:
            found[Step.CHECK_IN] = (By.PAGE, page_at)
    own = _own_word(seen)
    if own is not None:
        found[Step.CHECK_IN] = own
    # A newcomer sits nowhere: somebody says first that it is this one.
    known = Step.CHECK_IN in found and found[Step.CHECK_IN][0] is not By.NEWCOMER
    if known and seen.placed and not seen.remap_waits:
        found[Step.SEAT] = (By.PLACE, found[Step.CHECK_IN][1])
    return found


def _console_ticks(seen: Seen, record: Record) -> dict[Step, tuple[By, int]]:
    wiped = seen.wiped_at or 0
    found: dict[Step, tuple[By, int]] = {}
    enrolled = record.enrolled_at if (record.enrolled_at or 0) >= wiped else None
    synced = record.synced_at if (record.synced_at or 0) >= max(wiped, enrolled or 0) else None
    if enrolled is not None:
        found[Step.ENROL] = (By.ENROLLED, enrolled)
    if synced is not None:
        # Policy is only fetched by what is enrolled; a record without a date of enrolment is ticked by it.
        found.setdefault(Step.ENROL, (By.SYNCED, synced))
        if synced > (seen.policy_since or 0):
            found[Step.POLICY] = (By.SYNCED, synced)
    return found
