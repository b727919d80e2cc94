"""A technician's phone, in a real Chromium at 360 px: each step as the server sees it, one picture each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.services import demo, inventory
from server.services.actor import SYSTEM
from server.store import tables as t
from tests import simulated
from tests.browser.technician_stage import (
    CHROMIUM,
    HOUR,
    LAPTOP,
    NARROW,
    Phone,
    TechSchool,
    counted,
    google,
)
from tests.stage import until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pictures go: a folder of this run, or the one that BANGKU_PICTURES names."""
    named = os.environ.get("BANGKU_PICTURES")
    folder = Path(named) if named else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TechSchool]:
    """Chromebooks at every step: C02 waits for its policy, C03 for its check-in, and so on."""
    yesterday = google(TechSchoolClock.now - 24 * HOUR)
    known = {"more": {"lastEnrollmentTime": yesterday}}
    synced = {**known, "last_sync": google(TechSchoolClock.now - 20 * HOUR)}
    before = google(TechSchoolClock.now - 30 * HOUR)
    seed = [{"serial": demo.serial(2), **known, "last_sync": before}]
    seed += [{"serial": demo.serial(n), **synced} for n in (3, 4, 7, 9, 10, 11, 12, 13, 14)]
    seed += [{"serial": demo.serial(6), "status": "DEPROVISIONED", **synced}]
    seed += [{"serial": demo.serial(8), "status": "DISABLED", **synced}]
    made = TechSchool(tmp_path_factory.mktemp("technician"), seed)
    furnish(made)
    made.server.start()
    yield made
    made.stop()


class TechSchoolClock:
    import time

    now = int(time.time() * 1000)


def furnish(made: TechSchool) -> None:
    now = made.context.now()
    inventory.set_service(made.context.db, SYSTEM, now, made.device("C10").id, False, "layar retak")
    with made.context.db.write() as tx:
        tx.insert(
            t.device_commands, console_id="x", device_id=made.device("C09").id, serial=demo.serial(9), kind="powerwash",
            payload={}, state="done", asked_by="joko", created_at=now - HOUR, sent_at=now - HOUR, ended_at=now - HOUR,
        )  # fmt: skip
        for label, until_ in (("C11", "2099-12-31"), ("C12", "2026-01-31")):
            tx.insert(
                t.device_loans, device_id=made.device(label).id, owner="SMP Negeri Sebelah yang Namanya Panjang",
                foreign_policies=True, from_at=now - 48 * HOUR, until=until_,
            )  # fmt: skip
        tx.c.execute(
            t.device_places.update()
            .where(t.device_places.c.device_id == made.device("C14").id)
            .values(to_at=now)
        )


@pytest.fixture
def phone(browser: Any, school: TechSchool, pictures: Path) -> Iterator[Phone]:
    made = Phone(browser, school.server.url, pictures).sign_in()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("label", "name", "title", "states"),
    [
        ("C01", "join-wifi", "Sambungkan ke Wi-Fi", "now later later later later"),
        ("C02", "wait-policy", "Tunggu kebijakan sekolah", "done done now later later"),
        ("C03", "check-in", "Check-in ke Bangku", "done done done now later"),
        ("C06", "enrol-again", "Enrol ulang dengan akun", "now later later later later"),
        ("C08", "disabled", "Minta admin mengaktifkannya", "now later later later later"),
        ("C09", "come-back", "Sambungkan lagi ke Wi-Fi", "now later later later later"),
        ("C10", "out-of-service", "Tidak dipakai dulu", "done done done now later"),
        ("C11", "borrowed", "Buka halaman cek di Chromebook", "now unknown unknown later later"),
        ("C12", "give-back", "Kembalikan kepada pemiliknya", "now unknown unknown later later"),
    ],
)
def test_each_step_and_situation(phone: Phone, label: str, name: str, title: str, states: str) -> None:
    phone.open(label)
    assert (phone.title(), phone.states()) == (title, states.split())
    phone.picture(name)
