"""What bringing in a list would do, in words a person can check before saying yes. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from server.domain.errors import Conflict
from server.domain.sheet import Problem

#: (field, before, after) as they stand on screen
Differences = tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One row that is new or changes something: what it is called, and each field before and after."""

    row: int
    name: str
    what: Differences


@dataclass(slots=True)
class Preview:
    """New, changed, same; `left`: known to Bangku, not in the file, and left as they are."""

    new: list[Line] = field(default_factory=list)
    changed: list[Line] = field(default_factory=list)
    same: int = 0
    left: int = 0
    problems: list[Problem] = field(default_factory=list)
    #: What does not stand in the way, and a person should know before saying yes.
    notes: list[Problem] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return len(self.new) + len(self.changed) + self.same

    @property
    def digest(self) -> str:
        """Names what was shown, so that only this is done and nothing that became true meanwhile."""
        return hashlib.sha256(repr((self.new, self.changed)).encode()).hexdigest()[:24]

    @property
    def summary(self) -> Summary:
        return Summary(len(self.new), len(self.changed), self.same)

    def raise_if_not(self, seen: str | None, file_name: str) -> None:
        """`seen`: the digest of what a person said yes to; None: nobody was asked. Raises: Conflict (`preview_changed`)."""
        if seen is not None and seen != self.digest:
            raise Conflict(
                f"{file_name}: what it would do changed since it was shown; look again",
                code="preview_changed",
                file=file_name,
            )


@dataclass(frozen=True, slots=True)
class Summary:
    """What an import did."""

    new: int
    changed: int
    same: int


def differences(before: dict[str, str], after: dict[str, str]) -> Differences:
    """The fields of `after` that are not as before."""
    return tuple(
        (name, before.get(name, ""), text) for name, text in after.items() if before.get(name, "") != text
    )
