"""What is scanned is found; what is made up is not."""

from __future__ import annotations

import pytest

from server.domain.errors import NotFound
from server.domain.scan import What
from server.services import scans


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
