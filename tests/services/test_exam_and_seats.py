"""What a proctor does to an exam and its seats, and what is refused."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from server.domain.errors import Conflict, IllegalTransition, Invalid
from server.domain.sitting import SittingState as S
from server.services import admission, exams, seats, tokens
from server.store.tables import assignments, enrolments, holds, sittings
from tests.services.conftest import MINUTE, PROFILE, SARI
from tests.services.room import doc, ids, report, run, tick, work


def test_opening_seats_everyone_on_the_chromebook_whose_home_the_seat_is(school):
    exams.open_exam(school.db, SARI, school.now, school.exam)
    assert school.view(7).device == "C07"
    assert doc(school, 7)["participant"]["number"] == "02-001-007"
    assert doc(school, 14)["mode"] == "idle"  # a spare


def test_a_second_exam_in_the_same_room_and_session_is_refused(school):
    with pytest.raises(Conflict) as refused:
        school.make_exam()
    assert refused.value.code == "exam_exists"


def test_an_exam_whose_minutes_nobody_knows_cannot_be_made(school):
    profile = {**PROFILE, "blocks": [{"name": "Literasi", "minutes": None}]}
    with pytest.raises(Invalid) as refused:
        school.make_exam(slot_id=school.made.slot_ids[1], profile=profile)
    assert (refused.value.code, refused.value.params["part"]) == ("exam_minutes_missing", "Literasi")


def test_a_room_nobody_is_planned_in_has_no_exam(school):
    with pytest.raises(Conflict) as refused:
        school.make_exam(room_id=school.made.second_room_id)
    assert refused.value.code == "exam_nobody_planned"


@pytest.mark.parametrize("step", [exams.start, exams.pause, exams.resume, exams.end])
def test_a_draft_is_only_opened(school, step):
    with pytest.raises(IllegalTransition) as refused:
        step(school.db, SARI, school.now, school.exam)
    assert refused.value.code == "exam_state"


def test_start_is_not_resume(school):
    run(school)
    exams.pause(school.db, SARI, school.now, school.exam)
    with pytest.raises(IllegalTransition):
        exams.start(school.db, SARI, school.now, school.exam)
    exams.resume(school.db, SARI, school.now, school.exam)


def test_a_pause_of_all_stops_every_clock_and_gives_back_exactly_what_was_left(school):
    run(school)
    work(school, 1, 2)
    school.now += 3 * MINUTE
    exams.pause(school.db, SARI, school.now, school.exam)
    assert doc(school, 1)["lock"]["reason"] == "paused"
    assert doc(school, 1)["time_left_ms"] == 7 * MINUTE
    school.now += 60 * MINUTE
    exams.resume(school.db, SARI, school.now, school.exam)
    assert doc(school, 1)["ends_at"] == school.now + 7 * MINUTE


def test_accommodation_is_part_of_the_time_from_the_start(school):
    run(school)
    work(school, 12, 13)
    assert doc(school, 13)["ends_at"] - doc(school, 12)["ends_at"] == 10 * MINUTE


def test_a_lock_is_ordered_with_its_reason_and_runs_out_by_itself(school):
    run(school)
    work(school, 1)
    assert [o.ok for o in seats.lock(school.db, SARI, school.now, ids(school, 1), "Tunggu sebentar", 5)] == [
        True
    ]
    assert doc(school, 1)["lock"] == {
        "reason": "proctor", "text": "Tunggu sebentar", "expires_at": school.now + 5 * MINUTE, "then": "exam",
    }  # fmt: skip
    tick(school, 5 * MINUTE)
    assert doc(school, 1)["mode"] == "exam"
    assert [line.outcome for line in school.lines("seat.lock_expired")] == ["done"]


def test_one_seat_that_refuses_does_not_hold_up_its_neighbours_and_is_left_untouched(school):
    run(school)
    work(school, 1, 3)
    outcomes = seats.extra_time(school.db, SARI, school.now, ids(school, 1, 2, 3), 5)
    assert [(o.ok, o.code) for o in outcomes] == [(True, None), (False, "seat_not_working"), (True, None)]
    assert [school.view(n).extra_ms for n in (1, 2, 3)] == [5 * MINUTE, 0, 5 * MINUTE]
    assert [line.outcome for line in school.lines("seat.extra_time")] == ["done", "refused", "done"]


@pytest.mark.parametrize(
    ("text", "minutes", "code"),
    [("", None, "text_invalid"), ("x", 0, "minutes_invalid"), ("x", 241, "minutes_invalid")],
)
def test_a_lock_without_words_or_for_impossible_minutes_is_refused(school, text, minutes, code):
    run(school)
    with pytest.raises(Invalid) as refused:
        seats.lock(school.db, SARI, school.now, ids(school, 1), text, minutes)
    assert refused.value.code == code
    assert school.all(select(holds)) == []


def test_a_finish_by_mistake_is_taken_back_with_the_time_that_was_left(school):
    run(school)
    work(school, 1)
    school.now += 4 * MINUTE
    seats.finish(school.db, SARI, school.now, ids(school, 1))
    assert school.sitting(1).state == "finished"
    school.now += 2 * MINUTE
    assert seats.reset(school.db, SARI, school.now, ids(school, 1))[0].ok
    assert doc(school, 1)["ends_at"] == school.now + 6 * MINUTE


def test_time_that_ran_out_is_not_given_back_by_a_reset(school):
    run(school)
    work(school, 1)
    tick(school, 15 * MINUTE)
    assert school.sitting(1).finish_reason == "time"
    assert seats.reset(school.db, SARI, school.now, ids(school, 1))[0].code == "seat_time_over"


def test_after_an_outage_parts_end_when_they_were_due_not_when_the_server_came_back(school):
    run(school)
    work(school, 1)
    began = school.now
    tick(school, 60 * MINUTE)
    row = school.sitting(1)
    assert (row.state, row.finished_at) == ("finished", began + 15 * MINUTE)


def test_a_device_is_told_to_clear_only_when_every_event_and_answer_is_here(school):
    run(school)
    work(school, 1)
    tick(school, 15 * MINUTE)
    school.now += 1_000
    report(school, 1, "exam")  # it has not seen the end yet
    tick(school)
    assert doc(school, 1)["clear"] is None
    school.now += 1_000
    report(school, 1, "finished", unsent=2)
    tick(school)
    assert doc(school, 1)["clear"] is None
    report(school, 1, "finished", last_seq=9)  # nine events are still on the device
    tick(school)
    assert doc(school, 1)["clear"] is None
    report(school, 1, "finished")
    tick(school)
    clear = doc(school, 1)["clear"]
    assert clear["origins"] == ["http://127.0.0.1:8410"]
    event = {"seq": 1, "at": school.now, "kind": "site_data_cleared", "data": {"clear_id": clear["id"]}}
    assert report(school, 1, "finished", last_seq=1, events=[event]).acked_seq == 1
    tick(school)
    assert school.sitting(1).cleared_at is not None


def test_a_page_that_cannot_say_holds_up_our_practice_but_not_somebody_elses_exam(school):
    run(school)
    work(school, 1)
    tick(school, 15 * MINUTE)
    school.now += 1_000
    report(school, 1, "finished", unsent=None)
    tick(school)
    assert doc(school, 1)["clear"] is None


def test_after_the_end_the_absent_are_let_go_at_once_and_the_others_when_cleared(school):
    run(school)
    work(school, 1)
    exams.end(school.db, SARI, school.now, school.exam)
    tick(school)
    still = school.all(select(assignments.c.device_id).where(assignments.c.to_at.is_(None)))
    assert [r.device_id for r in still] == [1]
    assert {school.sitting(n).state for n in range(2, 14)} == {"absent"}


def test_a_token_rotates_and_the_one_before_lets_in_for_a_minute_more(school):
    run(school)
    with school.db.read() as c:
        first = tokens.current(c, school.exam, school.now)
    assert first.to_at == school.now + 15 * MINUTE
    tick(school, 15 * MINUTE)
    with school.db.read() as c:
        assert tokens.current(c, school.exam, school.now).value != first.value
        assert tokens.opens(c, school.exam, first.value, school.now)
        assert not tokens.opens(c, school.exam, first.value, school.now + 2 * MINUTE)
    assert first.value not in json.dumps([line.detail for line in school.lines("token.release")])


def test_the_centres_token_is_copied_and_never_made_here(school):
    school.make_exam(
        slot_id=school.made.slot_ids[1], profile={**PROFILE, "client": "exam_browser"}, start_url=None
    )
    run(school)
    with school.db.read() as c:
        assert tokens.current(c, school.exam, school.now) is None
    with pytest.raises(Conflict) as refused:
        tokens.release(school.db, SARI, school.now, school.exam)
    assert refused.value.code == "token_not_ours"
    tokens.copy_from_centre(school.db, SARI, school.now, school.exam, "x7#q")
    with school.db.read() as c:
        assert tokens.current(c, school.exam, school.now).value == "x7#q"
    tick(school, 60 * MINUTE)
    with school.db.read() as c:
        assert tokens.current(c, school.exam, school.now).value == "x7#q"


def test_seats_of_the_ministrys_client_are_told_by_a_person_and_their_clock_is_not_ours(school):
    school.make_exam(
        slot_id=school.made.slot_ids[1], profile={**PROFILE, "client": "exam_browser"}, start_url=None
    )
    run(school)
    assert all(o.ok for o in seats.whole_room_started(school.db, SARI, school.now, school.exam))
    view = school.view(1)
    assert (view.state, view.told, view.ends_at, view.time_left_ms) == (S.WORKING, True, None, None)
    assert seats.extra_time(school.db, SARI, school.now, ids(school, 1), 5)[0].code == "clock_not_ours"


def test_a_live_seat_is_not_told_by_a_person(school):
    run(school)
    assert seats.tell(school.db, SARI, school.now, ids(school, 1), S.WORKING)[0].code == "seat_is_live"


def test_an_ended_exam_is_left_alone(school):
    run(school)
    work(school, 1)
    exams.end(school.db, SARI, school.now, school.exam)
    assert seats.lock(school.db, SARI, school.now, ids(school, 1), "x")[0].code == "exam_not_live"


def test_the_next_session_is_not_opened_beside_one_that_still_runs_in_the_room(school):
    run(school)
    work(school, 1)
    first = school.exam
    school.make_exam(slot_id=school.made.slot_ids[1])
    with pytest.raises(Conflict) as refused:
        exams.open_exam(school.db, SARI, school.now, school.exam)
    assert (refused.value.code, refused.value.params["exam"]) == ("room_busy", "Hari 1")
    school.exam = first
    assert school.view(1).device == "C01"


def test_a_device_that_still_holds_a_pupils_work_is_not_given_to_the_next_session(school):
    run(school)
    work(school, 1)
    exams.end(school.db, SARI, school.now, school.exam)
    school.make_exam(slot_id=school.made.slot_ids[1])
    exams.open_exam(school.db, SARI, school.now, school.exam)
    assert school.view(1).device is None
    assert school.view(2).device == "C02"  # nobody began there


def test_an_admitted_newcomer_is_the_device_and_the_old_life_ends(school):
    report(school, 1, "idle")
    with school.db.write() as tx:
        newcomer = tx.c.execute(
            enrolments.insert().values(
                device_id=1, installation_id="new", serial="s", public_key=b"n", thumbprint="new", grade="claimed",
                standing="quarantined", first_seen_at=school.now,
            )
        ).inserted_primary_key[0]  # fmt: skip
    admission.admit(school.db, SARI, school.now, newcomer)
    rows = {r.id: (r.standing, r.grade) for r in school.all(select(enrolments))}
    assert rows[newcomer] == ("live", "manual")
    assert [s for i, (s, _) in rows.items() if i != newcomer] == ["ended"]
    with pytest.raises(Conflict):
        admission.admit(school.db, SARI, school.now, newcomer)


def test_every_change_is_told_after_its_commit_and_none_after_a_refusal(school):
    school.news.clear()
    with pytest.raises(IllegalTransition):
        exams.end(school.db, SARI, school.now, school.exam)
    assert school.news == []
    exams.open_exam(school.db, SARI, school.now, school.exam)
    assert school.news
    assert school.all(select(sittings.c.id).where(sittings.c.exam_id == school.exam))
