"""What is scanned is found; what is made up is not."""

from __future__ import annotations

import pytest

from server.domain.errors import NotFound
from server.domain.scan import What
from server.services import scans
from server.store import tables as t


def test_a_sticker_is_found_however_it_comes_in_and_only_a_scan_counts_as_one(school):
    printed = f"https://ujian.sekolah.sch.id/d/{scans.code(school.db, What.DEVICE, 'C03')}"
    found = scans.find(school.db, printed)
    assert (found.what, found.name, found.scanned) == (What.DEVICE, "C03", True)
    typed = scans.find(school.db, "c03")
    assert (typed.id, typed.scanned) == (found.id, False)


def test_a_card_counts_only_with_its_mark(school):
    registration = school.sitting(7).registration_id
    found = scans.find(school.db, f"/k/{scans.code(school.db, What.CARD, str(registration))}")
    assert (found.what, found.id) == (What.CARD, registration)
    with pytest.raises(NotFound) as refused:
        scans.find(school.db, f"/k/{registration}")
    assert refused.value.code == "card_unknown"


@pytest.mark.parametrize(("text", "code"), [("Z99", "device_unknown"), ("http://x/y", "code_unreadable")])
def test_what_is_not_ours_is_said_so(school, text, code):
    with pytest.raises(NotFound) as refused:
        scans.find(school.db, text)
    assert refused.value.code == code


def test_another_schools_sticker_is_not_ours_though_the_label_is(school):
    printed = "https://ujian.sekolah-lain.sch.id/d/C03.AAAAAA"
    with pytest.raises(NotFound) as refused:
        scans.find(school.db, printed)
    assert refused.value.code == "sticker_foreign"


def test_a_label_that_looks_like_one_with_a_mark_is_found_as_it_is(school):
    with school.db.write() as tx:
        tx.insert(t.devices, label="LAB.KELASA", created_at=0)
    found = scans.find(school.db, "/d/LAB.KELASA")
    assert (found.name, found.scanned) == ("LAB.KELASA", False)
    printed = scans.code(school.db, What.DEVICE, "LAB.KELASA")
    assert scans.find(school.db, f"/d/{printed}").scanned


def test_half_a_character_is_no_code(school):
    with pytest.raises(NotFound) as refused:
        scans.find(school.db, "/d/\ud800")
    assert refused.value.code == "code_unreadable"
