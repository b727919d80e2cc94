"""What is known of a Chromebook before an exam day, each thing with who told it and when. Pure.

None is *not known*: it never counts as fine.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")


class Source(StrEnum):
    """Who told it."""

    DEVICE = "device"  # its own report, with the key we know
    CONSOLE = "console"  # the record at Google, as it was last read
    TELEMETRY = "telemetry"  # what it reported to Google; comes late
    PAGE = "page"  # its own check page: self-reported
    PERSON = "person"  # somebody looked, and is named


@dataclass(frozen=True, slots=True)
class Told(Generic[T]):
    """A value, when it was true (epoch ms) and who said so. `by`: the person's name."""

    value: T
    at: int
    source: Source
    by: str | None = None


def newest(*told: Told[T] | None) -> Told[T] | None:
    """The newest word; of two at one moment the first."""
    known = [one for one in told if one is not None]
    return max(known, key=lambda one: one.at) if known else None


@dataclass(frozen=True, slots=True)
class Record:
    """The console's record. `path`: of its org unit; `update_end`: yyyy-mm or yyyy-mm-dd; `read_at`: when Bangku
    read it."""

    status: str
    unit_id: str | None
    path: str
    read_at: int
    synced_at: int | None = None
    update_end: str | None = None


@dataclass(frozen=True, slots=True)
class Loan:
    owner: str
    until: str  # yyyy-mm-dd
    foreign_policies: bool


@dataclass(frozen=True, slots=True)
class Hands:
    """Touch, keyboard and screen as a person tried them: ok, bad or (touch) none."""

    touch: str
    keyboard: str
    screen: str


@dataclass(frozen=True, slots=True)
class Facts:
    """One Chromebook. Times in epoch ms.

    `policy_since`: when what its org unit orders was last written, or it was moved there; None: nothing was.
    `home_path`: the org unit it is from, where that is known; `reenrolled`: that is known because a wipe took it away.
    `wiped_at`: the newest wipe we know of; words from before it are left out by the caller, except of the body.
    """

    in_service: bool = True
    out_reason: str = ""
    remap_open: str = ""  # what the one that waits takes it for (domain.remap.Kind)
    not_returned: str = ""  # why it counts as not come back (domain.return_steps.Why)
    loan: Loan | None = None
    record: Record | None = None
    home_path: str | None = None
    reenrolled: bool = False
    enrolled_again: bool = True
    policy_since: int | None = None
    wiped_at: int | None = None
    reported_at: int | None = None
    seen: Told[str] | None = None  # newest sign of life; its value is not used
    network: Told[str] | None = None
    signal: Told[int] | None = None  # dBm
    battery: Told[int] | None = None  # percent
    charging: Told[bool] | None = None
    has_battery: bool = True  # False: it reported, and has none
    health: Told[str] | None = None  # normal | soon | now
    storage: Told[int] | None = None  # MB free
    clock: Told[int] | None = None  # ms off
    os: Told[int] | None = None  # milestone of ChromeOS
    extension: Told[str] | None = None
    hands: Told[Hands] | None = None
    client: Told[str] | None = None  # the tick that the Exam Browser opens; its version, or ""


@dataclass(frozen=True, slots=True)
class Needs:
    """What the next exam day asks of it, and which things can be seen at all in this mode.

    `console`: the school's own console is connected and was read (`console_read`); `extension`: it runs our extension
    (managed or local mode). `clients`: of the day's exams. `date`, `day_at`, `eve_at`: the day, and the first moments
    of it and of H-1; None: no day is planned. `units`: ids of the org units that were prepared for the day.
    """

    now: int
    console: bool = False
    console_read: bool = True
    extension: bool = False
    clients: frozenset[str] = frozenset()
    date: str | None = None
    day_at: int | None = None
    eve_at: int | None = None
    units: frozenset[str] = frozenset()
    extension_version: str | None = None
    least_os: int | None = None
    room_os: int | None = None  # what most Chromebooks of its room run

    @property
    def eve(self) -> bool:
        """It is H-1 or the day itself."""
        return self.eve_at is not None and self.now >= self.eve_at

    @property
    def today(self) -> bool:
        return self.day_at is not None and self.now >= self.day_at

    @property
    def web(self) -> bool:
        return "web" in self.clients

    @property
    def exam_browser(self) -> bool:
        return "exam_browser" in self.clients

    @property
    def tick(self) -> bool:
        """Only a named person can say that the client opens: no extension of ours sees the Exam Browser."""
        return not self.extension or self.exam_browser
