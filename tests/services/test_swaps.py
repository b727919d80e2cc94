"""A spare in one action: what it changes, what speaks against one, and taking it back for a minute."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from sqlalchemy import select

from server.domain.errors import Conflict, NotFound
from server.domain.scan import What
from server.domain.spare import UNDO_MS, Step
from server.services import (
    admission,
    ledger,
    minutes,
    moves,
    pupil,
    scans,
    seats,
    session_change,
    spares,
    swap_list,
    swap_undo,
    swaps,
)
from server.services.exam_rows import get as get_exam
from server.services.inventory import set_service
from server.store.tables import (
    assignments,
    device_loans,
    devices,
    enrolments,
    holds,
    notices,
    pupil_sessions,
    registrations,
    remaps,
    sitting_blocks,
    sittings,
)
from server.store.tables import swaps as swap_rows
from tests.services.conftest import MINUTE, PROFILE, SARI
from tests.services.lab import Lab
from tests.services.room import clear, doc, ids, report, run, tick, work


@pytest.fixture
def room(school):
    """The exam runs, seat 7 works on C07, and every Chromebook was heard a moment ago."""
    run(school)
    for device in range(1, 16):
        report(school, device, doc(school, device)["mode"])
    work(school, 7)
    school.now += MINUTE
    for device in range(1, 16):
        report(school, device, doc(school, device)["mode"])
    school.now += 1_000
    return school


def centre_room(school):
    exam = school.make_exam(
        slot_id=school.made.slot_ids[1],
        profile={**PROFILE, "key": "anbk", "client": "exam_browser"},
        start_url=None,
    )
    run(school)
    seats.tell(school.db, SARI, school.now, ids(school, 7), "working")
    return exam


def codes(outcomes):
    return [o.code for o in outcomes]


def ledger_of(school, seat: int):
    (sitting,) = ids(school, seat)
    return [
        (r.device_id, r.reason, r.end_reason)
        for r in school.all(
            select(assignments).where(assignments.c.sitting_id == sitting).order_by(assignments.c.id)
        )
    ]


def place(school, seat: int, label: str, **given):
    return swaps.place(
        school.db, SARI, school.now, ids(school, seat)[0], label, connected=lambda _id: True, **given
    )


def newest(school):
    return school.all(select(swap_rows).order_by(swap_rows.c.id.desc()))[0]


def undo(school, swap_id: int | None = None):
    swap_undo.undo(school.db, SARI, school.now, swap_id or newest(school).id)


def shown(school):
    with school.db.read() as c:
        return swap_list.waiting(c, get_exam(c, school.exam), school.now)


def written(school):
    with school.db.read() as c:
        return minutes.lines(c, school.exam)


def against(school, device: int, connected: bool = True):
    with school.db.read() as c:
        seen = spares.look(c, get_exam(c, school.exam), school.now, lambda _id: connected, [device])[device]
    return [r.code for r in seen.reasons]


# --- one action ------------------------------------------------------------------------------------------


def test_a_swap_is_one_ledger_row_one_swap_and_one_line_of_the_minutes(room):
    assert codes(place(room, 7, "c14", sure=False)) == [None]
    assert ledger_of(room, 7) == [(7, "opened", "swapped"), (14, "swapped", None)]
    (swap,) = room.all(select(swap_rows))
    assert (swap.from_device_id, swap.to_device_id, swap.undone_at) == (7, 14, None)
    (line,) = written(room)
    assert (line.kind, line.by_name, line.struck_at) == ("swap", "sari", None)
    assert (line.params["before"], line.params["after"], line.params["seat"]) == ("C07", "C14", "7")


def test_locks_and_messages_go_with_the_pupil(room):
    seats.lock(room.db, SARI, room.now, ids(room, 7), "Tunggu")
    seats.message(room.db, SARI, room.now, ids(room, 7), "Sebentar")
    place(room, 7, "C14")
    assert doc(room, 14)["lock"]["text"] == "Tunggu"
    assert doc(room, 14)["notice"]["text"] == "Sebentar"
    assert doc(room, 7)["lock"] is None
    assert len(room.all(select(holds))) == len(room.all(select(notices))) == 1


def test_the_time_since_the_old_device_was_heard_is_told_and_nobody_is_given_any(room):
    room.now += 4 * MINUTE - 1_000
    left = room.view(7).ends_at
    place(room, 7, "C14")
    assert room.view(7).ends_at == left, "time is a person's decision"
    (seen,) = shown(room)
    assert seen.lost_minutes == 4
    seats.extra_time(room.db, SARI, room.now, ids(room, 7), 4)
    (seen,) = shown(room)
    assert seen.lost_minutes is None, "it was given"


def test_no_time_is_offered_for_what_stood_still_or_was_heard_just_now(room):
    place(room, 7, "C14")
    assert shown(room)[0].lost_minutes is None
    seats.pause(room.db, SARI, room.now, ids(room, 7))
    room.now += 5 * MINUTE
    place(room, 7, "C15")
    assert shown(room)[0].lost_minutes is None


# --- a spare that is not ready -----------------------------------------------------------------------------


def test_a_ready_spare_has_nothing_against_it(room):
    assert against(room, 14) == []


def test_what_speaks_against_a_spare_is_said_first_and_it_is_taken_all_the_same_when_wanted(room):
    report(room, 14, "idle", battery=11)
    (held,) = place(room, 7, "C14", sure=False)
    assert held.code == "spare_not_ready"
    assert held.params["reasons"] == [{"code": "spare_battery", "percent": 11}]
    assert ledger_of(room, 7) == [(7, "opened", None)], "nothing was done yet"
    assert written(room) == []
    assert codes(place(room, 7, "C14", sure=True)) == [None]


def test_what_only_the_readiness_board_knows_is_said_before_it_is_taken(room):
    report(room, 14, "idle", free_storage_mb=3)
    assert against(room, 14) == [], "not looked up for the list on the board"
    (held,) = place(room, 7, "C14", sure=False)
    assert [r["code"] for r in held.params["reasons"]] == ["storage_full"]


def test_a_spare_that_another_one_claims_to_be_is_not_shown_as_ready(room):
    with room.db.write() as tx:
        tx.insert(
            remaps, device_id=14, serial="x", kind="newcomer", strength="weak", evidence=[], proposal={}, digest="d",
            state="open", opened_at=room.now,
        )  # fmt: skip
    assert against(room, 14) == ["remap_open"] and against(room, 15) == []
    (held,) = place(room, 7, "C14", sure=False)
    assert held.params["reasons"] == [{"code": "remap_open", "kind": "newcomer"}], "said once"
    assert codes(place(room, 7, "C14", sure=True)) == [None]


def test_a_charger_makes_up_for_a_low_battery(room):
    report(room, 14, "idle", battery=11, charging=True)
    assert against(room, 14) == []


def test_a_silent_spare_one_never_heard_and_one_out_of_service(room):
    room.now += 10 * MINUTE
    assert against(room, 14, connected=False) == ["spare_silent"]
    with room.db.write() as tx:
        (life,) = tx.c.execute(select(enrolments.c.id).where(enrolments.c.device_id == 15)).scalars().all()
        admission.end(tx, room.now, [life], "wiped")
    set_service(room.db, SARI, room.now, 15, False, "layar pecah")
    assert against(room, 15) == ["spare_out_of_service", "spare_never_heard"]


def test_a_borrowed_chromebook_says_whose_policies_it_keeps(room):
    with room.db.write() as tx:
        tx.insert(
            device_loans,
            device_id=14,
            owner="SMPN 9",
            foreign_policies=True,
            from_at=room.now,
            until="2020-01-01",
        )
    assert against(room, 14) == ["spare_foreign", "spare_overdue"]
    assert codes(place(room, 7, "C14", sure=False)) == ["spare_not_ready"]


def test_beside_the_ministrys_client_silence_says_nothing(school):
    centre_room(school)
    assert against(school, 14, connected=False) == []


def test_a_device_another_pupil_needs_is_taken_by_nobody_however_sure(room):
    (held,) = place(room, 7, "C08", sure=True)
    assert (held.code, held.params["seat"]) == ("device_taken", "8")
    with room.db.read() as c:
        room_spares = [s.label for s in spares.of_room(c, get_exam(c, room.exam), room.now, lambda _id: True)]
    assert room_spares == ["C14", "C15"]


def test_a_spare_being_cleared_is_listed_last_and_says_why(room):
    place(room, 7, "C14")
    place(room, 7, "C07", sure=True)  # refused: it owes
    place(room, 7, "C15")
    with room.db.read() as c:
        seen = spares.of_room(c, get_exam(c, room.exam), room.now, lambda _id: True)
    assert [(s.label, [r.code for r in s.reasons], s.takeable) for s in seen] == [
        ("C14", ["spare_owes"], False)
    ]


# --- undo --------------------------------------------------------------------------------------------------


def test_undo_gives_the_seat_back_as_it_was(room):
    before = doc(room, 7), room.view(7).ends_at
    place(room, 7, "C14")
    room.now += 30_000
    undo(room)
    assert (doc(room, 7), room.view(7).ends_at) == before
    assert ledger_of(room, 7) == [
        (7, "opened", "swapped"),
        (14, "swapped", "swap_undone"),
        (7, "swap_undone", None),
    ]
    with room.db.read() as c:
        assert ledger.busy(c, [14]) == {14}, "it may hold what was written meanwhile"
    assert written(room)[0].struck_at == room.now
    assert shown(room) == []
    clear(room, 14)
    assert against(room, 14) == []


@pytest.mark.parametrize("seat", [7, 8], ids=["works", "not begun"])
@pytest.mark.parametrize("paused", [False, True])
def test_not_a_millisecond_is_won_or_lost_by_a_swap_or_its_undo(room, seat, paused):
    seats.extra_time(room.db, SARI, room.now, ids(room, 7), 3)
    if paused:
        seats.pause(room.db, SARI, room.now, ids(room, 7))
    before = room.all(select(sitting_blocks)), room.view(seat).ends_at
    for step in (lambda: place(room, seat, "C14"), lambda: undo(room)):
        room.now += 20_000
        step()
        assert (room.all(select(sitting_blocks)), room.view(seat).ends_at) == before


def test_the_old_chromebook_opens_no_exam_and_names_nobody(room):
    place(room, 7, "C14")
    order = doc(room, 7)
    assert order["mode"] == "idle"
    assert order["participant"] is None and order["seat"] is None
    assert order["allowed_hosts"] == ["127.0.0.1:8410"]  # its own page only
    assert doc(room, 14)["participant"] is not None


def test_a_pupil_who_had_not_begun_leaves_nothing_on_a_device_that_was_taken_back(room):
    place(room, 8, "C14")
    undo(room)
    assert against(room, 14) == []


def test_undo_is_the_servers_minute_and_happens_once(room):
    place(room, 7, "C14")
    room.now += UNDO_MS
    undo(room)
    with pytest.raises(Conflict) as twice:
        undo(room)
    assert twice.value.code == "swap_undone"
    clear(room, 14)
    place(room, 7, "C15")
    room.now += UNDO_MS + 1
    assert shown(room) == []
    with pytest.raises(Conflict) as late:
        undo(room)
    assert late.value.code == "swap_too_late"
    with pytest.raises(NotFound):
        undo(room, 999)


def test_undo_after_the_old_device_was_cleared_already_takes_it_back_too(room):
    place(room, 7, "C14")
    clear(room, 7)
    undo(room)
    assert doc(room, 7)["mode"] == "exam" and doc(room, 7)["clear"] is None


@pytest.mark.parametrize(
    ("meanwhile", "code"),
    [
        (lambda room: place(room, 7, "C15"), "swap_changed"),
        (lambda room: seats.finish(room.db, SARI, room.now, ids(room, 7)), "seat_not_active"),
        (lambda room: moves.to_susulan(room.db, SARI, room.now, ids(room, 7)), "seat_not_active"),
        (
            lambda room: (clear(room, 7), set_service(room.db, SARI, room.now, 7, False, "mati")),
            "swap_old_gone",
        ),
        (lambda room: wipe(room, 7), "swap_old_wiped"),
        (lambda room: (clear(room, 7), place(room, 8, "C07")), "swap_old_taken"),
    ],
)
def test_undo_is_refused_when_something_came_between(room, meanwhile, code):
    place(room, 7, "C14")
    swap = newest(room).id
    meanwhile(room)
    before = room.all(select(assignments))
    with pytest.raises(Conflict) as refused:
        undo(room, swap)
    assert refused.value.code == code
    assert refused.value.params["seat"] == "7"
    assert room.all(select(assignments)) == before


def wipe(school, device: int):
    with school.db.write() as tx:
        (life,) = (
            tx.c.execute(
                select(enrolments.c.id).where(
                    enrolments.c.device_id == device, enrolments.c.standing == "live"
                )
            )
            .scalars()
            .all()
        )
        admission.end(tx, school.now, [life], "wiped")


def test_an_absent_pupils_chromebook_goes_back_to_its_seat_when_the_swap_was_a_slip(room):
    seats.absent(room.db, SARI, room.now, ids(room, 9))
    place(room, 8, "C09")
    assert ledger_of(room, 9) == [(9, "opened", "given_on")]
    undo(room)
    assert ledger_of(room, 9) == [(9, "opened", "given_on"), (9, "swap_undone", None)]
    seats.expected(room.db, SARI, room.now, ids(room, 9))
    assert doc(room, 9)["seat"] == "9"


def test_an_absent_pupils_chromebook_that_must_be_cleared_first_comes_back_by_itself(room):
    seats.absent(room.db, SARI, room.now, ids(room, 9))
    place(room, 7, "C09")
    undo(room)
    seats.expected(room.db, SARI, room.now, ids(room, 9))
    assert room.view(9).device is None
    clear(room, 9)
    assert room.view(9).device == "C09"


# --- no spare left -------------------------------------------------------------------------------------------


def card_of(school, seat: int):
    (row,) = school.all(
        select(registrations.c.number, registrations.c.card_code)
        .join(sittings, sittings.c.registration_id == registrations.c.id)
        .where(sittings.c.id == ids(school, seat)[0])
    )
    return row


def page(school, seat: int):
    card = card_of(school, seat)
    return pupil.by_card(school.db, school.now, None, card.number, card.card_code)


def test_a_borrowed_laptop_is_a_seat_without_a_device_and_the_pupil_enters_by_card(room):
    assert codes(swaps.borrow(room.db, SARI, room.now, ids(room, 7)[0])) == [None]
    assert ledger_of(room, 7) == [(7, "opened", "swapped"), (None, "borrowed_laptop", None)]
    assert doc(room, 7)["participant"] is None
    assert room.view(7).borrowed
    token = page(room, 7)
    with room.db.read() as c:
        assert pupil.state(c, room.now, token)["page"] == "working"
    assert [line.kind for line in written(room)] == ["laptop"]
    assert codes(swaps.borrow(room.db, SARI, room.now, ids(room, 7)[0])) == ["borrowed_already"]


def test_the_sweep_leaves_a_laptop_where_it_is(room):
    swaps.borrow(room.db, SARI, room.now, ids(room, 7)[0])
    clear(room, 7)
    tick(room)
    assert ledger_of(room, 7)[-1] == (None, "borrowed_laptop", None)


def test_from_a_laptop_back_to_a_chromebook_its_page_is_nobodys_any_more(room):
    swaps.borrow(room.db, SARI, room.now, ids(room, 7)[0])
    token = page(room, 7)
    room.now += 1
    place(room, 7, "C14")
    with room.db.read() as c, pytest.raises(pupil.NotBound):
        pupil.state(c, room.now, token)
    undo(room)
    with room.db.read() as c:
        assert pupil.state(c, room.now, token)["page"] == "working", "exactly back"
    assert ledger_of(room, 7)[-1] == (None, "borrowed_laptop", None)


def test_undoing_a_laptop_ends_its_page(room):
    swaps.borrow(room.db, SARI, room.now, ids(room, 7)[0])
    room.now += 1
    token = page(room, 7)
    undo(room)
    assert doc(room, 7)["mode"] == "exam"
    with room.db.read() as c, pytest.raises(pupil.NotBound):
        pupil.state(c, room.now, token)
    assert all(s.ended_at is not None for s in room.all(select(pupil_sessions)))


# --- the ministry's client -------------------------------------------------------------------------------------


def test_under_the_ministrys_client_a_swap_is_a_checklist_with_time_and_name(school):
    centre_room(school)
    place(school, 7, "C14", sure=False)
    (seen,) = shown(school)
    assert [t.step for t in seen.checklist] == [Step.RESET, Step.LOGIN, Step.TOKEN, Step.GOES_ON]
    assert seen.steps_left == 4 and seen.lost_minutes is None
    school.now += MINUTE
    swap_list.tick(school.db, SARI, school.now, seen.id, Step.RESET)
    school.now += MINUTE
    swap_list.tick(school.db, SARI, school.now, seen.id, Step.RESET)  # once more: the first word stands
    (seen,) = shown(school)
    assert (seen.checklist[0].at, seen.checklist[0].by) == (school.now - MINUTE, "sari")
    swap_list.tick(school.db, SARI, school.now, seen.id, Step.RESET, done=False)
    assert shown(school)[0].steps_left == 4
    for step in Step:
        swap_list.tick(school.db, SARI, school.now, seen.id, step)
    assert shown(school) == []


def test_steps_are_only_where_the_centre_has_a_part(room):
    place(room, 7, "C14")
    with pytest.raises(Conflict) as refused:
        swap_list.tick(room.db, SARI, room.now, newest(room).id, Step.RESET)
    assert refused.value.code == "swap_no_steps"


# --- one desk, one pupil -----------------------------------------------------------------------------------------


def test_a_desk_where_somebody_still_writes_is_not_given_to_the_next_pupil_too(room):
    """Seat 7 goes on with extra time on a spare; its own Chromebook, clean by then, is the next pupil's."""
    place(room, 7, "C14")
    clear(room, 7)
    first, second = room.exam, room.make_exam(slot_id=room.made.slot_ids[1], title="Sesi 2")
    session_change.change_session(room.db, SARI, room.now, first, second, connected=lambda _id: True)
    tick(room)
    assert room.view(7).device == "C07" and room.view(7).beside
    here = room.all(
        select(assignments).where(assignments.c.to_at.is_(None), assignments.c.device_id.in_([7, 14]))
    )
    assert [(r.device_id, r.seat_id is None) for r in sorted(here, key=lambda r: r.device_id)] == [
        (7, True),
        (14, False),
    ]


