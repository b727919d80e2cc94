"""Which losses are one and the same: many devices of one place that fell silent within seconds. Pure.

The place is the subnet the device last spoke from; for those whose subnet makes no group (it is not known, or a school's
/22 gives one room addresses of several /24s), the room. Google's telemetry names no access point (chromemanagement v1
has signal, gateway and a network's guid, no BSSID), so a subnet or a room stands for it.
"""

from __future__ import annotations

import ipaddress
import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

#: The time of a loss is when the device was last heard. A seated device reports every 10 s, at most every 20 s
#: (docs/protocol.md), so an access point that dies takes devices last heard up to 20 s apart; 5 s are a margin.
WITHIN_MS = 25_000
#: Who clung to a dying access point longer than the others still belongs to them; later is a loss of its own.
LATE_MS = 60_000
#: Two of a room within 25 s happen by chance: 80 disconnects in four hours over six rooms would pair 2 % of the time.
#: Three within 25 s do not.
FROM = 3

Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Loss:
    """One device that fell silent. `at`: when it was last heard; `id`: of its incident."""

    id: int
    at: int
    room: int | None
    subnet: str | None


@dataclass(frozen=True, slots=True)
class Outage:
    """A group that is open. `last_at`: when its newest member was last heard; `rooms`: how many of it in each room."""

    id: int
    place: Place
    first_at: int
    last_at: int
    rooms: Mapping[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Grouped:
    """`joins`: loss → outage it belongs to; `new`: groups to open. Losses in neither stay single."""

    joins: dict[int, int] = field(default_factory=dict)
    new: list[tuple[Place, list[int]]] = field(default_factory=list)


def subnet(address: str | None) -> str | None:
    """The /24 (IPv6: /64) of an address that says where a device is; loopback and link-local ones do not."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if found.is_loopback or found.is_link_local or found.is_unspecified:
        return None
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 64), strict=False))


@dataclass(slots=True)
class _Group:
    """An outage with who joins it, or (`id` None) one to be. `rooms`: how many of it in each room."""

    id: int | None
    place: Place
    first_at: int
    last_at: int
    rooms: Counter[int]
    losses: list[Loss] = field(default_factory=list)

    def take(self, losses: Iterable[Loss]) -> None:
        for one in losses:
            self.losses.append(one)
            self.last_at = max(self.last_at, one.at)
            if self.id is None:
                self.first_at = min(self.first_at, one.at)
            if one.room is not None:
                self.rooms[one.room] += 1

    def covered(self) -> set[int]:
        """Rooms with so many of it that they would be an outage of that room by themselves."""
        kind, name = self.place
        return {room for room, n in self.rooms.items() if n >= FROM} | (
            {int(name)} if kind == "room" else set()
        )

    def meets(self, other: _Group) -> bool:
        """Both cover a room at the same moment."""
        near = self.first_at - WITHIN_MS <= other.last_at and other.first_at <= self.last_at + LATE_MS
        return near and not self.covered().isdisjoint(other.covered())


def group(losses: Iterable[Loss], outages: Sequence[Outage] = ()) -> Grouped:
    """First by subnet; who is left over, by room. The same answer in whatever order they come; every loss in at most
    one group, and each shares its subnet or its room with two others there."""
    every = sorted(losses, key=lambda one: (one.at, one.id))
    groups = [
        _Group(o.id, o.place, o.first_at, o.last_at, Counter(o.rooms))
        for o in sorted(outages, key=lambda o: (o.first_at, o.id))
    ]
    by_subnet: dict[str, list[Loss]] = {}
    for one in every:
        if one.subnet is not None:
            by_subnet.setdefault(one.subnet, []).append(one)
    for net in sorted(by_subnet):
        where = ("subnet", net)
        groups += _gather(by_subnet[net], where, [g for g in groups if g.place == where])
    _fold(groups)
    # Who is left of a room joins the group that covers it: three of one room within seconds are its outage whatever
    # their subnets, so a room with three losses in a group has its outage, and a second would be the same one again.
    taken = {one.id for g in groups for one in g.losses}
    by_room: dict[int, list[Loss]] = {}
    for one in every:
        if one.id not in taken and one.room is not None:
            by_room.setdefault(one.room, []).append(one)
    for room in sorted(by_room):
        groups += _gather(by_room[room], ("room", str(room)), [g for g in groups if room in g.covered()])
    _fold(groups)
    found = Grouped()
    for g in groups:
        ids = [one.id for one in sorted(g.losses, key=lambda one: (one.at, one.id))]
        if g.id is None:
            found.new.append((g.place, ids))
        else:
            found.joins |= dict.fromkeys(ids, g.id)
    return found


def _gather(waiting: list[Loss], where: Place, there: Sequence[_Group]) -> list[_Group]:
    """Losses of one place, in order of time, join what is there or make groups of their own, which are returned."""
    for g in sorted(there, key=lambda g: g.first_at):
        waiting = _join(waiting, g)
    made = []
    while waiting:
        near = [one for one in waiting if one.at <= waiting[0].at + WITHIN_MS]
        if len(near) < FROM:
            waiting = waiting[1:]  # single, for now
            continue
        last = near[-1].at
        for one in waiting[len(near) :]:
            if one.at > last + LATE_MS:
                break
            near.append(one)
            last = one.at
        waiting = waiting[len(near) :]
        new = _Group(None, where, near[0].at, last, Counter())
        new.take(near)
        made.append(new)
    return made


def _join(waiting: list[Loss], g: _Group) -> list[Loss]:
    first = g.first_at - WITHIN_MS
    rest = []
    for one in waiting:
        if first <= one.at <= g.last_at + LATE_MS:
            g.take([one])
        else:
            rest.append(one)
    return rest


def _fold(groups: list[_Group]) -> None:
    """Groups of one room at one moment are one, under the place of the first. Those that were open stand in front, and
    two of them stay two: what was told is not rewritten."""
    while pair := next(
        ((a, b) for a, b in itertools.combinations(groups, 2) if b.id is None and a.meets(b)), None
    ):
        kept, gone = pair
        kept.take(gone.losses)
        groups.remove(gone)
