"""The set-up pages: what is next, what is wrong at its place, and nothing lost of what was typed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from server import config
from server.bootstrap import build, open_context
from server.services import demo, exams, setup_rooms
from server.services.actor import SYSTEM
from server.services.context import Context
from server.services.meta import get_meta

from .conftest import PASSWORD, Web

SCHOOL = {"npsn": "20555001", "name": "SMA Baru", "level": "SMA", "timezone": "WITA"}
ROUND = {
    "name": "Gladi ANBK",
    "programme": "ANBK",
    "purpose": "gladi",
    "wave": "",
    "day.new1": "2026-11-24",
    "day.new2": "",
    "slot.new1": "7.30",
    "slot.new2": "10.30",
}


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[tuple[Context, Flask]]:
    """A server as it is right after installing, with its people and nothing else."""
    context = open_context(config.load(tmp_path / "data", async_mode="threading"))
    demo.set_passwords(context.db, context.now(), dict.fromkeys(demo.CAST, PASSWORD))
    app, _edge, _hub = build(context)
    app.config["WTF_CSRF_ENABLED"] = False
    yield context, app
    context.db.close()


def sign_in(app: Flask, username: str = "wayan") -> FlaskClient:
    client = app.test_client()
    assert client.post("/sign-in", data={"username": username, "password": PASSWORD}).status_code == 302
    return client


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_an_empty_server_says_what_comes_first(empty: tuple[Context, Flask]) -> None:
    client = sign_in(empty[1])
    page = text(client, "/setup")
    assert page.index("1. Sekolah") < page.index("2. Ruang") < page.index("3. Pelaksanaan")
    assert "langkah berikutnya" in page
    assert "sesudah langkah Sekolah" in page
    for path in ("/exams", "/exams/new", "/exams/new?profile=simulasi"):
        assert 'href="/setup/rooms"' in text(client, path)


def test_who_may_not_set_up_is_told_who_does(empty: tuple[Context, Flask]) -> None:
    client = sign_in(empty[1], "sari")
    page = text(client, "/exams")
    assert "Admin mengisinya" in page
    assert "/setup" not in page
    assert client.get("/setup").status_code == 403


def test_school_room_and_round_are_made_and_the_exam_form_offers_them(empty: tuple[Context, Flask]) -> None:
    context, app = empty
    client = sign_in(app)
    for path, data in (
        ("/setup/school", SCHOOL),
        ("/setup/rooms", {"name": "Lab 1", "count": "12", "columns": "4"}),
        ("/setup/rounds", ROUND),
    ):
        answer = client.post(path, data=data, follow_redirects=True)
        assert answer.status_code == 200
        assert "Tersimpan." in answer.get_data(as_text=True)
    with context.db.read() as c:
        assert get_meta(c, "school_npsn") == "20555001"
    page = text(client, "/exams/new?profile=simulasi")
    assert ">Lab 1</option>" in page
    assert "Gladi ANBK" in page
    assert "Sesi 2 · 10.30 WITA" in page
    assert "SMA Baru" in text(client, "/exams")


def test_the_entered_npsn_outlives_a_restart_with_an_older_setting(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = open_context(config.load(folder, async_mode="threading", school_npsn="20999001"))
    app, _edge, _hub = build(first)
    app.config["WTF_CSRF_ENABLED"] = False
    demo.set_passwords(first.db, first.now(), dict.fromkeys(demo.CAST, PASSWORD))
    sign_in(app).post("/setup/school", data=SCHOOL)
    first.db.close()
    again = open_context(config.load(folder, async_mode="threading", school_npsn="20999001"))
    with again.db.read() as c:
        assert get_meta(c, "school_npsn") == "20555001"
    again.db.close()


def test_wrong_fields_say_so_at_their_place_and_keep_what_was_typed(web: Web) -> None:
    client = web.sign_in("wayan")
    for path, data, fields, kept in (
        ("/setup/school", {**SCHOOL, "npsn": "123", "timezone": "GMT"}, ("npsn", "timezone"), "SMA Baru"),
        (
            "/setup/school/guests",
            {"npsn": "12", "name": "MTs Tamu"},
            ("guest-npsn", "guest-level"),
            "MTs Tamu",
        ),
        (
            "/setup/rooms",
            {"name": "", "count": "0", "columns": "x", "labels": ""},
            ("name", "count", "columns"),
            "x",
        ),
        ("/setup/rooms", {"name": "Aula", "columns": "5", "labels": "1, 2a, 2A"}, ("labels",), "1, 2a, 2A"),
        (
            "/setup/rooms",
            {"name": "Aula", "count": "3", "columns": "5", "labels": "1, 2"},
            ("labels",),
            "Aula",
        ),
        (
            "/setup/rounds",
            {**ROUND, "programme": "", "day.new2": "besok", "slot.new2": "25.00"},
            ("programme", "day.new2", "slot.new2"),
            "25.00",
        ),
    ):
        answer = client.post(path, data=data)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422, path
        for field in fields:
            assert f'id="error-{field}"' in page, (path, field)
            assert f'aria-describedby="error-{field}"' in page, (path, field)
        assert f'value="{kept}"' in page or f">{kept}<" in page, path
        assert web.audit()[-1].outcome == "refused"


def test_what_is_in_use_is_not_removed_and_the_page_names_what_uses_it(web: Web) -> None:
    client = web.sign_in("wayan")
    room, round_id = web.school.room_id, web.school.round_id
    answer = client.post(f"/setup/rooms/{room}/remove")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "ujian “Simulasi web”" in page
    assert "perangkat C01 dan 14 lainnya" in page
    answer = client.post(f"/setup/rounds/{round_id}/remove")
    assert answer.status_code == 409
    assert "ujian “Simulasi web”" in answer.get_data(as_text=True)
    answer = client.post(f"/setup/rooms/{room}", data={"name": "Ruang 1", "count": "9", "columns": "5"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert 'id="error-labels"' in page and 'value="9"' in page
    assert client.get("/setup/rooms/999").status_code == 404


def test_an_edit_shows_what_there_is_and_saves_it_unchanged(web: Web) -> None:
    client = web.sign_in("wayan")
    exams.open_exam(web.context.db, SYSTEM, web.context.now(), web.exam)
    page = text(client, f"/setup/rounds/{web.school.round_id}")
    day, slot = web.school.day_ids[0], web.school.slot_ids[0]
    assert f'name="day.{day}"' in page and 'value="24/11/2026"' in page and 'value="07.30"' in page
    same = {
        "name": "Simulasi ANBK",
        "programme": "ANBK",
        "purpose": "simulasi",
        "wave": "Gelombang 1",
        f"day.{day}": "24/11/2026",
        f"day.{web.school.day_ids[1]}": "2026-11-25",
        f"slot.{slot}": "07.30",
        f"slot.{web.school.slot_ids[1]}": "10.30",
        "slot.new1": "13.30",
    }
    assert client.post(f"/setup/rounds/{web.school.round_id}", data=same).status_code == 302
    assert "13.30" in text(client, "/setup/rounds")
    answer = client.post(f"/setup/rounds/{web.school.round_id}", data={**same, f"day.{day}": "2026-11-20"})
    assert answer.status_code == 409
    assert f'id="error-day.{day}"' in answer.get_data(as_text=True)


def test_a_room_with_labels_of_its_own_and_an_unused_room_removed(web: Web) -> None:
    client = web.sign_in("wayan")
    client.post("/setup/rooms", data={"name": "Aula", "columns": "2", "labels": "A1, A2\nB1"})
    with web.context.db.read() as c:
        room = next(r for r in setup_rooms.lines(c) if r.name == "Aula")
    assert room.labels == ("A1", "A2", "B1")
    assert "A1, A2, B1" in text(client, f"/setup/rooms/{room.id}")
    answer = client.post(f"/setup/rooms/{room.id}/remove", follow_redirects=True)
    assert "Sudah dihapus." in answer.get_data(as_text=True)


def test_guest_schools_come_and_go(web: Web) -> None:
    client = web.sign_in("wayan")
    answer = client.post(
        "/setup/school/guests",
        data={"npsn": "20999002", "name": "SMP Tamu", "level": "SMP"},
        follow_redirects=True,
    )
    page = answer.get_data(as_text=True)
    assert "SMP Tamu" in page
    remove = page[page.index("/setup/school/guests/") :].split('"')[0]
    assert "SMP Tamu" not in client.post(remove, follow_redirects=True).get_data(as_text=True)


def test_lists_are_exported(web: Web) -> None:
    client = web.sign_in("wayan")
    for path, first in (("/setup/rooms.xlsx", "Ruang 1"), ("/setup/rounds.xlsx", "Simulasi ANBK")):
        sheet = load_workbook(io.BytesIO(client.get(path).data)).active
        assert sheet is not None
        assert sheet["A2"].value == first
