"""Kesiapan in a real Chromium: readable at 360 px, on a small laptop and on paper, and with no serious fault for a
screen reader."""

from __future__ import annotations

import pytest

from tests.browser.admin_page import admin_page
from tests.browser.check_stage import serious
from tests.readiness_school import ready_school
from tests.services.console.test_readiness_story import the_story

SIZES = {"phone": (360, 740), "laptop": (1024, 720), "projector": (1920, 1080)}


@pytest.fixture
def page_and_console(tmp_path):
    with ready_school(tmp_path, C12={"auto_update_through": "2025-06-01"}) as school:
        school.make_exam()
        the_story(school)
        # patience for a worker that starts and asks the console
        with admin_page(tmp_path / "data", patience_ms=60_000) as made:
            yield made, school.emulator


def test_the_board_and_the_sheet_in_a_real_browser(page_and_console):
    page, console = page_and_console
    address = page.url.rsplit("/", 1)[0]
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for path in ("/readiness", "/readiness/list", "/readiness/list?all=1"):
            page.goto(address + path)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{path} on a {size}: {wide} px"
            assert serious(page) == [], f"{path} on a {size}"

    page.set_viewport_size({"width": 1024, "height": 720})
    page.goto(address + "/readiness")
    # what needs somebody is open, the eleven healthy ones are not
    assert page.locator(".group-not_ready .device-line").is_visible()
    assert not page.locator(".group-ready .device-line").first.is_visible()
    page.locator(".group-ready > summary").focus()
    page.keyboard.press("Enter")
    assert page.locator(".group-ready .device-line").count() == 11
    assert page.locator(".group-ready .device-line").first.is_visible()
    # the number in the portal, by keyboard alone
    page.locator(".carries summary").focus()
    page.keyboard.press("Enter")
    page.locator('[name="portal_clients"]').fill("15")
    page.keyboard.press("Enter")
    page.locator(".note.warn", has_text="menjadi 12").wait_for()
    assert serious(page) == []
    # telemetry once more, followed to its end without a reload by hand; slow enough to be seen at work
    console.fail(
        {"method": "chromemanagement.customers.telemetry.devices.list", "kind": "slow:5", "times": 1}
    )
    page.get_by_role("button", name="Ambil keadaan terbaru dari Konsol Google").click()
    page.get_by_role("heading", name="Mengambil telemetri dari konsol Google").wait_for()
    page.get_by_role("button", name="Ambil keadaan terbaru dari Konsol Google").wait_for()

    page.goto(address + "/readiness/list")
    page.emulate_media(media="print")
    assert not page.locator("#print").is_visible()
    assert page.locator(".tick-box").count() == 4
