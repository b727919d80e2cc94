"""An operator connects the console and takes an exam's policy there and back: pages, real worker, emulated console."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from server.services import demo
from server.workspace.emulator.app import Emulator
from tests.browser.admin_page import admin_page

pytestmark = pytest.mark.browser

LONG = 60_000  # ms; a worker starts, asks, and waits for its allowance


@pytest.fixture
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(tmp_path_factory.mktemp("console"), settings={"policy_delay": [0, 0]}) as emulator:
        yield emulator


def seeded(context: Any) -> None:
    demo.seed(context.db, context.now(), days=("2099-11-24", "2099-11-25"))


@pytest.fixture
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with admin_page(tmp_path_factory.mktemp("school"), seeded, LONG) as made:
        yield made


def press(page: Any, words: str) -> None:
    page.get_by_role("button", name=words).click()


def test_from_no_console_to_a_policy_in_force_and_back_again(page: Any, console: Emulator) -> None:
    page.get_by_text("Diamati · tanpa hak konsol").wait_for()
    page.get_by_role("link", name="Kebijakan", exact=True).click()
    page.get_by_role("link", name="sambungkan konsol Google").click()
    page.set_input_files("#credentials", str(console.credentials))
    page.fill("#subject", console.subject)
    page.get_by_text("Konsol tiruan untuk latihan").click()
    page.fill("#api_root", console.root)
    press(page, "Coba dan sambungkan")
    page.get_by_text("Konsol tersambung").wait_for()
    # the worker that the server has started by now tries each feature; the page shows it by itself
    page.locator(".features .ok").first.wait_for()
    assert page.locator(".features li").count() == 10

    page.get_by_role("link", name="Perangkat", exact=True).click()
    press(page, "Ambil dari konsol")
    press(page, "Simpan")
    page.get_by_text("Sudah disimpan").wait_for()

    page.get_by_role("link", name="Kebijakan", exact=True).click()
    page.locator("#org_unit_id").select_option(
        value=page.locator("#org_unit_id option", has_text="/Chromebook/Ruang 1").get_attribute("value")
    )
    page.locator("#profile").select_option("simulasi")
    press(page, "Buat rencana")
    press(page, "Terapkan")
    page.get_by_role("heading", name="Diterapkan", exact=True).wait_for()
    assert page.locator(".outcome-done").count() == page.locator(".change").count() > 10
    unit = console.device("5CD0001DEMO")["orgUnitId"]
    assert len(console.world.state["policies"][unit]) > 10

    press(page, "Periksa apakah berlaku")
    page.get_by_text("Berlaku di").wait_for()

    press(page, "Rencanakan pengembalian")
    page.get_by_role("heading", name="Mengembalikan").wait_for()
    press(page, "Terapkan")
    page.get_by_role("heading", name="Diterapkan", exact=True).wait_for()
    assert not console.world.state["policies"].get(unit)
    page.get_by_role("link", name="Kebijakan", exact=True).first.click()
    page.get_by_text("Sudah dikembalikan").first.wait_for()
