"""The spare on the board's own addresses: scanning, doubts said first, undo, steps, and the notes that come of it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from server.domain.scan import What
from server.services import exams, incident_outages, inventory, minutes, scans
from server.services.actor import SYSTEM
from server.store import tables as t
from tests.services.conftest import School
from tests.services.room import doc, report
from tests.web.conftest import JSON, Web


def running(web: Web) -> Any:
    """The room runs, its Chromebooks were just heard; the proktor's client."""
    web.start()
    hear(web, web.exam)
    return web.sign_in("sari")


def hear(web: Web, exam: int) -> None:
    school = School(web.context.db, web.school, now=web.context.now(), exam=exam)
    for device in range(1, 16):
        report(school, device, doc(school, device)["mode"])


def place(web: Web, sari: Any, seat: str, device: str, **more: object) -> Any:
    body = {"sitting_ids": [web.sittings()[seat]], "device": device, **more}
    return sari.post(f"/exams/{web.exam}/seats/place", json=body, headers=JSON).json


def scan(web: Web, sari: Any, text: str) -> Any:
    return sari.post(f"/exams/{web.exam}/scan.json", json={"text": text}, headers=JSON).json


def sticker(web: Web, label: str) -> str:
    return f"http://127.0.0.1:8410/d/{scans.code(web.context.db, What.DEVICE, label)}"


def card(web: Web, seat: str) -> str:
    with web.context.db.read() as c:
        registration = c.execute(
            select(t.sittings.c.registration_id).where(t.sittings.c.id == web.sittings()[seat])
        ).scalar()
    return f"http://127.0.0.1:8410/k/{scans.code(web.context.db, What.CARD, str(registration))}"


def swap_id(web: Web) -> int:
    with web.context.db.read() as c:
        return int(c.execute(select(t.swaps.c.id).order_by(t.swaps.c.id.desc())).scalars().first() or 0)


def test_a_scanned_spare_is_named_with_whether_it_is_ready(web: Web) -> None:
    sari = running(web)
    assert scan(web, sari, sticker(web, "C14")) == {
        "ok": True, "what": "device", "label": "C14", "seat": None, "ready": True, "takeable": True, "reasons": [],
    }  # fmt: skip


def test_a_scanned_card_and_the_sticker_of_a_chromebook_in_use_name_the_seat(web: Web) -> None:
    sari = running(web)
    seat = {"sitting_id": web.sittings()["7"], "seat": "7", "name": "Gita Pratama"}
    told = scan(web, sari, card(web, "7"))
    assert (told["what"], told["seat"]["sitting_id"], told["seat"]["seat"]) == (
        "card",
        seat["sitting_id"],
        "7",
    )
    told = scan(web, sari, sticker(web, "C07"))
    assert (told["seat"]["seat"], told["takeable"]) == ("7", False)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "code_unreadable"),
        ("x" * 500, "code_unreadable"),
        ("https://example.com/", "code_unreadable"),
        ("C99", "device_unknown"),
        ("http://127.0.0.1/k/1.AAAAAA", "card_unknown"),
    ],
)
def test_what_cannot_be_read_is_said(web: Web, text: str, code: str) -> None:
    assert scan(web, running(web), text)["error"]["code"] == code


def test_a_card_of_another_session_is_named(web: Web) -> None:
    sari = running(web)
    with web.context.db.write() as tx:
        who = tx.insert(t.participants, school_id=1, name="Rani Lain")
        other = tx.insert(
            t.registrations, round_id=web.school.round_id, participant_id=who, number="99", kind="main", extra_minutes=0,
            card_code="ABCDEF",
        )  # fmt: skip
    told = scan(web, sari, f"x/k/{scans.code(web.context.db, What.CARD, str(other))}")
    assert told["error"]["message"] == "Rani Lain (99) tidak ada di ujian ini."


def test_a_scanned_sticker_is_taken_where_a_label_is(web: Web) -> None:
    sari = running(web)
    assert place(web, sari, "7", sticker(web, "C14"))["ok"]
    board = sari.get(f"/exams/{web.exam}/board").text
    assert 'data-device="C14"' in board and f'data-undo="{swap_id(web)}"' in board


