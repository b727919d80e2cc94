"""The exam list, making an exam, and its steps."""

from __future__ import annotations

import io
import re

from openpyxl import load_workbook
from sqlalchemy import func, select

from server.store import tables as t

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
        from server.services import exam_rows

        made = exam_rows.get(c, web.exam + 1)
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


def page_of(web: Web, profile: str | None = None) -> str:
    given = f"?profile={profile}" if profile else ""
    return web.sign_in("sari").get(f"/exams/new{given}").get_data(as_text=True)


def national(web: Web, profile: str, **changed: object) -> dict[str, object]:
    """What the form of a national exam sends: no address, no token."""
    kept = ("day_id", "slot_id", "room_id")
    return {k: v for k, v in form(web).items() if k in kept} | {
        "profile": profile,
        "title": "ANBK",
        **changed,
    }


def made(web: Web) -> list[tuple[str, int]]:
    """(name, minutes) of the parts of the newest exam."""
    with web.context.db.read() as c:
        newest = c.execute(select(func.max(t.exams.c.id))).scalar_one()
        rows = c.execute(
            select(t.sitting_blocks.c.name, t.sitting_blocks.c.minutes)
            .join(t.sittings, t.sittings.c.id == t.sitting_blocks.c.sitting_id)
            .where(t.sittings.c.exam_id == newest)
            .order_by(t.sitting_blocks.c.sitting_id, t.sitting_blocks.c.position)
        ).all()
    return [(r.name, r.minutes) for r in rows][:3]


def test_profiles_stand_by_programme_those_of_the_schools_level_first(web: Web) -> None:
    page = page_of(web)
    places = [page.index(f">{name}</h2>") for name in ("Bangku", "Sekolah", "ANBK", "TKA", "TKA dan AN")]
    assert places == sorted(places)
    anbk = page[places[2] : places[3]]
    offered, folded = anbk.split("<details")
    assert re.findall(r"profile=(anbk-[a-z]+-hari-\d)", offered) == ["anbk-smp-hari-1", "anbk-smp-hari-2"]
    assert re.findall(r"profile=(anbk-[a-z]+-hari-\d)", folded) == [
        f"anbk-{level}-hari-{day}" for level in ("sd", "sma", "smk") for day in (1, 2)
    ]


def test_a_number_of_the_press_is_filled_in_with_its_source(web: Web) -> None:
    page = page_of(web, "anbk-smp-hari-2")
    field = re.search(r'<input id="minutes\.2"[^>]*>', page)
    assert field is not None
    assert 'value="90"' in field[0]
    assert 'aria-describedby="source-2"' in field[0]
    assert "Sumber: tribunnews.com, jadwal ANBK SMP, 26 Jul 2022; periksa lagi." in page
    assert "07.30–09.40, 10.40–12.50, 14.20–16.30" in page


def test_a_number_nobody_published_is_empty_and_a_certain_one_is_fixed(web: Web) -> None:
    field = re.search(r'<input id="minutes\.1"[^>]*>', page_of(web, "tka-an-smp-hari-1"))
    assert field is not None
    assert 'value=""' in field[0]
    assert " required" in field[0]
    assert 'name="minutes.' not in page_of(web, "simulasi")


def test_a_confirmed_or_corrected_number_is_the_exams(web: Web) -> None:
    numbers = {"minutes.1": "10", "minutes.2": "95", "minutes.3": "30"}
    answer = web.sign_in("sari").post("/exams/new", data=national(web, "anbk-smp-hari-2", **numbers))
    assert answer.status_code == 302
    assert made(web) == [("Latihan", 10), ("Numerasi", 95), ("Survei Lingkungan Belajar", 30)]


def test_an_exam_is_not_made_while_minutes_are_missing(web: Web) -> None:
    numbers = {"minutes.1": "10", "minutes.2": ""}
    answer = web.sign_in("sari").post("/exams/new", data=national(web, "tka-an-smp-hari-2", **numbers))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="error-minutes.1"' not in page
    for field in ("minutes.2", "minutes.3"):
        assert f'id="error-{field}"' in page
    emptied = re.search(r'<input id="minutes\.2"[^>]*>', page)
    assert emptied is not None
    assert 'aria-describedby="source-2 error-minutes.2"' in emptied[0]


def test_a_number_that_was_emptied_is_not_filled_in_again(web: Web) -> None:
    answer = web.sign_in("sari").post(
        "/exams/new", data=national(web, "anbk-smp-hari-2", **{"minutes.1": "10", "minutes.2": ""})
    )
    emptied = re.search(r'<input id="minutes\.2"[^>]*>', answer.get_data(as_text=True))
    assert emptied is not None
    assert 'value=""' in emptied[0]


def test_minutes_of_a_certain_number_cannot_be_sent_along(web: Web) -> None:
    sent = form(web, profile="simulasi", **{"minutes.1": "500"})
    assert web.sign_in("sari").post("/exams/new", data=sent).status_code == 302
    assert made(web)[:2] == [("Latihan bagian 1", 5), ("Latihan bagian 2", 10)]


def test_only_days_that_fit_the_profile_are_offered_and_taken(web: Web) -> None:
    first, second = web.school.day_ids
    page = page_of(web, "anbk-smp-hari-2")
    days = page[page.index('name="day_id"') : page.index('name="slot_id"')]
    assert re.findall(r'value="(\d+)"', days) == [str(second)]
    numbers = {f"minutes.{n}": "30" for n in (1, 2, 3)}
    sent = national(web, "anbk-smp-hari-2", day_id=first, room_id=web.school.second_room_id, **numbers)
    answer = web.sign_in("sari").post("/exams/new", data=sent)
    assert answer.status_code == 422
    assert 'id="error-day_id"' in answer.get_data(as_text=True)


def test_a_round_of_one_day_may_hold_the_second(web: Web) -> None:
    with web.context.db.write() as tx:
        catch_up = tx.insert(t.rounds, name="Susulan", programme="ANBK", purpose="susulan", created_at=0)
        alone = tx.insert(t.round_days, round_id=catch_up, number=1, date="2026-12-01")
    page = page_of(web, "anbk-smp-hari-2")
    days = page[page.index('name="day_id"') : page.index('name="slot_id"')]
    assert re.findall(r'value="(\d+)"', days) == [str(web.school.day_ids[1]), str(alone)]


def test_another_level_is_said_and_not_refused(web: Web) -> None:
    assert "Profil ini untuk jenjang SD, sedangkan sekolah ini SMP." in page_of(web, "anbk-sd-hari-2")
    assert "Profil ini untuk jenjang" not in page_of(web, "anbk-smp-hari-2")
    numbers = {f"minutes.{n}": "30" for n in (1, 2, 3)}
    answer = web.sign_in("sari").post("/exams/new", data=national(web, "anbk-sd-hari-2", **numbers))
    assert answer.status_code == 302


def test_a_form_of_google_is_made_with_its_host(web: Web) -> None:
    sent = form(
        web, profile="google-form", start_url="https://forms.gle/abc", allowed_hosts="accounts.google.com"
    )
    assert web.sign_in("sari").post("/exams/new", data=sent).status_code == 302
    with web.context.db.read() as c:
        hosts = c.execute(select(t.exams.c.allowed_hosts).order_by(t.exams.c.id.desc())).scalar()
    assert hosts == ["accounts.google.com", "docs.google.com", "forms.gle"]
