"""The room board: what each seat shows, what acts answer, and what the ministry's client does not show."""

from __future__ import annotations

import re

import pytest

from server.domain.sitting import SittingState
from server.services import exams, incidents
from server.services import sittings as steps
from server.services.actor import SYSTEM
from server.store import tables

from .conftest import JSON, Web


def board(web: Web, username: str = "sari", exam: int | None = None) -> str:
    return web.sign_in(username).get(f"/exams/{exam or web.exam}/board").get_data(as_text=True)


def test_every_seat_stands_where_its_desk_stands(web: Web) -> None:
    page = board(web)
    assert page.count('role="option"') == 13
    assert 'class="desk row-2 col-2 is-expected' in page
    assert "Adi Pratama" in page
    assert "02-001-001" in page


def test_a_bulk_act_answers_for_each_seat(web: Web) -> None:
    web.start()
    ids = web.sittings()
    answer = web.sign_in("sari").post(
        f"/exams/{web.exam}/seats/lock",
        json={"sitting_ids": [ids["1"], ids["2"]], "text": "Lihat layar sendiri.", "minutes": 5},
        headers=JSON,
    )
    assert answer.get_json()["ok"] is True
    assert [o["seat"] for o in answer.get_json()["outcomes"]] == ["1", "2"]
    answer = web.sign_in("sari").post(
        f"/exams/{web.exam}/seats/unlock", json={"sitting_ids": [ids["2"], ids["3"]]}, headers=JSON
    )
    told = {o["seat"]: (o["ok"], o["code"], o["text"]) for o in answer.get_json()["outcomes"]}
    assert told["2"] == (True, None, None)
    assert told["3"] == (False, "seat_not_locked", "Meja ini tidak sedang dikunci.")
    assert "Terkunci" in board(web)


@pytest.mark.parametrize(
    ("act", "order", "code"),
    [
        ("lock", {"text": ""}, "text_invalid"),
        ("lock", {"text": "x" * 301}, "text_invalid"),
        ("lock", {"text": "a", "minutes": 0}, "minutes_invalid"),
        ("extra-time", {"minutes": "5"}, "minutes_invalid"),
        ("extra-time", {"minutes": True}, "minutes_invalid"),
        ("tell", {"state": "flying"}, "status_not_tellable"),
        ("explode", {}, "page_unknown"),
    ],
)
def test_a_wrong_order_is_refused_with_its_code(
    web: Web, act: str, order: dict[str, object], code: str
) -> None:
    web.start()
    client = web.sign_in("sari")
    body = {"sitting_ids": [web.sittings()["1"]], **order}
    answer = client.post(f"/exams/{web.exam}/seats/{act}", json=body, headers=JSON)
    assert answer.get_json()["error"]["code"] == code
    assert answer.get_json()["error"]["message"]
    assert (web.audit()[-1].outcome, web.audit()[-1].code) == ("refused", code)


@pytest.mark.parametrize("ids", [None, [], ["1"], [True], "1", [999]])
def test_orders_name_seats_of_this_exam(web: Web, ids: object) -> None:
    web.start()
    answer = web.sign_in("sari").post(
        f"/exams/{web.exam}/seats/absent", json={"sitting_ids": ids}, headers=JSON
    )
    assert answer.get_json()["error"]["code"] in {"request_bad", "nobody_chosen", "seat_unknown_here"}


def test_a_seat_of_another_exam_is_not_reached_through_this_one(web: Web) -> None:
    other = web.make_exam(slot=2)
    foreign = web.sittings(other)["1"]
    answer = web.sign_in("sari").post(
        f"/exams/{web.exam}/seats/absent", json={"sitting_ids": [foreign]}, headers=JSON
    )
    assert answer.get_json()["error"]["code"] == "seat_unknown_here"


def test_a_supervisor_sees_the_board_and_no_buttons(web: Web) -> None:
    web.start()
    page = board(web, "made")
    assert "Adi Pratama" in page
    for absent in ("data-act=", "token/release", "steps/pause", 'id="command"'):
        assert absent not in page
    assert "token/release" in board(web, "sari")


def test_time_left_is_shown_for_who_works(web: Web) -> None:
    web.start()
    with web.context.db.write() as tx:
        steps.begin(tx, web.sittings()["1"], web.exam, SittingState.EXPECTED, web.context.now())
    page = board(web)
    assert page.count("data-ends-at=") == 1


