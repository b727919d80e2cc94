"""From an empty database to a school with rooms and rounds; and what is in use stays."""

from __future__ import annotations

import pytest

from server.domain.errors import Conflict, NotFound
from server.domain.roles import Role
from server.domain.setup import SeveralInvalid, numbered
from server.services import exams, setup_rooms, setup_rounds, setup_school, setup_steps
from server.services.actor import Actor
from server.services.meta import get_meta
from server.services.setup_times import When
from server.store.database import Database
from server.store.migrate import upgrade
from server.store.tables import enrolments, participants, round_days, seats
from tests.services.conftest import SARI
from tests.services.room import doc

WAYAN = Actor("wayan", Role.ADMIN, "127.0.0.1")
NOW = 1_790_000_000_000
HOST = {"npsn": "20999001", "name": "SMP Contoh", "level": "SMP", "timezone": "WITA"}
ROUND = {"name": "Gladi", "programme": "ANBK", "purpose": "gladi", "wave": ""}


@pytest.fixture
def db(tmp_path):
    made = Database.at(tmp_path / "empty.db")
    upgrade(made)
    yield made
    made.close()


def make_round(db, days=("2026-11-24", "2026-11-25"), slots=("7.30", "10.30"), **changed):
    return setup_rounds.create(
        db,
        WAYAN,
        NOW,
        days=[When(d) for d in days],
        slots=[When(s) for s in slots],
        **{**ROUND, **changed},
    )


def lines(db, module):
    with db.read() as c:
        return module.lines(c)


def refused_codes(call, *args, **kwargs):
    with pytest.raises(SeveralInvalid) as refused:
        call(*args, **kwargs)
    return {p.params["field"]: p.code for p in refused.value.problems}


def state(db):
    with db.read() as c:
        steps = setup_steps.steps(c)
        return setup_steps.next_step(steps), [s.key for s in setup_steps.missing(steps)]


def test_the_checklist_leads_from_nothing_to_devices(db):
    assert (state(db)[0].key, state(db)[1]) == ("school", ["school", "rooms", "rounds", "participants"])
    setup_school.save_host(db, WAYAN, NOW, **HOST)
    assert state(db)[0].key == "rooms"
    setup_rooms.create(db, WAYAN, NOW, name="Lab", columns=5, labels=numbered(15))
    assert state(db)[0].key == "rounds"
    make_round(db)
    assert (state(db)[0].key, state(db)[1]) == ("devices", ["participants"])


def test_nothing_is_made_before_the_school(db):
    for call in (
        lambda: setup_rooms.create(db, WAYAN, NOW, name="Lab", columns=5, labels=["1"]),
        lambda: make_round(db),
        lambda: setup_school.add_guest(db, WAYAN, NOW, npsn="20999002", name="SMP B", level="SMP"),
    ):
        with pytest.raises(Conflict) as refused:
            call()
        assert refused.value.code == "school_missing"


def test_devices_are_told_the_npsn_that_was_entered_last(db):
    setup_school.save_host(db, WAYAN, NOW, **HOST)
    setup_school.save_host(db, WAYAN, NOW, **{**HOST, "npsn": " p1234567 ", "name": "PKBM  Contoh"})
    with db.read() as c:
        assert get_meta(c, "school_npsn") == "P1234567"
        assert setup_school.host(c).name == "PKBM Contoh"


def test_everything_wrong_with_a_school_is_told_at_once(db):
    found = refused_codes(
        setup_school.save_host, db, WAYAN, NOW, npsn="1", name=" ", level="TK", timezone="GMT"
    )
    assert found == {
        "npsn": "npsn_invalid",
        "name": "field_missing",
        "level": "exam_choice_missing",
        "timezone": "exam_choice_missing",
    }
    with db.read() as c:
        assert setup_school.host(c) is None


def test_a_guest_school_comes_and_goes_but_not_while_its_pupils_are_here(db):
    setup_school.save_host(db, WAYAN, NOW, **HOST)
    with pytest.raises(Conflict) as refused:
        setup_school.add_guest(db, WAYAN, NOW, npsn=HOST["npsn"], name="Lain", level="SMP")
    assert refused.value.code == "school_exists"
    guest = setup_school.add_guest(db, WAYAN, NOW, npsn="20999002", name="SMP B", level="SMP")
    with db.write() as tx:
        pupil = tx.insert(participants, school_id=guest, name="Ani")
    with pytest.raises(Conflict) as refused:
        setup_school.remove_guest(db, WAYAN, NOW, guest)
    assert refused.value.code == "school_in_use"
    assert [(u.kind, u.example) for u in refused.value.params["uses"]] == [("participant", "Ani")]
    with db.write() as tx:
        tx.c.execute(participants.delete().where(participants.c.id == pupil))
    setup_school.remove_guest(db, WAYAN, NOW, guest)
    with pytest.raises(NotFound):
        setup_school.remove_guest(db, WAYAN, NOW, guest)


