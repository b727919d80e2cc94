"""The built-in practice questions are whole, harmless data."""

from __future__ import annotations

import pytest

from server.services import practice

KINDS = {"choice": "options", "choices": "options", "true_false": "statements", "short": None}


@pytest.mark.parametrize("position", [1, 2])
def test_each_part_has_every_kind_and_nothing_is_missing(position):
    questions = practice.questions(position)
    assert {q["kind"] for q in questions} == set(KINDS)
    assert len({q["item"] for q in questions}) == len(questions) == 5
    for question in questions:
        assert question["text"].strip()
        field = KINDS[question["kind"]]
        assert field is None or 2 <= len(set(question[field])) == len(question[field])


def test_items_name_their_part_and_more_parts_reuse_the_questions():
    assert practice.position_of("2.pensil") == 2
    assert practice.questions(3)[0]["item"] == "3.kebun"
    assert practice.knows("3.kebun")


@pytest.mark.parametrize(
    "item", ["", "kebun", "0.kebun", "-1.kebun", "1.pensil", "1.", "١.kebun", "999.kebun"]
)
def test_what_is_no_item_is_not_known(item):
    assert not practice.knows(item)
