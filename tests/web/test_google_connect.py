"""Connecting the console on its page: tried first, kept privately, tested per feature, taken away again."""

from __future__ import annotations

import io
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from server import config
from server.bootstrap import open_gateway
from server.services import google_jobs, google_probe
from server.web import google_words
from server.worker import run_one
from server.workspace.emulator.app import Emulator
from server.workspace.gateway import Feature
from server.workspace.scopes import USUAL

from .conftest import JSON, Web


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Emulator]:
    with Emulator(tmp_path / "console") as emulator:
        yield emulator


def connect(client: FlaskClient, console: Emulator, **changed: Any) -> Any:
    form = {
        "credentials": (io.BytesIO(console.credentials.read_bytes()), "kunci.json"),
        "subject": console.subject,
        "api_root": console.root,
        **changed,
    }
    return client.post("/setup/google", data=form, content_type="multipart/form-data")


def settings(web: Web) -> config.Settings:
    return config.refreshed(web.context.settings)


def test_before_it_is_connected_the_page_says_which_mode_and_how_to(web: Web) -> None:
    page = web.sign_in("wayan").get("/setup/google").get_data(as_text=True)
    assert "Diamati · tanpa hak konsol" in page
    assert "admin.directory.device.chromeos.readonly" in page
    assert "domainwidedelegation" in page
    assert 'type="file"' in page
    assert "Putuskan" not in page
    assert 'href="/setup/google"' in web.sign_in("wayan").get("/setup").get_data(as_text=True)
    for other in ("sari", "made", "joko"):
        assert web.sign_in(other).get("/setup/google").status_code == 403


def test_a_key_that_google_accepts_is_kept_privately_and_each_feature_is_tried(
    web: Web, console: Emulator
) -> None:
    client = web.sign_in("wayan")
    answer = connect(client, console)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    kept = settings(web)
    assert kept.managed
    page = client.get("/setup/google").get_data(as_text=True)
    assert page.count("belum dicoba") == len(USUAL) and ">Coba<" in page and ">Coba lagi<" not in page
    assert stat.S_IMODE(kept.google_credentials.stat().st_mode) == 0o600
    assert run_one(web.context, open_gateway)
    page = client.get("/setup/google").get_data(as_text=True)
    assert "Terkelola · konsol Google tersambung" in page
    assert console.subject in page
    secret = json.loads(console.credentials.read_text("utf-8"))
    assert secret["private_key"] not in page
    assert secret["private_key_id"] not in page
    assert secret["client_id"] in page
    assert page.count('class="feature-state"') == len(USUAL)
    assert "belum dicoba" not in page and ">Coba lagi<" in page
    lines = [(line.actor, line.action) for line in web.audit()]
    assert ("wayan", "google.connect") in lines
    trail = client.get("/audit").get_data(as_text=True)
    assert "Menyambungkan konsol Google" in trail
    assert secret["private_key"][40:80] not in trail


def test_what_google_refuses_is_said_in_words_and_nothing_is_kept(web: Web, console: Emulator) -> None:
    client = web.sign_in("wayan")
    for changed, said in (
        ({"credentials": (io.BytesIO(b"{}"), "x.json")}, "akun layanan"),
        ({"credentials": (io.BytesIO(b""), "x.json")}, "Pilih berkas kunci"),
        ({"credentials": (io.BytesIO(b"x" * 70_000), "x.json")}, "lebih besar dari 64 kB"),
        ({"subject": "bukan alamat"}, "alamat email admin"),
        ({"api_root": "ftp://x"}, "Alamat konsol latihan"),
    ):
        answer = connect(client, console, **changed)
        page = answer.get_data(as_text=True)
        assert answer.status_code >= 400, said
        assert said in page, page
        assert 'role="alert"' in page
    stranger = connect(client, console, subject="tidak.ada@lain.sch.id")
    assert stranger.status_code >= 400
    assert not settings(web).managed
    assert not settings(web).google_credentials.exists()
    assert [p.name for p in web.context.settings.data_dir.glob(".google-trial-*")] == []


def test_a_feature_without_its_scope_is_named_with_where_to_put_it_right(web: Web, console: Emulator) -> None:
    client = web.sign_in("wayan")
    connect(client, console)
    run_one(web.context, open_gateway)
    every = google_probe.scopes()
    console.set(delegated_scopes=[scope for name, scope in every.items() if not name.startswith("org_unit")])
    assert client.post("/setup/google/probe").status_code == 302
    assert run_one(web.context, open_gateway)
    page = client.get("/setup/google").get_data(as_text=True)
    assert "✕</span> ditolak" in page
    with web.context.db.read() as c:
        (job, *_) = google_jobs.newest(c, "probe", limit=1)
    refused = [line for line in (job.result or {})["features"] if line["feature"] == "org_units"]
    assert (refused[0]["ok"], refused[0]["code"]) == (False, "google_scope")
    assert 'href="https://admin.google.com/ac/owl/domainwidedelegation"' in page


def test_it_is_taken_away_only_when_it_is_meant(web: Web, console: Emulator) -> None:
    client = web.sign_in("wayan")
    connect(client, console)
    run_one(web.context, open_gateway)
    unsure = client.post("/setup/google/disconnect", data={})
    assert unsure.status_code == 422
    assert settings(web).managed
    assert client.post("/setup/google/disconnect", data={"sure": "1"}).status_code == 302
    assert not settings(web).managed
    assert not settings(web).google_credentials.exists()
    assert "Diamati · tanpa hak konsol" in client.get("/setup/google").get_data(as_text=True)


def test_every_page_of_staff_names_the_mode_and_none_of_pupils(web: Web) -> None:
    for username in ("wayan", "sari", "made", "joko"):
        assert "Diamati · tanpa hak konsol" in web.sign_in(username).get("/exams").get_data(as_text=True)
        if username != "joko":
            board = web.sign_in(username).get(f"/exams/{web.exam}/board").get_data(as_text=True)
            assert "Diamati · tanpa hak konsol" in board
            assert 'class="foot"' not in board  # a room must fit the screen of a small laptop
    assert "Diamati" not in web.app.test_client().get("/sign-in").get_data(as_text=True)
    assert "Diamati" not in web.app.test_client().get("/p").get_data(as_text=True)


def test_the_newest_refusal_of_the_connection_itself_is_beside_the_mode(web: Web, console: Emulator) -> None:
    client = web.sign_in("wayan")
    connect(client, console)
    run_one(web.context, open_gateway)
    with web.context.db.write() as tx:
        from server.services.actor import SYSTEM

        job = google_jobs.enqueue(tx, SYSTEM, web.context.now(), "sync", {})
    claimed = google_jobs.claim(web.context.db, web.context.now(), job)
    assert claimed
    google_jobs.fail(web.context.db, web.context.now(), claimed, "google_delegation", {})
    page = client.get("/policy").get_data(as_text=True)
    assert "Google menolak pekerjaan terakhir" in page


def test_every_feature_has_its_words() -> None:
    assert set(google_words.FEATURES) == {str(feature) for feature in Feature}


def test_a_script_is_told_the_code(web: Web, console: Emulator) -> None:
    client = web.sign_in("joko")
    answer = client.post("/setup/google/probe", headers=JSON)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (403, "forbidden")
