"""Chromebooks come in from a list: all of it or nothing, idempotent, and nothing of their history is lost."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.domain.errors import BangkuError, Conflict, Invalid
from server.domain.import_preview import Summary
from server.domain.inventory import SPEC
from server.domain.inventory import read as understood
from server.services import demo, exams, inventory, inventory_list, sheet
from server.store import tables as t
from tests.services.conftest import SARI
from tests.services.room import report, run

HEADINGS = "Label;Nomor seri;Model;Ruang;Meja;Cadangan"


def read(*rows: str, headings: str = HEADINGS):
    return understood(sheet.read(SPEC, "\n".join([headings, *rows]).encode(), "perangkat.csv"))


def take_in(school, *rows: str, headings: str = HEADINGS):
    return inventory.import_devices(
        school.db, SARI, school.now, read(*rows, headings=headings), "perangkat.csv"
    )


def preview(school, *rows: str, headings: str = HEADINGS):
    with school.db.read() as c:
        return inventory.preview(c, read(*rows, headings=headings))


def device(school, label: str):
    with school.db.read() as c:
        return next(d for d in inventory_list.lines(c) if d.label == label)


def codes(school, *rows: str) -> list[tuple[int, str]]:
    return [(p.row, p.code) for p in preview(school, *rows).problems]


def test_the_same_file_again_changes_nothing(school):
    rows = ["D01;SN-1;CB 11;Ruang 2;1;tidak", "D02;none;;Ruang 2;;ya"]
    assert take_in(school, *rows) == Summary(2, 0, 0)
    assert take_in(school, *rows) == Summary(0, 0, 2)
    found = device(school, "D02")
    assert (found.serial, found.room, found.seat, found.spare) == (None, "Ruang 2", None, True)
    assert len(school.lines("device.import")) == 2


def test_the_preview_says_what_the_import_then_does(school):
    rows = ["C01;;CB 14;;;", "C02;;Chromebook 11;;;", "D01;SN-1;;;;"]
    shown = preview(school, *rows)
    assert [line.name for line in shown.new] == ["D01"]
    assert [(line.name, line.what) for line in shown.changed] == [
        ("C01", (("model", "Chromebook 11", "CB 14"),))
    ]
    assert (shown.same, shown.left) == (1, 13)
    assert take_in(school, *rows) == Summary(1, 1, 1)
    assert device(school, "C01").serial == demo.serial(1)


def test_a_move_closes_the_old_place_and_opens_a_new_one(school):
    found = device(school, "C01")
    school.now += 5
    take_in(school, "c01;;;ruang 2;3;")
    places = school.all(
        select(t.device_places).where(t.device_places.c.device_id == found.id).order_by(t.device_places.c.id)
    )
    assert [(p.room_id, p.from_at, p.to_at) for p in places] == [
        (school.made.room_id, school.now - 5, school.now),
        (school.made.second_room_id, school.now, None),
    ]
    assert device(school, "C01").seat == "3"


def test_a_new_serial_number_closes_the_old_one(school):
    found = device(school, "C01")
    school.now += 5
    take_in(school, "C01;BARU-1;;;;")
    rows = school.all(select(t.device_serials).where(t.device_serials.c.device_id == found.id))
    assert [(r.serial, r.to_at) for r in rows] == [(demo.serial(1), school.now), ("BARU-1", None)]


def test_two_devices_may_change_places_and_numbers_in_one_file(school):
    take_in(school, f"C01;{demo.serial(2)};;Ruang 1;2;", f"C02;{demo.serial(1)};;Ruang 1;1;")
    assert (device(school, "C01").serial, device(school, "C01").seat) == (demo.serial(2), "2")
    assert (device(school, "C02").serial, device(school, "C02").seat) == (demo.serial(1), "1")


def test_a_serial_number_or_seat_of_another_device_is_refused_by_row(school):
    assert codes(school, f"D01;{demo.serial(4)};;;;", "D02;;;Ruang 1;5;") == [
        (2, "serial_taken"),
        (3, "place_taken"),
    ]
    # the other device is in the file too, and keeps what it has
    assert codes(school, "C04;;x;;;", f"D01;{demo.serial(4)};;;;") == [(3, "serial_taken")]
    assert codes(school, "C05;;x;;;", "D02;;;Ruang 1;5;") == [(3, "place_taken")]


def test_a_place_that_does_not_exist_is_refused_and_nothing_is_written(school):
    with pytest.raises(Invalid) as refused:
        take_in(school, "D01;;;Ruang 2;1;", "D02;;;Ruang 9;1;", "D03;;;Ruang 2;77;")
    assert (refused.value.code, refused.value.params["row"]) == ("inventory_has_problems", 3)
    assert refused.value.params["count"] == 2
    with pytest.raises(StopIteration):
        device(school, "D01")


def test_a_device_that_serves_a_sitting_is_not_moved_but_may_be_described(school):
    run(school)
    with pytest.raises(Invalid) as refused:
        take_in(school, "D01;;;;;", "C03;;;Ruang 2;1;")
    assert (refused.value.code, refused.value.params["row"]) == ("device_in_use", 3)
    assert refused.value.params["exam"] == "Hari 1"
    assert codes(school, "C03;LAIN;;;;") == [(2, "device_in_use")]
    assert take_in(school, "C03;;CB 14;;;").changed == 1
    exams.end(school.db, SARI, school.now, school.exam)
    assert take_in(school, "C03;;;Ruang 2;1;").changed == 1


def test_what_became_true_since_the_preview_is_not_done_unseen(school):
    rows = ["C01;;CB 14;;;"]
    digest = preview(school, *rows).digest
    take_in(school, "C01;;CB 12;;;")
    with pytest.raises(Conflict) as refused:
        inventory.import_devices(school.db, SARI, school.now, read(*rows), "perangkat.csv", digest)
    assert refused.value.code == "preview_changed"
    assert device(school, "C01").model == "CB 12"


def test_out_of_service_and_back_with_a_reason(school):
    found = device(school, "C01")
    inventory.set_service(school.db, SARI, school.now, found.id, False, "layar  retak")
    gone = device(school, "C01")
    assert (gone.in_service, gone.out_reason) == (False, "layar retak")
    assert school.lines("device.out_of_service")[0].object == "device C01"
    for reason, wanted, code in (("x", False, "device_moved_on"), ("  ", True, "reason_missing")):
        with pytest.raises(BangkuError) as refused:
            inventory.set_service(school.db, SARI, school.now, found.id, wanted, reason)
        assert refused.value.code == code
    inventory.set_service(school.db, SARI, school.now, found.id, True, "diganti")
    assert (device(school, "C01").in_service, device(school, "C01").out_reason) == (True, None)


def test_a_device_that_serves_a_sitting_stays_in_service(school):
    run(school)
    with pytest.raises(Conflict) as refused:
        inventory.set_service(school.db, SARI, school.now, device(school, "C01").id, False, "rusak")
    assert refused.value.code == "device_in_use"


def test_the_list_says_when_a_device_was_last_heard(school):
    run(school)
    found = device(school, "C01")
    assert (found.reported_at, found.battery, found.grade) == (None, None, None)
    report(school, found.id, "waiting", battery=61)
    heard = device(school, "C01")
    assert (heard.reported_at, heard.battery, heard.grade) == (school.now, 61, "managed")
