"""Participants come in from a sheet: all of it or nothing, and the same file twice changes nothing."""

from __future__ import annotations

import io

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from server.domain.errors import Invalid
from server.domain.import_preview import Summary
from server.services import demo, desired, exams, reserves, roster
from server.services.actor import SYSTEM
from server.store.database import Database
from server.store.tables import audit, metadata, participants, registrations, seat_plans, sittings

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


def make_exam(db, made, **changes: object) -> int:
    """An exam on day 1, session 1, in the first room, unless said otherwise."""
    given = {
        "day_id": made.day_ids[0],
        "slot_id": made.slot_ids[0],
        "room_id": made.room_id,
        "profile": PROFILE,
        "title": "Hari 1",
        "start_url": "practice",
        "allowed_hosts": [],
    }
    return exams.create(db, SYSTEM, NOW, **{**given, **changes})


def test_the_same_file_again_changes_nothing(school):
    db, made = school
    assert take_in(db, made, demo.participant_sheet()) == Summary(new=0, changed=0, same=26)
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
    make_exam(db, made)
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


HEAD = "Nomor Peserta;Nama;Sesi;Ruang;Meja;Jenis peserta"


def lines(*rows: str, headings: str = HEAD) -> io.BytesIO:
    return io.BytesIO("\n".join([headings, *rows]).encode())


def problems(db, made, stream) -> list[tuple[int, str]]:
    with db.read() as c:
        read = roster.parse(c, stream, "peserta.csv")
        return [(p.row, p.code) for p in roster.preview(c, made.round_id, read).problems]


def take_in_csv(db, made, *rows: str, headings: str = HEAD):
    with db.read() as c:
        read = roster.parse(c, lines(*rows, headings=headings), "peserta.csv")
    return roster.import_participants(db, SYSTEM, NOW, made.round_id, read, "peserta.csv")


def plan_of(db, number: str):
    with db.read() as c:
        return c.execute(
            select(registrations.c.kind, seat_plans.c.slot_id, seat_plans.c.seat_id)
            .outerjoin(seat_plans, seat_plans.c.registration_id == registrations.c.id)
            .where(registrations.c.number == number)
        ).one()


def test_a_reserve_is_kept_without_a_place(school):
    db, made = school
    assert take_in_csv(db, made, "R-1;Cadangan Satu;;;;cadangan").new == 1
    assert plan_of(db, "R-1") == ("reserve", None, None)
    assert take_in_csv(db, made, "R-1;Cadangan Satu;;;;cadangan").same == 1
    assert take_in_csv(db, made, f"R-1;Cadangan Satu;1;{demo.SECOND_ROOM};4;utama").changed == 1
    assert plan_of(db, "R-1").kind == "main"


def test_two_pupils_may_change_seats_in_one_file(school):
    db, made = school
    before = plan_of(db, "02-001-001"), plan_of(db, "02-001-002")
    sheet = changed_sheet(lambda s: (s.__setitem__("H2", "2"), s.__setitem__("H3", "1")))
    assert take_in(db, made, sheet).changed == 2
    assert (plan_of(db, "02-001-002"), plan_of(db, "02-001-001")) == before


def test_a_seat_of_somebody_who_is_not_in_the_file_is_refused_by_row(school):
    db, made = school
    assert problems(db, made, lines(f"X-1;Baru;1;{demo.ROOM};5;")) == [(2, "seat_taken")]


def test_a_column_the_file_does_not_have_leaves_what_is_known(school):
    db, made = school
    row = f"02-001-013;Made Pratama;1;{demo.ROOM};13"
    assert take_in_csv(db, made, row, headings="Nomor Peserta;Nama;Sesi;Ruang;Meja").same == 1
    with db.read() as c:
        assert (
            c.execute(
                select(registrations.c.extra_minutes).where(registrations.c.number == "02-001-013")
            ).scalar()
            == 10
        )


def test_the_preview_counts_names_and_writes_nothing(school):
    db, made = school
    before = count(db, audit)
    with db.read() as c:
        read = roster.parse(c, changed_sheet(lambda s: s.__setitem__("D2", "IX-C")), "peserta.xlsx")
        shown = roster.preview(c, made.round_id, read)
    assert (len(shown.new), len(shown.changed), shown.same, shown.left) == (0, 1, 25, 0)
    assert shown.changed[0].what == (("class_name", "IX-A", "IX-C"),)
    assert count(db, audit) == before


def test_a_locked_row_says_exam_and_day_and_small_corrections_go_through(school):
    db, made = school
    make_exam(db, made, day_id=made.day_ids[1], title="Hari kedua")
    with pytest.raises(Invalid) as refused:
        take_in(db, made, changed_sheet(lambda s: s.__setitem__("I2", 30)))
    told = refused.value.params
    assert (told["row"], told["exam"], told["day"], told["file"]) == (2, "Hari kedua", 2, "peserta.xlsx")
    assert take_in(db, made, changed_sheet(lambda s: s.__setitem__("D2", "IX-C"))).changed == 1


def test_a_foreign_school_is_refused_by_row(school):
    db, made = school
    assert problems(db, made, changed_sheet(lambda s: s.__setitem__("E4", "10000001"))) == [
        (4, "foreign_school")
    ]


def test_a_newcomer_is_told_of_an_exam_that_was_made_without_them(school):
    db, made = school
    place = f"1;{demo.SECOND_ROOM}"
    take_in_csv(db, made, f"X-1;Satu;{place};1;")
    make_exam(db, made, room_id=made.second_room_id)
    with db.read() as c:
        read = roster.parse(c, lines(f"X-1;Satu;{place};1;", f"X-2;Dua;{place};2;"), "peserta.csv")
        shown = roster.preview(c, made.round_id, read)
    assert [(n.row, n.code, n.more["day"]) for n in shown.notes] == [(3, "exam_already_made", 1)]
    assert shown.problems == []


def test_the_list_again_leaves_alone_what_the_board_decided_about_a_reserve(school):
    db, made = school
    reserve = "R-1;Cadangan Satu;;;;cadangan"
    row = f"02-001-001;Adi Pratama;1;{demo.ROOM};1;utama"
    take_in_csv(db, made, reserve)
    exam = make_exam(db, made)
    with db.read() as c:
        sitting = c.execute(
            select(sittings.c.id)
            .join(registrations, registrations.c.id == sittings.c.registration_id)
            .where(sittings.c.exam_id == exam, registrations.c.number == "02-001-001")
        ).scalar_one()
    reserves.activate(db, SYSTEM, NOW, sitting, "R-1")
    seated = plan_of(db, "R-1")
    assert seated.seat_id is not None
    assert take_in_csv(db, made, reserve, row) == Summary(0, 0, 2)
    assert take_in_csv(db, made, f"{reserve};akun-1", headings=f"{HEAD};Username").changed == 1
    assert plan_of(db, "R-1") == seated
