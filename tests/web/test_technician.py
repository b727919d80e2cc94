"""The technician's pages: opened by a sticker, true by themselves, and nothing ticked by a person's word."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from server.domain.readiness import Readiness
from server.domain.scan import What
from server.services import device_checks, exams, inventory, readiness, remap_views, remaps, scans
from server.services.actor import SYSTEM
from server.services.mode import Kind
from server.store import tables as t
from server.web import readiness_words
from tests.services.test_device_now import PAGE

from .conftest import JSON, Web

HOUR = 3_600_000


def newcomer(web: Web, device: int = 7) -> int:
    """A key that is not known, beside a live one; the id of its remap."""
    now = web.context.now()
    with web.context.db.write() as tx:
        for standing in ("live", "quarantined"):
            enrolment = tx.insert(
                t.enrolments, device_id=device, installation_id=standing, serial=f"5CD{device:04d}DEMO", public_key=b"k",
                thumbprint=standing, grade="claimed", standing=standing, first_seen_at=now - 60_000,
            )  # fmt: skip
        made = remaps.open_for_newcomer(tx, now, enrolment)
    assert made is not None
    return made


def at_work(web: Web, device: int = 7, *, heard: bool) -> int:
    """A pupil writes on it, and another key knocks in its name; `heard`: the one they write on spoke since."""
    web.start()
    made, now = newcomer(web, device), web.context.now()
    with web.context.db.write() as tx:
        life = tx.c.execute(
            select(t.enrolments.c.id).where(
                t.enrolments.c.device_id == device, t.enrolments.c.standing == "live"
            )
        ).scalar_one()
        tx.insert(
            t.device_seen, enrolment_id=life, reported_at=now if heard else now - 90_000, acked_seq=0, last_seq=0,
            observed={},
        )  # fmt: skip
        mine = select(t.assignments.c.sitting_id).where(t.assignments.c.device_id == device)
        tx.c.execute(t.sittings.update().where(t.sittings.c.id.in_(mine)).values(state="working"))
    return made


def thumb(page: str) -> str:
    return page[page.index('<footer class="thumb">') :]


def code_of(web: Web, label: str) -> str:
    return scans.code(web.context.db, What.DEVICE, label)


def accept(web: Web, remap_id: int, code: str, device: int = 7, digest: str | None = None):
    with web.context.db.read() as c:
        digest = digest or remap_views.get(c, remap_id).digest
    form = {"remap_id": remap_id, "digest": digest, "code": code}
    return web.sign_in("joko").post(f"/t/one/{device}/accept", data=form)


def remap(web: Web, remap_id: int):
    with web.context.db.read() as c:
        return c.execute(select(t.remaps).where(t.remaps.c.id == remap_id)).one()


def test_a_technician_lands_on_the_phone_page_and_others_do_not(web: Web) -> None:
    assert web.sign_in("joko").get("/").headers["Location"] == "/t/"
    assert web.sign_in("sari").get("/").headers["Location"] == "/exams"


@pytest.mark.parametrize("spelled", ["C07", "c07", " C07 "])
def test_a_label_opens_its_page_however_it_is_spelled(web: Web, spelled: str) -> None:
    answer = web.sign_in("joko").get("/t/find", query_string={"q": spelled}, follow_redirects=True)
    assert answer.status_code == 200
    assert "<h1>C07</h1>" in answer.text


def test_a_sticker_opens_its_page_in_capitals_too_and_the_mark_goes_on_with_it(web: Web) -> None:
    joko, code = web.sign_in("joko"), code_of(web, "C07")
    assert joko.get(f"/D/{code.upper()}").headers["Location"] == f"/d/{code.upper()}"
    assert "<h1>C07</h1>" in joko.get(f"/d/{code.lower()}").text
    scanned = joko.get("/t/find", query_string={"q": f"https://bangku.sch.id/d/{code}"})
    assert scanned.headers["Location"] == f"/d/{code}"


def test_a_label_that_is_nobodys_is_said_on_the_start_page(web: Web) -> None:
    for path in ("/d/ZZ9", "/t/find?q=ZZ9"):
        answer = web.sign_in("joko").get(path)
        assert answer.status_code == 404
        assert 'role="alert"' in answer.text
        assert "ZZ9" in answer.text


def test_a_pupils_card_opens_no_chromebook(web: Web) -> None:
    with web.context.db.read() as c:
        number = c.execute(select(t.registrations.c.id).limit(1)).scalar_one()
    card = scans.code(web.context.db, What.CARD, str(number))
    answer = web.sign_in("joko").get("/t/find", query_string={"q": f"https://bangku.sch.id/k/{card}"})
    assert answer.status_code == 404
    assert "kartu peserta" in answer.text


def test_nobody_signs_in_and_comes_back_to_the_sticker(web: Web) -> None:
    answer = web.app.test_client().get("/d/C07.ABCDEF")
    assert answer.headers["Location"] == "/sign-in?next=/d/C07.ABCDEF"


def test_what_changes_by_itself_is_small_and_not_sent_twice(web: Web) -> None:
    joko = web.sign_in("joko")
    first = joko.get("/t/one/7/now", headers=JSON)
    assert len(first.data) <= 2_048
    assert len(first.json["steps"]) == 5
    again = joko.get("/t/one/7/now", headers={**JSON, "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    inventory.set_service(web.context.db, SYSTEM, web.context.now(), 7, False, "layar retak")
    changed = joko.get("/t/one/7/now", headers={**JSON, "If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.json["sig"] != first.json["sig"]


def test_the_page_holds_the_signature_that_the_small_question_answers_with(web: Web) -> None:
    joko = web.sign_in("joko")
    assert f'data-sig="{joko.get("/t/one/7/now").json["sig"]}"' in joko.get("/d/C07").text


def test_accepting_counts_as_a_scan_only_by_the_stickers_own_code(web: Web) -> None:
    made = newcomer(web)
    page = web.sign_in("joko").get(f"/d/{code_of(web, 'C07')}").text
    assert "Terima sebagai C07" in page
    answer = accept(web, made, code_of(web, "C07"))
    assert answer.headers["Location"] == f"/d/{code_of(web, 'C07')}?done=accepted#told"
    assert (remap(web, made).state, remap(web, made).how) == ("accepted", "scan")
    assert "Diterima sebagai C07" in web.sign_in("joko").get("/d/C07?done=accepted").text


def test_what_a_pupil_writes_on_is_not_given_away_by_one_tap(web: Web) -> None:
    made = at_work(web, heard=True)
    page = web.sign_in("joko").get("/d/C07").text
    assert "Jangan disentuh" in page and "Terima sebagai C07" not in thumb(page)
    assert "Sedang dipakai dalam ujian" in page and "ada dua perangkat yang mengaku sama" in page
    asked = page[page.index("<summary>Terima sebagai C07") :]
    assert "Ruang 1, meja 7" in asked[: asked.index("</details>")]
    assert page.index("Jangan disentuh") < page.index("<summary>Terima sebagai C07")
    accept(web, made, "C07")
    assert remap(web, made).state == "accepted"


def test_what_was_wiped_under_a_pupil_comes_back_by_one_tap(web: Web) -> None:
    at_work(web, heard=False)
    page = web.sign_in("joko").get("/d/C07").text
    assert "Terima sebagai C07" in thumb(page) and "Jangan disentuh" not in page
    assert "Sedang dipakai dalam ujian" in page


def test_one_that_is_connected_is_not_taken_for_silent(web: Web) -> None:
    at_work(web, heard=False)
    web.app.extensions["bangku_connected_since"] = {7: web.context.now() - HOUR}.get
    page = web.sign_in("joko").get("/d/C07").text
    assert "Jangan disentuh" in page and "Terima sebagai C07" not in thumb(page)
    assert "ada dua perangkat yang mengaku sama" in page and "diam sejak" not in page


def test_an_acceptance_can_be_taken_back_where_it_was_made(web: Web) -> None:
    made = newcomer(web)
    accept(web, made, "C07")
    joko = web.sign_in("joko")
    page = joko.get("/d/C07").text
    assert "Batalkan penerimaan" in page and f'action="/remaps/{made}/undo"' in page
    joko.post(f"/remaps/{made}/undo")
    assert remap(web, made).state == "undone"
    assert "Batalkan penerimaan" not in joko.get("/d/C07").text


def test_a_chromebook_is_called_as_ready_as_the_readiness_board_calls_it(web: Web) -> None:
    device_checks.record_page(web.context.db, SYSTEM, web.context.now(), 3, PAGE)
    with web.context.db.read() as c:
        (line,) = readiness.lines(c, web.context.now(), device_ids=[3], kind=Kind.OBSERVED)
    assert line.state is not Readiness.READY
    word = readiness_words.STATES[line.state]
    joko = web.sign_in("joko")
    heading = re.search(r'<h2 id="next">(.*?)</h2>', joko.get("/d/C03").text)
    assert heading is not None and f"</span>{word}:" in heading[1]
    row = re.search(r"<b>C03</b>.*?</li>", joko.get("/t/").text)
    assert row is not None and f"<small>{word}</small>" in row[0]


def test_the_check_page_asks_for_a_code_first_and_so_does_the_step(web: Web) -> None:
    page = web.sign_in("joko").get("/d/C03").text
    code, sticker = page.index("Ketik kode dari tombol Kode halaman cek."), page.index("Pindai stikernya")
    assert page.index("/check di Chromebook itu") < code < sticker
    assert "Kode halaman cek</a>" in thumb(page)


def test_in_english_the_button_and_the_step_name_the_same(web: Web) -> None:
    inventory.set_service(web.context.db, SYSTEM, web.context.now(), 3, False, "layar retak")
    joko = web.sign_in("joko")
    joko.get("/language/en")
    page = joko.get("/d/C03").text
    assert "press Put back in service." in page and ">Put back in service</button>" in page


def test_in_english_since_is_not_at(web: Web) -> None:
    newcomer(web)
    web.app.extensions["bangku_connected_since"] = {7: web.context.now()}.get
    joko = web.sign_in("joko")
    assert "tersambung sejak pukul" in joko.get("/d/C07").text
    joko.get("/language/en")
    assert re.search(r"connected since \d\d\.\d\d", joko.get("/d/C07").text)


def test_where_the_console_needs_nothing_nothing_is_said_to_be_on_its_way(web: Web) -> None:
    accept(web, newcomer(web), "C07")
    page = web.sign_in("joko").get("/d/C07?done=accepted").text
    assert "Diterima sebagai C07." in page and "sedang dikembalikan" not in page


@pytest.mark.parametrize("code", ["C07", "C07.AAAAAA", "", "C08", "../x"])
def test_a_page_opened_from_a_list_or_by_another_mark_is_neither_scanned_nor_typed(
    web: Web, code: str
) -> None:
    made = newcomer(web)
    accept(web, made, code)
    assert (remap(web, made).state, remap(web, made).how) == ("accepted", "opened")


def test_a_label_that_was_typed_counts_as_typed(web: Web) -> None:
    made, joko = newcomer(web), web.sign_in("joko")
    page = joko.get("/t/find", query_string={"q": "c07"}, follow_redirects=True).text
    form = page[page.index('<form id="accept"') :]
    given = dict(
        re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form[: form.index("</form>")])
    )
    joko.post("/t/one/7/accept", data=given)
    assert (remap(web, made).state, remap(web, made).how) == ("accepted", "typed")


def test_another_chromebooks_page_does_not_accept_it(web: Web) -> None:
    made = newcomer(web)
    answer = accept(web, made, code_of(web, "C08"), device=8)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert remap(web, made).state == "open"


def test_what_has_changed_since_it_was_shown_is_not_accepted(web: Web) -> None:
    made = newcomer(web)
    answer = accept(web, made, "C07", digest="0" * 16)
    assert answer.status_code == 409
    assert remap(web, made).state == "open"
    assert ("joko", "remap_changed") in [(line.actor, line.code) for line in web.audit()]


@pytest.mark.parametrize("remap_id", ["", "x", "999", "²"])
def test_a_remap_that_is_not_there_is_said(web: Web, remap_id: str) -> None:
    form = {"remap_id": remap_id, "digest": "d", "code": "C07"}
    answer = web.sign_in("joko").post("/t/one/7/accept", data=form)
    assert answer.status_code == 404
    assert "<h1>C07</h1>" in answer.text


def test_what_waits_in_the_room_stands_on_top(web: Web) -> None:
    newcomer(web)
    page = web.sign_in("joko").get("/t/").text
    assert "Menunggu diterima" in page
    assert page.index("Menunggu diterima") < page.index("<summary>", page.index("<main"))


def test_the_room_is_remembered(web: Web) -> None:
    joko = web.sign_in("joko")
    joko.get(f"/t/?room={web.school.second_room_id}")
    assert f'value="{web.school.second_room_id}" selected' in joko.get("/t/").text
    for wrong in ("999", "x", "²", ""):
        assert joko.get(f"/t/?room={wrong}").status_code == 200


def test_the_list_of_the_room_is_a_file_too(web: Web) -> None:
    answer = web.sign_in("joko").get("/t/list.xlsx")
    assert answer.status_code == 200
    assert answer.data[:2] == b"PK"


def test_out_of_service_needs_a_reason_and_a_free_chromebook(web: Web) -> None:
    joko = web.sign_in("joko")
    out = {"in_service": "0", "reason": " ", "code": "C03"}
    answer = joko.post("/t/one/3/service", data=out)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    answer = joko.post("/t/one/3/service", data={**out, "reason": "layar retak"})
    assert answer.headers["Location"] == "/d/C03?done=out#told"
    assert "<p>Alasan: layar retak</p>" in joko.get("/d/C03").text  # a reason is no step to be done


def test_without_a_console_there_is_none_to_look_at(web: Web) -> None:
    joko = web.sign_in("joko")
    assert "Lihat konsol" not in joko.get("/d/C03").text
    answer = joko.post("/t/one/3/look", data={"code": "C03"})
    assert answer.status_code == 404
    with web.context.db.read() as c:
        assert c.execute(select(t.google_jobs)).all() == []


def test_a_proktor_sees_the_page_and_may_not_change_the_chromebook(web: Web) -> None:
    sari = web.sign_in("sari")
    assert "Jangan dipakai dulu" not in sari.get("/d/C03").text
    assert sari.post("/t/one/3/service", data={"in_service": "0", "reason": "x"}).status_code == 403


def test_while_an_exam_goes_on_in_its_room_phones_stay_outside(web: Web) -> None:
    joko = web.sign_in("joko")
    assert "tidak ada ponsel" not in joko.get("/d/C03").text
    exams.open_exam(web.context.db, SYSTEM, web.context.now(), web.exam)
    for path in ("/d/C03", "/t/"):
        assert "tidak ada ponsel" in joko.get(path).text


def test_the_service_worker_may_have_the_scopes_it_asks_for_and_holds_nobodys_page(web: Web) -> None:
    client = web.app.test_client()
    answer = client.get("/t/sw.js")
    assert answer.headers["Service-Worker-Allowed"] == "/"
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert client.get("/t/offline").status_code == 200


def test_no_pupil_is_named_on_these_pages(web: Web) -> None:
    web.start()
    with web.context.db.read() as c:
        names = c.execute(select(t.participants.c.name)).scalars().all()
    joko = web.sign_in("joko")
    for path in ("/t/", "/d/C01", "/d/C03", "/t/one/3/now"):
        text = joko.get(path).text
        assert [name for name in names if name in text] == []
