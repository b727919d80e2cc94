"""What a returning Chromebook's record in the console is given back, and what is left as somebody wrote it. Pure.

Only what was there before is given back. What somebody wrote or moved since then is shown, and stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: Google's field → our column of the mirror, in the order a person reads them.
ANNOTATED = {
    "annotatedAssetId": "annotated_asset_id",
    "annotatedLocation": "annotated_location",
    "annotatedUser": "annotated_user",
    "notes": "notes",
}
UNIT = "orgUnitPath"
FIELDS = (*ANNOTATED, UNIT)


@dataclass(frozen=True, slots=True)
class ConsoleChange:
    """One field of one record. `left`: why it is shown and not written (`changed_meanwhile`, `moved_meanwhile`,
    `unit_unknown`, `in_exam_unit`, `device_borrowed`)."""

    console_id: str
    field: str
    before: str
    after: str
    left: str | None = None


@dataclass(frozen=True, slots=True)
class Former:
    """What a field held before the Chromebook was wiped; `touched`: somebody has changed it since it came back."""

    value: str
    touched: bool = False


def wanted(
    console_id: str, now: Mapping[str, str], former: Mapping[str, Former], units: Mapping[str, str]
) -> list[ConsoleChange]:
    """Field by field, in the order of `FIELDS`. `units`: the paths that are there, casefolded → as they are written."""
    found = []
    for name in FIELDS:
        was = former.get(name)
        holds = now.get(name, "")
        if was is None or not was.value or same(name, was.value, holds):
            continue
        if name == UNIT:
            path = units.get(was.value.casefold())
            left = "moved_meanwhile" if was.touched else None if path is not None else "unit_unknown"
            found.append(ConsoleChange(console_id, name, holds, path or was.value, left))
        else:
            left = "changed_meanwhile" if holds or was.touched else None
            found.append(ConsoleChange(console_id, name, holds, was.value, left))
    return found


def same(name: str, one: str, other: str) -> bool:
    """Two values of a field say the same: Google takes no notice of capitals in an org unit's path."""
    return one.casefold() == other.casefold() if name == UNIT else one == other


def undone(changes: list[ConsoleChange]) -> list[ConsoleChange]:
    """The way back of what was written: the former values exactly, the last first."""
    return [
        ConsoleChange(change.console_id, change.field, change.after, change.before)
        for change in reversed(changes)
        if change.left is None
    ]
