"""The exam list, making an exam, and its steps."""

from __future__ import annotations

import io

from openpyxl import load_workbook

from .conftest import JSON, Web


def form(web: Web, **changed: object) -> dict[str, object]:
    return {
        "profile": "ujian-sekolah",
        "title": "Ujian Matematika",
        "day_id": web.school.day_ids[1],
        "slot_id": web.school.slot_ids[0],
        "room_id": web.school.room_id,
        "minutes.1": "90",
        "start_url": "https://ujian.smp.sch.id/masuk",
        "allowed_hosts": "cdn.smp.sch.id",
        "token_interval": "15",
        **changed,
    }


def test_a_school_exam_is_made_with_its_address_and_minutes(web: Web) -> None:
    client = web.sign_in("sari")
    answer = client.post("/exams/new", data=form(web))
    assert answer.status_code == 302
    assert "/board" in answer.headers["Location"]
    with web.context.db.read() as c:
        from server.services import exams

        made = exams.get(c, web.exam + 1)
    assert made.allowed_hosts == ["cdn.smp.sch.id", "ujian.smp.sch.id"]
    assert made.start_url == "https://ujian.smp.sch.id/masuk"


def test_every_wrong_field_says_so_at_its_place_and_keeps_what_was_typed(web: Web) -> None:
    client = web.sign_in("sari")
    wrong = form(
        web,
        title="",
        **{
            "minutes.1": "0",
            "start_url": "javascript:x",
            "allowed_hosts": "https://a.b",
            "token_interval": "999",
        },
    )
    answer = client.post("/exams/new", data=wrong)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for field in ("title", "minutes.1", "start_url", "allowed_hosts", "token_interval"):
        assert f'id="error-{field}"' in page
    assert "javascript:x" in page
    assert web.audit()[-1].outcome == "refused"


def test_no_second_exam_in_the_same_place(web: Web) -> None:
    answer = web.sign_in("sari").post("/exams/new", data=form(web, day_id=web.school.day_ids[0]))
    assert answer.status_code == 409
    assert "sudah punya ujian" in answer.get_data(as_text=True)


def test_a_room_without_participants_says_what_to_do(web: Web) -> None:
    answer = web.sign_in("sari").post("/exams/new", data=form(web, room_id=web.school.second_room_id))
    assert "Impor daftar peserta" in answer.get_data(as_text=True)


def test_an_unknown_profile_is_refused(web: Web) -> None:
    answer = web.sign_in("sari").post("/exams/new", data=form(web, profile="../../etc"))
    assert answer.status_code == 422


def test_steps_in_order_and_out_of_order(web: Web) -> None:
    client = web.sign_in("sari")

    def step(name: str) -> str | None:
        given = client.post(f"/exams/{web.exam}/steps/{name}", headers=JSON).get_json()
        return None if given["ok"] else given["error"]["code"]

    assert step("start") == "exam_state"
    assert [step(s) for s in ("open", "start", "pause", "resume", "end")] == [None] * 5
    assert step("resume") == "exam_state"
    assert step("fly") == "page_unknown"
    told = client.post(f"/exams/{web.exam}/steps/open", headers=JSON).get_json()["error"]["message"]
    assert told == "Ujian sekarang diakhiri, jadi tidak bisa menjadi check-in dibuka. Muat ulang halaman."


def test_a_form_without_script_leads_back_to_the_board(web: Web) -> None:
    answer = web.sign_in("sari").post(f"/exams/{web.exam}/steps/open")
    assert answer.headers["Location"] == f"/exams/{web.exam}/board"


def test_the_list_shows_and_exports(web: Web) -> None:
    client = web.sign_in("joko")
    assert "Simulasi web" in client.get("/exams").get_data(as_text=True)
    book = load_workbook(io.BytesIO(client.get("/exams.xlsx").data))
    assert book.active["A2"].value == "Simulasi web"