def test_doubts_are_told_in_words_and_lifted_by_a_second_word(web: Web) -> None:
    sari = running(web)
    with web.context.db.write() as tx:
        tx.insert(
            t.device_loans, device_id=14, owner="SMPN 9", foreign_policies=True, from_at=1, until="2199-01-01"
        )
    (held,) = place(web, sari, "7", "C14")["outcomes"]
    assert (held["ok"], held["code"]) == (False, "spare_not_ready")
    assert held["reasons"] == ["pinjaman dari SMPN 9 dan memakai kebijakan sekolah itu"]
    assert held["text"] == "C14: pinjaman dari SMPN 9 dan memakai kebijakan sekolah itu."
    assert place(web, sari, "7", "C14", sure="yes")["ok"] is False, "only true is sure"
    assert place(web, sari, "7", "C14", sure=True)["ok"]


def test_what_the_technician_wrote_of_one_out_of_service_is_told(web: Web) -> None:
    sari = running(web)
    inventory.set_service(web.context.db, SYSTEM, web.context.now(), 15, False, "layar retak")
    (held,) = place(web, sari, "7", "C15")["outcomes"]
    assert "dicatat sedang tidak dipakai (layar retak)" in held["reasons"]
    with web.context.db.write() as tx:
        tx.c.execute(t.audit.delete().where(t.audit.c.action == "device.out_of_service"))
    (held,) = place(web, sari, "7", "C15")["outcomes"]
    assert "dicatat sedang tidak dipakai (alasannya tidak dicatat)" in held["reasons"]


def test_the_board_does_not_call_a_spare_ready_that_another_one_claims_to_be(web: Web) -> None:
    sari = running(web)
    with web.context.db.write() as tx:
        tx.insert(
            t.remaps, device_id=14, serial="x", kind="newcomer", strength="weak", evidence=[], proposal={}, digest="d",
            state="open", opened_at=1,
        )  # fmt: skip
    board = sari.get(f"/exams/{web.exam}/board").text
    spare = board[board.index('id="spare-14"') :].partition("</li>")[0]
    assert "belum dipastikan" in spare and "siap" not in spare
    assert "Ada perangkat yang mengaku sebagai Chromebook ini" in spare


def test_a_swap_is_undone_from_the_board_and_its_note_crossed_out(web: Web) -> None:
    sari = running(web)
    place(web, sari, "7", "C14")
    notes = f"/exams/{web.exam}/minutes"
    assert "C07 diganti C14." in sari.get(notes).text
    undo = f"/exams/{web.exam}/swaps/{swap_id(web)}/undo"
    assert sari.post(undo, json={}, headers=JSON).json == {"ok": True}
    page = sari.get(notes).text
    assert "<s>Meja 7, " in page and "Dibatalkan " in page
    book = load_workbook(BytesIO(sari.get(f"{notes}.xlsx").data)).active
    assert [row[2] for row in book.iter_rows(values_only=True)] == ["Dicatat oleh", "Sari Wulandari"]
    assert sari.post(undo, json={}, headers=JSON).json["error"]["code"] == "swap_undone"
    other = web.make_exam(slot=2)
    elsewhere = f"/exams/{other}/swaps/{swap_id(web)}/undo"
    assert sari.post(elsewhere, json={}, headers=JSON).json["error"]["code"] == "swap_unknown"


