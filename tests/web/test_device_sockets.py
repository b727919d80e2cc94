"""Devices and a real server over real websockets, on every event loop."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select

from server.domain.proof import envelope_mac
from server.domain.protocol import NAMESPACE
from server.domain.sitting import SittingState
from server.services import admission, demo, exams
from server.services import sittings as steps
from server.services.actor import SYSTEM, Actor
from server.simulated_installation import DeviceRefused, Installation, ServerNotProven
from server.store.tables import assignments, audit, device_events, device_seen, enrolments, incidents
from tests.simulated import device, wait
from tests.stage import ServerProcess, until

PROFILE = {"key": "t", "client": "web", "blocks": [{"name": "Bagian 1", "minutes": 30}]}


@pytest.fixture(scope="module", params=["eventlet", "gevent", "threading"])
def server(request, tmp_path_factory):
    process = ServerProcess(tmp_path_factory.mktemp(request.param), async_mode=request.param)
    process.made = demo.seed(process.context.db, process.context.now(), days=("2026-11-24", "2026-11-25"))
    yield process.start()
    process.stop()


def rows(server, statement):
    with server.context.db.read() as c:
        return c.execute(statement).all()


def code_of(attempt) -> str:
    with pytest.raises(DeviceRefused) as refused:
        wait(attempt)
    return refused.value.code


def test_both_sides_prove_themselves_and_the_device_is_told_its_place(server):
    c01 = device(server.context, 1)
    wait(c01.connect())
    assert (c01.welcome["standing"], c01.welcome["grade"]) == ("live", "managed")
    assert c01.here.doc["device_label"] == "C01"
    assert wait(c01.report())["acked_seq"] == 1
    wait(c01.cut())


def test_a_device_that_comes_back_is_bound_and_replaces_its_half_open_socket_at_once(server):
    here = Installation()
    first = device(server.context, 2, installation=here)
    wait(first.connect())
    wait(first.report())
    first.half_open = True
    second = device(server.context, 2, installation=here)
    wait(second.connect())
    assert second.welcome["grade"] == "bound"
    until(lambda: first.refused == "replaced", "the old socket is told that it was replaced")
    wait(second.cut())


def test_a_welcome_that_was_lost_does_not_lock_the_device_out(server):
    here = Installation()
    c03 = device(server.context, 3, installation=here)
    wait(c03.connect())
    wait(c03.report())
    kept = here.ticket
    wait(c03.connect())  # this welcome is lost: the device still has the ticket before
    here.ticket = kept
    wait(c03.connect())
    assert c03.standing == "live"
    wait(c03.cut())


def test_the_same_installation_without_the_ticket_is_a_fork_and_the_holder_stays(server):
    here = Installation()
    c04 = device(server.context, 4, installation=here)
    wait(c04.connect())
    wait(c04.report())
    clone = device(server.context, 4, installation=Installation(id=here.id, key=here.key))
    assert code_of(clone.connect()) == "installation_forked"
    assert wait(c04.report())["acked_seq"] >= 1
    assert [i.kind for i in rows(server, select(incidents).where(incidents.c.kind == "fork"))] == ["fork"]
    wait(c04.cut())


def test_another_key_for_a_living_serial_waits_for_a_person_and_shows_nothing(server):
    c05 = device(server.context, 5)
    wait(c05.connect())
    newcomer = device(server.context, 5)
    wait(newcomer.connect())
    assert newcomer.standing == "quarantined"
    assert newcomer.here.doc["mode"] == "idle"
    assert newcomer.here.doc["device_label"] is None
    assert wait(c05.report())["acked_seq"] >= 1  # the real one goes on
    waiting = rows(server, select(enrolments).where(enrolments.c.standing == "quarantined"))
    admission.admit(server.context.db, Actor("joko"), server.context.now(), waiting[-1].id)
    wait(newcomer.connect())
    assert (newcomer.standing, newcomer.welcome["grade"]) == ("live", "manual")
    wait(newcomer.cut())
    wait(c05.cut())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"secret": "a secret somebody guessed, long enough"}, "bad_proof"),
        ({"serial": "NOT-OURS"}, "unknown_device"),
        ({"serial": ""}, "unknown_device"),
        ({"school": "10000001"}, "wrong_school"),
    ],
)
def test_who_does_not_fit_is_refused_with_a_code(server, change, code):
    assert code_of(device(server.context, 6, **change).connect()) == code


def test_a_proof_made_for_another_address_is_refused_so_a_relay_gains_nothing(server):
    victim = device(server.context, 6, address="http://10.0.0.66:8410", dial=server.url)
    assert code_of(victim.connect()) == "wrong_address"


def test_a_laptop_that_plays_server_orders_nothing(server):
    """It knows everything but the enrolment secret."""
    liar = device(server.context, 7, secret="what the laptop thinks the secret is")
    honest = device(server.context, 7)
    fields, _ = honest.introduce("0" * 32)
    lie = {"n": 1, "body": json.dumps({"desired": {}}), "mac": "0" * 64}
    from server.domain.proof import proof_mac

    with pytest.raises(ServerNotProven):
        wait(honest._accept(fields, {"proof": proof_mac(liar.secret, "server", fields), **lie}))
    assert honest.here.applied is None


def test_an_unproven_socket_may_send_nothing_but_its_proof(server):
    c07 = device(server.context, 7)

    async def barge_in():
        import asyncio

        import socketio

        told = asyncio.get_running_loop().create_future()
        sio = socketio.AsyncClient(reconnection=False)
        sio.on("refused", lambda raw: told.set_result(raw["code"]), namespace=NAMESPACE)
        await sio.connect(c07.dial, namespaces=[NAMESPACE], transports=["websocket"], wait_timeout=30)
        await sio.emit("report", {"n": 1, "body": "{}", "mac": "0" * 64}, namespace=NAMESPACE)
        code = await asyncio.wait_for(told, 45)
        await sio.disconnect()
        return code

    assert wait(barge_in()) == "not_proven"


def test_an_unproven_socket_is_closed_after_a_while(server):
    async def say_nothing():
        import asyncio

        import socketio

        told = asyncio.get_running_loop().create_future()
        sio = socketio.AsyncClient(reconnection=False)
        sio.on("refused", lambda raw: told.set_result(raw["code"]), namespace=NAMESPACE)
        await sio.connect(server.url, namespaces=[NAMESPACE], transports=["websocket"], wait_timeout=30)
        code = await asyncio.wait_for(told, 45)
        await sio.disconnect()
        return code

    assert wait(say_nothing()) == "proof_timeout"


def test_a_replayed_proof_is_worth_nothing_on_another_socket(server):
    c07 = device(server.context, 7)
    _, proof = c07.introduce("ab" * 16)  # made for a nonce of the past

    async def replay():
        import asyncio

        import socketio

        told = asyncio.get_running_loop().create_future()
        sio = socketio.AsyncClient(reconnection=False)
        sio.on("refused", lambda raw: told.set_result(raw["code"]), namespace=NAMESPACE)
        await sio.connect(server.url, namespaces=[NAMESPACE], transports=["websocket"], wait_timeout=30)
        await sio.emit("prove", proof, namespace=NAMESPACE)
        code = await asyncio.wait_for(told, 45)
        await sio.disconnect()
        return code

    assert wait(replay()) == "bad_proof"


def test_an_event_twice_is_one_and_a_bad_one_does_not_hold_up_its_neighbours(server):
    c08 = device(server.context, 8)
    wait(c08.connect())
    c08.record("focus_lost")
    c08.record("no_such_kind", anything=1)
    last = c08.record("focus_gained")
    events = list(c08.here.queue)
    ack = wait(c08.report())
    assert ack["acked_seq"] == last
    assert [r["code"] for r in ack["rejected"]] == ["event_invalid"]
    c08.here.queue = events  # the ack was lost: the device sends them again
    assert wait(c08.report())["acked_seq"] == last
    enrolment = rows(server, select(enrolments.c.id).where(enrolments.c.installation_id == c08.here.id))[0].id
    count = rows(server, select(func.count()).where(device_events.c.enrolment_id == enrolment))[0][0]
    assert count == last
    wait(c08.cut())


def test_one_number_with_two_contents_is_a_fork(server):
    c09 = device(server.context, 9)
    wait(c09.connect())
    c09.record("focus_lost")
    wait(c09.report())
    c09.here.queue = [{"seq": 1, "at": 5, "kind": "focus_gained", "data": {}}]
    with pytest.raises(ConnectionError):
        wait(c09.report())
    assert c09.refused == "installation_forked"


def test_a_message_that_is_not_authenticated_closes_the_session(server):
    c10 = device(server.context, 10)
    wait(c10.connect())
    c10._key = b"somebody else's key"
    with pytest.raises(ConnectionError):
        wait(c10.report())
    assert c10.refused == "bad_mac"


@pytest.mark.parametrize(
    ("body", "code"),
    [({"x": 1}, "bad_message"), ({"events": [{}] * 201}, "too_large"), ({"pad": "x" * 300_000}, "too_large")],
)
def test_a_malformed_or_oversized_report_is_refused_and_nothing_of_it_is_kept(server, body, code):
    c10 = device(server.context, 11)
    wait(c10.connect())
    wait(c10._emit("report", body))
    until(lambda: c10.refused == code, f"refused with {code}, not {c10.refused}")
    c10.here.ticket = c10.welcome["connection_ticket"]
    wait(c10.connect())
    wait(c10.report())
    wait(c10.cut())
    with server.context.db.write() as tx:  # the next case starts as a first contact
        found = tx.c.execute(
            select(enrolments.c.id).where(enrolments.c.installation_id == c10.here.id)
        ).scalar_one()
        admission.end(tx, server.context.now(), [found], "test")


def test_a_clock_that_is_off_by_a_day_is_reported_and_changes_nothing(server):
    c12 = device(server.context, 12, clock_offset_ms=-86_400_000)
    wait(c12.connect())
    wait(c12.report())
    seen = rows(
        server,
        select(device_seen.c.observed).join(enrolments).where(enrolments.c.installation_id == c12.here.id),
    )
    assert seen[0].observed["clock_offset_ms"] == -86_400_000
    wait(c12.cut())


def test_the_http_twin_tells_and_takes_the_same(server):
    import urllib.request

    def post(path, body):
        request = urllib.request.Request(
            f"{server.url}/api/device/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    c13 = device(server.context, 13)
    fields, proof = c13.introduce(post("hello", {})["server_nonce"])
    wait(c13._accept(fields, post("prove", {**proof, "server_nonce": fields.server_nonce})))
    body = json.dumps(
        {"applied": c13._applied_now(), "observed": c13.observed, "last_seq": 1, "events": c13.here.queue}
    )
    mac = envelope_mac(c13._key, "POST /api/device/report", 1, body)
    envelope = {"session_id": c13.welcome["session_id"], "n": 1, "body": body, "mac": mac}
    ack = c13._open("ack", post("report", envelope))
    assert (ack["report_n"], ack["acked_seq"]) == (1, 1)
    with pytest.raises(urllib.error.HTTPError) as refused:  # the same message again
        post("report", envelope)
    assert json.load(refused.value)["code"] == "bad_mac"


def admitted(server, newcomer) -> None:
    """It connects; where it has to wait for a person, the person is quick."""
    wait(newcomer.connect())
    if newcomer.standing == "quarantined":
        life = rows(server, select(enrolments.c.id).where(enrolments.c.installation_id == newcomer.here.id))
        admission.admit(server.context.db, Actor("joko"), server.context.now(), life[0].id)
        wait(newcomer.connect())
    assert newcomer.standing == "live"


def test_an_order_is_pushed_survives_a_kill_and_is_applied_after_it(server):
    made = server.made
    db, now = server.context.db, server.context.now
    c14 = device(server.context, 1, installation=Installation())
    admitted(server, c14)  # C01 had another key before
    exam_id = exams.create(
        db,
        SYSTEM,
        now(),
        day_id=made.day_ids[0],
        slot_id=made.slot_ids[0],
        room_id=made.room_id,
        profile=PROFILE,
        title="Hari 1",
        start_url="practice",
        allowed_hosts=[],
    )
    exams.open_exam(db, SYSTEM, now(), exam_id)
    # Another process wrote the order: the device hears of it with its next report.
    wait(c14.report())
    assert c14.here.doc["mode"] == "waiting"
    c14.record("focus_lost")
    server.kill()
    with pytest.raises(ConnectionError):
        wait(c14.report())
    server.start()
    wait(c14.connect())
    ack = wait(c14.report())
    assert ack["acked_seq"] == c14.here.seq
    assert c14.here.queue == []
    wait(c14.cut())
    exams.end(db, SYSTEM, now(), exam_id)


def test_refusals_leave_one_line_not_one_for_each_try(server):
    for _ in range(3):
        code_of(device(server.context, 6, serial="KNOCKING").connect())
    lines = rows(server, select(audit).where(audit.c.object == "serial KNOCKING"))
    assert [line.code for line in lines] == ["unknown_device"]


def test_a_device_that_falls_silent_is_missed_long_before_its_reports_would_say_so(server):
    """The connection stands, as it does when an access point dies; nobody answers the pings."""
    now = server.context.now()
    exam = exams.create(
        server.context.db, SYSTEM, now, day_id=server.made.day_ids[1], slot_id=server.made.slot_ids[0],
        room_id=server.made.room_id, profile=PROFILE, title="Jaringan", start_url="practice", allowed_hosts=[],
    )  # fmt: skip
    c13 = device(server.context, 13)
    admitted(server, c13)  # C13 had another key before
    exams.open_exam(server.context.db, SYSTEM, now, exam)
    here = select(assignments.c.sitting_id).where(
        assignments.c.device_id == 13, assignments.c.to_at.is_(None)
    )
    sitting = rows(server, here)[0].sitting_id
    with server.context.db.write() as tx:
        steps.move(tx, sitting, exam, SittingState.EXPECTED, SittingState.CHECKED_IN, now)
    wait(c13.report())

    async def swallow(_packet) -> None:
        """What it sends is lost on the way."""

    c13._sio.eio._send_packet = swallow
    silent_since = server.context.now()
    lost = select(incidents).where(incidents.c.kind == "missing", incidents.c.sitting_id == sitting)
    (found,) = until(lambda: rows(server, lost), "the loss is an incident")
    print(f"seen after {(found.opened_at - silent_since) / 1000:.1f} s")
    del c13._sio.eio._send_packet
    wait(c13.cut())
    c13.here.ticket = c13.welcome["connection_ticket"]
    wait(c13.connect())
    wait(c13.report())
    (back,) = until(
        lambda: rows(server, lost.where(incidents.c.closed_at.is_not(None))),
        "it is over when the device is back",
    )
    assert back.closed_by == "system"
    wait(c13.cut())
    exams.end(server.context.db, SYSTEM, server.context.now(), exam)