def test_who_goes_on_after_all_when_the_next_pupil_has_the_desk_sits_beside_it(room):
    place(room, 7, "C14")
    clear(room, 7)
    seats.finish(room.db, SARI, room.now, ids(room, 7))
    (adi,) = ids(room, 7)
    first, second = room.exam, room.make_exam(slot_id=room.made.slot_ids[1], title="Sesi 2")
    room.exam = first
    work(room, 1)  # the first session does not end by itself
    session_change.change_session(
        room.db, SARI, room.now, first, second, aside=frozenset(), connected=lambda _id: True
    )
    room.exam = second
    assert room.view(7).device == "C07" and not room.view(7).beside
    room.now += 1
    seats.reset(room.db, SARI, room.now, [adi])
    room.exam = first
    assert room.view(7).device == "C14" and room.view(7).beside
    assert doc(room, 14)["mode"] == "exam" and doc(room, 14)["seat"] is None
    assert ledger_of(room, 7)[-2:] == [(14, "swapped", "aside"), (14, "aside", None)]


def test_who_needs_it_in_another_room_is_told_with_the_room(room):
    first = room.exam
    Lab(room, "Lab Dua")
    room.exam = first
    (held,) = place(room, 7, "lab dua-03")
    assert (held.code, held.params["seat"]) == ("device_taken", "3 – Lab Dua")


def test_a_sticker_with_letters_that_the_database_cannot_lower_is_found(room):
    with room.db.write() as tx:
        tx.c.execute(devices.update().where(devices.c.id == 14).values(label="É 14"))
    address = f"http://sekolah/d/{quote(scans.code(room.db, What.DEVICE, 'É 14'))}"
    assert scans.find(room.db, address).id == 14
    assert codes(place(room, 7, "É 14")) == [None]
