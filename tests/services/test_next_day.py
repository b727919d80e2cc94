"""Day 2 is made from day 1, and day 1 does not notice."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.domain.errors import Conflict
from server.services import next_day
from server.store.tables import exams, sittings
from tests.services.conftest import PROFILE


def read(school, exam: int, keys=()):
    with school.db.read() as c:
        return next_day.from_exam(c, exam, keys)


def test_day_two_has_the_same_session_and_room_and_the_profile_of_its_day(school):
    first = school.make_exam(
        profile={**PROFILE, "key": "anbk-smp-hari-1"},
        title="ANBK SMP hari 1",
        slot_id=school.made.slot_ids[1],
    )
    form = read(school, first, {"anbk-smp-hari-1", "anbk-smp-hari-2"})
    assert form["profile"] == "anbk-smp-hari-2"
    assert form["title"] == "ANBK SMP hari 2"
    assert form["day_id"] == str(school.made.day_ids[1])
    assert form["slot_id"] == str(school.made.slot_ids[1])
    assert form["start_url"] == "practice"


def test_a_profile_without_a_twin_for_the_next_day_is_used_again(school):
    assert read(school, school.exam)["profile"] == PROFILE["key"]


def test_making_day_two_leaves_every_row_of_day_one_as_it_was(school):
    before = school.all(select(sittings)), school.all(select(exams))
    form = read(school, school.exam)
    first = school.exam
    school.make_exam(day_id=int(form["day_id"]), title=form["title"])
    assert school.all(select(sittings).where(sittings.c.exam_id == first)) == before[0]
    assert school.all(select(exams).where(exams.c.id == first)) == before[1]
    with school.db.read() as c:
        row = c.execute(select(exams).where(exams.c.id == first)).one()
        assert next_day.without_exam(c, row) is None, "it is made"


def test_after_the_last_day_there_is_no_next_one(school):
    last = school.make_exam(day_id=school.made.day_ids[1])
    with pytest.raises(Conflict) as refused:
        read(school, last)
    assert (refused.value.code, refused.value.params["day"]) == ("day_missing", 2)
