"""A borrowed Chromebook that keeps its owner's policies is left alone in the console, by every way we could reach it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.domain.errors import BangkuError
from server.domain.policy_diff import OrgUnit
from server.services import exam_day_moves, inventory, loan_acts, policy_make, when
from server.services.loan_acts import LentIn
from server.store.tables import console_devices
from tests.console_school import JOKO
from tests.services.console.test_device_commands import ask, follow, refused, row
from tests.services.console.test_device_moves import TO, home, make_exam, moved, ordered, outcomes, planned

SERIAL = "5CD0001DEMO"


def lend(school, label="C01", **more):
    given = {"owner": "SMP Negeri 2", "until": "2027-01-31", "serial": SERIAL, **more}
    return inventory.lend_in(school.db, JOKO, school.now, LentIn(label=label, **given))


def test_a_move_leaves_it_where_it_is_and_says_why(school):
    lend(school)
    before = school.where()[SERIAL]
    made, _job = moved(school)
    assert [(left.label, left.code) for left in made.plan.left] == [("C01", "device_borrowed")]
    assert school.where()[SERIAL] == before
    assert sum(path == TO for path in school.where().values()) == 14


def test_a_plan_made_before_the_loan_is_stale_at_the_order(school):
    made = planned(school)
    lend(school)
    with pytest.raises(BangkuError) as found:
        ordered(school, made)
    assert found.value.code == "move_plan_stale"


def test_a_loan_that_begins_between_order_and_work_counts_too(school):
    made = planned(school)
    ordered(school, made)
    lend(school)
    school.work()
    assert outcomes(school, made.id)[school.console_id("C01")] == ("failed", "device_borrowed")
    assert school.where()[SERIAL] != TO


def test_what_was_moved_before_is_not_moved_home_either(school):
    made, _job = moved(school)
    lend(school)
    back = home(school, made)
    assert [(left.label, left.code) for left in back.plan.left] == [("C01", "device_borrowed")]
    assert school.where()[SERIAL] == TO


@pytest.mark.parametrize("kind", ["reboot", "screenshot", "wipe_users", "powerwash", "disable", "enable"])
def test_no_order_reaches_it(school, kind):
    lend(school)
    assert refused(school, kind, typed=[SERIAL]) == "device_borrowed"


def test_an_order_that_waits_when_it_is_lent_does_not_leave(school):
    command = ask(school, "reboot")
    lend(school)
    ended = follow(school, command)
    assert (ended.state, ended.code, ended.sent_at) == ("failed", "device_borrowed", None)
    assert row(school, command).command_id is None


def test_with_policies_of_our_own_it_is_a_device_like_others(school):
    loan_id = lend(school, foreign_policies=False)
    assert follow(school, ask(school, "reboot")).state != "failed"
    loan_acts.say_policies(school.db, JOKO, school.now, loan_id, True)
    assert refused(school, "reboot") == "device_borrowed"


def test_given_back_and_back_in_the_list_it_may_be_ordered_again(school):
    loan_id = lend(school)
    day = when.today(school.now, "WIB")
    loan_acts.give_back(school.db, JOKO, school.now, loan_id, on=day, condition="baik")
    assert ask(school, "reboot") > 0


def test_a_plan_for_its_org_unit_knows_it(school):
    lend(school)
    (unit,) = school.all(
        select(console_devices).where(console_devices.c.console_id == school.console_id("C01"))
    )
    with school.db.read() as c:
        for where, found in (
            (OrgUnit(unit.org_unit_id, unit.org_unit_path, 1), ("C01",)),
            (OrgUnit("above", "/Lab", 1), ("C01",)),
            (OrgUnit("aside", "/Kantor", 1), ()),
        ):
            assert policy_make._borrowed(c, where) == found


def test_the_eve_of_the_exam_does_not_wait_for_it(school):
    make_exam(school)
    lend(school)
    with school.db.read() as c:
        (day, *_) = exam_day_moves.room_days(c, school.now)
    assert "C01" not in [line.label for line in day.lines]
