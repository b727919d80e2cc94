"""Whoever pretends to be a Chromebook of this school gets nothing, and takes nothing from the one that is."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from server.domain.protocol import Refused, Report, Tolerance
from server.domain.sitting import ends_at
from server.services import desired, enrol, intake, refusals
from server.services.proofs import Offer
from server.services.remap_lives import WAITING_MOST
from server.services.tickets import ticket_hash
from server.simulated_installation import Installation
from server.store import blocks
from server.store.tables import assignments, audit, device_events, enrolments, incidents
from tests.services.conftest import School
from tests.services.room import ids, run, work
from tests.services.test_enrol import Desk


@pytest.fixture
def desk(school):
    return Desk(school)


@pytest.fixture(scope="module")
def long_day(tmp_path_factory):
    school = School.at(tmp_path_factory.mktemp("drops") / "school.db")
    yield Desk(school)
    school.db.close()


def copy_of(here: Installation, ticket: str | None = None) -> Installation:
    """The same profile folder on another machine."""
    return Installation(id=here.id, key=here.key, ticket=ticket, seq=here.seq)


def report(desk: Desk, admitted: enrol.Admitted, *, events=(), last_seq: int = 0) -> intake.Ack:
    """A report of this session, through the real intake. It confirms the session's ticket."""
    raw = {
        "applied": None,
        "observed": {
            "battery": 80, "charging": False, "focused": True, "page": "waiting", "page_host": None,
            "blocked_count": 0, "unsent_answers": 0, "free_storage_mb": 1, "extension_version": "1",
            "browser_version": "1", "clock_offset_ms": 0,
        },
        "last_seq": last_seq,
        "events": list(events),
    }  # fmt: skip
    waiting = intake.Waiting(
        admitted.device_id,
        admitted.enrolment_id,
        admitted.standing,
        1,
        ticket_hash(admitted.ticket),
        Tolerance(strict=True).parse(Report, raw),
    )
    return intake.commit(desk.school.db, desk.school.now, [waiting])[0]


def event(seq: int, kind: str = "focus_lost") -> dict:
    return {"seq": seq, "at": 1, "kind": kind, "data": {}}


def picture(school: School):
    """Everything about the exam that somebody else must not move: ledger, orders, and the time left to the ms."""
    with school.db.read() as c:
        working = school.sitting(1)
        (block, *_) = blocks.of_sitting(c, working.id)
        return (
            c.execute(select(assignments).order_by(assignments.c.id)).all(),
            desired.current(c, 1),
            (working.state, ends_at(block), ends_at(block) - school.now),
        )


def test_a_laptop_with_serial_and_secret_gets_an_idle_page_and_moves_nothing_of_the_exam(desk, school):
    """It read the managed configuration out of a policy file and makes a key of its own, while the real one works."""
    run(school)
    real = Installation()
    desk.welcome(real)
    work(school, 1)
    before = picture(school)
    laptop = Installation()
    impostor = desk.welcome(laptop)
    assert (impostor.standing, impostor.grade) == ("quarantined", "claimed")
    with school.db.read() as c:
        shown = json.loads(desired.quarantine(c).doc)
    assert (shown["mode"], shown["participant"], shown["seat"]) == ("idle", None, None)
    ack = report(desk, impostor, events=[event(1)], last_seq=1)
    assert ack.refusal is None
    assert json.loads(ack.desired["doc"])["mode"] == "idle"  # type: ignore[index]
    assert picture(school) == before
    (incident,) = desk.open("newcomer")
    assert (incident.device_id, incident.exam_id) == (1, school.exam)
    assert desk.prove(real).standing == "live"
    assert ids(school, 1)


