"""Losses that are one: same place, within seconds. Whatever the order, and nobody across places."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.incident_groups import FROM, LATE_MS, WITHIN_MS, Loss, Outage, group, place, subnet

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


def lost(n: int, at: int = 0, room: int | None = 1, net: str | None = None) -> Loss:
    return Loss(n, at, room, net)


@given(losses, st.randoms())
def test_the_order_in_which_they_are_seen_is_nothing(some: list[Loss], chance: random.Random):
    mixed = list(some)
    chance.shuffle(mixed)
    assert group(some) == group(mixed)


@given(losses)
def test_every_loss_is_in_one_group_or_single_and_a_group_is_of_one_place(some: list[Loss]):
    by_id = {one.id: one for one in some}
    grouped = [n for _, members in group(some).new for n in members]
    assert len(grouped) == len(set(grouped))
    assert set(grouped) <= set(by_id)
    for where, members in group(some).new:
        assert len(members) >= FROM
        assert {place(by_id[n]) for n in members} == {where}
        times = sorted(by_id[n].at for n in members)
        assert times[FROM - 1] - times[0] <= WITHIN_MS
        assert all(later - earlier <= LATE_MS for earlier, later in itertools.pairwise(times))


@given(losses)
def test_who_stays_single_had_no_company_in_its_place(some: list[Loss]):
    """Three unmatched ones of one place are never within the window."""
    grouped = {n for _, members in group(some).new for n in members}
    single: dict[tuple[str, str], list[int]] = {}
    for one in some:
        if one.id not in grouped:
            single.setdefault(place(one), []).append(one.at)
    for times in single.values():
        times.sort()
        assert all(b - a > WITHIN_MS for a, b in zip(times, times[FROM - 1 :], strict=False))


@given(losses, losses)
def test_what_was_grouped_is_never_grouped_again_differently_by_newcomers(
    first: list[Loss], later: list[Loss]
):
    """Newcomers join what is open or make groups of their own; nobody is in two."""
    made = group(first)
    by_id = {one.id: one for one in first}
    open_ = [
        Outage(-n, where, min(by_id[m].at for m in ids), max(by_id[m].at for m in ids))
        for n, (where, ids) in enumerate(made.new, 1)
    ]
    known = {m for _, ids in made.new for m in ids}
    fresh = [one for one in later if one.id not in by_id]
    again = group([one for one in first if one.id not in known] + fresh, open_)
    seen = [*again.joins, *(m for _, ids in again.new for m in ids)]
    assert len(seen) == len(set(seen))
    assert not set(seen) & known
    places = {o.id: o.place for o in open_}
    everyone = by_id | {one.id: one for one in fresh}
    assert all(places[outage] == place(everyone[n]) for n, outage in again.joins.items())


def test_three_within_a_report_interval_are_one_and_two_are_two():
    assert group([lost(1, 0), lost(2, 9_000), lost(3, 20_000)]).new == [(("room", "1"), [1, 2, 3])]
    assert group([lost(1, 0), lost(2, 9_000)]).new == []
    assert group([lost(1, 0), lost(2, 9_000), lost(3, WITHIN_MS + 1)]).new == []


def test_a_late_one_joins_and_one_much_later_does_not():
    outage = Outage(9, ("room", "1"), 0, 10_000)
    assert group([lost(4, 10_000 + LATE_MS)], [outage]).joins == {4: 9}
    assert group([lost(4, 10_001 + LATE_MS)], [outage]).joins == {}
    assert group([lost(4, 5_000, room=2)], [outage]).joins == {}


def test_one_room_on_two_subnets_is_two_outages_and_one_subnet_in_two_rooms_is_one():
    halves = [lost(n, 0, 1, f"10.0.{n % 2}.0/24") for n in range(1, 7)]
    assert [where for where, _ in group(halves).new] == [("subnet", "10.0.0.0/24"), ("subnet", "10.0.1.0/24")]
    rooms = [lost(n, 0, n % 2, "10.0.0.0/24") for n in range(1, 7)]
    assert [len(ids) for _, ids in group(rooms).new] == [6]


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
