"""Incidents come and go with what devices report; a person's word is not argued with every second."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.domain.errors import NotFound
from server.services import board, exams, incidents
from server.store.tables import incidents as incident_rows
from tests.services.conftest import MINUTE, SARI
from tests.services.room import report, run, tick, work


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
