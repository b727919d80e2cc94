"""The exam_browser day on the board and on the projector: what is known, who says so, and since when."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from server.services import centre, exams
from server.services.actor import SYSTEM
from tests.services.room import report

from .conftest import JSON, Web


@pytest.fixture
def exam(web: Web) -> int:
    """The ministry's exam, open for check-in, in a room whose devices never speak to us."""
    made = web.make_exam(slot=2, client="exam_browser")
    exams.open_exam(web.context.db, SYSTEM, web.context.now(), made)
    return made


def say(web: Web, exam: int, path: str, **form: str) -> dict[str, object]:
    answer = web.sign_in("sari").post(f"/exams/{exam}/centre/{path}", data=form, headers=JSON)
    return answer.get_json()  # type: ignore[no-any-return]


def board(web: Web, exam: int, username: str = "sari") -> str:
    return " ".join(web.sign_in(username).get(f"/exams/{exam}/board").get_data(as_text=True).split())


def projector(web: Web, exam: int) -> str:
    return web.sign_in("made").get(f"/exams/{exam}/projector").get_data(as_text=True)


def test_the_projector_never_stands_empty(web: Web, exam: int) -> None:
    assert "Token dari pusat tampil di sini setelah disalin proktor" in projector(web, exam)
    assert say(web, exam, "token_awaited/begin", time="00.00") == {"ok": True}
    assert "Menunggu token dari pusat sejak 00.00" in projector(web, exam)
    web.sign_in("sari").post(f"/exams/{exam}/token/copy", data={"value": "QX7K2M"}, headers=JSON)
    assert "QX7K2M" in projector(web, exam)
    assert "Menunggu token" not in projector(web, exam)
    assert "menunggu token" in board(web, exam)  # the spell, among what was noted today


def test_the_board_says_since_when_and_offers_the_end(web: Web, exam: int) -> None:
    assert 'id="token_awaited-begin"' in board(web, exam)
    say(web, exam, "token_awaited/begin", time="0:00")
    say(web, exam, "unreachable/begin")
    shown = board(web, exam)
    assert "Menunggu token dari pusat sejak 00.00" in shown
    assert "Sisi kita baik, pusat tidak bisa dipakai sejak" in shown
    assert 'id="token_awaited-end"' in shown and 'id="unreachable-end"' in shown
    assert say(web, exam, "unreachable/end") == {"ok": True}
    assert 'id="centre-away"' not in board(web, exam)


def test_a_supervisor_reads_and_has_no_buttons(web: Web, exam: int) -> None:
    say(web, exam, "unreachable/begin")
    shown = board(web, exam, "made")
    assert 'id="centre-away"' in shown
    for absent in ("/centre/", 'id="probe-url"', 'id="token_awaited-time"'):
        assert absent not in shown


@pytest.mark.parametrize(
    ("path", "form", "code"),
    [
        ("token_awaited/begin", {"time": "pagi"}, "centre_time_invalid"),
        ("unreachable/end", {}, "centre_not_so"),
        ("flood/begin", {}, "page_unknown"),
        ("address", {"probe_url": "pusat"}, "probe_url_invalid"),
    ],
)
def test_a_refusal_has_its_code_a_sentence_and_a_line_in_the_trail(
    web: Web, exam: int, path: str, form: dict[str, str], code: str
) -> None:
    error = say(web, exam, path, **form)["error"]
    assert isinstance(error, dict) and error["code"] == code and error["message"]
    assert (web.audit()[-1].outcome, web.audit()[-1].code) == ("refused", code)


def test_our_own_exam_has_no_such_part(web: Web) -> None:
    web.start()
    assert "part-centre" not in board(web, web.exam)
    error = say(web, web.exam, "token_awaited/begin")["error"]
    assert isinstance(error, dict) and error["code"] == "centre_not_for_web"


def test_the_address_is_entered_and_cleared_before_and_during_the_exam(web: Web) -> None:
    made = web.make_exam(slot=2, client="exam_browser")
    assert say(web, made, "address", probe_url="https://pusat.example/") == {"ok": True}
    assert 'value="https://pusat.example/"' in board(web, made)
    exams.open_exam(web.context.db, SYSTEM, web.context.now(), made)
    assert "Alamat pusat belum sempat diperiksa." in board(web, made)
    assert say(web, made, "address", probe_url="") == {"ok": True}
    assert "Alamat pusat tidak diperiksa: belum diisi." in board(web, made)
    with web.context.db.read() as c:
        assert centre.watched(c) == {}


def test_a_room_nobody_hears_is_called_observed_and_nothing_is_missing_in_it(web: Web, exam: int) -> None:
    exams.start(web.context.db, SYSTEM, web.context.now(), exam)
    shown = board(web, exam)
    assert "Mode pengamatan." in shown
    assert shown.count("Bangku tidak melihat perangkat ini; keadaan diisi proktor") >= 13
    for shout in (
        "belum ada perangkat",
        "belum melapor",
        "tidak terdengar",
        "menunggu diterapkan",
        "is-pending",
        "desk-flag",
        'data-needs="1"',
        "Tidak ada yang perlu perhatian",
    ):
        assert shout not in shown, shout
    assert 'data-act="lock"' not in shown  # no device would hear it


def test_pupils_are_seen_with_ones_own_eyes_before_they_work(web: Web, exam: int) -> None:
    ids = list(web.sittings(exam).values())
    client = web.sign_in("sari")
    client.post(f"/exams/{exam}/seats/tell", json={"sitting_ids": ids, "state": "checked_in"}, headers=JSON)
    shown = board(web, exam)
    assert shown.count("is-checked_in") == 13
    assert '<button type="button" class="chip " id="filter-ready"' in shown
    assert shown.count('data-group="ready"') == 13
    exams.start(web.context.db, SYSTEM, web.context.now(), exam)
    assert len(client.post(f"/exams/{exam}/all-started", headers=JSON).get_json()["outcomes"]) == 13


def test_steps_do_not_promise_what_only_the_centre_can_do(web: Web, exam: int) -> None:
    exams.start(web.context.db, SYSTEM, web.context.now(), exam)
    shown = board(web, exam)
    assert "Exam Browser dan waktunya tidak tersentuh" in shown
    assert "13 yang belum ditandai mengerjakan dicatat tidak hadir" in shown
    for promise in ("waktu peserta berhenti", "terkunci dan waktunya", "sisa waktu yang sama"):
        assert promise not in shown


def test_the_snapshot_holds_the_centres_part(web: Web, exam: int) -> None:
    parts = web.sign_in("sari").get(f"/exams/{exam}/board.json", headers=JSON).get_json()
    assert "token_awaited-time" in parts["centre"]


def test_devices_that_speak_in_our_kiosk_before_are_counted_and_can_be_told_something(
    web: Web, exam: int
) -> None:
    report(SimpleNamespace(db=web.context.db, now=web.context.now()), 1, "waiting")
    shown = board(web, exam)
    assert "Bangku mendengar 1 dari 13 perangkat" in shown
    assert "Mode pengamatan." not in shown
    assert 'data-act="message"' in shown
    assert shown.count("Bangku tidak melihat perangkat ini; keadaan diisi proktor") >= 12
