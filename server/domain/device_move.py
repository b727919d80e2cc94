"""Which Chromebooks go to which org unit, and which stay where they are and why. Nothing here asks Google."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, TypeVar

from server.domain.errors import Conflict

CHUNK = 50  # devices of one moveDevicesToOu
PER_PAGE = 300
#: What Google calls a device that is enrolled and may be used. The discovery document names no values, so both
#: spellings that are reported count.
ACTIVE = frozenset({"active", "provisioned"})
STILL_MANAGED = frozenset({"disabled"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A Chromebook of ours and what the console last said of it. `records`: console rows with its serial number."""

    device_id: int
    label: str
    console_id: str | None
    records: int
    status: str
    org_unit_id: str | None
    org_unit_path: str
    in_service: bool = True
    gone: bool = False
    used_in: str | None = None  # title of the exam that holds it now
    borrowed: bool = False  # its policies are another school's


@dataclass(frozen=True, slots=True)
class Target:
    org_unit_id: str
    path: str


@dataclass(frozen=True, slots=True)
class Item:
    """One device from where it is to where it goes."""

    console_id: str
    device_id: int | None
    label: str
    from_org_unit_id: str
    from_path: str
    to_org_unit_id: str
    to_path: str


@dataclass(frozen=True, slots=True)
class Left:
    """A device that does not move. `already_there` is no refusal."""

    device_id: int | None
    label: str
    code: str

    @property
    def refused(self) -> bool:
        return self.code != "already_there"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Plan:
    """All of it, in the order it is sent."""

    items: tuple[Item, ...]
    left: tuple[Left, ...]
    reboot: bool

    @property
    def digest(self) -> str:
        """Names exactly these devices from exactly these org units; what `order` must be given."""
        rows = sorted([i.console_id, i.from_org_unit_id, i.to_org_unit_id] for i in self.items)
        text = json.dumps([rows, self.reboot], separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def calls(self) -> int:
        """Moves that are sent when nothing fails: the floor."""
        return sum(1 for _ in chunks(self.items))


def plan(candidates: Sequence[Candidate], target: Target, reboot: bool) -> Plan:
    """Sort devices, by label, into those that move and those that stay."""
    items: list[Item] = []
    left: list[Left] = []
    for device in sorted(candidates, key=lambda d: d.label):
        code = why_not(device, target)
        if code is not None or device.console_id is None or device.org_unit_id is None:
            left.append(Left(device.device_id, device.label, code or "device_unlinked"))
            continue
        items.append(
            Item(
                device.console_id,
                device.device_id,
                device.label,
                device.org_unit_id,
                device.org_unit_path,
                target.org_unit_id,
                target.path,
            )
        )
    return Plan(tuple(items), tuple(left), reboot)


def why_not(device: Candidate, target: Target) -> str | None:
    """Code of why a device stays where it is; None when it moves."""
    if device.borrowed:
        return "device_borrowed"
    if device.console_id is None:
        return "device_unlinked"
    if device.records > 1:
        return "device_doubled"
    if device.gone:
        return "device_gone"
    if not device.in_service:
        return "device_out_of_service"
    if device.status.lower() not in ACTIVE:
        return "device_not_active"
    if device.org_unit_id is None:
        return "device_no_org_unit"
    if device.org_unit_id == target.org_unit_id:
        return "already_there"
    if device.used_in is not None:
        return "device_held"
    return None


class Bound(Protocol):
    """Anything on its way to an org unit."""

    @property
    def to_org_unit_id(self) -> str: ...


B = TypeVar("B", bound=Bound)


def chunks(items: Sequence[B]) -> Iterator[list[B]]:
    """At most 50 devices for one destination at a time."""
    by_target: dict[str, list[B]] = {}
    for item in items:
        by_target.setdefault(item.to_org_unit_id, []).append(item)
    for some in by_target.values():
        for start in range(0, len(some), CHUNK):
            yield some[start : start + CHUNK]


def list_is_cheaper(wanted: int, there: int) -> bool:
    """Whether reading a whole org unit takes no more calls than asking for each wanted device."""
    return wanted >= max(1, -(-there // PER_PAGE))


@dataclass(frozen=True, slots=True)
class Seen:
    """What Google says of one device now."""

    org_unit_id: str
    status: str


def before_sending(from_id: str, to_id: str, seen: Seen | None, *, home: bool) -> str | None:
    """None: send it. `already_there`: nothing to do. Else why this device is not touched.

    `home`: a disabled device goes home too, but does not go out.
    """
    if seen is None:
        return "device_gone"
    if seen.org_unit_id == to_id:
        return "already_there"
    if seen.status.lower() not in ACTIVE | (STILL_MANAGED if home else frozenset()):
        return "device_not_active"
    if seen.org_unit_id != from_id:
        return "device_moved_elsewhere"
    return None


def ended(outcomes: Sequence[str]) -> str:
    """The state of a move whose items all ended."""
    if not outcomes or all(outcome == "done" for outcome in outcomes):
        return "done"
    return "partly" if any(outcome == "done" for outcome in outcomes) else "failed"


def raise_if_empty(made: Plan, name: str) -> None:
    """Raises: Conflict (`move_nobody`)."""
    if not made.items:
        raise Conflict(
            f"{name}: no device to move ({len(made.left)} stay where they are); look at the reasons",
            code="move_nobody",
            left=len(made.left),
        )
