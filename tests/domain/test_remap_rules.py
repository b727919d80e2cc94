"""Which Chromebook has come back: what is strong, what is never strong, and what is told against."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.remap import Kind, Strength, Weight
from server.domain.remap_facts import Candidate, Facts, Newcomer, OldLife, Record
from server.domain.remap_return import CLOCK_MS, mac_like
from server.domain.remap_rules import Opinion, reckon
from server.domain.return_steps import STEPS, Seen, Why, why

DAY, HOUR, MINUTE = 86_400_000, 3_600_000, 60_000
T = 1_790_000_000_000  # our last contact
LIFE = OldLife(1, "5CD1", T, live=True)
BEFORE = Record("r1", "5CD1", "ACTIVE", "/Lab", last_enrolled_at=T - 90 * DAY, change_seen_at=T - 30 * DAY)
BACK = replace(
    BEFORE, last_enrolled_at=T + HOUR, enrolled_before=T - 90 * DAY, change_seen_at=T + 3 * HOUR, seen_at=T + 3 * HOUR
)  # fmt: skip
ONE = Candidate(7, "C07", "5CD1", record=BEFORE, life=LIFE, home_unit="/Lab")
NEW = Newcomer(2, "5CD1", T + 2 * HOUR)


def facts(one: Candidate = ONE, record: Record | None = BACK, new: Newcomer | None = NEW, **more) -> Facts:
    given = {
        "serial": "5CD1",
        "newcomer": new,
        "record": record,
        "candidates": (one,),
        "console": True,
        **more,
    }
    return Facts(**given)


def codes(opinion: Opinion, weight: Weight) -> set[str]:
    return {e.code for e in opinion.evidence if e.weight is weight}


def test_what_the_console_saw_after_our_last_contact_is_strong():
    found = reckon(facts())
    assert (found.device_id, found.kind, found.strength) == (7, Kind.WIPED, Strength.STRONG)
    assert codes(found, Weight.AGAINST) == set()


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"deprovisioned_at": T + MINUTE}, Kind.REENROLLED),
        ({"console_id": "r2", "enrolled_before": None}, Kind.REENROLLED),
        ({"org_unit_path": "/Kantor"}, Kind.WRONG_UNIT),
        ({"console_id": "r2", "enrolled_before": None, "org_unit_path": "/Kantor"}, Kind.WRONG_UNIT),
    ],
)
def test_other_ways_of_coming_back_are_as_strong(changed, kind):
    found = reckon(facts(record=replace(BACK, **changed)))
    assert (found.device_id, found.kind, found.strength) == (7, kind, Strength.STRONG)


@pytest.mark.parametrize(
    ("against", "code"),
    [
        ({"one": replace(ONE, life=replace(LIFE, heard_at=NEW.first_seen_at))}, "old_key_alive"),
        ({"one": replace(ONE, waiting=(T + 2 * HOUR,))}, "others_wait"),
        ({"new": replace(NEW, sent_away_at=T)}, "sent_away"),
        ({"new": replace(NEW, attested_at=T, attestation_refused=True)}, "attestation_refused"),
        ({"record": replace(BACK, status="DISABLED")}, "record_disabled"),
        ({"record": replace(BACK, status="DEPROVISIONED")}, "record_deprovisioned"),
        ({"record": replace(BACK, boot_mode="Dev")}, "developer_mode"),
        ({"differs": True}, "record_waits"),
        ({"new": replace(NEW, first_seen_at=T + MINUTE)}, "knocked_before"),
        ({"record": replace(BEFORE, seen_at=T + 3 * HOUR)}, "not_reenrolled"),
    ],
)
def test_one_thing_against_it_makes_it_weak(against, code):
    found = reckon(facts(**against))
    assert (found.device_id, found.strength) == (7, Strength.WEAK)
    assert code in codes(found, Weight.AGAINST)


def test_proof_of_the_machine_is_strong_without_the_console_and_never_against_a_living_key():
    proven = replace(NEW, attested_at=T + 2 * HOUR)
    assert reckon(facts(record=None, new=proven)).strength is Strength.STRONG
    alive = replace(ONE, life=replace(LIFE, heard_at=T + 5 * HOUR))
    assert reckon(facts(one=alive, record=None, new=proven)).strength is Strength.WEAK


def test_a_console_that_was_not_asked_since_says_nothing():
    found = reckon(facts(record=replace(BEFORE, seen_at=T)))
    assert (found.kind, found.strength) == (Kind.NEWCOMER, Strength.WEAK)
    assert "console_not_asked" in codes(found, Weight.NEUTRAL) and not codes(found, Weight.AGAINST)


def test_an_old_enrolment_that_is_only_read_late_is_not_a_new_one():
    """The school's clock is behind, so an enrolment of before our first contact seems to lie after it."""
    late = replace(BACK, enrolled_before=None, change_seen_at=T - HOUR)
    assert reckon(facts(record=late)).strength is not Strength.STRONG
    same = replace(BACK, enrolled_before=BACK.last_enrolled_at)
    assert reckon(facts(record=same)).strength is not Strength.STRONG


