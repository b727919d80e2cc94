"""A pupil's page from ticket to finish. Adi sits at seat 1 on C01, Bunga at seat 2 on C02."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from server.domain.errors import BangkuError
from server.services import demo, desired, exams, pupil, seats, swaps, tokens
from server.services.actor import SYSTEM
from server.services.sweep import sweep
from server.store.database import Database
from server.store.tables import (
    answers,
    assignments,
    audit,
    enrolments,
    incidents,
    metadata,
    pupil_sessions,
    registrations,
    sitting_blocks,
    sittings,
)
from tests.enrolled import enrol_every_device

NOW = 1_790_000_000_000
MINUTE = 60_000
PROFILE = {
    "key": "latihan",
    "client": "web",
    "blocks": [{"name": "Literasi", "minutes": 10}, {"name": "Numerasi", "minutes": 5}],
}


@dataclass
class Room:
    db: Database
    exam_id: int

    def session(self, device_id: int, now: int = NOW) -> str:
        with self.db.read() as c:
            enrolment = c.execute(
                select(enrolments.c.id).where(enrolments.c.device_id == device_id)
            ).scalar_one()
        return pupil.exchange(self.db, now, pupil.page_ticket(self.db, now, device_id, enrolment)[0])

    def state(self, session: str | None, now: int = NOW) -> dict:
        with self.db.read() as c:
            return pupil.state(c, now, session)

    def token(self, now: int = NOW) -> str:
        with self.db.read() as c:
            view = tokens.current(c, self.exam_id, now)
        assert view is not None
        return view.value

    def working(self, device_id: int, now: int = NOW) -> str:
        session = self.session(device_id, now)
        pupil.arrived(self.db, now, session)
        pupil.confirm(self.db, now, session)
        pupil.enter_token(self.db, now, session, self.token(now))
        return session

    def save(
        self, session: str, item: str, value: str, seq: int, at: int, now: int | None = None, **more
    ) -> dict:
        one = {"item": item, "seq": seq, "value": value, "answered_at": at}
        return pupil.save_answers(self.db, now or at, session, [one], **more)

    def rows(self, table, **where):
        with self.db.read() as c:
            return c.execute(select(table).filter_by(**where)).all()

    def standing(self, session: str, now: int) -> dict[str, str]:
        with self.db.read() as c:
            return {a["item"]: a["value"] for a in pupil.answers(c, now, session)["answers"]}


def make(tmp_path, profile=PROFILE, start_url: str | None = "practice") -> Room:
    db = Database.at(tmp_path / "school.db")
    with db.write() as tx:
        metadata.create_all(tx.c)
        desired.ensure_epoch(tx)
    school = demo.seed(db, NOW, days=("2026-11-24", "2026-11-25"))
    enrol_every_device(db, NOW)
    exam_id = exams.create(
        db,
        SYSTEM,
        NOW,
        day_id=school.day_ids[0],
        slot_id=school.slot_ids[0],
        room_id=school.room_id,
        profile=profile,
        title="Latihan",
        start_url=start_url,
        allowed_hosts=[],
        minutes=None,
    )
    return Room(db, exam_id)


@pytest.fixture
def room(tmp_path):
    made = make(tmp_path)
    yield made
    made.db.close()


@pytest.fixture
def open_room(room):
    exams.open_exam(room.db, SYSTEM, NOW, room.exam_id)
    return room


@pytest.fixture
def running(open_room):
    exams.start(open_room.db, SYSTEM, NOW, open_room.exam_id)
    return open_room


def refused(code: str):
    return pytest.raises(BangkuError, check=lambda error: error.code == code)


# --- tickets ------------------------------------------------------------------------------------------


def test_without_a_session_there_is_nothing_to_see(room):
    for nobody in (None, "", "guessed"):
        with refused("binding_needed"):
            room.state(nobody)
        with refused("binding_needed"):
            pupil.enter_token(room.db, NOW, nobody, "ABCDEF")


def test_a_ticket_opens_one_page_once(room):
    ticket, expires_at = pupil.page_ticket(room.db, NOW, 1, 1)
    assert expires_at - NOW <= 60_000
    pupil.exchange(room.db, NOW, ticket)
    with refused("page_ticket_invalid"):
        pupil.exchange(room.db, NOW, ticket)
    assert [r.actor for r in room.rows(audit, action="pupil.bind")] == ["device C01", "nobody"]


def test_an_old_ticket_and_that_of_an_ended_enrolment_open_nothing(room):
    ticket, expires_at = pupil.page_ticket(room.db, NOW, 1, 1)
    with refused("page_ticket_invalid"):
        pupil.exchange(room.db, expires_at, ticket)
    ticket, _ = pupil.page_ticket(room.db, NOW, 1, 1)
    session = room.session(1)
    with room.db.write() as tx:
        tx.c.execute(enrolments.update().where(enrolments.c.id == 1).values(standing="quarantined"))
    with refused("page_ticket_invalid"):
        pupil.exchange(room.db, NOW, ticket)
    with refused("binding_needed"):
        room.state(session)


def test_no_secret_is_stored_readable(room):
    ticket, _ = pupil.page_ticket(room.db, NOW, 1, 1)
    session = pupil.exchange(room.db, NOW, ticket)
    stored = repr(room.rows(pupil_sessions)) + repr(room.rows(audit))
    assert ticket not in stored
    assert session not in stored


def test_a_new_ticket_ends_the_page_before(open_room):
    first = open_room.session(1)
    second = open_room.session(1)
    with refused("binding_needed"):
        open_room.state(first)
    assert open_room.state(second)["participant"]["name"] == "Adi Pratama"


# --- card ------------------------------------------------------------------------------------------------


def card(room: Room, number: str) -> str:
    return room.rows(registrations, number=number)[0].card_code


def test_number_and_card_code_open_the_pupils_own_page(open_room):
    code = card(open_room, "02-001-002")
    session = pupil.by_card(open_room.db, NOW, "10.0.0.9", "02-001-002", code.lower())
    assert open_room.state(session)["participant"] == {"name": "Bunga Pratama", "number": "02-001-002"}


def test_wrong_codes_lock_the_number_and_not_the_address(open_room):
    db = open_room.db
    for _ in range(5):
        with refused("card_wrong"):
            pupil.by_card(db, NOW, "10.0.0.9", "02-001-001", "WRONG")
    with refused("card_locked") as caught:
        pupil.by_card(db, NOW, "10.0.0.9", "02-001-001", card(open_room, "02-001-001"))
    assert 0 < caught.value.params["seconds"] <= 60
    pupil.by_card(db, NOW, "10.0.0.9", "02-001-002", card(open_room, "02-001-002"))
    pupil.by_card(db, NOW + MINUTE, "10.0.0.9", "02-001-001", card(open_room, "02-001-001"))


def test_an_unknown_number_looks_like_a_wrong_code(open_room):
    with refused("card_wrong"):
        pupil.by_card(open_room.db, NOW, None, "99-999-999", "ABCDEF")


def test_a_stranger_who_goes_on_trying_does_not_fill_the_trail(open_room):
    for n in range(9):
        with refused("page_ticket_invalid"):
            pupil.exchange(open_room.db, NOW + n, f"guess-{n}", "10.0.0.9")
        with refused("card_wrong"):
            pupil.by_card(open_room.db, NOW + n, "10.0.0.9", f"99-{n}", "ABCDEF")
    assert [r.object for r in open_room.rows(audit, actor="nobody")] == ["page", "participant number unknown"]


def test_a_card_opens_nothing_while_no_exam_is_open(room):
    with refused("card_no_exam"):
        pupil.by_card(room.db, NOW, None, "02-001-001", card(room, "02-001-001"))


# --- waiting, confirming, token ---------------------------------------------------------------------------


def test_the_page_follows_the_pupil_from_idle_to_finished(room):
    adi = room.session(1)
    assert room.state(adi)["page"] == "idle"
    assert room.state(adi)["device"] == "C01"
    exams.open_exam(room.db, SYSTEM, NOW, room.exam_id)
    seen = room.state(adi)
    assert (seen["page"], seen["seat"], seen["participant"]["number"]) == ("waiting", "1", "02-001-001")
    pupil.arrived(room.db, NOW, adi)
    pupil.arrived(room.db, NOW, adi)
    assert room.state(adi)["sitting_state"] == "checked_in"
    pupil.confirm(room.db, NOW, adi)
    assert room.state(adi)["page"] == "token"
    exams.start(room.db, SYSTEM, NOW, room.exam_id)
    pupil.enter_token(room.db, NOW, adi, f" {room.token()[:3].lower()} {room.token()[3:]} ")
    seen = room.state(adi, NOW + MINUTE)
    assert (seen["page"], seen["url"]) == ("working", "/pupil/practice")
    assert seen["block"] == {
        "position": 1,
        "count": 2,
        "name": "Literasi",
        "ends_at": NOW + 10 * MINUTE,
        "time_left_ms": 9 * MINUTE,
    }
    pupil.finish_block(room.db, NOW + MINUTE, adi, 1)
    pupil.finish_block(room.db, NOW + MINUTE, adi, 1)
    assert room.state(adi, NOW + MINUTE)["block"]["ends_at"] == NOW + 6 * MINUTE
    pupil.finish_block(room.db, NOW + 2 * MINUTE, adi, 2)
    assert room.state(adi, NOW + 2 * MINUTE)["page"] == "finished"
    assert room.rows(sittings, id=seen["sitting"])[0].finish_reason == "pupil"
    acts = [r.action for r in room.rows(audit, actor="device C01")]
    assert acts == ["pupil.bind", "pupil.arrive", "pupil.confirm", "pupil.begin", *["pupil.finish_part"] * 2]


def test_the_devices_order_follows_the_page(running):
    running.working(1)
    with running.db.read() as c:
        assert '"mode":"exam"' in desired.current(c, 1).doc
        assert '"mode":"waiting"' in desired.current(c, 2).doc


def test_a_token_opens_nothing_before_the_start_or_before_confirming(open_room):
    adi = open_room.session(1)
    with refused("not_confirmed"):
        pupil.enter_token(open_room.db, NOW, adi, "ABCDEF")
    pupil.confirm(open_room.db, NOW, adi)
    with refused("exam_not_running"):
        pupil.enter_token(open_room.db, NOW, adi, "ABCDEF")
    assert [r.code for r in open_room.rows(audit, outcome="refused")] == ["not_confirmed", "exam_not_running"]


def wrong_one(room: Room) -> str:
    return "ZZZZZZ" if room.token() != "ZZZZZZ" else "YYYYYY"


def test_five_wrong_tokens_lock_this_sitting_alone_for_a_minute(running):
    adi, bunga = running.session(1), running.session(2)
    for session in (adi, bunga):
        pupil.confirm(running.db, NOW, session)
    for left in (4, 3, 2, 1):
        with refused("token_wrong") as caught:
            pupil.enter_token(running.db, NOW, adi, wrong_one(running))
        assert caught.value.params["left"] == left
    for _ in range(2):
        with refused("token_locked") as caught:
            pupil.enter_token(running.db, NOW, adi, wrong_one(running))
        assert caught.value.params["seconds"] == 60
    with refused("token_locked"):
        pupil.enter_token(running.db, NOW + MINUTE - 1, adi, running.token())
    assert running.state(adi, NOW)["token_locked_until"] == NOW + MINUTE
    pupil.enter_token(running.db, NOW, bunga, running.token())
    pupil.enter_token(running.db, NOW + MINUTE, adi, running.token())
    assert len(running.rows(audit, actor="device C01", outcome="refused")) == 7


def test_a_letter_short_is_a_slip_and_not_counted(running):
    adi = running.session(1)
    pupil.confirm(running.db, NOW, adi)
    for _ in range(9):
        with refused("token_wrong"):
            pupil.enter_token(running.db, NOW, adi, "ABC")
    assert running.rows(sittings, id=running.state(adi)["sitting"])[0].token_misses == 0


def test_not_me_tells_the_room_once_and_moves_nobody(open_room):
    adi = open_room.session(1)
    pupil.not_me(open_room.db, NOW, adi)
    pupil.not_me(open_room.db, NOW, adi)
    assert [r.cause for r in open_room.rows(incidents, kind="not_me")] == ["identity"]
    assert open_room.state(adi)["page"] == "waiting"


def test_for_the_ministrys_client_there_is_no_token_of_ours(tmp_path):
    room = make(tmp_path, PROFILE | {"client": "exam_browser"}, None)
    exams.open_exam(room.db, SYSTEM, NOW, room.exam_id)
    exams.start(room.db, SYSTEM, NOW, room.exam_id)
    adi = room.session(1)
    pupil.confirm(room.db, NOW, adi)
    assert room.state(adi)["page"] == "elsewhere"
    with refused("token_not_ours"):
        pupil.enter_token(room.db, NOW, adi, "ABCDEF")
    room.db.close()


def test_a_pause_a_lock_and_a_reset_reach_the_page(running):
    adi = running.working(1)
    sitting = running.state(adi)["sitting"]
    seats.lock(running.db, SYSTEM, NOW, [sitting], "Lihat ke depan")
    assert running.state(adi)["lock"]["text"] == "Lihat ke depan"
    seats.pause(running.db, SYSTEM, NOW + MINUTE, [sitting])
    seen = running.state(adi, NOW + 5 * MINUTE)
    assert (seen["page"], seen["block"]["ends_at"], seen["block"]["time_left_ms"]) == (
        "paused",
        None,
        9 * MINUTE,
    )
    with refused("sitting_state"):
        pupil.finish_block(running.db, NOW + 5 * MINUTE, adi, 1)
    seats.reset(running.db, SYSTEM, NOW, [sitting])
    with refused("binding_needed"):
        running.state(adi)


def test_a_page_follows_its_device_to_the_next_pupil(running):
    """What *ganti sesi* needs: the page on C01 stands for whoever the ledger seats there."""
    page = running.working(1)
    with running.db.write() as tx:
        tx.c.execute(assignments.update().where(assignments.c.device_id.in_([1, 2])).values(to_at=NOW))
        bunga = tx.c.execute(select(assignments).where(assignments.c.device_id == 2)).one()
        tx.c.execute(
            assignments.insert().values(
                sitting_id=bunga.sitting_id, seat_id=bunga.seat_id, device_id=1, from_at=NOW, reason="swap"
            )
        )
    assert running.state(page)["participant"]["number"] == "02-001-002"


# --- answers ------------------------------------------------------------------------------------------------


def test_an_answer_sent_twice_is_kept_once(running):
    adi = running.working(1)
    for _ in range(2):
        assert running.save(adi, "1.kebun", "1", 1, NOW + 1)["saved"] == [{"item": "1.kebun", "seq": 1}]
    running.save(adi, "1.kebun", "2", 2, NOW + 2)
    assert len(running.rows(answers)) == 2
    assert running.standing(adi, NOW + 3) == {"1.kebun": "2"}


def test_one_bad_answer_does_not_hold_up_its_neighbours(running):
    adi = running.working(1)
    batch = [
        {"item": item, "seq": 1, "value": "0", "answered_at": NOW}
        for item in ("1.kebun", "1.tidakada", "2.pensil", "9.kebun", "kebun")
    ]
    result = pupil.save_answers(running.db, NOW, adi, batch)
    assert [a["item"] for a in result["saved"]] == ["1.kebun"]
    assert {a["item"]: a["code"] for a in result["refused"]} == {
        "1.tidakada": "item_unknown",
        "2.pensil": "block_not_started",
        "9.kebun": "item_unknown",
        "kebun": "item_unknown",
    }


@pytest.mark.parametrize(
    "bad",
    [
        "no list",
        [1],
        [{"item": "1.kebun", "seq": 0, "value": "", "answered_at": NOW}],
        [{"item": "1.kebun", "seq": True, "value": "", "answered_at": NOW}],
        [{"item": "1.kebun", "seq": 1, "value": 3, "answered_at": NOW}],
        [{"item": "1.kebun", "seq": 1, "value": "x" * 2001, "answered_at": NOW}],
        [{"item": "1.kebun", "seq": 1, "value": "x"}],
        [{"item": "1.kebun", "seq": 1, "value": "x", "answered_at": NOW}] * 201,
    ],
)
def test_malformed_answers_are_refused_whole(running, bad):
    adi = running.working(1)
    with refused("answers_invalid"):
        pupil.save_answers(running.db, NOW, adi, bad)
    assert running.rows(answers) == []


def test_answers_given_in_time_count_though_they_come_after_the_end(running):
    """Offline across both ends: the sweep has finished the sitting long before the device is back."""
    adi = running.working(1)
    end = NOW + 15 * MINUTE
    sweep(running.db, end + MINUTE, lambda _device: True)
    assert running.state(adi, end + MINUTE)["page"] == "finished"
    back = end + 4 * MINUTE
    assert running.save(adi, "1.kebun", "1", 1, NOW + 9 * MINUTE, back)["saved"]
    assert running.save(adi, "2.pensil", "48", 1, end + 2_000, back)["saved"]
    assert running.save(adi, "2.bus", "2", 1, end + 2_001, back)["late"]
    assert running.save(adi, "1.kata", "sepi", 1, NOW + 11 * MINUTE, back)["late"]
    assert {a.item: a.late for a in running.rows(answers)} == {
        "1.kebun": False,
        "2.pensil": False,
        "2.bus": True,
        "1.kata": True,
    }
    assert [r.detail for r in running.rows(audit, action="answers.late")] == [{"count": 1}, {"count": 1}]


def test_after_the_device_was_cleared_nothing_more_is_taken(running):
    adi = running.working(1)
    sitting = running.state(adi)["sitting"]
    pupil.finish_block(running.db, NOW, adi, 1)
    pupil.finish_block(running.db, NOW, adi, 2)
    with running.db.write() as tx:
        tx.c.execute(sittings.update().where(sittings.c.id == sitting).values(cleared_at=NOW))
    with refused("sitting_cleared"):
        running.save(adi, "1.kebun", "1", 1, NOW)


def test_answers_stay_with_the_sitting_they_were_written_for(running):
    """C01 comes back from the dead while Adi goes on at C14: his old answers are his, Bunga's are not."""
    page = running.working(1)
    adi, bunga = (r.sitting_id for r in running.rows(assignments)[:2])
    with running.db.write() as tx:
        tx.c.execute(assignments.update().where(assignments.c.device_id == 1).values(to_at=NOW))
        tx.c.execute(
            assignments.insert().values(
                sitting_id=adi, seat_id=None, device_id=14, from_at=NOW, reason="swap"
            )
        )
    spare = running.session(14)
    assert running.save(spare, "1.kebun", "2", 1, NOW + 5_000)["saved"]
    assert running.save(page, "1.kebun", "1", 1, NOW + 1_000, NOW + 9_000, sitting_id=adi)["older"]
    assert running.save(page, "1.kata", "sepi", 1, NOW + 1_000, NOW + 9_000, sitting_id=adi)["saved"]
    assert running.standing(spare, NOW + 9_000) == {"1.kebun": "2", "1.kata": "sepi"}
    assert running.save(spare, "1.kata", "sunyi", 1, NOW + 12_000)["saved"]
    assert running.standing(spare, NOW + 12_000)["1.kata"] == "sunyi"
    with refused("sitting_not_yours"):
        running.save(page, "1.kebun", "3", 9, NOW + 9_000, sitting_id=bunga)


