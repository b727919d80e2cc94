"""What is seen on a Chromebook before the day: by its own browser, by a person's hands, by a technician. Pure.

Whatever a page says of itself is self-reported: None is *not known*, and never counts as fine.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from server.domain.errors import Invalid


class Kind(StrEnum):
    PAGE = "page"  # what the browser can measure
    HANDS = "hands"  # touch, keys and screen, tried by a person
    CLIENT = "client"  # a named person saw the Exam Browser open


class Source(StrEnum):
    BROWSER = "browser"  # the check page, opened with a code
    KIOSK = "kiosk"  # the pupil's page on a device that proved itself
    PERSON = "person"


#: Keys that an exam needs, row by row as they lie on the keyboard; named as a browser names them, in small letters.
KEY_ROWS: tuple[tuple[str, ...], ...] = (
    tuple("1234567890"),
    tuple("qwertyuiop"),
    tuple("asdfghjkl"),
    tuple("zxcvbnm,.-/"),
    ("shift", " ", "backspace", "enter", "arrowleft", "arrowup", "arrowdown", "arrowright"),
)
KEYS = frozenset(key for row in KEY_ROWS for key in row)

Percent = Annotated[int, Field(ge=0, le=100, strict=True)]
Megabytes = Annotated[int, Field(ge=0, le=1_000_000_000, strict=True)]
Millis = Annotated[int, Field(ge=0, le=600_000, strict=True)]
Offset = Annotated[int, Field(gt=-(2**53), lt=2**53, strict=True)]
Pixels = Annotated[int, Field(ge=1, le=20_000, strict=True)]
Touches = Annotated[int, Field(ge=0, le=256, strict=True)]
Flag = Annotated[bool, Field(strict=True)]
Line = Annotated[
    str, StringConstraints(strict=True, strip_whitespace=True, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]
Version = Annotated[
    str, StringConstraints(strict=True, strip_whitespace=True, max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")
]


class _Seen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PageSeen(_Seen):
    """`storage_free_mb` is the browser's estimate; `screen` is width and height in CSS pixels."""

    battery: Percent | None
    charging: Flag | None
    storage_free_mb: Megabytes | None
    online: Flag | None
    effective_type: Literal["slow-2g", "2g", "3g", "4g"] | None
    round_trip_ms: Millis | None
    clock_offset_ms: Offset | None
    screen: Annotated[list[Pixels], Field(min_length=2, max_length=2)] | None
    touch_points: Touches | None
    secure: Flag
    browser: Line


class HandsSeen(_Seen):
    """`keys_missing` are the keys that did not answer: none exactly when the keyboard is fine."""

    touch: Literal["ok", "bad", "none"]
    keyboard: Literal["ok", "bad"]
    keys_missing: Annotated[list[Annotated[str, Field(strict=True)]], Field(max_length=len(KEYS))]
    screen: Literal["ok", "bad"]

    @model_validator(mode="after")
    def _fits(self) -> HandsSeen:
        if not set(self.keys_missing) <= KEYS or len(set(self.keys_missing)) < len(self.keys_missing):
            raise ValueError("keys_missing: a key that is not asked for, or one named twice")
        if (self.keyboard == "bad") != bool(self.keys_missing):
            raise ValueError("keys_missing: must name keys exactly when the keyboard is bad")
        return self


class ClientSeen(_Seen):
    """`menu`: the Exam Browser is in the sign-in screen's Apps menu; `login_page`: it opened to its login page."""

    menu: Flag
    login_page: Flag
    version: Version


SHAPES: dict[Kind, type[_Seen]] = {Kind.PAGE: PageSeen, Kind.HANDS: HandsSeen, Kind.CLIENT: ClientSeen}


def read(kind: Kind, raw: object) -> dict[str, Any]:
    """What is stored of a check. Raises: Invalid (`check_invalid` with `field`) naming the first wrong field."""
    try:
        return SHAPES[kind].model_validate(raw).model_dump()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = str(first["loc"][0]) if first["loc"] else "keys_missing" if isinstance(raw, dict) else "seen"
        raise Invalid(f"check {kind}: {where}: {first['msg']}", code="check_invalid", field=where) from error


def ticked(seen: dict[str, Any]) -> bool:
    """A person saw both: the app in the menu, and its login page."""
    return seen.get("menu") is True and seen.get("login_page") is True