@pytest.mark.parametrize("late", [-10 * MINUTE, 0, CLOCK_MS])
def test_times_too_close_to_tell_are_a_wipe_but_not_sure(late):
    found = reckon(facts(record=replace(BACK, last_enrolled_at=T + late)))
    assert (found.kind, found.strength) == (Kind.WIPED, Strength.MEDIUM)


def test_two_live_records_are_never_strong():
    found = reckon(facts(twins=(BEFORE,)))
    assert (found.device_id, found.kind, found.strength) == (7, Kind.TWO_RECORDS, Strength.MEDIUM)


def test_a_rival_that_went_with_an_earlier_wipe_counts_no_more():
    assert reckon(facts(one=replace(ONE, waiting=(T + MINUTE,)))).strength is Strength.STRONG


def test_another_serial_number_under_the_same_sticker():
    record = replace(BACK, console_id="r2", serial="7XB1", enrolled_before=None, asset_id=" c07 ")
    found = reckon(facts(record=record, new=None, serial="7XB1"))
    assert (found.device_id, found.kind, found.strength) == (7, Kind.BOARD_SWAPPED, Strength.WEAK)
    both = replace(record, mac="aa", flex=True)
    one = replace(ONE, record=replace(BEFORE, mac="AA"))
    found = reckon(facts(one=one, record=both, new=None, serial="7XB1"))
    assert (found.kind, found.strength) == (Kind.SERIAL_CHANGED, Strength.MEDIUM)


def test_label_and_network_address_of_two_different_ones_name_nobody():
    other = replace(
        ONE, device_id=8, label="C08", serial="5CD2", record=replace(BEFORE, console_id="r8", mac="bb")
    )
    record = replace(BACK, console_id="r2", serial="7XB1", asset_id="C07", mac="BB")
    found = reckon(facts(record=record, new=None, serial="7XB1", candidates=(ONE, other)))
    assert (found.device_id, found.candidates) == (None, (7, 8))
    assert codes(found, Weight.AGAINST) == {"several_known"}


def test_the_serial_number_names_the_device_and_a_label_elsewhere_speaks_against():
    other = replace(ONE, device_id=8, label="C08", serial="5CD2", record=None, life=None)
    found = reckon(facts(record=replace(BACK, asset_id="C08"), candidates=(ONE, other)))
    assert (found.device_id, found.strength) == (7, Strength.WEAK)
    assert "points_elsewhere" in codes(found, Weight.AGAINST)


def test_a_serial_number_on_two_of_ours_names_nobody_until_a_person_does():
    other = replace(ONE, device_id=8, label="C08")
    doubled = facts(candidates=(ONE, other))
    assert reckon(doubled).device_id is None
    found = reckon(replace(doubled, chosen=8))
    assert (found.device_id, found.strength) == (8, Strength.WEAK)


@pytest.mark.parametrize("serial", ["", "Default string", "0000000", "To be filled by O.E.M."])
def test_a_placeholder_names_nobody(serial):
    assert (
        reckon(facts(serial=serial, candidates=(replace(ONE, serial=serial),), record=None)).device_id is None
    )


