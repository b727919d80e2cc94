"""Turning the proof of Chromebooks on and off, and what it says of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from server.bootstrap import open_gateway
from server.services import attestation
from server.services import attestation_outcomes as outcomes
from server.store import tables as t
from server.worker import run_one
from server.workspace.emulator.app import Emulator
from tests.enrolled import enrol_every_device
from tests.synced_school import school_of
from tests.web.conftest import Web
from tests.web.test_google_connect import connect


@pytest.fixture
def console(tmp_path: Path):
    with Emulator(tmp_path / "console", school_of()) as made:
        yield made


def page(client) -> str:
    return client.get("/setup/google").get_data(as_text=True)


def ask(web: Web, device_id: int, state: str, code: str | None = None) -> None:
    with web.context.db.write() as tx:
        life = tx.c.execute(
            select(t.enrolments.c.id).where(t.enrolments.c.device_id == device_id)
        ).scalar_one()
        question = tx.insert(
            t.attestations,
            enrolment_id=life,
            scope="machine",
            state="asked",
            asked_at=web.context.now() - 1_000,
            facts={},
        )
        outcomes.end(tx, web.context.now(), [question], outcomes.State(state), code)
        if state == "verified":
            tx.c.execute(
                t.enrolments.update()
                .where(t.enrolments.c.id == life)
                .values(grade="attested", attested_at=web.context.now())
            )


def test_without_a_console_there_is_nothing_to_turn_on(web: Web):
    client = web.sign_in("wayan")
    assert "Bukti perangkat" not in page(client)
    answer = client.post("/setup/google/attestation", data={"on": "1"})
    assert answer.status_code == 409
    assert "Sambungkan konsol Google" in answer.get_data(as_text=True)


def test_it_is_off_at_first_says_what_it_needs_and_goes_on_and_off(web: Web, console: Emulator):
    client = web.sign_in("wayan")
    connect(client, console)
    run_one(web.context, open_gateway)
    off = page(client)
    assert "Nyalakan bukti perangkat" in off
    assert "https://www.googleapis.com/auth/verifiedaccess" in off
    assert "Belum pernah dicoba pada Chromebook sungguhan" in off
    assert client.post("/setup/google/attestation", data={"on": "1"}).status_code == 302
    with web.context.db.read() as c:
        assert attestation.is_on(c)
    assert "Menyala" in page(client)
    assert client.post("/setup/google/attestation", data={"on": "0"}).status_code == 302
    assert "Nyalakan bukti perangkat" in page(client)
    actions = [line.action for line in web.audit()]
    assert {"attestation.on", "attestation.off"} <= set(actions)


def test_each_state_is_told_in_words_with_what_to_do_and_nobody_is_blamed(web: Web, console: Emulator):
    client = web.sign_in("wayan")
    connect(client, console)
    enrol_every_device(web.context.db, web.context.now())
    client.post("/setup/google/attestation", data={"on": "1"})
    ask(web, 1, "verified")
    ask(web, 2, "refused", "attest_developer_mode")
    ask(web, 3, "unavailable", "google_unavailable")
    shown = page(client)
    for said in (
        "1 terbukti",
        "1 belum dijamin Google",
        "1 belum bisa diperiksa",
        "belum ditanya",
        "mode pengembang",
        "Periksa internet sekolah",
        "Ujian berjalan terus",
    ):
        assert said in shown, said
    one = client.get("/devices/1").get_data(as_text=True)
    assert "Bukti perangkat" in one and "terakhir terbukti" in one
    assert "mode pengembang" in client.get("/devices/2").get_data(as_text=True)
    english = web.app.test_client()
    english.set_cookie("bangku_lang", "en")


def test_only_whoever_manages_the_console_turns_it_on(web: Web):
    for other in ("sari", "made", "joko"):
        assert web.sign_in(other).post("/setup/google/attestation", data={"on": "1"}).status_code == 403
