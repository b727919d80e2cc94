"""Which losses are one and the same: many devices of one place that fell silent within seconds. Pure.

The place is the subnet the device last spoke from; where none is known, its room. Google's telemetry names no access
point (chromemanagement v1 has signal, gateway and a network's guid, no BSSID), so a subnet or a room stands for it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
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
    """A group that is open. `last_at`: when its newest member was last heard."""

    id: int
    place: Place
    first_at: int
    last_at: int


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


def place(loss: Loss) -> Place:
    """What devices must share to be one outage."""
    if loss.subnet is not None:
        return ("subnet", loss.subnet)
    return ("room", str(loss.room)) if loss.room is not None else ("alone", str(loss.id))


def group(losses: Iterable[Loss], outages: Sequence[Outage] = ()) -> Grouped:
    """The same answer in whatever order they come; every loss in at most one group, none across places."""
    found = Grouped()
    by_place: dict[Place, list[Loss]] = {}
    for loss in losses:
        by_place.setdefault(place(loss), []).append(loss)
    for where in sorted(by_place):
        waiting = sorted(by_place[where], key=lambda one: (one.at, one.id))
        for outage in sorted((o for o in outages if o.place == where), key=lambda o: (o.first_at, o.id)):
            waiting = _join(waiting, outage, found)
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
            found.new.append((where, [one.id for one in near]))
            waiting = waiting[len(near) :]
    return found


def _join(waiting: list[Loss], outage: Outage, found: Grouped) -> list[Loss]:
    last = outage.last_at
    rest = []
    for one in waiting:
        if outage.first_at - WITHIN_MS <= one.at <= last + LATE_MS:
            found.joins[one.id] = outage.id
            last = max(last, one.at)
        else:
            rest.append(one)
    return rest
