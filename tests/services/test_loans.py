"""A Chromebook of another school comes, is used like any other, is late, and goes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from server.domain.errors import BangkuError
from server.domain.loan import overdue
from server.services import inventory, inventory_list, loan_acts, loans, setup_school, stickers, when
from server.services.loan_acts import LentIn, LoanRefused
from server.store import tables as t
from tests.services.conftest import SARI
from tests.services.room import run
from tests.services.test_inventory import device, preview, take_in

HEADINGS = "Label;Nomor seri;Ruang;Dipinjam dari;Sampai tanggal"
DAY_MS = 86_400_000
SMP2 = "SMP Negeri 2"


def today(school):
    return when.today(school.now, "WIB")


def lend(school, label="P-01", until=None, **more):
    given = {"owner": SMP2, **more}
    return inventory.lend_in(
        school.db, SARI, school.now, LentIn(label=label, until=until or today(school), **given)
    )


def here(school):
    with school.db.read() as c:
        return loans.open_loans(c, school.now)


def refused(act, *args, **more):
    with pytest.raises(BangkuError) as found:
        act(*args, **more)
    return found.value.code


def test_a_new_device_comes_in_with_a_label_a_place_and_its_owner(school):
    lend(school, serial="NX-1", model="CB 311", room="Ruang 1", spare=True, note="dengan pengisi daya")
    found = device(school, "P-01")
    assert (found.serial, found.model, found.room, found.spare) == ("NX-1", "CB 311", "Ruang 1", True)
    loan = here(school)[found.id]
    assert (loan.owner, loan.until, loan.foreign_policies, loan.overdue) == (SMP2, today(school), True, False)
    assert [line.object for line in school.lines("device.loan_in")] == ["device P-01"]


def test_it_is_late_from_the_day_after_its_last_one(school):
    lend(school)
    assert not any(loan.overdue for loan in here(school).values())
    school.now += DAY_MS
    assert all(loan.overdue for loan in here(school).values())


@given(st.dates(), st.dates())
def test_late_means_after(until, today):
    assert overdue(until.isoformat(), today.isoformat()) == (today > until)


def test_a_registered_guest_school_may_be_the_owner_and_is_then_not_removed(school):
    school_id = setup_school.add_guest(
        school.db, SARI, school.now, npsn="20104001", name="SMP Harapan", level="SMP"
    )
    lend(school, owner="", owner_school_id=school_id)
    assert [loan.owner for loan in here(school).values()] == ["SMP Harapan"]
    assert refused(setup_school.remove_guest, school.db, SARI, school.now, school_id) == "school_in_use"
    assert refused(lend, school, "P-02", owner_school_id=999) == "school_unknown"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"label": " "}, "field_missing"),
        ({"owner": ""}, "field_missing"),
        ({"until": "30/11/2026"}, "loan_until_invalid"),
        ({"until": "2020-01-01"}, "loan_until_over"),
        ({"label": "x" * 21}, "field_long"),
        ({"note": "x" * 201}, "field_long"),
        ({"serial": "5CD0001DEMO"}, "loan_refused"),
        ({"room": "Ruang 99"}, "loan_refused"),
    ],
)
def test_what_is_not_right_is_refused_whole(school, given, code):
    before = school.all(select(t.devices))
    assert refused(lend, school, **given) == code
    assert (here(school), school.all(select(t.devices))) == ({}, before)


def test_a_refused_device_says_why_as_a_list_would(school):
    with pytest.raises(LoanRefused) as found:
        lend(school, serial="5CD0001DEMO")
    assert [(p.column, p.code) for p in found.value.problems] == [("serial", "serial_taken")]


def test_a_device_is_lent_once_at_a_time(school):
    lend(school)
    assert refused(lend, school, "p-01") == "loan_open"


def test_another_schools_c03_does_not_become_ours(school):
    before = device(school, "C03")
    assert refused(lend, school, "C03", serial="NX-SMP2-3") == "label_taken"
    assert device(school, "C03") == before and here(school) == {}
    lend(school, "C03", serial=before.serial.lower())  # the very one, entered in a list before
    assert len(here(school)) == 1


def test_our_own_c03_does_not_become_a_loan_because_no_serial_number_was_typed(school):
    before = device(school, "C03")
    for label in ("C03", " c03 "):
        with pytest.raises(BangkuError) as found:
            lend(school, label)
        assert (found.value.code, found.value.params["field"]) == ("label_taken", "label")
    assert device(school, "C03") == before and here(school) == {}
    with school.db.write() as tx:  # one of ours whose serial number nobody has entered yet
        tx.insert(t.devices, label="E01", created_at=school.now)
    assert refused(lend, school, "E01") == refused(lend, school, "E01", serial="NX-9") == "label_taken"
    assert device(school, "E01").serial is None and here(school) == {}


def test_it_may_stay_longer_and_its_policies_may_turn_out_ours(school):
    loan_id = lend(school)
    loan_acts.extend(school.db, SARI, school.now, loan_id, "2027-01-31")
    loan_acts.say_policies(school.db, SARI, school.now, loan_id, False)
    (loan,) = here(school).values()
    assert (loan.until, loan.foreign_policies) == ("2027-01-31", False)
    with school.db.read() as c:
        assert loans.not_ours(c) == frozenset()
    assert refused(loan_acts.extend, school.db, SARI, school.now, loan_id, "2020-01-01") == "loan_until_over"
    assert refused(loan_acts.extend, school.db, SARI, school.now, 99, "2027-01-31") == "loan_unknown"


def back(school, loan_id, on=None, condition="baik"):
    loan_acts.give_back(school.db, SARI, school.now, loan_id, on=on or today(school), condition=condition)


def test_given_back_it_leaves_its_place_and_service_and_keeps_its_history(school):
    loan_id = lend(school, room="Ruang 1", serial="NX-1")
    school.now += 1
    back(school, loan_id, condition="layar retak di sudut")
    found = device(school, "P-01")
    assert (found.in_service, found.room) == (False, None)
    assert here(school) == {}
    with school.db.read() as c:
        went = loans.given_back(c, [found.id])[found.id]
    assert (went.owner, went.condition) == (SMP2, "layar retak di sudut")
    assert "P-01" not in [s.label for s in stickers.stickers(school.db, school.now)]
    assert refused(back, school, loan_id) == "loan_over"


def test_it_may_come_again(school):
    back(school, lend(school))
    school.now += 1
    lend(school, owner="SMP Negeri 3")
    found = device(school, "P-01")
    assert found.in_service
    with school.db.read() as c:
        assert loans.given_back(c, [found.id]) == {}


@pytest.mark.parametrize(("on", "condition", "code"), [
    ("2099-01-01", "baik", "loan_back_invalid"),
    ("2020-01-01", "baik", "loan_back_invalid"),
    ("kemarin", "baik", "loan_back_invalid"),
    (None, "  ", "condition_missing"),
])  # fmt: skip
def test_a_return_names_a_day_of_the_loan_and_a_condition(school, on, condition, code):
    loan_id = lend(school)
    assert refused(back, school, loan_id, on, condition) == code
    assert len(here(school)) == 1


def test_a_pupils_device_does_not_go_back_under_the_pupil(school):
    loan_id = lend(school, "C03", serial="5CD0003DEMO")
    run(school)
    assert refused(back, school, loan_id) == "device_in_use"
    assert device(school, "C03").in_service
    assert school.view(3).owner == SMP2


def test_a_list_brings_loans_in_and_the_same_list_again_changes_nothing(school):
    rows = ["P-01;NX-1;Ruang 1;SMP Negeri 2;30/11/2026", "P-02;NX-2;;Bu Rina;2026-12-05 00:00:00"]
    take_in(school, *rows, headings=HEADINGS)
    assert [(loan.owner, loan.until) for loan in here(school).values()] == [
        (SMP2, "2026-11-30"),
        ("Bu Rina", "2026-12-05"),
    ]
    assert preview(school, *rows, headings=HEADINGS).same == 2
    shown = preview(school, "P-01;;;SMP Negeri 2;5/12/2026", headings=HEADINGS)
    assert [line.what for line in shown.changed] == [(("until", "2026-11-30", "2026-12-05"),)]
    take_in(school, "P-01;;;SMP Negeri 2;5/12/2026", headings=HEADINGS)
    assert here(school)[device(school, "P-01").id].until == "2026-12-05"
    assert len(school.all(select(t.device_loans))) == 2


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("P-01;;;SMP 2;", ("until", "cell_empty")),
        ("P-01;;;;30/11/2026", ("owner", "cell_empty")),
        ("P-01;;;SMP 2;31/11/2026", ("until", "day_invalid")),
    ],
)
def test_a_list_says_both_the_owner_and_a_day_that_exists(school, row, problem):
    found = preview(school, row, headings=HEADINGS).problems
    assert [(p.column, p.code) for p in found] == [problem]


def test_lists_show_who_is_here_first_the_soonest_on_top(school):
    lend(school, "P-03", "2027-03-01")
    lend(school, "P-01", "2027-01-01")
    back(school, lend(school, "P-02", "2026-12-01"))
    with school.db.read() as c:
        assert [line.label for line in loans.lines(c, school.now)] == ["P-01", "P-03", "P-02"]
        assert [line.label for line in loans.lines(c, school.now, returned=True)] == ["P-02"]
        assert "P-01" in [line.label for line in inventory_list.lines(c)]
