"""The board's one line for an outage, and the record that stays: as a page, as a sheet, for those who may look."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from server.domain.incident import CAUSES
from server.services import incidents, sweep
from server.services.incident_views import RecordLine
from server.web import incident_kinds, incident_words, words
from tests.services import room
from tests.services.conftest import School

from .conftest import Web


@pytest.fixture
def school(web: Web) -> School:
    """Thirteen pupils at work; seats 1 to 4 then fall silent together, seat 9 a minute later and alone."""
    made = School(web.context.db, web.school, now=web.context.now(), exam=web.exam)
    room.run(made)
    room.work(made, *range(1, 14))
    for n in range(1, 14):
        room.report(made, n, "exam", page="practice")
    room.report(made, 6, "exam", page="practice", battery=9)
    away = {1, 2, 3, 4}
    for second in range(70):
        made.now += 1_000
        for n in range(1, 14):
            if n not in away and second % 10 == 0:
                room.report(made, n, "exam", page="practice", **({"battery": 9} if n == 6 else {}))
        if second == 66:
            away.add(9)
        sweep.sweep(made.db, made.now, lambda d: d not in away, lambda d: d in away)
    return made


def test_an_outage_is_one_line_with_its_desks_and_a_single_loss_is_its_own(web: Web, school: School) -> None:
    page = web.sign_in("sari").get(f"/exams/{web.exam}/board").text
    assert "4 dari 13 meja" in page
    assert "jaringan terputus di satu tempat" in page
    assert "(1, 2, 3, 4" in page
    assert page.count("tidak terdengar</b>") == 0
    lines = web.sign_in("sari").get(f"/exams/{web.exam}/board.json").json["incidents"]
    assert lines.count('class="incident"') == 3  # the outage, seat 9, the battery


def test_who_has_seen_to_the_outage_has_seen_to_all_of_it(web: Web, school: School) -> None:
    sari = web.sign_in("sari")
    (outage,) = [i for i in _rows(web) if i.kind == "network_loss"]
    assert sari.post(f"/exams/{web.exam}/incidents/close", json={"ids": [outage.id]}).json["ok"]
    assert {i.closed_by for i in _rows(web) if i.group_id == outage.id} == {"sari"}
    assert len([line for line in web.audit() if line.action == "incident.close"]) == 1


def _rows(web: Web) -> list[Any]:
    from server.store import tables as t

    with web.context.db.read() as c:
        return list(c.execute(t.incidents.select()))


@pytest.mark.parametrize(("who", "sees"), [("sari", True), ("made", True), ("wayan", True), ("joko", False)])
def test_the_record_is_for_those_who_watch_the_room(web: Web, who: str, sees: bool) -> None:
    answer = web.sign_in(who).get(f"/exams/{web.exam}/incidents")
    assert answer.status_code == (200 if sees else 403)


def test_the_record_keeps_what_is_over_with_from_and_to(web: Web, school: School) -> None:
    school.now += 1_000
    for n in (1, 2, 3, 4, 9):
        room.report(school, n, "exam", page="practice")
    sweep.sweep(school.db, school.now, lambda _d: True, lambda _d: False)
    page = web.sign_in("made").get(f"/exams/{web.exam}/incidents").text
    assert "jaringan terputus di satu tempat: 4 perangkat, satu ruang" in page
    assert "selesai sendiri" in page
    assert "bukan penilaian atas peserta" in page
    book = openpyxl.load_workbook(
        io.BytesIO(web.sign_in("made").get(f"/exams/{web.exam}/incidents.xlsx").data)
    )
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[0][:5] == ("Mulai", "Selesai", "Penyebab", "Kejadian", "Meja")
    outage = next(r for r in rows if r[3] and r[3].startswith("jaringan terputus"))
    assert outage[4] == "1, 2, 3, 4"
    assert sum(r[7] is not None for r in rows[1:]) == 4  # each desk under it
    assert [r[4] for r in rows[1:] if r[2] == "Daya"] == ["6"]


def test_an_exam_without_incidents_says_so(web: Web) -> None:
    assert "Tidak ada kejadian tercatat" in web.sign_in("sari").get(f"/exams/{web.exam}/incidents").text
    assert web.sign_in("sari").get("/exams/999/incidents").status_code == 404


def test_every_kind_has_what_happened_what_it_means_and_what_to_do() -> None:
    assert set(words.INCIDENTS) >= set(CAUSES)
    assert set(incident_kinds.MEANS) == set(CAUSES)
    blame = ("curang", "menyontek", "melanggar", "pelanggaran", "sengaja", "salah peserta", "mencurigakan")
    for kind in CAUSES:
        told = " ".join((*words.INCIDENTS[kind], incident_kinds.MEANS[kind])).lower()
        assert not [word for word in blame if word in told], kind


@pytest.mark.parametrize(
    ("measured", "said"),
    [
        ({}, "Jaringan terputus 08.40–08.44, 14 perangkat; tidak ada jawaban hilang."),
        ({"back": 12}, "Jaringan terputus 08.40–08.44, 14 perangkat; 2 belum tersambung lagi."),
        ({"unsent": 3}, "Jaringan terputus 08.40–08.44, 14 perangkat; 3 jawaban masih di perangkat."),
        ({"gaps": 1}, "Jaringan terputus 08.40–08.44, 14 perangkat; catatan 1 perangkat belum lengkap."),
        (
            {"unknown": 14},
            "Jaringan terputus 08.40–08.44, 14 perangkat; di 14 perangkat jawaban tidak terlihat oleh Bangku.",
        ),
    ],
)
def test_the_note_for_the_minutes_claims_only_what_was_measured(web: Web, measured: dict, said: str) -> None:
    whole = {"since": 840, "until": 844, "devices": 14, "back": 14, "unsent": 0, "unknown": 0, "gaps": 0}
    with web.app.test_request_context():
        assert incident_words.network_minutes({**whole, **measured}, lambda at: f"08.{at % 100}") == said


def test_a_loss_that_was_a_restart_is_told_as_one(web: Web) -> None:
    line = RecordLine(1, "missing", "restart", ("5",), 0, 9, "system", {})
    with web.app.test_request_context():
        assert incident_words.happened(line).endswith("kembali setelah dimulai ulang")


def test_an_outage_is_told_by_its_subnet_only_when_every_desk_under_it_was_on_it(web: Web) -> None:
    place = {"place": ["subnet", "10.0.0.0/24"]}
    on, other = (
        RecordLine(n, "missing", "network", (str(n),), 0, 9, "system", {"subnet": f"10.0.{n}.0/24"})
        for n in (0, 1)
    )
    with web.app.test_request_context():
        told = [
            incident_words.happened(
                RecordLine(9, "network_loss", "network", (), 0, 9, "system", place, under=under)
            )
            for under in ((on, on, on), (on, on, on, other))
        ]
    assert told == [
        "jaringan terputus di satu tempat: 3 perangkat, subnet 10.0.0.0/24",
        "jaringan terputus di satu tempat: 4 perangkat, satu ruang",
    ]


def _newcomer(web: Web, label: str, exam_id: int | None) -> None:
    from sqlalchemy import select

    from server.store import tables as t

    with web.context.db.write() as tx:
        device = tx.c.execute(select(t.devices.c.id).where(t.devices.c.label == label)).scalar_one()
        incidents.open_once(
            tx, web.context.now(), "newcomer", exam_id=exam_id, device_id=device, enrolment=77
        )


def test_a_chromebook_is_called_one_with_the_desk_where_it_stands(web: Web, school: School) -> None:
    _newcomer(web, "C03", web.exam)
    sari = web.sign_in("sari")
    lines = sari.get(f"/exams/{web.exam}/board.json").json["incidents"]
    assert "Chromebook C03 (meja 3)" in lines
    assert "Meja C03" not in lines
    assert 'data-look="3"' in lines
    assert "Terima perangkat sebagai C03?" in lines
    assert 'data-for="Meja 3, ' in lines
    assert "Chromebook C03 (meja 3)" in sari.get(f"/exams/{web.exam}/incidents").text


def test_a_spare_has_no_desk_to_choose_and_stands_in_the_record_too(web: Web, school: School) -> None:
    _newcomer(web, "C14", None)
    sari = web.sign_in("sari")
    lines = sari.get(f"/exams/{web.exam}/board.json").json["incidents"]
    assert "<b>Chromebook C14</b>" in lines
    assert 'data-look="C14"' not in lines
    assert 'data-look=""' not in lines
    assert '<h2 class="incidents-count">4 kejadian</h2>' in lines
    assert "Chromebook C14" in sari.get(f"/exams/{web.exam}/incidents").text