@pytest.mark.parametrize(
    ("text", "is_mac"), [("A4:BB:6D:01:02:03", True), ("a4bb6d010203", True), ("5CD1", False), (None, False)]
)
def test_what_looks_like_a_network_address(text, is_mac):
    assert mac_like(text) is is_mac


OFTEN = st.integers(-3 * DAY, 3 * DAY)
RECORDS = st.none() | st.builds(
    Record,
    console_id=st.sampled_from(["r1", "r2"]),
    serial=st.sampled_from(["5CD1", "7XB1", ""]),
    status=st.sampled_from(["ACTIVE", "DISABLED", "DEPROVISIONED"]),
    org_unit_path=st.sampled_from(["", "/Lab", "/Kantor"]),
    asset_id=st.sampled_from(["", "C07", "C08"]),
    mac=st.sampled_from(["", "aa", "bb"]),
    last_enrolled_at=st.none() | OFTEN.map(lambda d: T + d),
    enrolled_before=st.none() | OFTEN.map(lambda d: T + d),
    change_seen_at=st.none() | OFTEN.map(lambda d: T + d),
    seen_at=OFTEN.map(lambda d: T + d),
)
CANDIDATES = st.builds(
    Candidate,
    device_id=st.just(7),
    label=st.just("C07"),
    serial=st.sampled_from(["5CD1", " 5cd1", "9ZZ", None]),
    record=RECORDS,
    life=st.none() | st.builds(OldLife, st.just(1), st.sampled_from(["5CD1", "9ZZ"]), OFTEN.map(lambda d: T + d), st.booleans()),
    waiting=st.lists(OFTEN.map(lambda d: T + d), max_size=2).map(tuple),
)  # fmt: skip
NEWCOMERS = st.none() | st.builds(
    Newcomer,
    enrolment_id=st.just(2),
    serial=st.just("5CD1"),
    first_seen_at=OFTEN.map(lambda d: T + d),
    attested_at=st.none() | st.just(T),
    own_key=st.booleans(),
    sent_away_at=st.none() | st.just(T),
)


@given(CANDIDATES, RECORDS, NEWCOMERS, st.lists(RECORDS.filter(bool), max_size=1), st.booleans())
def test_strong_always_has_its_reasons(one, record, new, twins, differs):
    given_facts = Facts("5CD1", new, record, tuple(twins), (one,), console=True, differs=differs)
    found = reckon(given_facts)
    assert found == reckon(given_facts)
    if found.strength is not Strength.STRONG:
        return
    assert not codes(found, Weight.AGAINST) and one.key == "5CD1" and found.device_id == 7
    life = one.life
    if new is not None and life is not None:
        assert life.heard_at < new.first_seen_at, "two living keys are never strong"
    if new is not None and new.attested_at is not None:
        return
    assert record is not None and not twins and life is not None
    assert record.last_enrolled_at > life.heard_at + CLOCK_MS
    assert record.change_seen_at > life.heard_at
    assert record.status == "ACTIVE"


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (Seen("ACTIVE", False, T - DAY, None, T, live=True, waiting=False), None),
        (Seen("ACTIVE", False, T - DAY, T + HOUR, T, live=True, waiting=False), Why.WIPED),
        (Seen("ACTIVE", False, T + 2 * HOUR, T + HOUR, T, live=True, waiting=False), Why.NO_CONTACT),
        (Seen("ACTIVE", False, T + 2 * HOUR, T + HOUR, T, live=True, waiting=True), None),
        (Seen("DEPROVISIONED", False, T - DAY, None, T, live=True, waiting=False), Why.DEPROVISIONED),
        (Seen("ACTIVE", True, T - DAY, None, T, live=True, waiting=False), Why.RECORD_GONE),
        (Seen(None, False, None, None, T, live=False, waiting=False), Why.KEY_ENDED),
        (Seen(None, False, None, None, None, live=False, waiting=False), None),
        (Seen("ACTIVE", False, T - DAY, T + HOUR, T + 2 * HOUR, live=True, waiting=False), None),
    ],
)
def test_who_has_not_come_back(seen, reason):
    assert why(seen) is reason
    assert reason is None or STEPS[reason][-1] == "check_in"