def test_two_live_keys_for_one_serial_do_not_exist(desk):
    first, second = Installation(), Installation()
    for here in (first, second, first, second):
        desk.welcome(here)
    live = desk.school.all(select(enrolments).where(enrolments.c.standing == "live"))
    assert [row.installation_id for row in live] == [first.id]


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=8))
def test_however_many_keys_knock_in_whatever_order_one_device_has_one_life(long_day, knocks):
    desk = long_day
    everybody_home(desk)
    keys = [Installation() for _ in range(4)]
    for number, together in knocks:
        offers = [desk.offer(keys[number])]
        if together:
            offers.append(desk.offer(keys[(number + 1) % 4]))
        for one in desk.enroller.prove_all(desk.school.now, offers):
            if isinstance(one, enrol.Admitted):
                mine = next(k for k in keys if ticket_of(desk, one, k))
                mine.ticket = one.ticket
        count = desk.school.all(
            select(func.count()).where(enrolments.c.standing == "live", enrolments.c.device_id == 1)
        )[0][0]
        assert count == 1


def everybody_home(desk: Desk) -> None:
    """The lives of the example before are over, and their serial number is somebody else's."""
    with desk.school.db.write() as tx:
        tx.c.execute(enrolments.update().values(standing="ended", serial="GONE"))
        tx.c.execute(incidents.delete())


def ticket_of(desk: Desk, admitted: enrol.Admitted, here: Installation) -> bool:
    (row,) = desk.school.all(select(enrolments).where(enrolments.c.id == admitted.enrolment_id))
    return bool(row.installation_id == here.id)


def test_a_prove_message_that_was_overheard_is_worth_nothing_on_another_connection(desk):
    here = Installation()
    heard = desk.offer(here)
    assert desk.enroller.prove_all(desk.school.now, [heard])[0].standing == "live"
    again = Offer(heard.proof, "0a" * 16, "10.0.0.66")  # the server's nonce of the laptop's own connection
    (outcome,) = desk.enroller.prove_all(desk.school.now, [again])
    assert isinstance(outcome, Refused) and outcome.code == "bad_proof"
    assert desk.open("fork") == []


# --- a cloned profile folder ----------------------------------------------------------------------------------


def test_a_copy_with_an_old_ticket_is_a_fork_and_the_holder_keeps_the_exam(desk, school):
    run(school)
    here = Installation()
    old = desk.welcome(here).ticket
    desk.welcome(here)
    work(school, 1)
    before = picture(school)
    assert desk.refusal(copy_of(here, old)) == "installation_forked"
    assert len(desk.open("fork")) == 1 and desk.open("fork")[0].device_id == 1
    assert picture(school) == before
    assert desk.prove(here).standing == "live"


def test_a_copy_with_the_newest_ticket_is_a_fork_while_the_real_one_answers(desk, school):
    """The edge has asked the open connection, and it answered: `rival`."""
    here = Installation()
    desk.welcome(here)
    thief = copy_of(here, here.ticket)
    offer = desk.offer(thief)
    offer = Offer(offer.proof, offer.server_nonce, "10.0.0.66", rival=True)
    (outcome,) = desk.enroller.prove_all(school.now, [offer])
    assert isinstance(outcome, Refused) and outcome.code == "installation_forked"
    (incident,) = desk.open("fork")
    assert incident.detail["address"] == "10.0.0.66"  # both can be found
    assert desk.prove(here).standing == "live"  # the ticket was not used up


def test_an_open_connection_is_asked_about_only_by_a_proof_that_holds(desk, school):
    """Whoever knows only the public key cannot raise a fork."""
    here = Installation()
    desk.welcome(here)
    forged = desk.offer(copy_of(here, here.ticket), secret="guessed")
    offer = Offer(forged.proof, forged.server_nonce, "10.0.0.66", rival=True)
    (outcome,) = desk.enroller.prove_all(school.now, [offer])
    assert isinstance(outcome, Refused) and outcome.code == "bad_proof"
    assert desk.open("fork") == []


def test_one_number_with_two_contents_is_a_fork_and_what_was_stored_first_stands(desk):
    here = Installation()
    real = desk.welcome(here, confirmed=False)
    assert report(desk, real, events=[event(1), event(2)], last_seq=2).acked_seq == 2
    clone = desk.prove(copy_of(here, here.ticket))  # the real one's connection had gone
    ack = report(desk, clone, events=[event(2, "focus_gained")], last_seq=2)
    assert ack.refusal == "installation_forked"
    stored = desk.school.all(select(device_events.c.kind).order_by(device_events.c.seq))
    assert [row.kind for row in stored] == ["focus_lost", "focus_lost"]
    assert len(desk.open("fork")) == 1
    # The clone's ticket was never confirmed by a report that was taken: the real one comes back with its own.
    assert desk.prove(here).standing == "live"


