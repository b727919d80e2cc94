"""Every Chromebook that is here has a sticker, and what is on it leads back to it."""

from __future__ import annotations

from server.domain.scan import What, read
from server.services import inventory, scans, stickers
from server.store import tables as t
from server.web import qr
from tests.services.conftest import SARI
from tests.services.test_inventory import device, take_in

ADDRESS = "https://ujian.smpn1.sch.id"


def found(school, **only):
    return stickers.stickers(school.db, school.now, **only)


def test_they_come_by_room_and_seat_and_those_without_a_place_last(school):
    take_in(school, "A-1;;;;;ya", "D1;;;Ruang 2;2;")
    labels = [s.label for s in found(school)]
    assert labels == [*(f"C{n:02d}" for n in range(1, 16)), "D1", "A-1"]


def test_a_room_some_devices_or_the_borrowed_alone(school):
    take_in(
        school, "P-01;Ruang 2;SMP Negeri 2;30/11/2026", headings="Label;Ruang;Dipinjam dari;Sampai tanggal"
    )
    assert [s.label for s in found(school, room_id=school.made.second_room_id)] == ["P-01"]
    assert [(s.label, s.borrowed) for s in found(school, borrowed=True)] == [("P-01", True)]
    one = device(school, "C05").id
    assert [(s.label, s.borrowed) for s in found(school, device_ids=[one])] == [("C05", False)]


def test_every_code_leads_back_to_its_device_as_a_scan(school):
    take_in(school, "lab 7/b;;;;;", "é-1;;;;;", "c.d;;;;;", "x+y%20;;;;;")
    for sticker in found(school):
        led = scans.find(school.db, qr.address(ADDRESS, "d", sticker.code))
        assert (led.what, led.id, led.scanned) == (What.DEVICE, sticker.device_id, True), sticker.label


def test_labels_that_differ_by_case_alone_keep_their_own(school):
    with school.db.write() as tx:
        twin = tx.insert(t.devices, label="c01", spare=False, created_at=school.now)
    made = {s.device_id: s.code for s in found(school)}
    scan = read(f"/d/{made[twin]}")
    assert scan is not None and scan.name == "c01"
    assert made[device(school, "C01").id].startswith("C01.")


def test_nothing_on_a_sticker_speaks_of_a_pupil(school):
    (sticker,) = found(school, device_ids=[device(school, "C03").id])
    assert set(sticker.__slots__) == {"device_id", "label", "serial", "room", "seat", "code", "borrowed"}
    assert "Cahya" not in repr(sticker)


def test_out_of_service_keeps_its_sticker(school):
    inventory.set_service(school.db, SARI, school.now, device(school, "C14").id, False, "layar retak")
    assert "C14" in [s.label for s in found(school)]