def test_the_npsn_stays_while_chromebooks_carry_it_and_the_name_may_change(school):
    with school.db.write() as tx:
        tx.insert(
            enrolments,
            device_id=1,
            installation_id="i",
            serial="s",
            public_key=b"k",
            thumbprint="t",
            grade="managed",
            standing="live",
            first_seen_at=NOW,
        )
    with pytest.raises(Conflict) as refused:
        setup_school.save_host(school.db, WAYAN, NOW, **{**HOST, "npsn": "20999009"})
    assert (refused.value.code, refused.value.params["field"]) == ("school_npsn_in_use", "npsn")
    setup_school.save_host(school.db, WAYAN, NOW, **{**HOST, "name": "SMP Baru"})
    with school.db.read() as c:
        assert setup_school.host(c).name == "SMP Baru"


def test_a_room_is_laid_out_anew_and_grows_and_shrinks_while_unused(db):
    setup_school.save_host(db, WAYAN, NOW, **HOST)
    room = setup_rooms.create(db, WAYAN, NOW, name="Lab", columns=2, labels=["1", "2", "3a"])
    before = {s.label: s.id for s in all_seats(db)}
    setup_rooms.change(db, WAYAN, NOW, room, name="Lab 1", columns=3, labels=["3a", "1", "4", "5"])
    after = {s.label: (s.id, s.row, s.column) for s in all_seats(db)}
    assert after["3a"] == (before["3a"], 1, 1)
    assert after["1"] == (before["1"], 1, 2)
    assert set(after) == {"3a", "1", "4", "5"}
    assert lines(db, setup_rooms)[0].labels == ("3a", "1", "4", "5")
    with pytest.raises(Conflict) as refused:
        setup_rooms.create(db, WAYAN, NOW, name=" lab 1 ", columns=1, labels=["1"])
    assert refused.value.code == "room_exists"
    setup_rooms.remove(db, WAYAN, NOW, room)
    assert lines(db, setup_rooms) == [] and all_seats(db) == []


def all_seats(db):
    with db.read() as c:
        return c.execute(seats.select()).all()


def test_seats_and_rooms_in_use_stay_and_the_refusal_names_who_is_there(school):
    db, room = school.db, school.made.room_id
    with pytest.raises(Conflict) as refused:
        setup_rooms.change(db, WAYAN, NOW, room, name="Ruang 1", columns=5, labels=numbered(12))
    assert (refused.value.code, refused.value.params["name"]) == ("seat_in_use", "13")
    assert {u.kind for u in refused.value.params["uses"]} == {"participant", "device"}
    with pytest.raises(Conflict) as refused:
        setup_rooms.remove(db, WAYAN, NOW, room)
    assert refused.value.code == "room_in_use"
    assert [(u.kind, u.count) for u in refused.value.params["uses"]] == [
        ("exam", 1),
        ("participant", 26),
        ("device", 15),
    ]
    setup_rooms.change(db, WAYAN, NOW, room, name="Ruang 1", columns=4, labels=numbered(16))
    assert (len(lines(db, setup_rooms)[0].labels), school.sitting(13).seat_id) == (16, 13)


def test_a_renamed_room_is_shown_on_its_chromebooks_until_an_exam_there_began(school):
    db, room = school.db, school.made.room_id
    setup_rooms.change(db, WAYAN, NOW, room, name="Lab Komputer", columns=5, labels=numbered(13))
    assert "Lab Komputer" in str(doc(school, 1))
    exams.open_exam(db, SARI, school.now, school.exam)
    with pytest.raises(Conflict) as refused:
        setup_rooms.change(db, WAYAN, NOW, room, name="Ruang X", columns=5, labels=numbered(13))
    assert (refused.value.code, refused.value.params["field"]) == ("room_in_use", "name")


def test_days_and_sessions_are_numbered_by_time_and_read_as_people_write_them(db):
    setup_school.save_host(db, WAYAN, NOW, **HOST)
    make_round(db, days=("25/11/2026", "", "2026-11-24"), slots=("10.30", "7:30", " "))
    (found,) = lines(db, setup_rounds)
    assert [(d.number, d.date) for d in found.days] == [(1, "2026-11-24"), (2, "2026-11-25")]
    assert [(s.number, s.starts) for s in found.slots] == [(1, "07:30"), (2, "10:30")]


