"""Losses that are one: same subnet or same room, within seconds. Whatever the order, and nobody in two."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.incident_groups import (
    FROM,
    LATE_MS,
    WITHIN_MS,
    Grouped,
    Loss,
    Outage,
    Place,
    group,
    subnet,
)

losses = st.lists(
    st.builds(
        Loss,
        id=st.integers(1, 10_000),
        at=st.integers(0, 300_000),
        room=st.sampled_from([None, 1, 2]),
        subnet=st.sampled_from([None, "10.0.1.0/24", "10.0.2.0/24"]),
    ),
    unique_by=lambda one: one.id,
    max_size=30,
)


def opened(n: int, where: Place, members: list[Loss]) -> Outage:
    """The group as it is known once it is open."""
    times = [one.at for one in members]
    rooms = Counter(one.room for one in members if one.room is not None)
    return Outage(n, where, min(times), max(times), rooms)


def lost(n: int, at: int = 0, room: int | None = 1, net: str | None = None) -> Loss:
    return Loss(n, at, room, net)


@given(losses, st.randoms())
def test_the_order_in_which_they_are_seen_is_nothing(some: list[Loss], chance: random.Random):
    mixed = list(some)
    chance.shuffle(mixed)
    assert group(some) == group(mixed)


def covered(where: Place, members: list[Loss]) -> set[int]:
    """Rooms that have their outage in this group."""
    rooms = Counter(one.room for one in members if one.room is not None)
    return {n for n in rooms if rooms[n] >= FROM or where == ("room", str(n))}


def belongs(one: Loss, where: Place, members: list[Loss]) -> bool:
    """Two others of the group are of its subnet or of its room."""
    company = [
        sum(one.subnet is not None and one.subnet == other.subnet for other in members),
        sum(one.room is not None and one.room == other.room for other in members),
    ]
    return max(company) >= FROM


@given(losses)
def test_every_loss_is_in_one_group_or_single_and_shares_a_place_with_others_of_its_group(some: list[Loss]):
    by_id = {one.id: one for one in some}
    grouped = [n for _, members in group(some).new for n in members]
    assert len(grouped) == len(set(grouped))
    assert set(grouped) <= set(by_id)
    for where, ids in group(some).new:
        members = [by_id[n] for n in ids]
        assert all(belongs(one, where, members) for one in members)
        times = sorted(one.at for one in members)
        assert any(c - a <= WITHIN_MS for a, c in zip(times, times[FROM - 1 :], strict=False))
        assert all(later - earlier <= LATE_MS for earlier, later in itertools.pairwise(times))


@given(losses)
def test_who_stays_single_had_no_company_in_its_subnet_nor_in_its_room(some: list[Loss]):
    """Three unmatched ones of one place are never within the window, whether the place is known by subnet or by room."""
    grouped = {n for _, members in group(some).new for n in members}
    single: dict[Place, list[int]] = {}
    for one in some:
        if one.id not in grouped:
            for where in (("subnet", one.subnet), ("room", str(one.room))):
                if where[1] not in {None, "None"}:
                    single.setdefault(where, []).append(one.at)
    for times in single.values():
        times.sort()
        assert all(b - a > WITHIN_MS for a, b in zip(times, times[FROM - 1 :], strict=False))


@given(losses)
def test_no_room_has_two_outages_at_one_moment(some: list[Loss]):
    by_id = {one.id: one for one in some}
    found = [(where, [by_id[n] for n in ids]) for where, ids in group(some).new]
    for (a, one), (b, other) in itertools.combinations(found, 2):
        if covered(a, one) & covered(b, other):
            (_, end), (begin, _) = sorted((min(m.at for m in g), max(m.at for m in g)) for g in (one, other))
            assert begin > end + WITHIN_MS


@given(losses)
def test_what_shares_no_room_is_grouped_by_subnet_alone(some: list[Loss]):
    """Where each loss is in a room of its own, rooms change nothing."""
    apart = [dataclasses.replace(one, room=n) for n, one in enumerate(some)]
    unknown = [dataclasses.replace(one, room=None) for one in some]
    assert group(apart) == group(unknown)
    assert all(where[0] == "subnet" for where, _ in group(apart).new)


@given(losses, losses)
def test_what_was_grouped_is_never_grouped_again_differently_by_newcomers(
    first: list[Loss], later: list[Loss]
):
    """Newcomers join what is open or make groups of their own; nobody is in two."""
    made = group(first)
    by_id = {one.id: one for one in first}
    groups = {-n: (where, [by_id[m] for m in ids]) for n, (where, ids) in enumerate(made.new, 1)}
    open_ = [opened(n, where, members) for n, (where, members) in groups.items()]
    known = {m for _, ids in made.new for m in ids}
    fresh = [one for one in later if one.id not in by_id]
    again = group([one for one in first if one.id not in known] + fresh, open_)
    seen = [*again.joins, *(m for _, ids in again.new for m in ids)]
    assert len(seen) == len(set(seen))
    assert not set(seen) & known
    everyone = by_id | {one.id: one for one in fresh}
    joined: dict[int, list[Loss]] = {}
    for n, outage in again.joins.items():
        joined.setdefault(outage, []).append(everyone[n])
    for outage, newcomers in joined.items():
        where, members = groups[outage]
        assert all(belongs(one, where, members + newcomers) for one in newcomers)


def test_three_within_a_report_interval_are_one_and_two_are_two():
    assert group([lost(1, 0), lost(2, 9_000), lost(3, 20_000)]).new == [(("room", "1"), [1, 2, 3])]
    assert group([lost(1, 0), lost(2, 9_000)]).new == []
    assert group([lost(1, 0), lost(2, 9_000), lost(3, WITHIN_MS + 1)]).new == []


def test_a_late_one_joins_and_one_much_later_does_not():
    outage = Outage(9, ("room", "1"), 0, 10_000)
    assert group([lost(4, 10_000 + LATE_MS)], [outage]).joins == {4: 9}
    assert group([lost(4, 10_001 + LATE_MS)], [outage]).joins == {}
    assert group([lost(4, 5_000, room=2)], [outage]).joins == {}


NETS = ("10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24")


def over(room: int, *sizes: int, start: int = 1, at: int = 0) -> list[Loss]:
    """Losses of one room, so many on each subnet."""
    nets = [net for net, size in zip(NETS, sizes, strict=False) for _ in range(size)]
    return [lost(n, at, room, net) for n, net in enumerate(nets, start)]


def test_six_of_one_room_over_three_subnets_are_one_outage_of_the_room():
    assert group(over(1, 2, 2, 2)).new == [(("room", "1"), [1, 2, 3, 4, 5, 6])]
    assert group(over(1, 1, 1)).new == []


def test_one_room_on_two_subnets_is_one_outage_and_one_subnet_in_two_rooms_is_one():
    assert group(over(1, 3, 3)).new == [(("subnet", NETS[0]), [1, 2, 3, 4, 5, 6])]
    rooms = [lost(n, 0, n % 2, "10.0.0.0/24") for n in range(1, 7)]
    assert [len(ids) for _, ids in group(rooms).new] == [6]


def test_who_is_left_of_a_room_joins_the_group_that_covers_it():
    assert group(over(1, 3, 2, 1)).new == [(("subnet", NETS[0]), [1, 2, 3, 4, 5, 6])]
    assert group(over(1, 3, 1)).new == [(("subnet", NETS[0]), [1, 2, 3, 4])]


def test_a_group_with_one_of_the_room_does_not_cover_it():
    """A switch took one of the room too; that the others of the room are of it is not plain."""
    switch = [*over(2, 2), lost(3, 0, 1, NETS[0])]
    rest = [lost(4, 0, 1, NETS[1]), lost(5, 0, 1, NETS[1])]
    assert group(switch + rest).new == [(("subnet", NETS[0]), [1, 2, 3])]
    third = [lost(6, 0, 1, NETS[2])]
    assert [where for where, _ in group(switch + rest + third).new] == [("subnet", NETS[0]), ("room", "1")]


def test_an_outage_of_a_room_is_joined_by_that_room_on_any_subnet_and_by_no_other():
    outage = opened(9, ("room", "1"), over(1, 2, 2, 2))
    assert group([lost(7, 30_000, 1, NETS[0])], [outage]).joins == {7: 9}
    assert group([lost(7, 30_000, 2, NETS[0])], [outage]).joins == {}
    assert group(over(1, 3, start=7, at=30_000), [outage]).joins == {7: 9, 8: 9, 9: 9}
    assert group(over(1, 3, start=7, at=LATE_MS + 1), [outage]).new == [(("subnet", NETS[0]), [7, 8, 9])]


def test_two_outages_that_are_open_stay_two():
    """What was told is not rewritten: who is left joins the earlier one."""
    first, second = (
        opened(8, ("subnet", NETS[0]), over(1, 3)),
        opened(9, ("subnet", NETS[1]), over(1, 3, at=1)),
    )
    assert group([lost(7, 2, 1, NETS[2])], [second, first]) == Grouped(joins={7: 8})


@pytest.mark.parametrize(
    ("address", "net"),
    [
        ("192.168.12.77", "192.168.12.0/24"),
        ("::ffff:192.168.12.77", "192.168.12.0/24"),
        ("fd00:1:2:3::9", "fd00:1:2:3::/64"),
        ("127.0.0.1", None),
        ("::1", None),
        ("fe80::1%eth0", None),
        ("0.0.0.0", None),
        ("", None),
        (None, None),
        ("not an address", None),
    ],
)
def test_where_an_address_puts_a_device(address, net):
    assert subnet(address) == net
