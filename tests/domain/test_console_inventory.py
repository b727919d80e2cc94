"""What a sync says: new, moved, changed, gone, back; what is odd; and whose record it is, by the whole serial number."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.console_inventory import (
    Change,
    Kind,
    Known,
    UnitChange,
    compare,
    labels,
    links,
)
from server.domain.console_record import ConsoleDevice, OrgUnit, read_device, read_unit, serial_key


def device(number: int, **given: object) -> ConsoleDevice:
    values = {
        "console_id": f"id-{number}",
        "serial": f"5CD{number:04}XY",
        "status": "ACTIVE",
        "org_unit_id": "ou1",
        "org_unit_path": "/Lab",
        "model": "HP 11",
        "last_enrolled_at": 1_000,
    }
    return ConsoleDevice(**{**values, **given})  # type: ignore[arg-type]


def known(of: ConsoleDevice, **given: object) -> Known:
    names = ("console_id", "serial", "status", "org_unit_id", "org_unit_path", "model", "last_enrolled_at")
    return Known(**{**{name: getattr(of, name) for name in names}, **given})  # type: ignore[arg-type]


def mirror(*some: Known) -> dict[str, Known]:
    return {one.console_id: one for one in some}


def kinds(
    found: list[ConsoleDevice], held: dict[str, Known], *, full: bool = True
) -> list[tuple[Kind, bool]]:
    return [(c.kind, c.odd) for c in compare(found, held, full=full).changes]


def test_a_record_nobody_knew_is_new_and_the_same_again_is_nothing():
    assert kinds([device(1)], {}) == [(Kind.NEW, False)]
    made = compare([device(1)], mirror(known(device(1))), full=True)
    assert (made.changes, made.same, made.odd) == ((), 1, 0)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ({"org_unit_id": "ou2", "org_unit_path": "/Exam"}, (Kind.MOVED, False)),
        ({"status": "DISABLED"}, (Kind.STATUS, False)),
        ({"model": "HP 14"}, (Kind.MODEL, False)),
        ({"last_enrolled_at": 2_000}, (Kind.ENROLLED, False)),
        ({"serial": "ANOTHER"}, (Kind.SERIAL, True)),
        ({"serial": ""}, (Kind.SERIAL, True)),
    ],
)
def test_each_difference_has_its_kind(now, expected):
    assert kinds([device(1, **now)], mirror(known(device(1)))) == [expected]


def test_a_serial_number_where_there_was_none_is_no_riddle():
    assert kinds([device(1)], mirror(known(device(1), serial="none"))) == [(Kind.SERIAL, False)]


def test_an_org_unit_under_a_new_name_moves_nobody():
    made = compare(
        [device(1, org_unit_path="/Lab baru")],
        mirror(known(device(1))),
        full=True,
        units=[OrgUnit("ou1", "/Lab baru")],
        known_units={"ou1": "/Lab"},
    )
    assert made.changes == ()
    assert made.units == (UnitChange("ou1", "renamed", "/Lab", "/Lab baru"),)


def test_a_vanished_org_unit_is_odd_only_where_devices_lived():
    units = [OrgUnit("root", "/")]
    held = {"root": "/", "ou1": "/Lab", "ou2": "/Kosong"}
    made = compare([], mirror(known(device(1))), full=False, units=units, known_units=held)
    assert [(u.org_unit_id, u.odd) for u in made.units] == [("ou1", True), ("ou2", False)]
    assert compare([], {}, full=False, units=[], known_units=held).units == ()


def test_only_a_full_sync_can_say_gone():
    held = mirror(*(known(device(n)) for n in range(3)))
    assert kinds([device(0)], held) == [(Kind.GONE, False)] * 2
    assert kinds([device(0)], held, full=False) == []


def test_many_gone_at_once_is_odd():
    held = mirror(*(known(device(n)) for n in range(20)))
    assert kinds([device(n) for n in range(15)], held) == [(Kind.GONE, False)] * 5
    assert kinds([device(n) for n in range(14)], held) == [(Kind.GONE, True)] * 6
    assert [c.odd for c in compare([device(0)], mirror(known(device(0)), known(device(1))), full=True,
                                   gone_odd=True).changes] == [True]  # fmt: skip


def test_a_second_record_of_a_chromebook_of_ours_is_taken_in_and_its_return_decides():
    first, second = device(1), device(2, serial=device(1).serial)
    held = mirror(replace(known(first), device_id=7))
    assert kinds([first, second], held) == [(Kind.NEW, False), (Kind.TWICE, False)]


def test_back_is_told():
    assert kinds([device(1)], mirror(known(device(1), gone=True))) == [(Kind.BACK, False)]


def test_two_live_records_with_one_serial_number_are_odd_until_accepted():
    first, second = device(1), device(2, serial=device(1).serial)
    found = compare([first, second], mirror(known(first)), full=True)
    assert [(c.console_id, c.kind) for c in found.changes if c.odd] == [
        ("id-2", Kind.NEW),
        ("id-2", Kind.TWICE),
    ]
    assert found.odd == 1
    assert found.odd_ids == {"id-2"}
    assert kinds([first, second], mirror(known(first), known(second))) == []
    # also where the other one was not fetched this time
    assert (Kind.TWICE, True) in kinds([second], mirror(known(first)), full=False)
    # a deprovisioned record is the past of the same Chromebook
    assert kinds([replace(first, status="DEPROVISIONED"), second],
                 mirror(known(first, status="DEPROVISIONED"))) == [(Kind.NEW, False)]  # fmt: skip


@pytest.mark.parametrize("serial", ["", "none", "System Serial Number", "0000000", "To be filled by O.E.M."])
def test_a_placeholder_is_no_serial_number(serial):
    some = [device(1, serial=serial), device(2, serial=serial)]
    assert kinds(some, {}) == [(Kind.NEW, False)] * 2
    assert links([(d.console_id, d.serial, d.status, None) for d in some], {"X": 1}) == {
        "id-1": None,
        "id-2": None,
    }


def test_a_part_of_a_serial_number_links_nothing():
    assert links([("a", "5CD1234", "ACTIVE", None)], {"5CD123": 1, "5CD12345": 2}) == {"a": None}
    assert links([("a", " 5cd1234", "ACTIVE", None)], {"5CD1234": 3}) == {"a": 3}


def test_of_two_records_nobody_guesses_and_the_link_that_was_there_stays():
    serials = {"S1": 7}
    two = [("a", "S1", "ACTIVE", None), ("b", "S1", "DISABLED", None)]
    assert links(two, serials) == {"a": None, "b": None}
    assert links([("a", "S1", "ACTIVE", 7), two[1]], serials) == {"a": 7, "b": None}
    assert links([("old", "S1", "DEPROVISIONED", None), two[0]], serials) == {"old": None, "a": 7}


def test_a_new_record_of_a_chromebook_that_had_one_waits_for_its_return_to_be_accepted():
    serials = {"S1": 7}
    new = ("new", "S1", "ACTIVE", None)
    assert links([("old", "S1", "DEPROVISIONED", 7), new], serials) == {"old": 7, "new": None}
    assert links([new], serials, returning={7}) == {"new": None}
    assert links([("new", "S1", "ACTIVE", 7)], serials, returning={7}) == {"new": 7}
    assert links([new], serials, returning={8}) == {"new": 7}


def test_a_link_that_a_person_gave_a_record_without_serial_number_stays():
    assert links([("a", "none", "ACTIVE", 4)], {"S1": 7}) == {"a": 4}


def test_labels_come_from_asset_ids_that_are_short_and_said_once():
    given = [("a", "C01"), ("b", " C02 "), ("c", "c02"), ("d", None), ("e", "x" * 21), ("f", "C09")]
    assert labels(given, ["c09"]) == {"a": "C01"}


def test_a_record_of_google_is_read_into_our_columns():
    record = {
        "deviceId": "d1",
        "serialNumber": " 5CD1 ",
        "orgUnitId": "id:03abc",
        "lastSync": "x",
        "annotatedUser": "u" * 300,
        "recentUsers": [{"email": "pupil@example.test"}],
        "firmwareVersion": "F1",
    }
    read = read_device(record, lambda text: 5)
    assert (read.serial, read.org_unit_id, read.last_sync_at, read.status) == ("5CD1", "03abc", 5, "")
    assert len(read.annotated_user or "") == 120
    assert dict(read.facts) == {"firmwareVersion": "F1"}
    assert read_unit({"orgUnitId": "id:a", "parentOrgUnitId": "id:b", "orgUnitPath": "/x"}).parent_id == "b"


serials = st.sampled_from(["", "none", "A1", "A12", "a1", "B7", "B77"])
records = st.builds(
    lambda n, serial, status, unit, at: device(
        n, serial=serial, status=status, org_unit_id=unit, org_unit_path=f"/{unit}", last_enrolled_at=at
    ),
    st.integers(0, 9),
    serials,
    st.sampled_from(["ACTIVE", "DISABLED", "DEPROVISIONED"]),
    st.sampled_from(["ou1", "ou2"]),
    st.sampled_from([None, 1, 2]),
)
lists = st.lists(records, max_size=10, unique_by=lambda d: d.console_id)


@given(lists, lists)
def test_what_was_taken_over_is_never_found_again(before, after):
    held = mirror(*(known(d) for d in before))
    first = compare(after, held, full=True)
    taken = {**{k: replace(v, gone=True) for k, v in held.items()}, **mirror(*(known(d) for d in after))}
    again = compare(after, taken, full=True)
    assert again.changes == () and again.same == len(after)
    assert first.digest == compare(list(reversed(after)), held, full=True).digest
    assert (first.digest == again.digest) == (first.changes == ())


@given(lists, lists)
def test_every_record_is_told_of_or_the_same(before, after):
    held = mirror(*(known(d) for d in before))
    found = compare(after, held, full=True)
    told = {c.console_id for c in found.changes}
    present = {d.console_id for d in after}
    assert len(told & present) + found.same >= len(present)
    assert told >= (set(held) - present) | (present - set(held))


@given(lists, st.dictionaries(serials.filter(bool), st.integers(1, 5)))
def test_a_link_is_always_by_the_whole_number_and_a_device_has_at_most_one_record(found, numbers):
    held = {key: value for text, value in numbers.items() if (key := serial_key(text))}
    made = links([(d.console_id, d.serial, d.status, None) for d in found], held)
    assert set(made) == {d.console_id for d in found}
    by_id = {d.console_id: d for d in found}
    given_ = [(key, to) for key, to in made.items() if to is not None]
    assert all(held[serial_key(by_id[key].serial) or ""] == to for key, to in given_)
    assert len({to for _, to in given_}) == len(given_)


@given(
    st.lists(st.tuples(st.text(max_size=3), st.one_of(st.none(), st.text(max_size=25)))), st.sets(st.text())
)
def test_a_label_is_never_given_twice_nor_one_that_is_taken(given_, taken):
    made = labels(given_, taken)
    said = [label.casefold() for label in made.values()]
    assert len(set(said)) == len(said)
    assert not set(said) & {t.casefold() for t in taken}


def test_a_digest_names_the_findings():
    one = compare([device(1)], {}, full=True)
    assert one.digest == compare([device(1, os_version="131")], {}, full=True).digest
    assert one.digest != compare([device(2)], {}, full=True).digest
    assert one.changes == (Change("id-1", device(1).serial, Kind.NEW, after="/Lab"),)
