"""The page between two sessions, and the acts that move pupils and hours."""

from __future__ import annotations

from io import BytesIO

from openpyxl import load_workbook
from sqlalchemy import select

from server.services import exams
from server.services.actor import SYSTEM
from server.store.tables import exams as exam_rows
from server.store.tables import sittings
from tests.web.conftest import Web


def two_sessions(web: Web) -> int:
    """Session 1 runs; session 2 is prepared. Returns the second exam."""
    web.start()
    with web.context.db.read() as c:
        first = c.execute(select(exam_rows).where(exam_rows.c.id == web.exam)).one()
    return exams.create(
        web.context.db,
        SYSTEM,
        web.context.now(),
        day_id=first.day_id,
        slot_id=web.school.slot_ids[1],
        room_id=first.room_id,
        profile=first.profile,
        title="Sesi 2",
        start_url=first.start_url,
        allowed_hosts=[],
    )


def state(web: Web, exam: int) -> str:
    with web.context.db.read() as c:
        return str(c.execute(select(exam_rows.c.state).where(exam_rows.c.id == exam)).scalar())


def test_the_proctor_changes_session_and_the_projector_follows(web: Web) -> None:
    second = two_sessions(web)
    sari = web.sign_in("sari")
    page = sari.get(f"/exams/{web.exam}/change")
    assert "Ganti sesi sekarang" in page.text and "Sesi 2" in page.text
    socket = web.socketio.test_client(web.app, namespace="/staff", flask_test_client=web.sign_in("made"))
    assert (
        socket.emit("join_token", {"exam_id": web.exam}, namespace="/staff", callback=True)["follow"] is None
    )
    answer = sari.post(f"/exams/{web.exam}/change", data={"next_id": second})
    assert answer.status_code == 302
    assert (state(web, web.exam), state(web, second)) == ("ended", "open")
    again = socket.emit("join_token", {"exam_id": web.exam}, namespace="/staff", callback=True)
    assert again["follow"] == f"/exams/{second}/projector"


def test_a_refused_change_says_why_on_the_page_and_changes_nothing(web: Web) -> None:
    two_sessions(web)
    sari = web.sign_in("sari")
    answer = sari.post(f"/exams/{web.exam}/change", data={"next_id": 999})
    assert answer.status_code == 409
    assert 'id="change-error"' in answer.text and "bukan sesi berikut" in answer.text
    assert state(web, web.exam) == "running"
    assert sari.post(f"/exams/{web.exam}/change", data={"next_id": "x"}).status_code == 422


def test_without_a_next_session_the_page_says_what_to_do(web: Web) -> None:
    web.start()
    page = web.sign_in("sari").get(f"/exams/{web.exam}/change")
    assert "Belum ada sesi berikut" in page.text


def test_a_later_start_needs_a_number_and_is_kept(web: Web) -> None:
    sari = web.sign_in("sari")
    with web.context.db.read() as c:
        before = c.execute(select(exam_rows.c.opens_at).where(exam_rows.c.id == web.exam)).scalar()
    bad = sari.post(f"/exams/{web.exam}/shift", data={"minutes": "lama"})
    assert bad.status_code == 422
    sari.post(f"/exams/{web.exam}/shift", data={"minutes": "20", "reason": "hujan", "following": "1"})
    with web.context.db.read() as c:
        after = c.execute(select(exam_rows.c.opens_at).where(exam_rows.c.id == web.exam)).scalar()
    assert after == before + 20 * 60_000


def test_absent_pupils_leave_as_a_list_that_a_susulan_round_can_import(web: Web) -> None:
    web.start()
    sari = web.sign_in("sari")
    with web.context.db.read() as c:
        ids = c.execute(select(sittings.c.id).where(sittings.c.exam_id == web.exam)).scalars().all()
    answer = sari.post(f"/exams/{web.exam}/seats/susulan", json={"sitting_ids": [ids[0]]})
    assert answer.json["ok"], answer.json
    absent = sari.post(f"/exams/{web.exam}/seats/absent", json={"sitting_ids": [ids[1]]})
    assert absent.json["ok"]
    sheet = load_workbook(BytesIO(sari.get(f"/exams/{web.exam}/susulan.xlsx").data)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:2] == ("Nomor Peserta", "Nama")
    assert [r[0] for r in rows[1:]] == ["02-001-001", "02-001-002"]
    assert web.sign_in("sari").get(f"/exams/{web.exam}/charge.xlsx").status_code == 200


def test_a_sticker_that_is_not_known_is_said_in_words(web: Web) -> None:
    web.start()
    sari = web.sign_in("sari")
    with web.context.db.read() as c:
        sitting = c.execute(select(sittings.c.id).where(sittings.c.exam_id == web.exam)).scalars().first()
    url = f"/exams/{web.exam}/seats/place"
    answer = sari.post(url, json={"sitting_ids": [sitting], "device": "X9"}).json
    assert answer["outcomes"][0]["text"] == "Tidak ada Chromebook berstiker “X9”."
    (held,) = sari.post(url, json={"sitting_ids": [sitting], "device": "C14"}).json["outcomes"]
    assert held["reasons"] == ["belum pernah melapor; nyalakan dan lihat apakah nomor stikernya tampil"]
    assert sari.post(url, json={"sitting_ids": [sitting], "device": "C14", "sure": True}).json["ok"]
    choices = sari.get(f"/exams/{web.exam}/choices.json").json
    assert [value for value, _ in choices["device"]] == ["C15"]
