"""A Chromebook that comes back: what speaks for it being the one we know, and what it would be given. Pure.

A proposal is never an act: a person accepts it, or a rule of the school on strong evidence outside exam hours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What seems to have happened."""

    WIPED = "wiped"  # powerwashed, the same record in the console
    REENROLLED = "reenrolled"  # deprovisioned and enrolled again, or a new record with the same serial number
    TWO_RECORDS = "two_records"  # two live records carry one serial number
    BOARD_SWAPPED = "board_swapped"  # another serial number under the same sticker
    SERIAL_CHANGED = "serial_changed"  # CloudReady became ChromeOS Flex: the record's serial number changed
    WRONG_UNIT = "wrong_unit"  # came back, but in another org unit than its own
    NEWCOMER = "newcomer"  # an unknown key for a known serial number; the console knows nothing of it


class Strength(StrEnum):
    STRONG = "strong"  # the console itself saw the re-enrolment, and nothing speaks against
    MEDIUM = "medium"
    WEAK = "weak"  # only what the device says of itself, or something speaks against


class Weight(StrEnum):
    FOR = "for"
    AGAINST = "against"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was looked at. `code` has words on screen; `params` fill them."""

    code: str
    weight: Weight
    params: Mapping[str, Any] = field(default_factory=dict)


def speaks_against(evidence: Iterable[Evidence]) -> bool:
    """Whether anything of it does."""
    return any(one.weight is Weight.AGAINST for one in evidence)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the returning Chromebook would be given. Empty strings and None: there was none before."""

    label: str
    room_id: int | None = None
    room: str | None = None
    seat_id: int | None = None
    seat: str | None = None
    spare: bool = False
    annotated_asset_id: str = ""
    annotated_location: str = ""
    annotated_user: str = ""
    notes: str = ""
    org_unit_path: str = ""
