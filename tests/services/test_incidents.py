"""Incidents come and go with what devices report; a person's word is not argued with every second."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.domain.errors import NotFound
from server.services import board, exams, incidents, intake
from server.store.tables import incidents as incident_rows
from tests.services.conftest import MINUTE, PROFILE, SARI
from tests.services.room import message, report, run, tick, work


def opened(school, kind: str | None = None):
    rows = school.all(select(incident_rows).where(incident_rows.c.closed_at.is_(None)))
    return [r for r in rows if kind in {None, r.kind}]


def test_a_flat_battery_is_one_incident_and_is_over_when_it_charges(school):
    run(school)
    work(school, 1)
    report(school, 1, "exam", battery=9)
    tick(school)
    tick(school)
    assert [(r.kind, r.cause) for r in opened(school)] == [("battery_low", "power")]
    report(school, 1, "exam", battery=9, charging=True)
    tick(school)
    assert opened(school) == []
    (row,) = school.all(select(incident_rows))
    assert (row.closed_by, row.closed_at) == ("system", school.now)


def test_what_a_person_closed_stays_closed_until_it_happens_anew(school):
    run(school)
    work(school, 1)
    report(school, 1, "exam", battery=9)
    tick(school)
    (row,) = opened(school)
    incidents.close(school.db, SARI, school.now, row.id)
    tick(school)
    report(school, 1, "exam", battery=8)
    tick(school)
    assert opened(school) == []  # seen to: the charger is on its way
    report(school, 1, "exam", battery=50)
    tick(school)
    report(school, 1, "exam", battery=5)
    tick(school)
    assert [r.kind for r in opened(school)] == ["battery_low"]


def test_closing_twice_leaves_the_first_persons_name_and_one_line(school):
    run(school)
    work(school, 1)
    report(school, 1, "exam", focused=False)
    tick(school)
    (row,) = opened(school)
    incidents.close(school.db, SARI, school.now, row.id)
    incidents.close(school.db, SARI, school.now + 5, row.id)
    (row,) = school.all(select(incident_rows))
    assert (row.closed_by, row.closed_at) == ("sari", school.now)
    assert len(school.lines("incident.close")) == 1


def test_an_incident_nobody_knows_is_not_found(school):
    with pytest.raises(NotFound) as refused:
        incidents.close(school.db, SARI, school.now, 77)
    assert refused.value.code == "incident_unknown"


def test_what_only_a_person_can_settle_is_not_closed_by_time(school):
    run(school)
    with school.db.write() as tx:
        assert incidents.open_once(
            tx, school.now, "not_me", exam_id=school.exam, sitting_id=school.sitting(1).id
        )
        assert not incidents.open_once(
            tx, school.now, "not_me", exam_id=school.exam, sitting_id=school.sitting(1).id
        )
    tick(school, 10 * MINUTE)
    assert [r.kind for r in opened(school)] == ["not_me"]


def test_three_devices_with_one_kind_are_one_thing_to_look_at(school):
    run(school)
    work(school, 1, 2, 3)
    for device in (1, 2, 3):
        report(school, device, "exam", battery=9)
    tick(school)
    with school.db.read() as c:
        (view,) = board.board(c, school.exam, school.now).incidents
    assert (view.grouped, set(view.seats), len(view.ids)) == (True, {"1", "2", "3"}, 3)


def test_the_end_of_the_exam_closes_what_came_and_went(school):
    run(school)
    work(school, 1)
    report(school, 1, "exam", battery=9)
    tick(school)
    exams.end(school.db, SARI, school.now, school.exam)
    tick(school)
    assert opened(school) == []


def test_a_serial_nobody_knows_is_told_once(school):
    with school.db.write() as tx:
        assert incidents.open_once(tx, school.now, "unknown_device", serial="X1")
        assert not incidents.open_once(tx, school.now, "unknown_device", serial="X1")
        assert incidents.open_once(tx, school.now, "unknown_device", serial="X2")


def watched(school, rule: str = "incident") -> None:
    """Seat 1 at work, in an exam whose profile says what follows an attempt to leave."""
    school.make_exam(day_id=school.made.day_ids[1], profile={**PROFILE, "lock": {"blocked_navigation": rule}})
    run(school)
    work(school, 1)
    report(school, 1, "exam", blocked_count=4)  # four from before this pupil sat down


def test_an_attempt_to_leave_is_told_once_and_counts_on(school):
    watched(school)
    assert opened(school, "blocked") == []
    report(school, 1, "exam", blocked_count=5)
    report(school, 1, "exam", blocked_count=5)
    report(school, 1, "exam", blocked_count=8)
    (row,) = opened(school)
    assert (row.kind, row.cause, row.detail) == ("blocked", "focus", {"count": 4})
    assert (row.exam_id, row.sitting_id, row.device_id) == (school.exam, school.sitting(1).id, 1)


def test_an_attempt_to_leave_waits_for_a_person_and_a_new_one_is_told_anew(school):
    watched(school)
    report(school, 1, "exam", blocked_count=5)
    tick(school, MINUTE)
    (row,) = opened(school, "blocked")
    incidents.close(school.db, SARI, school.now, row.id)
    report(school, 1, "exam", blocked_count=5)
    assert opened(school, "blocked") == []
    report(school, 1, "exam", blocked_count=6)
    assert [r.detail for r in opened(school, "blocked")] == [{"count": 1}]


@pytest.mark.parametrize("rule", ["return", None])
def test_without_the_rule_an_attempt_is_only_counted(school, rule):
    watched(school, rule)
    report(school, 1, "exam", blocked_count=9)
    assert opened(school) == []


def test_an_attempt_of_a_pupil_who_is_not_working_opens_nothing(school):
    watched(school)
    report(school, 2, "waiting", blocked_count=0)
    report(school, 2, "waiting", blocked_count=3)  # at the waiting page
    exams.pause(school.db, SARI, school.now, school.exam)
    report(school, 1, "exam", blocked_count=9)
    exams.end(school.db, SARI, school.now, school.exam)
    report(school, 1, "finished", blocked_count=12)
    assert opened(school, "blocked") == []


def test_what_a_spare_turned_back_before_it_came_is_not_this_pupils(school):
    watched(school)
    report(school, 2, "waiting", blocked_count=7)  # the first word of an installation
    work(school, 2)
    report(school, 2, "exam", blocked_count=7)
    assert opened(school, "blocked") == []


def test_two_reports_in_one_commit_count_each_attempt_once(school):
    watched(school)
    both = [message(school, 1, blocked_count=count) for count in (5, 6)]
    intake.commit(school.db, school.now, both)
    assert [r.detail for r in opened(school, "blocked")] == [{"count": 2}]
