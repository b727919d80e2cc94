"""Who sat there then: asked on the page and by the interface, answered in one sentence, mistakes named by field."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from server.domain.seating import Standing
from server.services import exams, seat_ledger, seats, swaps
from server.services import sittings as steps
from server.services.actor import SYSTEM
from server.services.seat_ledger import Filter
from server.store import tables as t
from server.web import ledger_words
from tests.web.conftest import JSON, Web

#: 24 November 2026, 08.00 WIB.
EIGHT = 1_795_482_000_000
MINUTE = 60_000


@pytest.fixture
def told(web: Web) -> Web:
    """Seat 7 begins at 08.05, goes on with C14 from 08.41.20, and is done at 09.00. Seat 8 is absent."""
    db = web.context.db
    exams.open_exam(db, SYSTEM, EIGHT, web.exam)
    exams.start(db, SYSTEM, EIGHT, web.exam)
    ids = web.sittings()
    with db.write() as tx:
        row = steps.get(tx.c, ids["7"])
        steps.begin(tx, ids["7"], web.exam, steps.SittingState(row.state), EIGHT + 5 * MINUTE)
    swaps.place(db, SYSTEM, EIGHT + 41 * MINUTE + 20_000, ids["7"], "C14")
    seats.absent(db, SYSTEM, EIGHT + 10 * MINUTE, [ids["8"]])
    seats.finish(db, SYSTEM, EIGHT + 60 * MINUTE, [ids["7"]])
    return web


def ask(web: Web, **given: object) -> Any:
    return web.sign_in("sari").get("/api/ledger", query_string=given, headers=JSON).json


def sentence(web: Web, **given: object) -> str:
    return str(ask(web, **given)["answer"]["text"])


def test_who_was_at_seat_7_at_8_41(told: Web) -> None:
    given = {"room": "Ruang 1", "seat": "7", "at": "2026-11-24T08:41"}
    answer = ask(told, **given)
    assert answer["answer"]["text"] == (
        "Meja 7 di Ruang 1, 24/11/2026 08.41.00 WIB: Gita Pratama (02-001-007), Chromebook C07, mengerjakan."
    )
    assert answer["at"] == "2026-11-24T08:41:00.000+07:00" and answer["zone"] == "WIB"
    (row,) = answer["answer"]["rows"]
    assert row["standing"] == "working" and row["device"]["label"] == "C07" and row["device"]["serial"]
    assert (row["began"]["code"], row["ended"]["code"]) == ("opened", "swapped")
    assert [r["device"]["label"] for r in answer["rows"]] == ["C14", "C07"], "within that minute it changed"
    page = told.sign_in("sari").get(
        "/ledger", query_string={"seat": "7", "room": "Ruang 1", "date": "2026-11-24", "at": "08.41"}
    )
    assert answer["answer"]["text"] in page.text


def test_the_second_is_exact_and_the_zone_may_be_named(told: Web) -> None:
    assert "Chromebook C14, mengerjakan" in sentence(told, seat="7", at="2026-11-24T08:41:20", room="Ruang 1")
    assert "Chromebook C07, mengerjakan" in sentence(told, seat="7", at="2026-11-24T08:41:19", room="Ruang 1")
    assert "C14" in sentence(told, seat="7", room="ruang 1", at="2026-11-24T01:41:20Z")
    assert "C14" in sentence(told, seat="7", room="Ruang 1", at="2026-11-24T09:41:20+08:00")


def test_before_after_absent_and_done_are_each_said_as_they_were(told: Web) -> None:
    nobody = sentence(told, seat="7", room="Ruang 1", at="2026-11-24T07:00")
    assert nobody.endswith(
        "tidak ada yang tercatat. Berikutnya Gita Pratama (02-001-007), dari 24/11 08.00.00."
    )
    assert "disiapkan untuk Hadi Pratama (02-001-008), yang tercatat tidak hadir" in sentence(
        told, seat="8", room="Ruang 1", at="2026-11-24T08:30"
    )
    assert "sudah selesai di sini sejak 24/11 09.00.00" in sentence(
        told, seat="7", room="Ruang 1", at="2026-11-24T09:05"
    )
    assert "mengerjakan" not in sentence(told, seat="7", room="Ruang 1", at="2026-11-24T08:02")


def test_a_chromebook_and_a_pupil_are_asked_for_too(told: Web) -> None:
    assert sentence(told, device="c07", at="2026-11-24T08:10") == (
        "Chromebook C07, 24/11/2026 08.10.00 WIB: Gita Pratama (02-001-007), meja 7 – Ruang 1, Chromebook C07, "
        "mengerjakan."
    )
    assert "meja 7" in sentence(told, person="02-001-007", at="2026-11-24T08:50")
    assert "answer" not in ask(told, exam=told.exam)


def test_names_and_stickers_of_today_and_of_then(told: Web) -> None:
    with told.context.db.write() as tx:
        tx.c.execute(t.devices.update().where(t.devices.c.label == "C07").values(label="D07"))
        tx.c.execute(
            t.participants.update().where(t.participants.c.name == "Gita Pratama").values(name="Gita P.")
        )
    (row,) = ask(told, seat="7", room="Ruang 1", at="2026-11-24T08:30")["answer"]["rows"]
    assert row["device"] | {"serial": None} == {"label": "D07", "label_then": "C07", "serial": None}
    assert (row["participant"]["name"], row["participant"]["name_then"]) == ("Gita P.", "Gita Pratama")
    page = told.sign_in("sari").get("/ledger?device=D07").text
    assert "waktu itu berstiker C07" in page and "waktu itu tertulis Gita Pratama" in page


def test_the_serial_number_is_the_one_it_had_then(told: Web) -> None:
    with told.context.db.write() as tx:
        (device,) = tx.c.execute(select(t.devices.c.id).where(t.devices.c.label == "C07")).scalars()
        old = t.device_serials.c.device_id == device
        tx.c.execute(
            t.device_serials.update().where(old).values(serial="LAMA", from_at=1, to_at=EIGHT + 50 * MINUTE)
        )
        tx.insert(t.device_serials, device_id=device, serial="BARU", from_at=EIGHT + 50 * MINUTE)
    assert {r["device"]["serial"] for r in ask(told, device="C07")["rows"]} == {"LAMA"}


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"at": "kemarin"}, "at", "ledger_time_invalid"),
        ({"at": "2026-11-24"}, "at", "ledger_time_invalid"),
        ({"at": "25.00"}, "at", "ledger_time_invalid"),
        ({"at": "0001-01-01T00:00+14:00"}, "at", "ledger_time_invalid"),
        ({"date": "24-11-2026"}, "date", "ledger_date_invalid"),
        ({"room": "Ruang 99"}, "room", "room_unknown"),
        ({"seat": "1"}, "room", "ledger_room_missing"),
        ({"seat": "99", "room": "Ruang 1"}, "seat", "ledger_seat_unknown"),
        ({"device": "X1"}, "device", "device_unknown"),
        ({"exam": "satu"}, "exam", "ledger_exam_invalid"),
        ({"person": "x" * 81}, "person", "ledger_text_long"),
    ],
)
def test_a_mistake_names_its_field(told: Web, given: dict[str, str], field: str, code: str) -> None:
    answer = ask(told, **given)
    assert (answer["error"]["code"], answer["error"]["field"]) == (code, field)
    page = told.sign_in("sari").get("/ledger", query_string=given)
    assert page.status_code == 422 and f'id="error-{field}"' in page.text
    assert told.sign_in("sari").get("/ledger.xlsx", query_string=given, headers=JSON).status_code in {
        404,
        422,
    }


def test_only_signed_in_staff_of_the_right_role_may_ask(told: Web) -> None:
    assert told.app.test_client().get("/api/ledger").json["error"]["code"] == "sign_in_needed"
    assert told.sign_in("made").get("/api/ledger").json["error"]["code"] == "forbidden"


def test_the_list_filters_and_is_taken_along(told: Web) -> None:
    sari = told.sign_in("sari")
    page = sari.get(f"/ledger?exam={told.exam}&room=Ruang 1&seat=7").text
    assert page.count("Gita Pratama") == 2 and "ganti Chromebook" in page and "Adi Pratama" not in page
    book = load_workbook(BytesIO(sari.get("/ledger.xlsx?person=Gita").data)).active
    rows = list(book.iter_rows(values_only=True))
    assert len(rows) == 3 and rows[1][7:9][0] == "Chromebook C14"
    assert sari.get("/ledger?date=2020-01-01").text.count("Tidak ada baris yang cocok.") == 1


def test_more_is_said_only_when_there_are_others(told: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    all_ = len(ask(told)["rows"])
    monkeypatch.setattr(seat_ledger, "PAGE", all_)
    assert ask(told)["more"] is False
    monkeypatch.setattr(seat_ledger, "PAGE", all_ - 1)
    found = ask(told)
    assert found["more"] is True and len(found["rows"]) == all_ - 1


def test_every_reason_that_is_written_has_words() -> None:
    both = {"handed_over", "swapped", "placed", "moved", "swap_undone", "aside"}
    assert both | {"opened", "reserve", "borrowed_laptop"} == set(ledger_words.BEGAN)
    assert both | {"replaced", "released", "next_session", "given_on", "exam_ended"} == set(
        ledger_words.ENDED
    )


def test_a_standing_follows_from_what_is_written(told: Web) -> None:
    with told.context.db.read() as c:
        answer = seat_ledger.at(c, Filter(room="Ruang 1", seat="8"), EIGHT + 9 * MINUTE)
    assert [r.standing(answer.at) for r in answer.rows] == [Standing.ABSENT]


def test_the_menu_says_where_one_is_and_the_ledger_leads_back_to_its_exam(web: Web) -> None:
    """The minutes and the ledger are pages of an exam."""
    sari = web.sign_in("sari")
    for path in (f"/exams/{web.exam}/minutes", f"/ledger?exam={web.exam}"):
        page = sari.get(path).text
        assert '<a href="/exams" aria-current="page">' in page, path
    assert f'<a href="/exams/{web.exam}/board">' in page