def test_the_ministrys_client_shows_neither_clock_nor_token_of_ours(web: Web) -> None:
    exam = web.make_exam(slot=2, client="exam_browser")
    now = web.context.now()
    exams.open_exam(web.context.db, SYSTEM, now, exam)
    page = board(web, exam=exam)
    assert "diisi proktor" in page
    assert "Token dari pusat belum disalin." in page
    assert "data-ends-at" not in page
    assert "token/release" not in page
    client = web.sign_in("sari")
    refused = client.post(f"/exams/{exam}/token/release", data={}, headers=JSON)
    assert refused.get_json()["error"]["code"] == "token_not_ours"
    done = client.post(f"/exams/{exam}/token/copy", data={"value": "aB-12 <x>"}, headers=JSON)
    assert done.get_json() == {"ok": True}
    assert "aB-12 &lt;x&gt;" in client.get(f"/exams/{exam}/projector").get_data(as_text=True)


def test_semua_mulai_then_exceptions(web: Web) -> None:
    exam = web.make_exam(slot=2, client="exam_browser")
    exams.open_exam(web.context.db, SYSTEM, web.context.now(), exam)
    exams.start(web.context.db, SYSTEM, web.context.now(), exam)
    ids = web.sittings(exam)
    client = web.sign_in("sari")
    first = client.post(
        f"/exams/{exam}/seats/tell", json={"sitting_ids": [ids["4"]], "state": "absent"}, headers=JSON
    )
    assert first.get_json()["ok"]
    answer = client.post(f"/exams/{exam}/all-started", headers=JSON)
    assert len(answer.get_json()["outcomes"]) == 12
    page = board(web, exam=exam)
    assert page.count("is-working") == 12
    assert page.count("is-absent") == 1


def test_the_token_is_large_on_the_projector_and_printable(web: Web) -> None:
    client = web.sign_in("made")
    before = client.get(f"/exams/{web.exam}/projector").get_data(as_text=True)
    assert "Token tampil saat ujian dimulai" in before
    web.start()
    assert "big-token len-6" in client.get(f"/exams/{web.exam}/projector").get_data(as_text=True)
    assert "big-token len-6" in client.get(f"/exams/{web.exam}/token/print").get_data(as_text=True)


def test_a_new_token_with_its_interval(web: Web) -> None:
    web.start()
    client = web.sign_in("sari")
    assert client.post(
        f"/exams/{web.exam}/token/release", data={"interval_minutes": "30"}, headers=JSON
    ).get_json()["ok"]
    assert 'value="30"' in client.get(f"/exams/{web.exam}/board").get_data(as_text=True)
    for wrong in ("0", "241", "x", "-1"):
        answer = client.post(
            f"/exams/{web.exam}/token/release", data={"interval_minutes": wrong}, headers=JSON
        )
        assert answer.get_json()["error"]["code"] == "token_interval"


def test_the_snapshot_holds_every_part(web: Web) -> None:
    web.start()
    parts = web.sign_in("sari").get(f"/exams/{web.exam}/board.json", headers=JSON).get_json()
    assert parts["ok"]
    assert set(parts) >= {"seats", "counts", "incidents", "token", "steps", "state", "at"}
    assert len(parts["seats"]) == 13


def test_unknown_things_are_told_calmly(web: Web) -> None:
    client = web.sign_in("sari")
    assert client.get("/exams/999/board").status_code == 404
    assert client.get("/exams/999/board.json", headers=JSON).get_json()["error"]["code"] == "exam_unknown"
    closing = client.post(f"/exams/{web.exam}/incidents/close", json={"ids": [77]}, headers=JSON)
    assert closing.get_json()["error"]["code"] == "incident_unknown"


def test_names_are_text_and_not_markup(web: Web) -> None:
    from server.store import tables as t

    with web.context.db.write() as tx:
        tx.c.execute(t.participants.update().values(name="<script>alert(1)</script>"))
    page = board(web)
    assert "<script>alert" not in page


def test_attempts_to_leave_are_one_line_that_counts(web: Web) -> None:
    web.start()
    sitting = web.sittings()["3"]

    def shown(count: int) -> str:
        with web.context.db.write() as tx:
            tx.c.execute(
                tables.exams.update()
                .where(tables.exams.c.id == web.exam)
                .values(profile={"key": "t", "lock": {"blocked_navigation": "incident"}})
            )
            told = incidents.TurnedBack(web.exam, sitting, 3, count)
            incidents.note_turned_back(tx, web.context.now(), [told])
        page = board(web)
        assert page.count('class="incident"') == 1
        return " ".join(re.sub(r"<[^>]+>", " ", page[page.index('class="incident"') :]).split())

    once = shown(1)
    assert "Meja 3 halaman lain diminta dan ditolak sejak" in once
    assert "halaman lain diminta dan ditolak 3 kali sejak" in shown(2)


def test_an_ended_exam_asks_for_no_device_and_promises_no_token(web: Web) -> None:
    web.start()
    assert "Ujian sudah diakhiri" not in board(web)
    exams.end(web.context.db, SYSTEM, web.context.now(), web.exam)
    page = board(web)
    assert "belum ada perangkat" not in page
    assert "Ujian sudah diakhiri" in page and "Token dirilis saat ujian dimulai" not in page
