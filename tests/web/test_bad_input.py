"""What people get wrong on an exam day: said by row, file and line or name, with a stable code, nothing half-written.

Through the edges that people use: `bangku check` and the pages.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from click.testing import CliRunner
from sqlalchemy import select

from server.cli import main
from server.services import seats, sweep
from server.services.actor import SYSTEM
from server.store import tables as t
from tests.services import room
from tests.services.conftest import School
from tests.test_check import GOOD
from tests.web.test_roster_page import confirmation, row_of, sheet, upload

from .conftest import JSON, Web

#: All that these acts could write, the trail apart.
WRITTEN = (
    t.participants, t.registrations, t.seat_plans, t.exams, t.sittings, t.sitting_blocks, t.assignments, t.exam_tokens,
    t.device_desired,
)  # fmt: skip


@contextmanager
def nothing_written(web: Web) -> Iterator[None]:
    def everything() -> list[Any]:
        with web.context.db.read() as c:
            return [c.execute(select(table)).all() for table in WRITTEN]

    before = everything()
    yield
    assert everything() == before


def refusals(web: Web) -> list[tuple[str, str]]:
    return [(line.actor, line.code) for line in web.audit() if line.outcome == "refused"]


def check(web: Web, name: str, text: str) -> tuple[int, str]:
    folder = web.context.settings.data_dir / "exam_profiles"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    done = CliRunner().invoke(main, ["check", "--data-dir", str(web.context.settings.data_dir)])
    return done.exit_code, done.output


def test_a_profile_with_an_unknown_key(web: Web) -> None:
    code, said = check(web, "ulangan.yaml", GOOD.replace("allowed_hosts: []", "allowed_hosts: []\nharga: 5"))
    assert code == 1
    assert "ulangan.yaml:9: harga is not known" in said
    assert "[profile_invalid]" in said
    answer = web.sign_in("sari").get("/exams/new", headers=JSON)
    assert answer.json["error"]["code"] == "profile_invalid"
    assert "ulangan.yaml baris 9" in answer.json["error"]["message"]


def test_a_profile_without_minutes(web: Web) -> None:
    code, said = check(web, "ulangan.yaml", GOOD.replace("    minutes: 90\n", ""))
    assert code == 1
    assert "ulangan.yaml:10: blocks item 1 minutes is missing; add it" in said
    assert "[profile_invalid]" in said


def test_minutes_that_nobody_published_are_asked_for(web: Web) -> None:
    _code, said = check(web, "ulangan.yaml", GOOD.replace("minutes: 90", "minutes: null"))
    assert "ulangan" in said.split("for minutes when an exam is made:")[1]
    form = {
        "profile": "ulangan",
        "title": "Ulangan",
        "day_id": web.school.day_ids[1],
        "slot_id": web.school.slot_ids[0],
        "room_id": web.school.room_id,
        "start_url": "https://ujian.smp.sch.id/",
        "token_interval": "15",
    }
    with nothing_written(web):
        answer = web.sign_in("sari").post("/exams/new", data=form)
    assert answer.status_code == 422
    assert 'id="error-minutes.1"' in answer.text
    assert ("sari", "invalid") in refusals(web)


def test_a_roster_with_a_doubled_number(web: Web) -> None:
    rows = sheet(("X-1", "Satu", 1, "Ruang 2", "1", ""), ("X-1", "Dua", 1, "Ruang 2", "2", ""))
    not_imported(web, rows, 3, "“X-1” dipakai juga di baris 2")


def test_a_foreign_schools_participant(web: Web) -> None:
    text = "Nomor Peserta;Nama;NPSN;Sesi;Ruang;Meja\nX-1;Satu;20999001;1;Ruang 2;1\nX-2;Dua;10101010;1;Ruang 2;2\n"
    not_imported(web, text, 3, "Sekolah “10101010” bukan sekolah ini atau sekolah yang menumpang")


def test_a_list_for_day_two_that_would_touch_day_one(web: Web) -> None:
    rows = sheet(
        ("X-1", "Baru", 1, "Ruang 2", "1", ""),
        ("02-001-001", "Orang Lain", 1, "Ruang 1", "1", ""),
    )
    not_imported(web, rows, 3, "“Simulasi web” (hari 1)")


def not_imported(web: Web, given: Any, row: int, sentence: str) -> None:
    """Neither by the preview, nor by somebody who sends the confirmation all the same."""
    client = web.sign_in("wayan")
    file, name = (
        (given, "peserta.xlsx") if not isinstance(given, str) else (io.BytesIO(given.encode()), "peserta.csv")
    )
    with nothing_written(web):
        page = upload(web, client, file, name).text
        assert sentence in row_of(page, row)[-1]
        answer = client.post("/participants/confirm", data=confirmation(page))
        assert answer.status_code in {409, 422}
    assert refusals(web)[-1][0] == "wayan"
    assert refusals(web)[-1][1] in {"roster_has_problems", "roster_locked", "preview_changed"}


def test_a_session_change_with_unsent_answers(web: Web) -> None:
    school = School(web.context.db, web.school, now=web.context.now(), exam=web.exam)
    second = web.make_exam(slot=2)
    room.run(school)
    room.work(school, 2)
    seats.finish(school.db, SYSTEM, school.now, room.ids(school, 2))
    sweep.sweep(school.db, school.now, lambda _id: True)
    school.now += 1
    room.report(school, 2, "finished", unsent=4)
    with nothing_written(web):
        answer = web.sign_in("sari").post(f"/exams/{web.exam}/change", data={"next_id": second})
    assert answer.status_code == 409
    assert "Jawaban dari meja 2 (C02, Bunga Pratama) belum terkirim." in answer.text
    assert ("sari", "session_unsent") in refusals(web)


def test_a_reserve_activated_twice(web: Web) -> None:
    with web.context.db.write() as tx:
        who = tx.insert(t.participants, school_id=1, name="Rani Cadangan")
        tx.insert(
            t.registrations, round_id=web.school.round_id, participant_id=who, number="02-001-R01", kind="reserve",
            extra_minutes=0, card_code="ABCDEF",
        )  # fmt: skip
    web.start()
    sari, seat = web.sign_in("sari"), web.sittings()
    url = f"/exams/{web.exam}/seats/reserve"
    assert sari.post(url, json={"sitting_ids": [seat["4"]], "reserve": "02-001-R01"}).json["ok"]
    with nothing_written(web):
        answer = sari.post(url, json={"sitting_ids": [seat["5"]], "reserve": "02-001-R01"}, headers=JSON)
    assert answer.status_code == 409
    assert answer.json["error"]["code"] == "reserve_already_active"
    assert "Rani Cadangan (02-001-R01)" in answer.json["error"]["message"]
    assert "02-001-004" in answer.json["error"]["message"]
    assert ("sari", "reserve_already_active") in refusals(web)
