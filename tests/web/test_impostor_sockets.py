"""Impostors at a real server's door: over sockets and HTTP, while a real Chromebook works."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request

import pytest
import socketio.exceptions
from sqlalchemy import func, select

from server.domain.proof import envelope_mac
from server.domain.protocol import NAMESPACE
from server.services import admission, demo, desired, exams
from server.services.actor import SYSTEM
from server.simulated_device import SimulatedDevice
from server.simulated_installation import DeviceRefused, Installation, ServerNotProven
from server.store.tables import assignments, attestations, audit, device_events, enrolments, incidents
from tests.simulated import device, wait
from tests.stage import ServerProcess, until

PROFILE = {"key": "t", "client": "web", "blocks": [{"name": "Bagian 1", "minutes": 30}]}


@pytest.fixture(scope="module", params=["eventlet", "threading"])
def server(request, tmp_path_factory):
    process = ServerProcess(tmp_path_factory.mktemp(request.param), async_mode=request.param)
    process.made = demo.seed(process.context.db, process.context.now(), days=("2026-11-24", "2026-11-25"))
    made = process.made
    process.exam = exams.create(
        process.context.db, SYSTEM, process.context.now(), day_id=made.day_ids[0], slot_id=made.slot_ids[0],
        room_id=made.room_id, profile=PROFILE, title="Hari 1", start_url="practice", allowed_hosts=[],
    )  # fmt: skip
    exams.open_exam(process.context.db, SYSTEM, process.context.now(), process.exam)
    yield process.start()
    process.stop()


@pytest.fixture(autouse=True)
def _everybody_goes_home(server):
    yield
    with server.context.db.write() as tx:
        live = select(enrolments.c.id).where(enrolments.c.standing != "ended")
        admission.end(tx, server.context.now(), list(tx.c.execute(live).scalars()), "test")
        tx.c.execute(incidents.update().values(closed_at=1))


def rows(server, statement):
    with server.context.db.read() as c:
        return c.execute(statement).all()


def open_incidents(server, kind: str):
    return rows(server, select(incidents).where(incidents.c.kind == kind, incidents.c.closed_at.is_(None)))


def copy_of(here: Installation, ticket: str | None) -> Installation:
    """The same profile folder on another machine."""
    return Installation(id=here.id, key=here.key, ticket=ticket, seq=here.seq)


def settled(server, number: int) -> SimulatedDevice:
    """A real Chromebook at work: connected, and its ticket confirmed."""
    made = device(server.context, number, installation=Installation())
    wait(made.connect())
    wait(made.report())
    return made


def code_of(attempt) -> str:
    with pytest.raises(DeviceRefused) as refused:
        wait(attempt)
    return refused.value.code


def post(server, path: str, body) -> dict:
    request = urllib.request.Request(
        f"{server.url}/api/device/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


def over_http(server, here: SimulatedDevice) -> dict:
    """Prove over HTTP; the welcome, or what it was refused with."""
    fields, proof = here.introduce(post(server, "hello", {})["server_nonce"])
    answer = post(server, "prove", {**proof, "server_nonce": fields.server_nonce})
    if "code" not in answer:
        wait(here._accept(fields, answer))
    return answer


def http_report(here: SimulatedDevice, n: int) -> dict:
    body = json.dumps(
        {
            "applied": here._applied_now(), "observed": here.observed, "last_seq": here.here.seq,
            "events": here.here.queue,
        }
    )  # fmt: skip
    mac = envelope_mac(here._key, "POST /api/device/report", n, body)
    return {"session_id": here.welcome["session_id"], "n": n, "body": body, "mac": mac}


def ledger(server):
    with server.context.db.read() as c:
        return c.execute(select(assignments).order_by(assignments.c.id)).all(), desired.current(c, 1)


def test_a_laptop_with_everything_but_the_key_is_shown_an_idle_page_and_the_real_one_goes_on(server):
    """It has the serial number, the school code and the enrolment secret out of a policy file."""
    real = settled(server, 1)
    before = ledger(server)
    laptop = device(server.context, 1)
    wait(laptop.connect())
    assert (laptop.standing, laptop.welcome["grade"]) == ("quarantined", "claimed")
    shown = laptop.here.doc
    assert (shown["mode"], shown["participant"], shown["seat"], shown["device_label"]) == (
        "idle",
        None,
        None,
        None,
    )
    wait(laptop.report())
    wait(laptop._emit("page_ticket", {}))
    until(lambda: laptop.refused == "not_proven", "no ticket to the pupil's page")
    assert real.connected and real.here.doc["mode"] == "waiting"
    assert wait(real.report())["acked_seq"] == real.here.seq
    assert ledger(server) == before
    assert len(open_incidents(server, "newcomer")) == 1
    wait(real.cut())


def test_a_copy_with_the_newest_ticket_is_refused_while_the_real_one_is_there(server):
    real = settled(server, 2)
    thief = device(server.context, 2, installation=copy_of(real.here, real.here.ticket))
    assert code_of(thief.connect()) == "installation_forked"
    assert real.connected and real.refused is None
    assert wait(real.report())["acked_seq"] == real.here.seq
    assert len(open_incidents(server, "fork")) == 1
    wait(real.cut())
    wait(real.connect())  # and its ticket was not used up
    assert real.standing == "live"
    wait(real.cut())


def test_the_same_over_http_while_the_real_one_has_its_socket(server):
    real = settled(server, 3)
    thief = device(server.context, 3, installation=copy_of(real.here, real.here.ticket))
    assert over_http(server, thief)["code"] == "installation_forked"
    assert wait(real.report())["acked_seq"] == real.here.seq
    wait(real.cut())


def test_a_half_open_socket_of_its_own_keeps_no_pupil_out(server):
    """The network went away and came back; the server has not noticed. Several times, over socket and HTTP."""
    first = settled(server, 4)
    for _ in range(3):
        first.half_open = True
        again = device(server.context, 4, installation=first.here)
        wait(again.connect())
        assert again.standing == "live"
        wait(again.report())
        until(lambda old=first: old.refused == "replaced", "the old socket is let go")
        first = again
    first.half_open = True
    twin = device(server.context, 4, installation=first.here)
    assert "code" not in over_http(server, twin)
    assert open_incidents(server, "fork") == []
    wait(first.cut())


def test_an_old_ticket_is_a_fork_whether_the_real_one_is_there_or_not(server):
    real = settled(server, 5)
    old = real.here.ticket
    wait(real.connect())
    wait(real.report())
    assert (
        code_of(device(server.context, 5, installation=copy_of(real.here, old)).connect())
        == "installation_forked"
    )
    wait(real.cut())
    assert (
        code_of(device(server.context, 5, installation=copy_of(real.here, old)).connect())
        == "installation_forked"
    )
    wait(real.connect())
    assert real.standing == "live"
    wait(real.cut())


def test_one_number_with_two_contents_closes_the_copy_and_keeps_what_was_first(server):
    real = settled(server, 6)
    real.record("focus_lost")
    wait(real.report())
    wait(real.cut())  # only now does the copy find nobody at home
    thief = device(server.context, 6, installation=copy_of(real.here, real.here.ticket))
    thief.here.seq -= 1
    wait(thief.connect())
    thief.here.queue = [{"seq": real.here.seq, "at": 1, "kind": "focus_gained", "data": {}}]
    with pytest.raises((ConnectionError, DeviceRefused)):
        wait(thief.report())
    assert thief.refused == "installation_forked"
    kinds = rows(
        server,
        select(device_events.c.kind)
        .join(enrolments, enrolments.c.id == device_events.c.enrolment_id)
        .where(enrolments.c.installation_id == real.here.id, device_events.c.seq == real.here.seq),
    )
    assert [row.kind for row in kinds] == ["focus_lost"]
    assert len(open_incidents(server, "fork")) == 1
    wait(real.connect())  # the copy's ticket was never confirmed
    assert real.standing == "live"
    wait(real.cut())


def test_a_prove_message_that_was_overheard_opens_no_second_door(server):
    here = device(server.context, 7, installation=Installation())
    overheard: dict = {}

    async def listen_and_repeat():
        told = asyncio.get_running_loop().create_future()
        sio = here.engine(None)
        sio.on("refused", lambda raw: told.set_result(raw["code"]), namespace=NAMESPACE)
        hello = asyncio.get_running_loop().create_future()
        sio.on("hello", lambda raw: hello.set_result(raw), namespace=NAMESPACE)
        await sio.connect(here.dial, namespaces=[NAMESPACE], transports=["websocket"], wait_timeout=30)
        await hello
        await sio.emit("prove", overheard, namespace=NAMESPACE)
        code = await asyncio.wait_for(told, 45)
        await sio.disconnect()
        return code

    nonce = post(server, "hello", {})["server_nonce"]
    fields, proof = here.introduce(nonce)
    overheard.update(proof)
    wait(here._accept(fields, post(server, "prove", {**proof, "server_nonce": nonce})))
    assert wait(listen_and_repeat()) == "bad_proof"  # another nonce
    again = post(server, "prove", {**proof, "server_nonce": nonce})
    assert again["code"] == "nonce_expired"  # the same one, used
    fresh = post(server, "prove", {**proof, "server_nonce": post(server, "hello", {})["server_nonce"]})
    assert fresh["code"] == "bad_proof"


def test_a_report_that_was_overheard_is_refused_and_costs_the_real_session_nothing(server):
    here = device(server.context, 8, installation=Installation())
    over_http(server, here)
    heard = http_report(here, 1)
    assert "code" not in post(server, "report", heard)
    for message in (heard, {**heard, "n": 2}, {**heard, "n": 2, "body": heard["body"].replace("80", "3")}):
        assert post(server, "report", message)["code"] == "bad_mac"
    assert "code" not in post(server, "report", http_report(here, 2))


def test_a_relay_at_another_address_and_a_server_without_the_secret_get_nothing(server):
    victim = device(server.context, 9, address="http://10.0.0.66:8410", dial=server.url)
    assert code_of(victim.connect()) == "wrong_address"
    honest = device(server.context, 9, secret="what the laptop thinks the secret is")
    fields, _ = honest.introduce("0" * 32)
    with pytest.raises(ServerNotProven):
        wait(honest._accept(fields, {"proof": "0" * 64, "n": 1, "body": "{}", "mac": "0" * 64}))
    assert honest.here.applied is None


def test_a_flood_of_impostors_does_not_keep_the_real_one_out(server):
    """Sixty laptops knock without rest, half of them with the secret; the room comes back from a Wi-Fi drop."""
    room = [settled(server, number) for number in (10, 11, 12)]
    for one in room:
        one.half_open = True

    async def knock(number: int, over: asyncio.Event) -> None:
        serial = demo.serial(10) if number % 2 else f"MADE-UP-{number}"
        while not over.is_set():
            laptop = device_of(serial, "guessed, and long enough to be one" if number % 3 else None)
            try:
                await laptop.connect()
                await laptop.cut()
            except (DeviceRefused, ConnectionError, TimeoutError, OSError):
                await asyncio.sleep(0.05)
            except Exception:  # the engine's own word for a connection that failed
                await asyncio.sleep(0.05)

    def device_of(serial: str, secret: str | None) -> SimulatedDevice:
        known = room[0]
        return SimulatedDevice(known.address, known.school, secret or known.secret, serial)

    async def come_back(one: SimulatedDevice) -> None:
        """As a Chromebook does: a try that nobody answered in time is followed by another. A refusal is the end: sixty
        laptops share this process, so it may be the one that is slow; it never makes a server say no."""
        async with asyncio.timeout(60):
            while True:
                try:
                    await one.connect()
                    await one.report()
                    return
                except DeviceRefused as refused:
                    if refused.code != "proof_timeout":
                        raise
                except (ConnectionError, TimeoutError, socketio.exceptions.ConnectionError):
                    pass

    async def flood() -> list[str]:
        over = asyncio.Event()
        laptops = [asyncio.ensure_future(knock(n, over)) for n in range(60)]
        await asyncio.sleep(1.0)
        back = [
            SimulatedDevice(one.address, one.school, one.secret, one.serial, installation=one.here)
            for one in room
        ]
        try:
            await asyncio.gather(*map(come_back, back))
        finally:
            over.set()
        await asyncio.gather(*laptops)
        standings = [one.standing for one in back]
        await asyncio.gather(*(one.cut() for one in back))
        return standings

    assert wait(flood(), 120) == ["live", "live", "live"]
    lines = rows(server, select(func.count()).where(audit.c.action == "device.prove"))[0][0]
    assert lines <= 120
    waiting = rows(server, select(func.count()).where(enrolments.c.standing == "quarantined"))[0][0]
    assert waiting <= 5


# --- proofs of the machine, on the way ----------------------------------------------------------------------------


def asked(server, here: SimulatedDevice, scope: str = "machine") -> int:
    """The worker has put a question to this device."""
    life = select(enrolments.c.id).where(enrolments.c.installation_id == here.here.id)
    with server.context.db.write() as tx:
        return tx.insert(
            attestations, enrolment_id=tx.c.execute(life).scalar_one(), scope=scope, state="asked",
            challenge="Y2hhbGxlbmdlPz8+", asked_at=server.context.now(), facts={},
        )  # fmt: skip


def state_of(server, question: int) -> tuple[str, str | None, str | None]:
    (row,) = rows(server, select(attestations).where(attestations.c.id == question))
    return row.state, row.code, row.response


def test_a_question_reaches_its_device_and_the_answer_comes_back(server):
    heard: list[tuple[str, str]] = []

    async def chip(scope, challenge):
        heard.append((scope, challenge))
        return "c2lnbmVk", None

    here = settled(server, 13)
    here.attest = chip
    question = asked(server, here)
    until(lambda: state_of(server, question)[0] == "answered", "the answer is written down")
    assert heard == [("machine", "Y2hhbGxlbmdlPz8-")]
    assert state_of(server, question)[2] == "c2lnbmVk"
    assert here.connected
    here.attest = None
    other = asked(server, here, "kiosk")
    until(lambda: state_of(server, other)[0] == "unavailable", "a device without a chip says so")
    assert state_of(server, other)[1] == "attest_unsupported"
    wait(here.cut())


def test_over_http_the_question_comes_with_an_ack(server):
    here = device(server.context, 14, installation=Installation())
    over_http(server, here)
    question = asked(server, here)

    def taken():
        taken.n += 1
        return here._open("ack", post(server, "report", http_report(here, taken.n))).get("attest")

    taken.n = 0
    told = until(taken, "the question with an ack")
    assert told["id"] == question
    n = taken.n + 1
    body = json.dumps({"id": question, "response": "c2lnbmVk", "error": None})
    mac = envelope_mac(here._key, "POST /api/device/attested", n, body)
    envelope = {"session_id": here.welcome["session_id"], "n": n, "body": body, "mac": mac}
    assert here._open("noted", post(server, "attested", envelope)) == {"id": question}
    assert state_of(server, question)[0] == "answered"


def test_nobody_answers_for_another(server):
    here, other = settled(server, 13), settled(server, 14)
    here.half_open = False

    async def silent(scope, challenge):
        await asyncio.sleep(30)
        return None, "failed"

    here.attest = silent
    question = asked(server, here)
    wait(other._emit("attested", {"id": question, "response": "c2lnbmVk", "error": None}))
    until(lambda: other.refused == "bad_message", "an answer to another's question closes the session")
    assert state_of(server, question)[0] == "asked"
    wait(here.cut())
