"""A participant's card: in the order of rooms and seats, and what its code opens."""

from __future__ import annotations

import pytest

from server.domain.errors import NotFound
from server.domain.scan import What
from server.services import cards, exams, scans
from server.store import tables as t
from tests.services.conftest import SARI
from tests.services.room import run


def exam_of(school, registration_id):
    with school.db.read() as c:
        return cards.exam_of(c, registration_id, school.now)


def test_an_exams_cards_come_by_seat_with_its_session_room_and_seat(school):
    found = cards.of_exam(school.db, school.exam)
    assert [c.places[0].seat for c in found] == [str(n) for n in range(1, 14)]
    first = found[0]
    assert (first.name, first.number) == ("Adi Pratama", "02-001-001")
    assert [(p.session, p.starts, p.room) for p in first.places] == [(1, "07:30", "Ruang 1")]
    (row,) = school.all(t.registrations.select().where(t.registrations.c.id == first.registration_id))
    assert first.card_code == row.card_code


def test_a_rounds_cards_have_everybody_once_the_seated_first(school):
    with school.db.write() as tx:
        who = tx.insert(t.participants, school_id=1, name="Rani Cadangan")
        tx.insert(
            t.registrations, round_id=school.made.round_id, participant_id=who, number="02-001-R01",
            kind="reserve", extra_minutes=0, card_code="ABCDEF",
        )  # fmt: skip
    found = cards.of_round(school.db, school.made.round_id)
    assert len({c.registration_id for c in found}) == len(found)
    assert (found[-1].name, found[-1].reserve, found[-1].places) == ("Rani Cadangan", True, ())
    places = [(p.room, p.session, int(p.seat)) for c in found for p in c.places]
    assert places == sorted(places)
    assert cards.of_round(school.db, school.made.round_id, room_id=school.made.second_room_id) == []


def test_the_code_names_the_registration_and_nothing_of_the_person(school):
    (card, *_) = cards.of_exam(school.db, school.exam)
    led = scans.find(school.db, f"https://ujian.sch.id/K/{card.code}")
    assert (led.what, led.id, led.scanned) == (What.CARD, card.registration_id, True)
    assert not {card.name, card.number, card.card_code} & set(card.code.split("."))
    assert card.code.split(".")[0] == str(card.registration_id)


def test_a_scanned_card_means_the_exam_that_runs_before_one_to_come(school):
    first = school.exam
    later = school.make_exam(day_id=school.made.day_ids[1], title="Hari 2")
    school.exam = first
    registration = school.sitting(7).registration_id
    assert exam_of(school, registration) == (first, "7")
    school.exam = later
    run(school)
    assert exam_of(school, registration) == (later, "7")


def test_past_exams_only_lead_to_the_newest(school):
    run(school)
    exams.end(school.db, SARI, school.now, school.exam)
    assert exam_of(school, school.sitting(7).registration_id) == (school.exam, "7")


def test_a_card_before_any_exam_says_so(school):
    with pytest.raises(NotFound) as refused:
        exam_of(school, 9_999)
    assert refused.value.code == "card_no_exam_yet"
    with pytest.raises(NotFound):
        cards.of_exam(school.db, 99)
    with pytest.raises(NotFound):
        cards.of_round(school.db, 99)
