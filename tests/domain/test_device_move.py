"""Every device of a plan either moves or stays with a reason; none is lost, none moves twice."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain import device_move
from server.domain.device_move import CHUNK, Candidate, Seen, Target
from server.domain.errors import Conflict

UNIT = Target("exam", "/Ujian/Ruang 1")
FINE = Candidate(1, "C01", "g1", 1, "ACTIVE", "lab", "/Lab")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({}, None),
        ({"status": "provisioned"}, None),
        ({"console_id": None}, "device_unlinked"),
        ({"records": 2}, "device_doubled"),
        ({"gone": True}, "device_gone"),
        ({"in_service": False}, "device_out_of_service"),
        ({"status": "DISABLED"}, "device_not_active"),
        ({"status": "DEPROVISIONED"}, "device_not_active"),
        ({"org_unit_id": None}, "device_no_org_unit"),
        ({"org_unit_id": "exam"}, "already_there"),
        ({"used_in": "Hari 1"}, "device_held"),
    ],
)
def test_why_a_device_stays_where_it_is(changed, code):
    assert device_move.why_not(dataclasses.replace(FINE, **changed), UNIT) == code


candidates = st.lists(
    st.builds(
        Candidate,
        device_id=st.integers(1, 10_000),
        label=st.text("C0123456789", min_size=1, max_size=5),
        console_id=st.one_of(st.none(), st.text("abc0123456789", min_size=1, max_size=8)),
        records=st.integers(0, 2),
        status=st.sampled_from(["ACTIVE", "DISABLED", "DEPROVISIONED", ""]),
        org_unit_id=st.sampled_from([None, "lab", "exam", "other"]),
        org_unit_path=st.just("/Lab"),
        in_service=st.booleans(),
        gone=st.booleans(),
    ),
    unique_by=lambda c: c.device_id,
    max_size=200,
)


@given(candidates, st.booleans())
def test_no_device_is_lost_and_none_is_named_twice(devices, reboot):
    made = device_move.plan(devices, UNIT, reboot)
    named = [i.device_id for i in made.items] + [left.device_id for left in made.left]
    assert sorted(named) == sorted(d.device_id for d in devices)
    batches = list(device_move.chunks(made.items))
    assert [item for some in batches for item in some] == list(made.items)
    assert all(1 <= len(some) <= CHUNK for some in batches)
    assert made.calls == -(-len(made.items) // CHUNK)


def test_the_digest_names_the_devices_their_places_and_the_reboot():
    made = device_move.plan([FINE], UNIT, False)
    assert device_move.plan([FINE], UNIT, False).digest == made.digest
    elsewhere = dataclasses.replace(FINE, org_unit_id="other")
    assert device_move.plan([elsewhere], UNIT, False).digest != made.digest
    assert device_move.plan([FINE], UNIT, True).digest != made.digest
    assert device_move.plan([FINE], Target("x", "/x"), False).digest != made.digest


def test_one_call_never_holds_devices_for_two_org_units():
    home = [
        device_move.Item(f"g{n}", n, f"C{n}", "exam", "/U", "lab" if n % 2 else "office", "/")
        for n in range(70)
    ]
    batches = list(device_move.chunks(home))
    assert [len(some) for some in batches] == [35, 35]
    assert all(len({item.to_org_unit_id for item in some}) == 1 for some in batches)


@pytest.mark.parametrize(
    ("seen", "home", "code"),
    [
        (None, False, "device_gone"),
        (Seen("exam", "ACTIVE"), False, "already_there"),
        (Seen("lab", "ACTIVE"), False, None),
        (Seen("other", "ACTIVE"), False, "device_moved_elsewhere"),
        (Seen("lab", "DISABLED"), False, "device_not_active"),
        (Seen("lab", "DISABLED"), True, None),
        (Seen("lab", "DEPROVISIONED"), True, "device_not_active"),
    ],
)
def test_what_is_seen_before_sending_decides(seen, home, code):
    assert device_move.before_sending("lab", "exam", seen, home=home) == code


def test_a_move_of_nobody_is_refused():
    made = device_move.plan([dataclasses.replace(FINE, org_unit_id="exam")], UNIT, False)
    with pytest.raises(Conflict) as refused:
        device_move.raise_if_empty(made, "Ruang 1")
    assert refused.value.code == "move_nobody"


def test_a_whole_org_unit_is_read_only_where_that_is_cheaper():
    assert device_move.list_is_cheaper(15, 15)
    assert device_move.list_is_cheaper(5_000, 5_000)
    assert not device_move.list_is_cheaper(1, 10_000)


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [([], "done"), (["done"], "done"), (["done", "failed"], "partly"), (["failed"], "failed")],
)
def test_the_whole_ends_as_its_devices_did(outcomes, state):
    assert device_move.ended(outcomes) == state
