"""The edge by itself: a real database behind it, a link that remembers what it was given, a clock that is set."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from server import config
from server.bootstrap import open_context
from server.domain.proof import envelope_mac
from server.domain.protocol import MAX_EVENTS
from server.services import admission, demo, exams, seats
from server.services.actor import SYSTEM
from server.services.context import Context
from server.simulated_installation import Installation
from server.store.tables import device_events, device_seen, enrolments
from server.web.device_edge import DeviceEdge
from server.web.hub import Hub
from tests.simulated import device, wait
from tests.stage import until


class RememberingLink:
    """What an engine would put on a wire."""

    address = "10.0.0.7"

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict]] = []
        self.closed = False
        self.owes = 0

    def send(self, event: str, message: dict) -> None:
        json.dumps(message)
        self.sent.append((event, message))

    def close(self) -> None:
        self.closed = True

    def unanswered_ms(self) -> int:
        return self.owes

    def last(self, event: str) -> dict:
        return next(message for name, message in reversed(self.sent) if name == event)

    def has(self, event: str) -> bool:
        return any(name == event for name, _ in self.sent)


class Stage:
    def __init__(self, path) -> None:
        real = open_context(config.load(path, school_npsn=demo.NPSN))
        self.now = real.now()
        self.context = Context(real.settings, real.db, lambda: self.now)
        self.made = demo.seed(real.db, self.now, days=("2026-11-24", "2026-11-25"))
        self.edge = DeviceEdge(self.context, Hub("threading"))
        self.edge.start()

    def connect(self, number: int, **given):
        """(device, link, connection) after a verified welcome."""
        chromebook, link = device(self.context, number, **given), RememberingLink()
        connection = self.edge.accept(link)
        self.edge.greet(connection)
        fields, proof = chromebook.introduce(link.last("hello")["server_nonce"])
        self.edge.message(connection, "prove", proof)
        until(lambda: link.has("welcome"), "the welcome after the commit")
        wait(chromebook._accept(fields, link.last("welcome")))
        return chromebook, link, connection

    def send(self, chromebook, connection, body: str, n: int = 1, kind: str = "report") -> None:
        mac = envelope_mac(chromebook._key, kind, n, body)
        self.edge.message(connection, kind, {"n": n, "body": body, "mac": mac})

    def report(self, chromebook, connection, n: int = 1) -> None:
        body = {
            "applied": chromebook._applied_now(), "observed": chromebook.observed,
            "last_seq": chromebook.here.seq, "events": chromebook.here.queue[:MAX_EVENTS],
        }  # fmt: skip
        self.send(chromebook, connection, json.dumps(body), n)

    def open_exam(self) -> int:
        exam = exams.create(
            self.context.db, SYSTEM, self.now, day_id=self.made.day_ids[0], slot_id=self.made.slot_ids[0],
            room_id=self.made.room_id, title="Hari 1", start_url="practice", allowed_hosts=[],
            profile={"key": "t", "client": "web", "blocks": [{"name": "A", "minutes": 10}]},
        )  # fmt: skip
        exams.open_exam(self.context.db, SYSTEM, self.now, exam)
        return exam


@pytest.fixture
def stage(tmp_path):
    made = Stage(tmp_path)
    yield made
    made.context.db.close()


def test_a_proof_that_comes_after_its_nonce_expired_is_refused(stage):
    chromebook, link = device(stage.context, 1), RememberingLink()
    connection = stage.edge.accept(link)
    stage.edge.greet(connection)
    _, proof = chromebook.introduce(link.last("hello")["server_nonce"])
    stage.now += 30_001
    stage.edge.message(connection, "prove", proof)
    assert link.last("refused")["code"] in {"nonce_expired", "proof_timeout"}
    assert link.closed and not link.has("welcome")


def test_a_second_word_while_the_proof_is_in_line_is_one_too_many(stage):
    chromebook, link = device(stage.context, 1), RememberingLink()
    connection = stage.edge.accept(link)
    stage.edge.greet(connection)
    _, proof = chromebook.introduce(link.last("hello")["server_nonce"])
    with stage.context.db.write():  # somebody writes: the proof waits in line
        stage.edge.message(connection, "prove", proof)
        stage.edge.message(connection, "prove", proof)
    assert link.last("refused")["code"] == "not_proven"
    assert link.closed and not link.has("welcome")


def test_a_proof_in_line_is_not_late_however_long_the_line(stage):
    chromebook, link = device(stage.context, 1), RememberingLink()
    connection = stage.edge.accept(link)
    stage.edge.greet(connection)
    _, proof = chromebook.introduce(link.last("hello")["server_nonce"])
    with stage.context.db.write():
        stage.edge.message(connection, "prove", proof)
        stage.now += 6_000
        stage.edge._tidy()
    until(lambda: link.has("welcome"), "the welcome after the commit")
    assert not link.closed


NO_ENVELOPES = [
    None,
    7,
    "x",
    [],
    {},
    {"n": 1, "body": {}, "mac": ""},
    {"n": True, "body": "{}", "mac": "0" * 64},
]
NONSENSE = ["[" * 200_000, "NaN", "null", "[]", '"\\ud800"', '{"events": 7}', '{"events": {}}', "1" * 9_000]


@pytest.mark.parametrize("raw", NO_ENVELOPES)
@pytest.mark.parametrize("event", ["report", "page_ticket"])
def test_what_is_no_envelope_closes_the_session(stage, event, raw):
    _, link, connection = stage.connect(1)
    stage.edge.message(connection, event, raw)
    assert link.last("refused")["code"] in {"bad_message", "bad_mac"}
    assert link.closed and not stage.edge.connected(1)


@pytest.mark.parametrize("body", NONSENSE)
def test_authenticated_nonsense_is_refused_like_any_other(stage, body):
    chromebook, link, connection = stage.connect(1)
    stage.send(chromebook, connection, body)
    assert link.last("refused")["code"] == "bad_message"
    assert link.closed


def test_text_that_is_no_text_is_refused(stage):
    _, link, connection = stage.connect(1)
    stage.edge.message(connection, "report", {"n": 1, "body": "\ud800", "mac": "0" * 64})
    assert link.last("refused")["code"] == "bad_message"


def test_an_event_of_this_servers_future_is_no_way_in_either(stage):
    _, link, connection = stage.connect(1)
    stage.edge.message(connection, "welcome", {})
    assert link.last("refused")["code"] == "bad_message"


def test_a_counter_that_stands_still_is_a_replay(stage):
    chromebook, link, connection = stage.connect(1)
    stage.report(chromebook, connection)
    stage.report(chromebook, connection)
    assert link.last("refused")["code"] == "bad_mac"


def test_an_ack_says_nothing_before_the_commit(stage):
    chromebook, link, connection = stage.connect(1)
    chromebook.record("focus_lost")
    with stage.context.db.write():  # somebody writes: the commit must wait, and so must the ack
        stage.report(chromebook, connection)
        assert not link.has("ack")
    until(lambda: link.has("ack"), "the ack after the commit")
    body = json.loads(link.last("ack")["body"])
    with stage.context.db.read() as c:
        stored = c.execute(device_events.select()).all()
    assert body["acked_seq"] == max(row.seq for row in stored) == chromebook.here.seq


def test_an_order_is_pushed_to_the_device_it_is_for(stage):
    exam = stage.open_exam()
    c01, link, _ = stage.connect(1)
    _, neighbour, _ = stage.connect(2)
    with stage.context.db.read() as c:
        sitting = c.exec_driver_sql(
            "select sitting_id from assignments where device_id = 1 and to_at is null"
        ).scalar_one()
    seats.lock(stage.context.db, SYSTEM, stage.now, [sitting], "Tunggu", None)
    until(lambda: link.has("desired") and "Tunggu" in link.last("desired")["body"], "the pushed lock")
    wait(c01._on_desired(link.last("desired")))
    assert c01.here.doc["lock"]["text"] == "Tunggu"
    assert not any("Tunggu" in message.get("body", "") for _, message in neighbour.sent)
    exams.end(stage.context.db, SYSTEM, stage.now, exam)
    waiting = '\\"mode\\":\\"waiting\\"'  # JSON in JSON
    until(
        lambda: neighbour.has("desired") and waiting not in neighbour.last("desired")["body"],
        "the end, for everybody",
    )


def test_the_end_of_an_enrolment_ends_its_connection(stage):
    here = Installation()
    _, link, _ = stage.connect(1, installation=here)
    assert stage.edge.connected(1)
    with stage.context.db.write() as tx:
        found = tx.c.execute(enrolments.select()).one()
        admission.end(tx, stage.now, [found.id], "test")
    assert link.last("refused")["code"] == "session_gone"
    assert link.closed and not stage.edge.connected(1)


def test_a_newcomer_is_never_the_connection_of_its_device(stage):
    _, first, connection = stage.connect(1)
    newcomer, link, waiting = stage.connect(1)
    assert newcomer.standing == "quarantined"
    stage.edge.closed(connection)
    assert not stage.edge.connected(1)
    stage.send(newcomer, waiting, "{}", kind="page_ticket")
    assert link.last("refused")["code"] == "not_proven"
    assert not first.has("refused")


def test_the_link_that_took_over_is_not_forgotten_when_the_old_one_closes(stage):
    here = Installation()
    _, old, connection = stage.connect(1, installation=here)
    _, new, _ = stage.connect(1, installation=here)
    assert old.last("refused")["code"] == "replaced"
    stage.edge.closed(connection)
    assert stage.edge.connected(1) and not new.closed


def test_a_device_that_stops_answering_is_lost_and_found_again(stage):
    _chromebook, link, connection = stage.connect(1)
    device_id = connection.session.device.device_id
    assert not stage.edge.lost(device_id)
    link.owes = 3_000
    assert stage.edge.lost(device_id)
    link.owes = 0
    assert not stage.edge.lost(device_id)
    stage.edge.closed(connection)
    assert not stage.edge.lost(device_id)  # a reconnect takes a moment
    stage.now += 3_000
    assert stage.edge.lost(device_id)


def test_where_it_spoke_from_is_kept_with_its_report(stage):
    chromebook, link, connection = stage.connect(1)
    stage.report(chromebook, connection)
    until(lambda: link.has("ack"), "the ack")
    with stage.context.db.read() as c:
        assert c.execute(select(device_seen.c.address)).scalar_one() == "10.0.0.7"