def test_steps_are_ticked_with_time_and_name_and_stay_until_all_are_done(web: Web) -> None:
    exam = web.make_exam(slot=2, client="exam_browser")
    exams.open_exam(web.context.db, SYSTEM, web.context.now(), exam)
    sari = web.sign_in("sari")
    body = {"sitting_ids": [web.sittings(exam)["7"]], "device": "C14"}
    assert sari.post(f"/exams/{exam}/seats/place", json=body, headers=JSON).json["ok"]
    url = f"/exams/{exam}/swaps/{swap_id(web)}/steps"
    assert sari.post(f"{url}/reset", json={"done": True}, headers=JSON).json["ok"]
    page = sari.get(f"/exams/{exam}/board").text
    assert page.count('aria-pressed="true"') == 2  # the filter "all", and the step
    assert "Sari Wulandari" in page.split('data-step="reset"')[1].split("</button>")[0]
    for wrong, given, code in (
        ("fly", {"done": True}, "step_unknown"),
        ("reset", {"done": 1}, "request_bad"),
        ("reset", None, "request_bad"),
    ):
        assert sari.post(f"{url}/{wrong}", json=given, headers=JSON).json["error"]["code"] == code
    with web.context.db.write() as tx:  # the minute for undoing is over
        tx.c.execute(t.swaps.update().values(at=t.swaps.c.at - 61_000))
    assert 'data-step="login"' in sari.get(f"/exams/{exam}/board").text
    for step in ("login", "token", "goes_on"):
        sari.post(f"{url}/{step}", json={"done": True}, headers=JSON)
    assert 'data-step="login"' not in sari.get(f"/exams/{exam}/board").text


def test_a_spare_that_bangku_cannot_see_is_not_called_ready(web: Web) -> None:
    exam = web.make_exam(slot=2, client="exam_browser")
    exams.open_exam(web.context.db, SYSTEM, web.context.now(), exam)
    sari = web.sign_in("sari")
    spare = sari.get(f"/exams/{exam}/board").text.split('data-spare="C14"')[1].split("</button>")[0]
    assert "tidak terlihat" in spare and "siap" not in spare
    assert ["C14", "C14 – tidak terlihat"] in sari.get(f"/exams/{exam}/choices.json").json["device"]


def test_a_borrowed_laptop_is_told_where_to_go(web: Web) -> None:
    sari = running(web)
    body = {"sitting_ids": [web.sittings()["7"]]}
    assert sari.post(f"/exams/{web.exam}/seats/borrow", json=body, headers=JSON).json["ok"]
    page = sari.get(f"/exams/{web.exam}/board").text
    assert "/pupil/card" in page and "laptop pinjaman" in page
    assert "C07 diganti laptop pinjaman" in sari.get(f"/exams/{web.exam}/minutes").text


def test_no_spare_left_offers_the_other_ways(web: Web) -> None:
    sari = running(web)
    assert 'data-else="borrow"' not in sari.get(f"/exams/{web.exam}/board").text
    place(web, sari, "7", "C14")
    place(web, sari, "8", "C15")
    page = sari.get(f"/exams/{web.exam}/board").text
    for other in ("move", "susulan", "borrow"):
        assert f'data-else="{other}"' in page


def test_an_outage_is_a_note_among_the_others_and_the_server_wrote_it(web: Web) -> None:
    sari = running(web)
    now = web.context.now()
    with web.context.db.write() as tx:
        said = {"since": now, "until": now, "devices": 12, "back": 12, "unsent": 0, "gaps": 0, "unknown": 0}
        minutes.write(tx, web.exam, now, incident_outages.KIND, "system", **said)
    page = sari.get(f"/exams/{web.exam}/minutes").text
    assert "12 perangkat; tidak ada jawaban hilang." in page and ">Server<" in page


def test_a_supervisor_reads_the_notes_and_swaps_nothing(web: Web) -> None:
    sari = running(web)
    place(web, sari, "7", "C14")
    made = web.sign_in("made")
    page = made.get(f"/exams/{web.exam}/board").text
    assert "data-undo" not in page and "data-spare" not in page
    assert "C07 diganti C14." in made.get(f"/exams/{web.exam}/minutes").text
    assert made.get("/ledger").status_code == 403


def test_the_words_of_a_swap_name_a_spare_and_the_help_lists_its_key(web: Web) -> None:
    page = running(web).get(f"/exams/{web.exam}/board").text
    assert 'placeholder="7 kunci, 7 → C14"' in page
    assert "<kbd>G</kbd></dt>" in page
