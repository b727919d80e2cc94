"""What a room's working Chromebooks really carry: spares kept, sessions, and how to split anew when more die. Pure.

The centre counts clients, not Chromebooks: a number in its portal that the room cannot fill breaks its sessions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: One spare for each ten clients, begun tens counted whole: the rule of the UNBK years (2017–2019), which schools
#: still plan with. No number of the ministry's for online ANBK or TKA was found.
SPARE_SHARE_PERCENT = 10


@dataclass(frozen=True, slots=True)
class Split:
    """How many sit in each session, as even as can be. `sessions` empty: nobody can be seated."""

    clients: int  # Chromebooks with a pupil at one time
    spares: int
    sizes: tuple[int, ...]

    @property
    def sessions(self) -> int:
        return len(self.sizes)


@dataclass(frozen=True, slots=True)
class Capacity:
    """One room on one day. `working`: seen working, and not unready; `planned`: pupils of each planned session;
    `slots`: sessions that the day has."""

    working: int
    seats: int
    planned: tuple[int, ...]
    slots: int
    split: Split

    @property
    def pupils(self) -> int:
        return sum(self.planned)

    @property
    def plan_fits(self) -> bool:
        """Every planned session has a Chromebook for each pupil, the spares stay, and the day has the sessions."""
        return len(self.planned) <= self.slots and all(size <= self.split.clients for size in self.planned)

    @property
    def day_fits(self) -> bool:
        return self.split.sessions <= self.slots and (self.pupils == 0 or self.split.clients > 0)

    @property
    def missing(self) -> int:
        """Chromebooks more that the day's sessions would need, spares included; 0 when they suffice, or when no number
        of them helps because there are too few seats."""
        needed = -(-self.pupils // self.slots) if self.slots else 0
        if self.day_fits or needed > self.seats:
            return 0
        return max(0, devices_for(needed) - self.working)


def spares_for(clients: int) -> int:
    """Spares that so many clients want."""
    return -(-max(0, clients) * SPARE_SHARE_PERCENT // 100)


def devices_for(clients: int) -> int:
    return clients + spares_for(clients)


def clients_of(working: int, seats: int | None = None) -> int:
    """The most clients that so many working Chromebooks carry with their spares kept; never more than seats."""
    clients = max(0, working)
    while clients and devices_for(clients) > working:
        clients -= 1
    return clients if seats is None else min(clients, seats)


def split(pupils: int, working: int, seats: int | None = None) -> Split:
    """As few sessions as will do, each as large as the others or one larger, the larger ones first."""
    clients = clients_of(working, seats)
    if not pupils or not clients:
        return Split(clients, spares_for(clients), ())
    sessions = -(-pupils // clients)
    least, more = divmod(pupils, sessions)
    sizes = tuple(least + 1 if n < more else least for n in range(sessions))
    return Split(clients, spares_for(clients), sizes)


def capacity(working: int, seats: int, planned: Sequence[int], slots: int) -> Capacity:
    """What the room carries now. A plan that fits stands as it is."""
    pupils = sum(planned)
    found = split(pupils, working, seats)
    if 0 < len(planned) <= slots and all(0 < size <= found.clients for size in planned):
        found = Split(found.clients, found.spares, tuple(planned))
    return Capacity(working, seats, tuple(planned), slots, found)


@dataclass(frozen=True, slots=True)
class Loss:
    """What it would be with `dead` Chromebooks less."""

    dead: int
    capacity: Capacity


def outlook(now: Capacity) -> tuple[Loss, ...]:
    """The next losses that change something: the first that breaks the plan, and the first that the day cannot take."""
    found: list[Loss] = []
    broken, full = not now.plan_fits, not now.day_fits
    for dead in range(1, now.working + 1):
        then = capacity(now.working - dead, now.seats, now.planned, now.slots)
        if (not broken and not then.plan_fits) or (not full and not then.day_fits):
            found.append(Loss(dead, then))
        broken, full = broken or not then.plan_fits, full or not then.day_fits
        if broken and full:
            break
    return tuple(found)


def portal_wanted(found: Capacity) -> int:
    """The number of clients to enter in the centre's portal: the largest planned session where the plan fits, else what
    the room carries."""
    if found.planned and found.plan_fits:
        return max(found.planned)
    return found.split.clients


def portal_differs(entered: int | None, found: Capacity) -> bool:
    """The portal would make other sessions than the room will have, or larger ones than it carries.

    Pupils divided by clients is how its sessions come about; more is not known of it.
    """
    if entered is None or not found.pupils:
        return False
    if entered <= 0 or entered > found.split.clients:
        return True
    return -(-found.pupils // entered) != found.split.sessions
