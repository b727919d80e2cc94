"""Reports by group commit: what is acknowledged is stored, once, and nobody holds up a neighbour."""

from __future__ import annotations

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from server.domain.protocol import Report, Tolerance
from server.services import admission, desired, exams, intake
from server.store.database import BoardChanged, Database
from server.store.tables import device_events, device_seen, enrolments, incidents
from tests.services.conftest import SARI

MOVED = {"kind": "focus_lost", "data": {}}


class Devices:
    """Proven devices of the demo room: device n has enrolment n."""

    def __init__(self, school) -> None:
        self.school = school
        with school.db.write() as tx:
            for n in range(1, 6):
                tx.insert(
                    enrolments, device_id=n, installation_id=f"i{n}", serial="s", public_key=b"k", thumbprint=f"t{n}",
                    grade="managed", standing="live", first_seen_at=0, ticket_hash=f"ticket {n}",
                )  # fmt: skip
            desired.refresh(tx, range(1, 6), school.now)

    def report(self, n: int, *events, confirms=None, standing="live", applied=None, last_seq=0, **observed):
        seen = {
            "battery": 80, "charging": False, "focused": True, "page": "waiting", "page_host": None, "blocked_count": 0,
            "unsent_answers": 0, "free_storage_mb": 1, "extension_version": "1", "browser_version": "1", "clock_offset_ms": 0,
        }  # fmt: skip
        listed = [
            {"at": 1, **(MOVED if isinstance(e, int) else e), **({"seq": e} if isinstance(e, int) else {})}
            for e in events
        ]
        raw = {"applied": applied, "observed": {**seen, **observed}, "last_seq": last_seq, "events": listed}
        return intake.Waiting(n, n, standing, 1, confirms, Tolerance(strict=True).parse(Report, raw))

    def commit(self, *reports):
        return intake.commit(self.school.db, self.school.now, reports)

    def one(self, n: int, *events, **given):
        return self.commit(self.report(n, *events, **given))[0]

    def stored(self, n: int) -> list[int]:
        rows = self.school.all(select(device_events.c.seq).where(device_events.c.enrolment_id == n))
        return sorted(row.seq for row in rows)

    def in_force(self, n: int) -> dict:
        with self.school.db.read() as c:
            order = desired.current(c, n)
        return {"epoch": order.epoch, "version": order.version, "digest": order.digest, "mode": "idle"}


@pytest.fixture
def devices(school):
    return Devices(school)


def test_a_batch_is_one_transaction_and_every_report_has_its_ack(devices):
    acks = devices.commit(devices.report(1, 1, 2), devices.report(2), devices.report(3, 1))
    assert [a.acked_seq for a in acks] == [2, 0, 1]
    assert devices.school.all(select(func.count()).select_from(device_seen))[0][0] == 3


def test_a_number_is_acknowledged_when_nothing_is_missing_before_it(devices):
    assert devices.one(1, 1, 3, 4).acked_seq == 1
    assert devices.one(1, 6).acked_seq == 1
    assert devices.one(1, 2).acked_seq == 4
    assert devices.one(1, 5).acked_seq == 6
    assert devices.stored(1) == [1, 2, 3, 4, 5, 6]


def test_what_comes_again_is_nothing_new_in_any_order(devices):
    devices.one(1, 1, 2, 3)
    assert devices.one(1, 1, 2, 3, 4).acked_seq == 4
    assert devices.one(1, 2, 1).acked_seq == 4
    assert devices.one(1, 6).acked_seq == 4
    assert devices.one(1, 6, 6).acked_seq == 4  # beyond the gap, and twice in one report
    assert devices.stored(1) == [1, 2, 3, 4, 6]


def test_two_reports_of_one_device_in_one_batch_count_both_and_the_newer_stands(devices):
    acks = devices.commit(devices.report(1, 1, 2, battery=50), devices.report(1, 2, 3, battery=49))
    assert [a.acked_seq for a in acks] == [2, 3]
    (seen,) = devices.school.all(select(device_seen))
    assert (seen.acked_seq, seen.observed["battery"]) == (3, 49)


@pytest.mark.parametrize("number", [1, 4])  # acknowledged, and beyond a gap
def test_one_number_with_two_contents_is_a_fork_and_stores_nothing_of_that_report(devices, number):
    devices.one(1, 1, 2, 4, battery=90)
    other = {"seq": number, "kind": "focus_gained", "data": {}}
    forked, neighbour = devices.commit(devices.report(1, 3, other, battery=10), devices.report(2, 1))
    assert (forked.refusal, neighbour.refusal, neighbour.acked_seq) == ("installation_forked", None, 1)
    assert devices.stored(1) == [1, 2, 4]
    seen = devices.school.all(select(device_seen).where(device_seen.c.enrolment_id == 1))[0]
    assert seen.observed["battery"] == 90
    devices.one(1, other)
    assert len(devices.school.all(select(incidents).where(incidents.c.kind == "fork"))) == 1


