"""What a school decides once about its exam Chromebooks; the plan of every exam is made with it.

The defaults are the safe answer of a school that has not been asked yet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from server.domain.belajar import BelajarGroup
from server.domain.errors import Invalid
from server.domain.hosts import host_of, why_not_a_host

_APP = re.compile(r"(chrome:)?[a-p]{32}|android:[A-Za-z][\w]*(\.[A-Za-z]\w*)+|web:https?://\S+")
_INPUT = re.compile(r"[A-Za-z0-9_:.-]{2,80}")


class Variant(StrEnum):
    """The kind of session an exam of client `web` runs in."""

    KIOSK = "kiosk"
    MANAGED_GUEST = "managed_guest"
    USER_SESSION = "user_session"  # a pupil signs in, as a Google Form with accounts needs


class Choice(StrEnum):
    USER = "user"  # as the person at the device likes it
    OFF = "off"
    ON = "on"


class Magnifier(StrEnum):
    USER = "user"
    OFF = "off"
    FULL_SCREEN = "full_screen"
    DOCKED = "docked"


class Reenrolment(StrEnum):
    AUTO = "auto"
    MANUAL = "manual"
    NONE = "none"


class SignIn(StrEnum):
    NOBODY = "nobody"
    LISTED = "listed"
    ANYONE = "anyone"


class Lid(StrEnum):
    NOTHING = "nothing"
    SUSPEND = "suspend"
    SHUTDOWN = "shutdown"


def _app(text: str) -> str:
    if not _APP.fullmatch(text):
        raise PydanticCustomError(
            "app_id",
            "'{app}' is not an app id; enter the 32 letters a-p that the ministry names, or android:… or web:https://…",
            {"app": text},
        )
    return f"chrome:{text}" if re.fullmatch("[a-p]{32}", text) else text


def _host(text: str) -> str:
    if why := why_not_a_host(text):
        raise PydanticCustomError("host_invalid", "'{host}': {why}", {"host": text, "why": why})
    return text


def _domain(text: str) -> str:
    if why_not_a_host(text) or ":" in text or "." not in text:
        raise PydanticCustomError(
            "domain_invalid",
            "'{domain}' is not a mail domain; write it as sekolah.sch.id, without @",
            {"domain": text},
        )
    return text


def _address(text: str) -> str:
    if host_of(text) is None or text.rstrip("/").count("/") != 2:
        raise PydanticCustomError(
            "address_invalid",
            "'{address}' is not a server's address; write it as https://ujian.sekolah.sch.id",
            {"address": text},
        )
    return text.rstrip("/")


def _input(text: str) -> str:
    if not _INPUT.fullmatch(text):
        raise PydanticCustomError("input_method", "'{method}' is not a keyboard's id", {"method": text})
    return text


def _message(text: str) -> str:
    if any(ord(c) < 32 and c != "\n" for c in text):
        raise PydanticCustomError("text_control", "holds a control character; take it out")
    return text


# Settings come from JSON, which has no enums and no tuples: those two are taken as text and list.
E = TypeVar("E")
Named = Annotated[E, Field(strict=False)]
Host = Annotated[str, AfterValidator(_host)]
Domain = Annotated[str, AfterValidator(_domain)]
Address = Annotated[str, AfterValidator(_address)]
InputMethod = Annotated[str, AfterValidator(_input)]


class Accessibility(BaseModel):
    """None: Bangku leaves it as it is."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    menu: bool | None = None
    spoken_feedback: Named[Choice] | None = None
    select_to_speak: Named[Choice] | None = None
    dictation: Named[Choice] | None = Choice.OFF  # speaks to a service, and writes along
    high_contrast: Named[Choice] | None = None
    magnifier: Named[Magnifier] | None = None
    large_cursor: Named[Choice] | None = None
    sticky_keys: Named[Choice] | None = None
    autoclick: Named[Choice] | None = None
    mono_audio: Named[Choice] | None = None
    caret_highlight: Named[Choice] | None = None
    cursor_highlight: Named[Choice] | None = None
    focus_highlight: Named[Choice] | None = None
    shortcuts: Named[Choice] | None = None


class PolicySettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    variant: Named[Variant] = Variant.KIOSK
    exam_browser_app: Annotated[str, AfterValidator(_app)] | None = (
        None  # nobody publishes it: the school enters it
    )
    #: Without them nothing is blocked on an Exam Browser day: its addresses are not public, and a wrong list stops it.
    exam_browser_hosts: Annotated[tuple[Host, ...], Field(strict=False, max_length=50)] = ()
    addresses: Annotated[
        tuple[Address, ...], Field(strict=False, max_length=4)
    ] = ()  # none: the server's own
    input_methods: Annotated[tuple[InputMethod, ...], Field(strict=False, min_length=1, max_length=20)] = (
        "xkb:us::eng",
        "xkb:us::ind",
    )
    virtual_keyboard: Named[Choice] = Choice.USER
    accessibility: Accessibility = Accessibility()
    keep_awake: bool = True
    lid: Named[Lid] = Lid.NOTHING
    powerwash_allowed: bool = False
    reenrolment: Named[Reenrolment] = Reenrolment.AUTO
    verified_mode: bool = True
    verified_services: Annotated[tuple[str, ...], Field(strict=False, max_length=10)] = ()
    return_message: Annotated[str, Field(max_length=500), AfterValidator(_message)] = ""
    guest_mode: bool = False
    sign_in: Named[SignIn] = SignIn.LISTED
    sign_in_groups: Annotated[tuple[Named[BelajarGroup], ...], Field(strict=False)] = (
        BelajarGroup.PUPILS,
        BelajarGroup.TEACHERS,
        BelajarGroup.STAFF,
    )
    own_domains: Annotated[tuple[Domain, ...], Field(strict=False, max_length=20)] = ()
    pause_updates: bool = True
    pause_days: Annotated[int, Field(ge=1, le=90)] = 14
    reporting: bool = True
    max_devices: Annotated[int, Field(ge=1, le=5_000)] = 100
    two_people: bool = False  # a second person confirms what cannot be undone

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as they are kept."""
        return self.model_dump(mode="json")


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field; `kind` is stable (pydantic's own or ours), `name` dotted."""

    name: str
    kind: str
    message: str
    params: Mapping[str, object] = field(default_factory=dict)


def problems(raw: Mapping[str, Any]) -> tuple[FieldProblem, ...]:
    """Everything that is wrong with these settings, by field."""
    try:
        PolicySettings.model_validate(dict(raw))
    except ValidationError as error:
        return tuple(
            FieldProblem(
                name=".".join(str(part) for part in found["loc"] if isinstance(part, str)) or "settings",
                kind=found["type"],
                message=found["msg"],
                params=dict(found.get("ctx") or {}),
            )
            for found in error.errors(include_url=False)
        )
    return ()


def read(raw: Mapping[str, Any]) -> PolicySettings:
    """The settings that `raw` describes. Raises: Invalid (`policy_setting`) naming the first wrong field."""
    if found := problems(raw):
        first = found[0]
        raise Invalid(
            f"policy settings: {first.name}: {first.message}",
            code="policy_setting",
            field=first.name,
            why=first.message,
        )
    return PolicySettings.model_validate(dict(raw))