def test_a_device_swapped_out_delivers_even_after_the_spare_was_cleared(running):
    page = running.working(1)
    adi = running.state(page)["sitting"]
    swaps.place(running.db, SYSTEM, NOW + 2_000, adi, "C14")
    with running.db.write() as tx:
        tx.c.execute(
            sittings.update()
            .where(sittings.c.id == adi)
            .values(state="finished", finished_at=NOW + 3_000, cleared_at=NOW + 4_000)
        )
    with refused("sitting_cleared"):
        running.save(running.session(14), "1.kebun", "1", 1, NOW + 1_000, NOW + 5_000, sitting_id=adi)
    assert running.save(page, "1.kata", "sepi", 1, NOW + 1_000, NOW + 5_000, sitting_id=adi)["saved"]
    with running.db.write() as tx:
        tx.c.execute(assignments.update().where(assignments.c.owes_clear).values(cleared_at=NOW + 6_000))
    with refused("sitting_cleared"):
        running.save(page, "1.kata", "riuh", 2, NOW + 1_000, NOW + 7_000, sitting_id=adi)


def test_two_pages_see_nothing_of_each_other(running):
    adi, bunga = running.working(1), running.working(2)
    running.save(adi, "1.kata", "rahasia", 1, NOW)
    assert running.standing(bunga, NOW) == {}
    assert "Adi" not in repr(running.state(bunga))


def test_extra_time_moves_the_end_for_answers_too(running):
    adi = running.working(1)
    sitting = running.state(adi)["sitting"]
    seats.extra_time(running.db, SYSTEM, NOW, [sitting], 5)
    assert running.rows(sitting_blocks, sitting_id=sitting)[0].incident_ms == 5 * MINUTE
    assert running.save(adi, "1.kebun", "1", 1, NOW + 14 * MINUTE)["saved"]
