"""Participants come in from a sheet: all of it or nothing, and the same file twice changes nothing."""

from __future__ import annotations

import io

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from server.domain.errors import Invalid
from server.services import demo, desired, exams, roster
from server.services.actor import SYSTEM
from server.store.database import Database
from server.store.tables import audit, metadata, participants, registrations, seat_plans

NOW = 1_790_000_000_000
PROFILE = {"key": "t", "client": "web", "blocks": [{"name": "Bagian 1", "minutes": 10}]}


@pytest.fixture
def school(tmp_path):
    db = Database.at(tmp_path / "school.db")
    with db.write() as tx:
        metadata.create_all(tx.c)
        desired.ensure_epoch(tx)
    yield db, demo.seed(db, NOW, days=("2026-11-24", "2026-11-25"))
    db.close()


def changed_sheet(edit) -> io.BytesIO:
    book = load_workbook(demo.participant_sheet())
    edit(book.active)
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    return stream


def take_in(db, made, stream):
    with db.read() as c:
        parsed = roster.parse(c, stream, "peserta.xlsx")
    return roster.import_participants(db, SYSTEM, NOW, made.round_id, parsed, "peserta.xlsx")


def count(db, table) -> int:
    with db.read() as c:
        return c.execute(select(func.count()).select_from(table)).scalar_one()


def test_the_same_file_again_changes_nothing(school):
    db, made = school
    assert take_in(db, made, demo.participant_sheet()) == roster.Summary(new=0, changed=0, same=26)
    assert count(db, registrations) == count(db, participants) == count(db, seat_plans) == 26


def test_a_corrected_name_is_one_change(school):
    db, made = school
    assert take_in(db, made, changed_sheet(lambda s: s.__setitem__("B2", "Adi Pratomo"))).changed == 1
    with db.read() as c:
        assert c.execute(select(participants.c.id).where(participants.c.name == "Adi Pratomo")).all()


def test_an_unknown_seat_names_its_row_and_nothing_is_written(school):
    db, made = school
    before = count(db, audit)
    with pytest.raises(Invalid) as refused:
        take_in(db, made, changed_sheet(lambda s: (s.__setitem__("B2", "X"), s.__setitem__("H3", "99"))))
    assert refused.value.code == "roster_has_problems"
    assert refused.value.params["row"] == 3
    assert count(db, audit) == before
    with db.read() as c:
        assert not c.execute(select(participants.c.id).where(participants.c.name == "X")).all()


def test_a_change_that_would_touch_an_exam_already_made_is_refused_whole(school):
    db, made = school
    exams.create(
        db,
        SYSTEM,
        NOW,
        day_id=made.day_ids[0],
        slot_id=made.slot_ids[0],
        room_id=made.room_id,
        profile=PROFILE,
        title="Hari 1",
        start_url="practice",
        allowed_hosts=[],
    )
    # Row 28 is a newcomer, row 2 a pupil of the exam: neither may be written.
    with pytest.raises(Invalid) as refused:
        take_in(
            db,
            made,
            changed_sheet(
                lambda s: (
                    s.append(["99", "Baru", "", "IX-B", demo.NPSN, 2, demo.SECOND_ROOM, "1", 0]),
                    s.__setitem__("B2", "Orang Lain"),
                )
            ),
        )
    assert (refused.value.code, refused.value.params["row"]) == ("roster_locked", 2)
    assert count(db, participants) == 26


def test_a_file_that_is_no_sheet_is_named(school):
    db, _ = school
    with db.read() as c, pytest.raises(Invalid) as refused:
        roster.parse(c, io.BytesIO(b"not a sheet"), "foto.xlsx")
    assert refused.value.code == "sheet_unreadable"
    assert "foto.xlsx" in str(refused.value)


def test_titles_above_the_headings_are_skipped(school):
    db, made = school
    book = Workbook()
    for line in (
        ["DAFTAR PESERTA"],
        [],
        ["Nomor Peserta", "Nama", "Sesi", "Ruang", "Meja"],
        ["77", "Ani", 1, demo.SECOND_ROOM, "2"],
    ):
        book.active.append(line)
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    assert take_in(db, made, stream).new == 1
