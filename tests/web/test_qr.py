"""QR codes are no finer than what prints and scans, on the smallest label too."""

from __future__ import annotations

import re

import pytest
import qrcode
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.errors import Invalid
from server.domain.scan import MARK_LENGTH, Scan, What, read
from server.domain.sticker import FORMATS
from server.web import qr

SMALLEST = FORMATS["a4-65"].content(0).height
LONG = "https://bangku.smkn2-tasikmalaya.sch.id:8410"


@pytest.mark.parametrize("base", ["https://ujian.smpn1.sch.id", "http://192.168.100.10:8410", LONG])
@pytest.mark.parametrize("label", ["C07", "LAB-2-CHROMEBOOK-017"])
def test_the_65_per_page_sticker_keeps_modules_of_0_4_mm(base, label):
    code = qr.symbol(qr.address(base, "d", f"{label}.ABCDEF"), SMALLEST)
    assert code.module_mm >= 0.4
    assert code.side_mm <= SMALLEST


def test_capitals_make_a_smaller_code_than_letters_of_any_kind():
    text = qr.address(LONG, "d", "C07.ABCDEF")
    assert text == text.upper()
    assert qr.symbol(text, 20).modules < qr._made(text.lower(), "Q", 20).modules  # type: ignore[union-attr]


def test_a_module_is_whole_dots_of_a_300_dpi_printer():
    for side in (19.2, 25.8, 27.0, 28.0):
        dots = qr.symbol(qr.address(LONG, "d", "C07.ABCDEF"), side).module_mm / (25.4 / 300)
        assert dots == pytest.approx(round(dots)) and dots >= 5


def test_what_does_not_fit_is_refused_rather_than_printed_too_fine():
    with pytest.raises(Invalid) as refused:
        qr.symbol(qr.address("https://" + "a" * 180 + ".sch.id", "d", "C07.ABCDEF"), SMALLEST)
    assert refused.value.code == "qr_too_long"


@settings(max_examples=60)
@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).filter(
        lambda s: s == " ".join(s.split())
    )
)
def test_an_address_says_the_code_again_when_it_is_read(label):
    label = label.upper() if label.isascii() else label
    text = qr.address(LONG, "d", f"{label}.{'A' * MARK_LENGTH}")
    assert read(text) == Scan(What.DEVICE, label, "A" * MARK_LENGTH)


def test_the_path_draws_exactly_the_dark_modules():
    made = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_Q, border=0)
    made.add_data("HTTPS://A.ID/D/C07.ABCDEF", optimize=0)
    made.make(fit=True)
    drawn = set()
    path = qr.symbol("HTTPS://A.ID/D/C07.ABCDEF", 30).path
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path):
        drawn |= {(int(x) + n, int(y)) for n in range(int(width))}
    assert drawn == {(x, y) for y, row in enumerate(made.get_matrix()) for x, dark in enumerate(row) if dark}
