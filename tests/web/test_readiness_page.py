"""Kesiapan as a page, a file and a sheet of paper."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from server.domain.readiness_rules import STEPS
from server.services import device_checks, inventory
from server.services.actor import SYSTEM
from server.store import tables as t
from server.web import readiness_words
from tests.readiness_school import ready_school
from tests.services.console.test_readiness_story import the_story

from .conftest import PASSWORD, Web
from .test_policy_page import connect


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def sheet(answer) -> list[list[object]]:
    book = load_workbook(io.BytesIO(answer.get_data()))
    return [list(row) for row in book.active.iter_rows(values_only=True)]


def test_every_reason_step_and_state_has_its_words() -> None:
    assert set(readiness_words.REASONS) == set(STEPS)
    assert set(STEPS.values()) == set(readiness_words.STEPS)


def test_a_school_without_a_console_says_so_and_what_it_does_not_know(web: Web) -> None:
    page = web.sign_in("joko").get("/readiness")
    said = text(page)
    assert "Diamati" in said and "Siap berarti seorang petugas sudah melihat Exam Browser terbuka" in said
    assert "Sinyal Wi-Fi hanya diketahui lewat telemetri" in said and "Ambil keadaan terbaru" not in said
    assert "15 perlu dicek" in said and "Belum pernah terlihat menyala oleh Bangku." in said
    assert "belum terlihat" in said and "Belum ada bandingan dari kemarin." in said


def test_page_and_file_count_only_what_was_seen_working(web: Web) -> None:
    client = web.sign_in("joko")
    said = text(client.get("/readiness"))
    assert "15 Chromebook belum pernah terlihat menyala, jadi belum dihitung" in said
    assert (
        "15 Chromebook bisa dipakai" not in said
        and "Atau pinjam" not in said
        and "Chromebook lagi" not in said
    )
    rows = sheet(client.get("/readiness.xlsx"))
    at = rows[0].index("Dihitung bisa dipakai")
    assert [row[at] for row in rows[1:]] == ["tidak"] * 15
    for device in (1, 2):
        device_checks.tick_client(web.context.db, SYSTEM, web.context.now(), device, "2.1")
    said = text(client.get("/readiness"))
    assert "2 Chromebook bisa dipakai: 1 peserta sekaligus" in said
    assert "13 Chromebook belum pernah terlihat menyala" in said
    rows = sheet(client.get("/readiness.xlsx"))
    assert [row[at] for row in rows[1:]].count("ya") == 2


def test_no_number_for_the_portal_comes_of_chromebooks_nobody_saw(web: Web) -> None:
    client = web.sign_in("joko")
    client.post(f"/readiness/rooms/{web.school.room_id}/portal", data={"portal_clients": "13"})
    said = text(client.get("/readiness"))
    assert "Di portal tertulis" not in said and "cocok sekarang: 0" not in said


def test_what_needs_somebody_comes_first_and_the_healthy_are_folded_away(web: Web) -> None:
    inventory.set_service(web.context.db, SYSTEM, web.context.now(), 3, False, "layar retak")
    page = web.sign_in("joko").get("/readiness").get_data(as_text=True)
    assert page.index("layar retak") < page.index("Belum pernah terlihat menyala")
    assert re.search(r'group-not_ready" open', page) and not re.search(r'group-ready" open', page)


def test_room_and_day_filter_and_nonsense_is_ignored(web: Web) -> None:
    client = web.sign_in("sari")
    assert "C01" in text(client.get(f"/readiness?room={web.school.room_id}"))
    empty = text(client.get(f"/readiness?room={web.school.second_room_id}"))
    assert "C01" not in empty and "Belum ada Chromebook yang bertempat di ruang ini." in empty
    for odd in ("room=x", "date=2026-99-99", "date=' OR 1", "room=99999999999999"):
        assert client.get(f"/readiness?{odd}").status_code == 200


def test_the_file_has_every_chromebook_in_walking_order_with_sources(web: Web) -> None:
    rows = sheet(web.sign_in("joko").get("/readiness.xlsx"))
    assert rows[0][:9] == [
        *("Ruang", "Meja", "Label", "Nomor seri", "Chromebook cadangan", "Keadaan"),
        *("Sebab", "Langkah berikut", "Sejak kemarin"),
    ]
    assert [row[2] for row in rows[1:]][4:7] == ["C05", "C10", "C09"] and len(rows) == 16
    assert "Baterai: sumber" in rows[0]


def test_the_technician_s_sheet_has_boxes_and_only_what_needs_work(web: Web) -> None:
    client = web.sign_in("joko")
    page = client.get("/readiness/list").get_data(as_text=True)
    assert page.count('class="tick-box"') == 15 and "Nyalakan dan biarkan tersambung" in page
    labels = re.findall(r"<b>(C\d\d)</b>", page)
    assert labels[4:7] == ["C05", "C10", "C09"] and labels[-2:] == ["C14", "C15"]
    assert client.get("/readiness/list?all=1").status_code == 200


def test_a_chromebook_without_a_room_comes_last_on_the_technician_s_sheet(web: Web) -> None:
    with web.context.db.write() as tx:
        places = t.device_places
        tx.c.execute(places.update().where(places.c.device_id == 3).values(to_at=web.context.now()))
    answer = web.sign_in("joko").get("/readiness/list")
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    assert re.findall(r"<b>(C\d\d)</b>", page)[-1] == "C03"
    assert re.findall(r'<h2 id="walk-\d">([^<·]+)', page)[-1].strip() == "Belum bertempat"
    assert page.count('class="tick-box"') == 15


def test_the_number_in_the_portal_is_noted_refused_and_warned_about(web: Web) -> None:
    client = web.sign_in("joko")
    path = f"/readiness/rooms/{web.school.room_id}/portal"
    refused = client.post(path, data={"portal_clients": "-3"})
    assert refused.status_code == 422 and "Tulis jumlah klien dari 1 sampai 1000" in text(refused)
    assert client.post(path, data={"portal_clients": "15"}).status_code == 302
    with web.context.db.read() as c:
        assert (
            c.execute(select(t.rooms.c.portal_clients).where(t.rooms.c.id == web.school.room_id)).scalar()
            == 15
        )
    assert "readiness.portal_clients" in [row.action for row in web.audit()]
    assert client.post("/readiness/rooms/999/portal", data={"portal_clients": "5"}).status_code == 404


def test_the_oldest_chromeos_is_set_by_those_who_keep_the_devices(web: Web) -> None:
    client = web.sign_in("joko")
    assert client.post("/readiness/least-os", data={"least_os": "abc"}).status_code == 422
    assert client.post("/readiness/least-os", data={"least_os": "130"}).status_code == 302
    assert 'value="130"' in client.get("/readiness").get_data(as_text=True)
    proctor = web.sign_in("sari")
    assert proctor.post("/readiness/least-os", data={"least_os": "120"}).status_code == 403
    assert "Syarat sekolah" not in text(proctor.get("/readiness"))


def test_the_supervisor_does_not_see_it(web: Web) -> None:
    client = web.sign_in("made")
    assert client.get("/readiness").status_code == 403
    assert "/readiness" not in client.get("/exams").get_data(as_text=True)


def test_telemetry_is_ordered_by_a_button_once_and_behind_every_sync(web: Web) -> None:
    client = web.sign_in("joko")
    assert client.post("/readiness/telemetry").status_code == 404
    connect(web)
    assert client.post("/readiness/telemetry").status_code == 302
    assert client.post("/readiness/telemetry").status_code == 302
    with web.context.db.read() as c:
        jobs = c.execute(select(t.google_jobs.c.kind)).scalars().all()
    assert jobs == ["telemetry"]
    client.post("/devices/sync")
    with web.context.db.read() as c:
        jobs = c.execute(select(t.google_jobs.c.kind).order_by(t.google_jobs.c.id)).scalars().all()
    assert jobs == ["telemetry", "sync"]  # the one in line serves
    assert "Mengambil telemetri dari konsol Google" in text(client.get("/readiness"))


def test_a_scope_left_out_is_named_where_the_signal_would_be(web: Web) -> None:
    connect(web)
    with web.context.db.write() as tx:
        tx.insert(
            t.google_jobs,
            kind="telemetry", state="done", params={}, by_name="joko", created_at=1, ended_at=2,
            result={"not_allowed": "google_scope"},
        )  # fmt: skip
    said = text(web.sign_in("joko").get("/readiness"))
    assert "tambahkan cakupan ini" in said and "chrome.management.telemetry.readonly" in said


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_story_s_board_in_both_languages(tmp_path: Path, language: str) -> None:
    from server.bootstrap import build
    from server.services import demo

    with ready_school(tmp_path, C12={"auto_update_through": "2025-06-01"}) as school:
        school.make_exam()
        the_story(school)
        demo.set_passwords(school.db, school.now, dict.fromkeys(demo.CAST, PASSWORD))
        app, _edge, _hub = build(school.context)
        app.config["WTF_CSRF_ENABLED"] = False
        client = app.test_client()
        client.get(f"/language/{language}")
        client.post("/sign-in", data={"username": "joko", "password": PASSWORD})
        said = text(client.get("/readiness"))
    words = {
        "id": (
            *("11 siap", "3 perlu dicek", "1 belum siap", "Menurut Google: dinonaktifkan di konsol."),
            *(
                "Baterai 31%; untuk satu sesi perlu 65%.",
                "Sinyal Wi-Fi lemah (-84 dBm).",
                "telemetri konsol, baru saja",
            ),
            *("Perlu 3 sesi (9, 9, 8)", "Atau pinjam 1 Chromebook.", "dilihat joko"),
        ),
        "en": (
            *("11 ready", "3 to check", "1 not ready", "Google says: disabled in the console."),
            *("Battery 31%; one session needs 65%.", "Weak Wi-Fi signal (-84 dBm).", "seen by joko"),
        ),
    }[language]
    for sentence in words:
        assert sentence in said, sentence
