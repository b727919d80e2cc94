"""An operator who never saw Bangku goes from an empty server to the exam form, by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.admin_page import admin_page

pytestmark = pytest.mark.browser


@pytest.fixture
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with admin_page(tmp_path_factory.mktemp("setup")) as made:
        yield made


def follow(page: Any, words: str, heading: str) -> None:
    """Tab to the link or button that has these words, and press it."""
    tab_to(page, f"(e) => e.matches('a, button') && e.innerText.includes({words!r})", words)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=heading, exact=True).wait_for()


def tab_to(page: Any, wanted: str, what: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(f"({wanted})(document.activeElement)"):
            return
    raise AssertionError(f"no {what} within 60 tabs")


def type_in(page: Any, field: str, typed: str) -> None:
    tab_to(page, f"(e) => e.id === {field!r}", field)
    page.keyboard.type(typed)


def test_from_an_empty_server_to_the_exam_form_by_keyboard(page: Any) -> None:
    page.get_by_text("Sebelum ujian bisa dibuat").wait_for()
    follow(page, "Sekolah", "Sekolah ini")
    type_in(page, "npsn", "2055500")
    type_in(page, "name", "SMA Negeri Baru")
    type_in(page, "level", "SMA")
    type_in(page, "timezone", "WITA")
    follow(page, "Simpan sekolah", "Sekolah ini")
    page.locator("#error-npsn").wait_for()
    assert page.input_value("#name") == "SMA Negeri Baru"
    assert (page.input_value("#level"), page.input_value("#timezone")) == ("SMA", "WITA")
    tab_to(page, "(e) => e.id === 'npsn'", "npsn")
    page.keyboard.press("End")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    page.get_by_text("Tersimpan.").wait_for()

    follow(page, "2. Ruang", "Tambah ruang")
    type_in(page, "name", "Lab Komputer")
    type_in(page, "count", "15")
    page.keyboard.press("Enter")
    page.get_by_role("table", name="Denah Lab Komputer").wait_for()

    follow(page, "3. Pelaksanaan", "Tambah pelaksanaan")
    type_in(page, "name", "Gladi ANBK")
    type_in(page, "programme", "ANBK")
    type_in(page, "day.new1", "24/11/2026")
    type_in(page, "slot.new1", "7.30")
    page.keyboard.press("Enter")
    page.get_by_text("Hari 1: Selasa, 24 November 2026").wait_for()

    page.goto(page.url.split("/setup")[0] + "/exams/new?profile=simulasi")
    assert page.locator("#room_id").inner_text().strip() == "Lab Komputer"
    assert "Gladi ANBK" in page.locator("#day_id").inner_text()
    assert "07.30 WITA" in page.locator("#slot_id").inner_text()
    assert "Peserta" in page.locator(".missing").inner_text()