def test_everything_wrong_with_a_round_is_told_at_once(db):
    setup_school.save_host(db, WAYAN, NOW, **HOST)
    found = refused_codes(
        make_round, db, name="", purpose="ujicoba", days=("30/2/2026",), slots=("7.30", "07:30", "8")
    )
    assert found == {
        "name": "field_missing",
        "purpose": "exam_choice_missing",
        "day.1": "day_invalid",
        "slot.2": "slot_twice",
        "slot.3": "slot_invalid",
    }
    assert refused_codes(make_round, db, days=(), slots=()) == {
        "day.1": "days_missing",
        "slot.1": "slots_missing",
    }
    assert lines(db, setup_rounds) == []


def whens(rows, column, **changed):
    """The days or sessions there are, with some changed and more at the end."""
    typed = [When(changed.get(f"n{r.number}", getattr(r, column)), r.id, f"x.{r.id}") for r in rows]
    return [*typed, *(When(v) for k, v in changed.items() if k.startswith("new"))]


def save(db, round_, days=None, slots=None, **changed):
    values = {k: getattr(round_, k) or "" for k in ROUND}
    setup_rounds.change(
        db,
        WAYAN,
        NOW,
        round_.id,
        days=whens(round_.days, "date") if days is None else days,
        slots=whens(round_.slots, "starts") if slots is None else slots,
        **{**values, **changed},
    )


def test_a_day_put_in_between_moves_the_later_ones_and_keeps_who_they_are(db):
    setup_school.save_host(db, WAYAN, NOW, **HOST)
    make_round(db, days=("2026-11-24", "2026-11-26"))
    (before,) = lines(db, setup_rounds)
    save(db, before, days=whens(before.days, "date", new="2026-11-25"), name="Gladi bersih")
    (after,) = lines(db, setup_rounds)
    assert [d.date for d in after.days] == ["2026-11-24", "2026-11-25", "2026-11-26"]
    assert (after.days[2].id, after.name) == (before.days[1].id, "Gladi bersih")


def test_what_an_exam_or_a_plan_refers_to_stays(school):
    db = school.db
    (before,) = lines(db, setup_rounds)
    day, later = before.days
    with pytest.raises(Conflict) as refused:
        save(db, before, days=[When(later.date, later.id)])
    assert (refused.value.code, refused.value.params["field"]) == ("day_in_use", f"day.{day.id}")
    with pytest.raises(Conflict) as refused:
        save(db, before, slots=whens(before.slots, "starts", n2=""))
    assert (refused.value.code, refused.value.params["number"]) == ("slot_in_use", 2)
    with pytest.raises(Conflict) as refused:  # cards say "session 1": a new first one would make them wrong
        save(db, before, slots=whens(before.slots, "starts", new="06.30"))
    assert refused.value.code == "slot_in_use"
    with pytest.raises(Conflict) as refused:
        setup_rounds.remove(db, WAYAN, NOW, before.id)
    assert refused.value.code == "round_in_use"
    # a draft may still move to another date and hour, and days and sessions may be added
    save(
        db,
        before,
        days=whens(before.days, "date", n1="2026-11-23", new="2026-11-30"),
        slots=whens(before.slots, "starts", n1="08.00", new="13.30"),
    )
    (after,) = lines(db, setup_rounds)
    assert [d.date for d in after.days] == ["2026-11-23", "2026-11-25", "2026-11-30"]
    assert [s.starts for s in after.slots] == ["08:00", "10:30", "13:30"]
    exams.open_exam(db, SARI, school.now, school.exam)
    with pytest.raises(Conflict) as refused:
        save(db, after, days=whens(after.days, "date", n1="2026-11-22"))
    assert refused.value.code == "day_in_use"
    with pytest.raises(Conflict) as refused:
        save(db, after, purpose="utama")
    assert (refused.value.code, refused.value.params["field"]) == ("round_in_use", "purpose")


def test_a_day_of_another_round_is_not_taken_over(db):
    setup_school.save_host(db, WAYAN, NOW, **HOST)
    first, second = make_round(db), make_round(db, days=("2026-12-01",))
    theirs = next(r for r in lines(db, setup_rounds) if r.id == first)
    mine = next(r for r in lines(db, setup_rounds) if r.id == second)
    save(db, mine, days=[When("2026-12-02", theirs.days[0].id)])
    with db.read() as c:
        rows = c.execute(round_days.select().order_by(round_days.c.id)).all()
    assert [(r.round_id, r.date) for r in rows] == [
        (first, "2026-11-24"),
        (first, "2026-11-25"),
        (second, "2026-12-02"),
    ]


def test_an_unused_round_goes_with_its_days(db):
    setup_school.save_host(db, WAYAN, NOW, **HOST)
    round_id = make_round(db)
    setup_rounds.remove(db, WAYAN, NOW, round_id)
    assert lines(db, setup_rounds) == []
    for call in (setup_rounds.remove, setup_rooms.remove):
        with pytest.raises(NotFound):
            call(db, WAYAN, NOW, 99)