# --- floods ---------------------------------------------------------------------------------------------------


def test_a_flood_of_made_up_serials_leaves_few_lines_and_keeps_nobody_out(desk):
    here = Installation()
    desk.welcome(here)
    laptop = Installation()
    for start in range(0, 400, 100):
        offers = [desk.offer(laptop, serial=f"MADE-UP-{start + n}") for n in range(100)]
        assert set(desk.prove_all(*offers)) == {"unknown_device"}
    lines = desk.school.all(select(func.count()).where(audit.c.action == "device.prove"))[0][0]
    assert lines <= refusals.REFUSAL_LINES
    assert len(desk.open("unknown_device")) <= refusals.UNKNOWN_MOST
    assert desk.school.all(select(func.count()).select_from(enrolments))[0][0] == 1
    assert desk.prove(here).standing == "live"


def test_a_flood_of_fresh_keys_for_one_serial_makes_a_handful_of_newcomers(desk):
    real = Installation()
    desk.welcome(real)
    outcomes = desk.prove_all(*(desk.offer(Installation()) for _ in range(40)))
    assert outcomes.count("quarantined") == WAITING_MOST
    assert outcomes.count("newcomers_many") == 40 - WAITING_MOST
    assert desk.prove(real).standing == "live"


def test_keys_that_were_met_are_known_before_their_proof_is_looked_at(desk):
    here, stranger = Installation(), Installation()
    assert not desk.enroller.knows(desk.offer(here).proof)
    desk.welcome(here)
    assert desk.enroller.knows(desk.offer(here).proof)
    assert not desk.enroller.knows(desk.offer(stranger).proof)
    assert Desk(desk.school).enroller.knows(desk.offer(here).proof)  # also after a restart


# --- a real pupil is never locked out ---------------------------------------------------------------------------

DROPS = (
    "welcome_lost",
    "report_lost",
    "all_well",
    "copy_with_old",
    "copy_with_the_one_before",
    "copy_while_here",
)


@settings(max_examples=1_000, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.lists(st.sampled_from(DROPS), min_size=1, max_size=7))
def test_after_any_row_of_drops_the_real_device_gets_in_at_its_next_try(long_day, drops):
    """A thousand schedules of lost welcomes and reports, a copy of its profile trying in between. (To the ticket a lost
    ack is nothing: the report was committed.)"""
    desk, here = long_day, Installation()
    everybody_home(desk)
    first: str | None = None
    before: str | None = None
    for drop in drops:
        if drop in ("copy_with_old", "copy_with_the_one_before"):
            stolen = first if drop == "copy_with_old" else before
            if stolen is not None and stolen != here.ticket:
                desk.enroller.prove_all(desk.school.now, [desk.offer(copy_of(here, stolen))])
            continue
        if drop == "copy_while_here":
            offer = desk.offer(copy_of(here, here.ticket))
            offer = Offer(offer.proof, offer.server_nonce, "10.0.0.66", rival=True)
            if here.ticket is not None:
                assert desk.enroller.prove_all(desk.school.now, [offer])[0].code == "installation_forked"
            continue
        admitted = desk.prove(here)
        assert admitted.standing == "live", drops
        if drop == "welcome_lost":
            continue
        before, here.ticket = here.ticket, admitted.ticket  # on disk before a report leaves
        first = first or admitted.ticket
        if drop != "report_lost":
            assert report(desk, admitted).refusal is None, drops
    last = desk.prove(here)
    assert (last.standing, last.grade in ("bound", "managed")) == ("live", True), drops
    rows = desk.school.all(select(enrolments.c.standing).where(enrolments.c.installation_id == here.id))
    assert [row.standing for row in rows] == ["live"]
    assert desk.school.all(select(incidents).where(incidents.c.kind == "newcomer")) == []
