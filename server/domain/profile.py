"""An exam profile: what a kind of exam is made of, as data.

Numbers of the ministry's exams change within months and are reported by many hands, so each carries where it
was read and when; a number nobody could find is `null` and is asked for before the exam opens.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from server.domain.exam import Client
from server.domain.hosts import host_of, why_not_a_host
from server.domain.paths import PRACTICE
from server.domain.token import DEFAULT_INTERVAL_MINUTES

MINUTES_MAX = 600


class Level(StrEnum):
    """Jenjang. Madrasah and Paket sit the exam of the level they equal."""

    SD = "SD"
    SMP = "SMP"
    SMA = "SMA"
    SMK = "SMK"
    SLB = "SLB"


class BlockedNavigation(StrEnum):
    """What follows when a pupil tries to leave: always turned back and counted; `incident` also tells the room."""

    RETURN = "return"
    INCIDENT = "incident"


def _clean(text: str) -> str:
    if not text.strip() or text != text.strip():
        raise PydanticCustomError("text_blank", "empty, or with spaces at its ends; write it without them")
    if any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text):
        raise PydanticCustomError(
            "text_control", "holds a line break or another control character; take it out"
        )
    return text


def _host(text: str) -> str:
    if why := why_not_a_host(text):
        raise PydanticCustomError(
            "host_invalid", "'{host}': {why}; for example cbt.sekolah.sch.id", {"host": text, "why": why}
        )
    return text


def _start_url(text: str) -> str:
    if text != PRACTICE and host_of(text) is None:
        raise PydanticCustomError(
            "start_url_invalid",
            f"'{{url}}' is neither a web address nor '{PRACTICE}'; write null when the operator enters it",
            {"url": text},
        )
    return text


Text = Annotated[str, Field(max_length=160), AfterValidator(_clean)]
LongText = Annotated[str, Field(max_length=600), AfterValidator(_clean)]
#: As exactly as the source is dated: a year, a month or a day.
When = Annotated[str, Field(pattern=r"^20\d\d(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$")]
Host = Annotated[str, AfterValidator(_host)]
#: 07:30-09:30
Span = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]

# YAML has no enums: their values come as text, which strict mode would otherwise refuse.
E = TypeVar("E")
Named = Annotated[E, Field(strict=False)]


class _Shape(BaseModel):
    # strict: '75' is not 75, and yes is not 1; a profile says what it means.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Source(_Shape):
    """Where something was read. `grade`: A primary, B press quoting officials, C a school or blog, I inferred."""

    text: LongText
    date: When
    grade: Annotated[str, Field(pattern="^[ABCI]$")]


class ProfileBlock(_Shape):
    """One timed part.

    `minutes` null: not found anywhere, the operator must enter it when the exam is made. `uncertain`: press of
    another year, or second hand; the operator is shown the number with its source and may correct it.
    """

    name: Text
    minutes: Annotated[int, Field(ge=1, le=MINUTES_MAX)] | None
    source: LongText | None = None
    date: When | None = None
    uncertain: bool = False

    @property
    def asked(self) -> bool:
        """The operator enters or confirms the length; otherwise it is fixed."""
        return self.minutes is None or self.uncertain


class Sessions(_Shape):
    """When the sessions of the day were announced to be, local time; what the school enters stands."""

    times: Annotated[list[Span], Field(min_length=1, max_length=6)]
    source: LongText
    date: When


class LockRules(_Shape):
    """`allow_clipboard`: scripts of the exam page may use the clipboard (copying by keys is the page's matter)."""

    blocked_navigation: Named[BlockedNavigation] = BlockedNavigation.RETURN
    allow_clipboard: bool = False
    report_interval_ms: Annotated[int, Field(ge=5_000, le=20_000)] = 10_000  # docs/protocol.md, section 4


class Bandwidth(_Shape):
    """`mbps` for every `per_clients` devices."""

    mbps: Annotated[int, Field(ge=1, le=10_000)]
    per_clients: Annotated[int, Field(ge=1, le=1_000)]
    source: LongText
    date: When


class ChromeOs(_Shape):
    """The oldest milestone of ChromeOS that the exam's client runs on, as its maker says."""

    least: Annotated[int, Field(ge=60, le=999)]
    source: LongText
    date: When


class TokenRule(_Shape):
    interval_minutes: Annotated[int, Field(ge=1, le=240)] = DEFAULT_INTERVAL_MINUTES


class ExamProfile(_Shape):
    key: Annotated[str, Field(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
    name: Text
    programme: Annotated[str, Field(max_length=40), AfterValidator(_clean)]
    level: Named[Level] | None
    day: Annotated[int, Field(ge=1, le=9)] | None  # None: any day
    client: Named[Client]
    blocks: Annotated[list[ProfileBlock], Field(min_length=1, max_length=20)]
    start_url: Annotated[str, AfterValidator(_start_url)] | None
    allowed_hosts: Annotated[list[Host], Field(max_length=50)]
    lock: LockRules = LockRules()
    sessions: Sessions | None = None
    bandwidth: Bandwidth | None = None
    token: TokenRule | None = None
    chromeos: ChromeOs | None = None
    sources: Annotated[list[Source], Field(max_length=50)] = []

    @classmethod
    def read(cls, raw: object) -> Self:
        """The profile that `raw` describes. Call `profile_problems.problems` first:
        this knows the shape only."""
        return cls.model_validate(raw)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as they are kept with an exam."""
        return self.model_dump(mode="json")

    @property
    def asks_address(self) -> bool:
        """The operator must enter the exam's address."""
        return self.client is Client.WEB and self.start_url is None

    @property
    def asks_minutes(self) -> tuple[str, ...]:
        """Names of the blocks whose length the operator must enter."""
        return tuple(block.name for block in self.blocks if block.minutes is None)

    def for_another_level(self, school_level: str) -> bool:
        """True when the school is of a level that this profile is not for. SLB pupils sit the exams of any."""
        levels = {str(level) for level in Level} - {Level.SLB}
        return self.level is not None and school_level in levels and school_level != self.level
