"""Names and paths of org units made for exams."""

from __future__ import annotations

import pytest

from server.domain import exam_unit
from server.domain.errors import Invalid
from server.domain.exam_unit import Wanted


def test_what_is_there_is_used_and_what_is_not_is_made_with_its_parents():
    wanted = [Wanted(1, "web", "Ruang 1"), Wanted(1, "exam_browser", "Ruang 1 EB")]
    made = exam_unit.plan(wanted, "/Ujian/2026", {"/", "/ujian", "/UJIAN/2026/ruang 1"})
    assert made.parents == ("/Ujian/2026",)
    assert [(line.path, line.there) for line in made.lines] == [
        ("/Ujian/2026/Ruang 1", True),
        ("/Ujian/2026/Ruang 1 EB", False),
    ]
    assert made.new == 2
    assert exam_unit.plan(wanted, "/Ujian/2026", {"/Ujian"}).digest != made.digest


def test_right_below_the_root():
    made = exam_unit.plan([Wanted(1, "web", "Ruang 1")], "/", set())
    assert (made.parents, made.lines[0].path) == ((), "/Ruang 1")


@pytest.mark.parametrize(
    ("wanted", "parent", "code"),
    [
        ([Wanted(1, "web", "a/b")], "/U", "unit_name"),
        ([Wanted(1, "web", "  ")], "/U", "unit_name"),
        ([Wanted(1, "web", "x" * 81)], "/U", "unit_name"),
        ([Wanted(1, "web", "x")], "U", "unit_parent"),
        ([Wanted(1, "web", "x")], "", "unit_parent"),
        ([Wanted(1, "web", "x"), Wanted(2, "web", "X")], "/U", "unit_twice"),
        ([Wanted(1, "tv", "x")], "/U", "unit_client"),
    ],
)
def test_names_that_google_or_a_person_would_trip_over_are_refused(wanted, parent, code):
    with pytest.raises(Invalid) as refused:
        exam_unit.plan(wanted, parent, set())
    assert refused.value.code == code