def test_two_contents_within_one_batch_are_a_fork_too(devices):
    acks = devices.commit(
        devices.report(1, 1), devices.report(1, {"seq": 1, "kind": "focus_gained", "data": {}})
    )
    assert [a.refusal for a in acks] == [None, "installation_forked"]


def test_a_bad_event_becomes_a_tombstone_is_acknowledged_and_keeps_nothing_of_its_data(devices):
    ack = devices.one(1, 1, {"seq": 2, "kind": "screenshot", "data": {"png": "…"}}, 3)
    assert (ack.acked_seq, ack.rejected) == (3, [{"seq": 2, "code": "event_invalid"}])
    stone = devices.school.all(select(device_events).where(device_events.c.seq == 2))[0]
    assert (stone.rejected, stone.data) == ("event_invalid", {})


def test_an_order_is_repeated_until_it_is_applied(devices):
    exams.open_exam(devices.school.db, SARI, devices.school.now, devices.school.exam)
    given = devices.one(1).desired
    assert given is not None and devices.one(1).desired == given
    assert devices.one(1, applied=devices.in_force(1)).desired is None


def test_a_newcomer_is_told_to_be_idle_until_it_is(devices):
    with devices.school.db.write() as tx:
        tx.c.execute(enrolments.update().where(enrolments.c.id == 2).values(standing="quarantined"))
    exams.open_exam(devices.school.db, SARI, devices.school.now, devices.school.exam)
    before = devices.in_force(2)  # what its earlier life had applied
    told = devices.one(2, standing="quarantined", applied=before).desired
    assert '"mode":"idle"' in told["doc"] and '"participant":null' in told["doc"]
    applied = {**{k: told[k] for k in ("epoch", "version", "digest")}, "mode": "idle"}
    assert devices.one(2, standing="quarantined", applied=applied).desired is None


def test_an_enrolment_that_ended_while_its_report_waited_is_not_believed(devices):
    waiting = devices.report(1, 1)
    with devices.school.db.write() as tx:
        admission.end(tx, devices.school.now, [1], "replaced")
    gone, neighbour = devices.commit(waiting, devices.report(2, 1))
    assert (gone.refusal, neighbour.refusal) == ("session_gone", None)
    assert devices.stored(1) == []


def test_a_report_confirms_the_ticket_of_its_own_session_only(devices):
    def confirmed() -> bool:
        return devices.school.all(select(enrolments.c.ticket_confirmed).where(enrolments.c.id == 1))[0][0]

    devices.one(1, confirms="the ticket before")  # its device has a newer session already
    assert not confirmed()
    devices.one(1, confirms="ticket 1")
    assert confirmed()


def test_boards_hear_of_what_they_show_and_not_of_every_breath(devices):
    exams.open_exam(devices.school.db, SARI, devices.school.now, devices.school.exam)

    def news(**observed) -> int:
        devices.school.news.clear()
        devices.one(1, **observed)
        return sum(isinstance(n, BoardChanged) for n in devices.school.news)

    assert news(battery=83) == 1
    assert news(battery=83) == 0
    assert news(battery=81) == 0
    assert news(battery=79) == 1
    assert news(battery=79, focused=False) == 1
    assert news(battery=79, focused=False, free_storage_mb=7) == 0


def test_the_sitting_knows_how_many_answers_the_device_still_has(devices):
    exams.open_exam(devices.school.db, SARI, devices.school.now, devices.school.exam)
    devices.one(1, unsent_answers=4)
    assert devices.school.sitting(1).unsent_answers == 4
    devices.one(1, unsent_answers=None)
    assert devices.school.sitting(1).unsent_answers is None


def test_a_report_that_cannot_be_stored_does_not_hold_up_its_neighbours(devices):
    poison = devices.report(2, {"seq": 2**53 - 1, "kind": "focus_lost", "data": {}})
    object.__setattr__(poison.report.observed, "battery", object())  # what no check foresaw
    fine, refused, also = devices.commit(devices.report(1, 1), poison, devices.report(3, 1))
    assert (fine.acked_seq, refused.refusal, also.acked_seq) == (1, "bad_message", 1)
    assert devices.stored(2) == []


def test_nothing_is_acknowledged_while_somebody_else_writes(devices):
    impatient = Database(devices.school.db.url)
    event.listen(impatient.engine, "connect", lambda dbapi, _record: dbapi.execute("PRAGMA busy_timeout=50"))
    with devices.school.db.write(), pytest.raises(OperationalError):
        intake.commit(impatient, devices.school.now, [devices.report(1, 1)])
    impatient.close()
    assert devices.stored(1) == []
    assert devices.one(1, 1).acked_seq == 1
