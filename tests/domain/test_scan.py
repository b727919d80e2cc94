"""A sticker read by a camera, a scanner or a person says the same thing; only the scanned one carries the mark."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.scan import Scan, What, code, genuine, read

KEY = b"k" * 32
LABELS = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="/?#%:"), min_size=1, max_size=20
)


@given(LABELS, st.sampled_from(What))
def test_what_was_printed_is_read_back_and_known_as_ours(label, what):
    scan = read(f"https://ujian.sekolah.sch.id/{what}/{code(what, label, KEY)}")
    assert scan is not None and (scan.what, scan.name) == (what, label) and genuine(scan, KEY)


@given(LABELS)
def test_a_scanner_that_shouts_says_the_same(label):
    scan = read(f"https://ujian.sekolah.sch.id/d/{code(What.DEVICE, label, KEY)}".upper())
    assert scan is not None and scan.name.casefold() == label.casefold() and genuine(scan, KEY)


@pytest.mark.parametrize("typed", ["C07", " c07 ", "https://x/d/C07", "/d/C07"])
def test_a_typed_label_finds_the_device_and_is_no_scan(typed):
    scan = read(typed)
    assert scan is not None and scan.name.upper() == "C07" and not genuine(scan, KEY)


def test_another_schools_sticker_and_a_card_for_a_device_are_not_ours():
    other = read(f"/d/{code(What.DEVICE, 'C07', b'other')}")
    card = read(f"/k/{code(What.DEVICE, 'C07', KEY)}")
    assert other is not None and not genuine(other, KEY)
    assert card == Scan(What.CARD, "C07", code(What.DEVICE, "C07", KEY)[-6:]) and not genuine(card, KEY)


@pytest.mark.parametrize("text", ["", "   ", "https://example.org/", "x" * 200, "a:b"])
def test_what_is_no_code_is_none(text):
    assert read(text) is None
